package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// asProgram makes the test binary behave as dns itself.
const asProgram = "DNS_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// corefile is the one that a node has, but for the address.
const corefile = `.:%d {
	bind 127.0.0.1
	errors
	cache 5
	kubernetes cluster.local in-addr.arpa {
		kubeconfig %s
		pods insecure
	}
}
`

func TestAnswersForServicesAndPods(t *testing.T) {
	kubeconfig := startCluster(t)
	address := startService(t, kubeconfig)
	resolver := startDNS(t, kubeconfig)
	for name, want := range map[string][]string{
		"web.default.svc.cluster.local.":         {address},
		"10-244-0-10.default.pod.cluster.local.": {"10.244.0.10"},
		"kubernetes.default.svc.cluster.local.":  {"10.96.0.1"},
	} {
		got, err := resolver.LookupHost(t.Context(), name)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("addresses of %s (-want +got):\n%s", name, diff)
		}
	}
	if got, err := resolver.LookupAddr(t.Context(), address); err != nil || got[0] != "web.default.svc.cluster.local." {
		t.Errorf("name of the Service's address: %v, %v", got, err)
	}
	if got, err := resolver.LookupHost(t.Context(), "absent.default.svc.cluster.local."); err == nil {
		t.Errorf("a Service that does not exist has the addresses %v", got)
	}
}

// startCluster runs a control plane until the test ends.
func startCluster(t *testing.T) (kubeconfig string) {
	t.Helper()
	program, data := filepath.Join(t.TempDir(), "localcluster-run"), filepath.Join(t.TempDir(), "data")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "..", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build localcluster: %v\n%s", err, out)
	}
	start(t, exec.Command(program, "up", "--data", data), "ready in ")
	return filepath.Join(data, "kubeconfig")
}

// start runs a program until the test ends, and returns when it prints a line
// that begins with line.
func start(t *testing.T, cmd *exec.Cmd, line string) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), line) {
			return
		}
	}
	t.Fatalf("%s ended without %q", filepath.Base(cmd.Path), line)
}

// startService makes the Service web and returns its address.
func startService(t *testing.T, kubeconfig string) string {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	must(t, err)
	client, err := kubernetes.NewForConfig(config)
	must(t, err)
	web := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
	}
	web, err = client.CoreV1().Services("default").Create(t.Context(), web, metav1.CreateOptions{})
	must(t, err)
	return web.Spec.ClusterIP
}

// startDNS runs this program at a free port of loopback until the test ends.
func startDNS(t *testing.T, kubeconfig string) *net.Resolver {
	t.Helper()
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	address := free.LocalAddr().(*net.UDPAddr)
	must(t, free.Close())
	file := filepath.Join(t.TempDir(), "Corefile")
	must(t, os.WriteFile(file, fmt.Appendf(nil, corefile, address.Port, kubeconfig), 0o600))
	cmd := exec.Command(os.Args[0], "-conf", file)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	start(t, cmd, "CoreDNS-")
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, protocol, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, protocol, address.String())
	}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
