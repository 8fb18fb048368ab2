package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
)

// asProgram makes the test binary behave as localcluster itself.
const asProgram = "LOCALCLUSTER_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// running is a cluster that `up` runs as a process.
type running struct {
	cmd    *exec.Cmd
	data   string
	stderr *bytes.Buffer
	// link is the name of the node's link on the host; empty without a node.
	link string
}

// start starts a cluster and returns when it says that it is ready.
func start(t *testing.T) *running { return startUntil(t, "ready in ") }

// startUntil starts a cluster and returns when it prints a line that begins with
// line.
func startUntil(t *testing.T, line string, options ...string) *running {
	t.Helper()
	set := openAssets(t)
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"} {
		if _, err := set.Program(name); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(t.TempDir(), "data")
	r := &running{cmd: exec.Command(os.Args[0], append([]string{"up", "--data", data}, options...)...), data: data, stderr: &bytes.Buffer{}}
	r.cmd.Env = append(os.Environ(), asProgram+"=1")
	r.cmd.Stderr = r.stderr
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), line) {
			return r
		}
	}
	t.Fatalf("the cluster ended before that: %v\n%s", r.cmd.Wait(), r.stderr)
	return nil
}

func openAssets(t *testing.T) *assets.Set {
	t.Helper()
	set, err := assets.Open("", assets.Node)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// kubectl runs a command that must work and returns its output.
func (r *running) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := r.try(t, "", args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// try runs a kubectl command with an input and returns its output.
func (r *running) try(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	path, err := openAssets(t).Program("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"--kubeconfig", filepath.Join(r.data, "kubeconfig")}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// processes returns the ids of the cluster's programs by name: those that have
// its data folder in their arguments.
func (r *running) processes(t *testing.T) map[string]int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, file := range files {
		line, _ := os.ReadFile(file)
		program, args, _ := strings.Cut(string(line), "\x00")
		if !strings.Contains(args, r.data) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(program)] = pid
	}
	return found
}

// eventuallyNone waits for the kernel to end what it was told to end.
func eventuallyNone(t *testing.T, left func() []string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for len(left()) > 0 {
		select {
		case <-deadline:
			t.Fatalf("left: %q", left())
		case <-ticker.C:
		}
	}
}

func TestClustersBesideEachOther(t *testing.T) {
	first, second := start(t), start(t)
	if got := len(first.processes(t)); got != 4 {
		t.Fatalf("a cluster has %d processes, want itself and three programs", got)
	}

	first.kubectl(t, "create", "namespace", "shop")
	first.kubectl(t, "--namespace=shop", "create", "deployment", "web", "--image=registry.example/web:1")
	first.kubectl(t, "--namespace=shop", "wait", "deployment/web", "--for=jsonpath={.status.replicas}=1", "--timeout=60s")
	got := first.kubectl(t, "--namespace=shop", "get", "pods", "-o", "jsonpath={.items[*].status.phase} {.items[*].spec.serviceAccountName}")
	if want := "Pending default"; got != want {
		t.Errorf("pods of the Deployment: %q, want %q", got, want)
	}
	got = second.kubectl(t, "get", "namespace", "shop", "--ignore-not-found")
	if got != "" {
		t.Errorf("the second cluster sees the first one's namespace: %s", got)
	}
	first.kubectl(t, "delete", "namespace", "shop", "--timeout=60s")

	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, first.stderr)
	}
	if left := first.processes(t); len(left) > 0 {
		t.Errorf("left after SIGTERM: %v", left)
	}
	if _, err := os.Stat(first.data); !os.IsNotExist(err) {
		t.Errorf("data folder after SIGTERM: %v, want it gone", err)
	}

	if err := second.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = second.cmd.Wait()
	eventuallyNone(t, func() []string { return slices.Collect(maps.Keys(second.processes(t))) })
}

func TestInterruptedStartLeavesNothing(t *testing.T) {
	r := startUntil(t, "etcd is up")
	if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Wait(); r.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit %v, want 1: the cluster never became ready", err)
	}
	if left := r.processes(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

const webhookConfiguration = `{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
"metadata": {"name": "refuse"}, "webhooks": [{"name": "refuse.shop.example", "sideEffects": "None", "admissionReviewVersions": ["v1"],
"rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}],
"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}},
"clientConfig": {"url": %q, "caBundle": %q}}]}`

func TestAdmissionAndAuthorization(t *testing.T) {
	r := start(t)
	webhook := httptest.NewTLSServer(http.HandlerFunc(refuse))
	t.Cleanup(webhook.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: webhook.Certificate().Raw})
	configuration := fmt.Sprintf(webhookConfiguration, webhook.URL, base64.StdEncoding.EncodeToString(authority))
	if out, err := r.try(t, configuration, "apply", "-f", "-"); err != nil {
		t.Fatal(out)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a webhook on loopback is asked":         {[]string{"create", "configmap", "x"}, "refused by the test"},
		"a user without a role may do nothing":   {[]string{"get", "secrets", "--as=nobody"}, "Forbidden"},
		"a pod gets its service account's token": {[]string{"run", "x", "--image=x", "--dry-run=server", "-o", "yaml"}, "serviceAccountToken:"},
	} {
		t.Run(name, func(t *testing.T) {
			if out, _ := r.try(t, "", test.args...); !strings.Contains(out, test.want) {
				t.Errorf("kubectl %s: want %q in\n%s", strings.Join(test.args, " "), test.want, out)
			}
		})
	}
}

// refuse answers an AdmissionReview.
func refuse(w http.ResponseWriter, r *http.Request) {
	var review struct {
		Request struct{ UID string }
	}
	_ = json.NewDecoder(r.Body).Decode(&review)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {"uid": %q, "allowed": false,
		"status": {"message": "refused by the test"}}}`, review.Request.UID)
}

func TestProgramThatDiesEndsTheCluster(t *testing.T) {
	r := start(t)
	if err := syscall.Kill(r.processes(t)["kube-controller-manager"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	err := r.cmd.Wait()
	if r.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit %v, want 1", err)
	}
	for _, want := range []string{"kube-controller-manager ended (signal: killed)", "last lines of its log:\n"} {
		if !strings.Contains(r.stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, r.stderr)
		}
	}
	if left := r.processes(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(filepath.Join(r.data, "logs", "kube-controller-manager.log")); err != nil {
		t.Errorf("the log is gone: %v", err)
	}
}

func TestMissingProgramsAreNamed(t *testing.T) {
	t.Setenv(assets.Env, "")
	_, err := run(t.Context(), []string{"up", "--data", t.TempDir(), "--dir", t.TempDir()}, os.Stdout)
	if err == nil || !strings.Contains(err.Error(), "etcd (Kubernetes v") || !strings.Contains(err.Error(), "localcluster build") {
		t.Errorf("error %v, want one that names etcd and the command that builds it", err)
	}
}

func TestBadArguments(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no command: shows the usage":       {nil, "no command"},
		"unknown command: named":            {[]string{"down"}, `unknown command "down"`},
		"unknown option: named":             {[]string{"up", "--nodes=3"}, "-nodes"},
		"argument without an option: named": {[]string{"up", "here"}, `unexpected argument "here"`},
		"up without a folder: asks for it":  {[]string{"up"}, "--data is needed"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := run(t.Context(), test.args, os.Stdout); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}
