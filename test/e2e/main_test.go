package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// part is one subject that is tried.
type part struct {
	name string
	run  func(*testing.T, *world)
}

// parts are the tests in their order. Each has namespaces of its own, and leaves the installation as it found it, until the last
// one takes it away.
func parts() []part {
	return []part{
		{"installation", testInstallation},
		{"scaling", testScaling},
		{"probes of every kind", testProbes},
		{"several containers and ports", testSeveralPorts},
		{"headless and NodePort Services", testServices},
		{"declaring a chatbot that runs", testDeclaring},
		{"desk for handoffs", testDesk},
		{"Job with a native sidecar", testJob},
		{"exec, attach, port-forward and debug", testConnections},
		{"rolling update under load", testRollingUpdate},
		{"termination of a pod that answers", testDrain},
		{"killed sidecar", testKilledSidecar},
		{"restarted container runtime", testRestartedRuntime},
		{"outage of every manager", testOutage},
		{"upgrade of the manager under load", testUpgrade},
		{"uninstallation", testUninstallation},
	}
}

func TestOnNode(t *testing.T) {
	w := start(t)
	var times strings.Builder
	for _, part := range parts() {
		begun := time.Now()
		t.Run(part.name, func(t *testing.T) { part.run(t, w) })
		fmt.Fprintf(&times, "%6.1f s  %s\n", time.Since(begun).Seconds(), part.name)
	}
	t.Logf("time of each part:\n%s", times.String())
}

// world is the cluster with Chaperone on it.
type world struct {
	client.Client
	// root is the repository, work the folder of the demo, data that of the local cluster.
	root, work, data string
	kubeconfig       string
	images           map[string]struct{ Reference, Archive string }
}

// start runs the demo's set-up and ends it with the test. The test is skipped where there can be no node.
func start(t *testing.T) *world {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{root: root}
	check := exec.CommandContext(t.Context(), w.bin("localcluster-run"), "check", "--dir", w.bin("localcluster"), "--data", t.TempDir())
	if out, err := check.CombinedOutput(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == 3 {
			t.Skipf("this machine cannot run a node: %s", out)
		}
		t.Fatalf("localcluster check: %v: %s (run `make test-node`, which builds what is needed)", err, out)
	}
	w.kubeconfig = w.startDemo(t)
	w.data = filepath.Dir(w.kubeconfig)
	w.work = filepath.Dir(w.data)
	list, err := os.ReadFile(filepath.Join(w.work, "images.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(list, &w.images); err != nil {
		t.Fatal(err)
	}
	w.connect(t)
	w.startVisitor(t)
	return w
}

func (w *world) bin(name string) string { return filepath.Join(w.root, "bin", name) }

// startDemo returns the kubeconfig that the demo prints once all is installed.
func (w *world) startDemo(t *testing.T) string {
	t.Helper()
	demo := exec.Command(w.bin("demo"), "--stay", "--node=always", "--root", w.root)
	demo.Stderr = os.Stderr
	demo.SysProcAttr = processAttributes()
	stdout, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = demo.Process.Signal(syscall.SIGTERM)
		if err := demo.Wait(); err != nil {
			t.Errorf("the demo's end: %v", err)
		}
	})
	kubeconfig := ""
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		fmt.Println(lines.Text())
		if _, after, found := strings.Cut(lines.Text(), "export KUBECONFIG="); found {
			kubeconfig = after
			break
		}
	}
	if kubeconfig == "" {
		t.Fatal("the demo's set-up did not hold, see above")
	}
	// Ends with the demo.
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	return kubeconfig
}

func (w *world) connect(t *testing.T) {
	t.Helper()
	logf.SetLogger(logr.Discard())
	config, err := clientcmd.BuildConfigFromFlags("", w.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS, config.Burst = 200, 400
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	if w.Client, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
}
