package cli_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// startObserving starts a sidecar that observes, and returns the URL of its port and its admin port.
func startObserving(t *testing.T, mode string) (url string, admin int32) {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<p>hello") }))
	t.Cleanup(app.Close)
	file, err := sidecarconfig.Config{
		Version: sidecarconfig.Version, Chatbot: "default/support", Revision: "r1", Mode: mode,
		Ports: []sidecarconfig.Port{{
			Name: "http", Shape: sidecarconfig.DefaultShape, Listen: ":15100", Upstream: app.URL,
		}},
	}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	opened := map[string]*net.TCPAddr{}
	server, err := sidecar.New(t.Context(), file, sidecar.Options{Listen: func(network, address string) (net.Listener, error) {
		l, err := net.Listen(network, "127.0.0.1:0")
		if err == nil {
			opened[address], _ = l.Addr().(*net.TCPAddr)
		}
		return l, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return "http://" + opened[":15100"].String(), int32(opened[contract.ListenAddress(contract.SidecarAdminPort)].Port)
}

// startCluster serves the two paths of an API server that observe requests: the list of pods, and the proxy to the admin port of one pod. It
// returns a kubeconfig for it. A real API server does not proxy to the loopback interface, on which the sidecar listens here.
func startCluster(t *testing.T, pods string, admin int32) (kubeconfig string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/namespaces/default/pods", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[%s]}`, pods)
	})
	mux.HandleFunc(fmt.Sprintf("GET /api/v1/namespaces/default/pods/http:support-1:%d/proxy/observations", admin), func(w http.ResponseWriter, _ *http.Request) {
		res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/observations", admin))
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = res.Body.Close() }()
		_, _ = io.Copy(w, res.Body)
	})
	mux.HandleFunc("GET /api/v1/namespaces/default/pods/http:support-2:1/proxy/observations", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<no> & none", http.StatusBadGateway)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	content := `{"apiVersion":"v1","kind":"Config","clusters":[{"name":"a","cluster":{"server":"` + server.URL + `"}}],` +
		`"contexts":[{"name":"a","context":{"cluster":"a","user":"a"}}],"users":[{"name":"a","user":{}}],"current-context":"a"}`
	if err := os.WriteFile(kubeconfig, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}

func TestObserve(t *testing.T) {
	observe := func(kubeconfig string, args ...string) outcome {
		return run(t, nil, "", append([]string{"observe", "support", "--kubeconfig", kubeconfig}, args...)...)
	}
	url, admin := startObserving(t, sidecarconfig.ModeObserve)
	for range 2 {
		res, err := http.Get(url + "/app/users/4711")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	if got := observe(startCluster(t, "", admin)); got.exit != cli.ExitRefused ||
		!strings.Contains(got.err, `no sidecar of ChatbotDeployment "support" answers in namespace "default"`) {
		t.Errorf("without a pod: %+v", got)
	}
	newPod := func(name string, admin int32) string {
		return fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"default"},"spec":{"initContainers":[{"name":%q,"ports":[{"name":%q,"containerPort":%d}]}]}}`,
			name, contract.Sidecar, inject.AdminPortName, admin)
	}
	pod := newPod("support-1", admin)
	cluster := startCluster(t, pod, admin)
	want := `ChatbotDeployment support, sidecars asked: 1, mode: observe
Routes: 1, exchanges: 2. Governing would refuse 2 of them, show the statement in 0, and replace personal data 0 times in what was read.

ingress http GET /app/users/* (no body -> text/html)
  exchanges: 2; read 0, unknown to the declared wire format 0, not looked at 2
  would be refused: sidecar.path_unknown 2
`
	if got := observe(cluster); got.exit != cli.ExitPassed || got.out != want {
		t.Errorf("exit %d, output %q, errors %q; want %q", got.exit, got.out, got.err, want)
	}
	if got := observe(cluster, "-o", "json"); !strings.Contains(got.out, `"pattern": "/app/users/*"`) || strings.Contains(got.out, "/4711") {
		t.Errorf("JSON: %s", got.out)
	}
	// People read the errors of an API server in the JSON.
	if got := observe(startCluster(t, pod+","+newPod("support-2", 1), admin), "-o", "json"); !strings.Contains(got.out, "<no> & none") {
		t.Errorf("JSON with an error: %s", got.out)
	}
	for name, args := range map[string][]string{"no chatbot": {"observe"}, "another output": {"observe", "support", "-o", "xml"}} {
		if got := run(t, nil, "", args...); got.exit != cli.ExitBadInput {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestObserveShowsWhatNoRouteMatches: a sidecar that governs counts the requests that it refuses because no route of the shape matches.
func TestObserveShowsWhatNoRouteMatches(t *testing.T) {
	url, admin := startObserving(t, "")
	res, err := http.Get(url + "/app/users/4711")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	pod := fmt.Sprintf(`{"metadata":{"name":"support-1","namespace":"default"},"spec":{"initContainers":[{"name":%q,"ports":[{"name":%q,"containerPort":%d}]}]}}`,
		contract.Sidecar, inject.AdminPortName, admin)
	got := run(t, nil, "", "observe", "support", "--kubeconfig", startCluster(t, pod, admin))
	const want = `
ingress http GET /app/users/*
  exchanges: 1; read 0, unknown to the declared wire format 0, not looked at 0
  refused, because no route of the shape matches: 1
`
	if got.exit != cli.ExitPassed || !strings.HasSuffix(got.out, want) {
		t.Errorf("exit %d, output %q, errors %q; want %q at its end", got.exit, got.out, got.err, want)
	}
}
