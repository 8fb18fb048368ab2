package cli_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// times matches the times of an output.
var times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

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

// startCluster serves the paths of an API server that observe requests: the list of pods, the proxy to the admin port of one pod, and a
// declaration, which nobody may read if it is empty. It returns a kubeconfig for it. A real API server does not proxy to the loopback interface, on which the sidecar listens here.
func startCluster(t *testing.T, declaration, pods string, admin int32) (kubeconfig string) {
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
	mux.HandleFunc("GET /apis/chaperone.dev/v1alpha1/namespaces/default/chatbotdeployments/support", func(w http.ResponseWriter, _ *http.Request) {
		if declaration == "" {
			http.Error(w, "no right to get it", http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, declaration)
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

// noOtherPorts is a declaration of a chatbot whose pods have no ports of their own.
const noOtherPorts = `{"spec":{"ports":[{"port":8080,"shape":"openai-chat"}]}}`

// observe names the ports that Deny closes, as the condition SidecarConfigured does.
func TestObserveNamesOtherPorts(t *testing.T) {
	_, admin := startObserving(t, sidecarconfig.ModeObserve)
	pod := fmt.Sprintf(`{"metadata":{"name":"support-1","namespace":"default"},"spec":{"initContainers":[{"name":%q,"ports":[{"name":%q,"containerPort":%d}]}],`+
		`"containers":[{"name":"app","ports":[{"containerPort":8080},{"name":"metrics","containerPort":9090},{"containerPort":9091},{"name":"probe","containerPort":9092}]}]}}`,
		contract.Sidecar, inject.AdminPortName, admin)
	const declared = `{"spec":{"ports":[{"port":8080,"shape":"openai-chat"}],"openPorts":["probe"]}%s}`
	const closes = " these ports of the pods: 9090 (metrics), 9091. Add the name of a port that others call, such as one for metrics, to spec.openPorts.\n" +
		"Open besides, as spec.openPorts declares, and not read by the sidecar: probe.\n"
	for name, test := range map[string]struct{ declaration, want string }{
		"under Audit": {
			fmt.Sprintf(declared, `,"status":{"conditions":[{"type":"SidecarConfigured","status":"True","reason":"Observing"}]}`), "\nDeny would close" + closes,
		},
		"without a status": {fmt.Sprintf(declared, ""), "\nDeny would close" + closes},
		"under Deny": {
			fmt.Sprintf(declared, `,"status":{"conditions":[{"type":"SidecarConfigured","status":"True","reason":"Configured"}]}`), "\nThe NetworkPolicy closes" + closes,
		},
		"without the right to read it": {"", "\nWhich ports Deny closes is not known: read ChatbotDeployment support: "},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, test.declaration, pod, admin)
			got := run(t, nil, "", "observe", "support", "--kubeconfig", cluster)
			if got.exit != cli.ExitPassed || !strings.Contains(got.out, test.want) {
				t.Errorf("exit %d, no %q in:\n%s%s", got.exit, test.want, got.out, got.err)
			}
			if inJSON := run(t, nil, "", "observe", "support", "--kubeconfig", cluster, "-o", "json"); !strings.Contains(inJSON.out, `"otherPorts": {`) {
				t.Errorf("JSON: %s", inJSON.out)
			}
		})
	}
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
	if got := observe(startCluster(t, "", "", admin)); got.exit != cli.ExitRefused ||
		!strings.Contains(got.err, `no sidecar of ChatbotDeployment "support" answers in namespace "default"`) {
		t.Errorf("without a pod: %+v", got)
	}
	newPod := func(name string, admin int32) string {
		return fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"default"},"spec":{"initContainers":[{"name":%q,"ports":[{"name":%q,"containerPort":%d}]}]}}`,
			name, contract.Sidecar, inject.AdminPortName, admin)
	}
	pod := newPod("support-1", admin)
	cluster := startCluster(t, noOtherPorts, pod, admin)
	want := `ChatbotDeployment support, sidecars asked: 1, mode: observe, since TIME
Routes: 1, exchanges: 2. Governing would refuse 2 of them, show the statement in 0, and replace personal data 0 times in what was read.

ingress http GET /app/users/* (no body -> text/html)
  exchanges: 2; read 0, unknown to the declared wire format 0, not looked at 2
  would be refused: sidecar.path_unknown 2
`
	got := observe(cluster)
	if out := times.ReplaceAllString(got.out, "TIME"); got.exit != cli.ExitPassed || out != want {
		t.Errorf("exit %d, output %q, errors %q; want %q", got.exit, out, got.err, want)
	}
	if got := observe(cluster, "-o", "json"); !strings.Contains(got.out, `"pattern": "/app/users/*"`) || strings.Contains(got.out, "/4711") {
		t.Errorf("JSON: %s", got.out)
	}
	// People read the errors of an API server in the JSON.
	if got := observe(startCluster(t, noOtherPorts, pod+","+newPod("support-2", 1), admin), "-o", "json"); !strings.Contains(got.out, "<no> & none") {
		t.Errorf("JSON with an error: %s", got.out)
	}
	for name, args := range map[string][]string{"no chatbot": {"observe"}, "another output": {"observe", "support", "-o", "xml"}} {
		if got := run(t, nil, "", args...); got.exit != cli.ExitBadInput {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestObserveExplains: the list has what was counted under the present configuration, and says what to do.
func TestObserveExplains(t *testing.T) {
	const one = `{"mode":"pass-undeclared","treatment":"b","since":"2026-11-29T10:00:00Z","routes":[],"earlier":{"mode":"observe","treatment":"a",` +
		`"since":"2026-11-29T09:00:00Z","routes":[{"direction":"ingress","port":"http","method":"GET","pattern":"/page","exchanges":3,"skipped":3}]}}`
	const two = `{"mode":"observe","treatment":"a","since":"2026-11-29T09:30:00Z","routes":[]}`
	const uncalled = `{"mode":"","since":"2026-11-29T09:00:00Z","turns":%d,"models":[{"name":"vendor","host":"api.model.example","calls":%d}],"routes":[]}`
	const other = `{"mode":"observe","since":"2026-11-29T09:00:00Z","ports":[{"name":"web","shape":"openai-chat"},{"name":"http","shape":"openai-chat"}],` +
		`"routes":[{"direction":"ingress","port":"http","method":"POST","pattern":"/api/chat","exchanges":2,"read":1,"unknown":1,` +
		`"fits":{"openai-chat":1,"vercel-ui-message-stream":1}}]}`
	const health = `{"mode":"","since":"2026-11-29T09:00:00Z","ports":[{"name":"http","shape":%q}],` +
		`"routes":[{"direction":"ingress","port":"http","method":%q,"pattern":%q,"exchanges":2,"unmatched":2}]}`
	const head = "ChatbotDeployment support, sidecars asked: 1, mode: govern, since 2026-11-29T09:00:00Z\n"
	admin := func(summary string) int32 {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, summary) }))
		t.Cleanup(server.Close)
		return int32(server.Listener.Addr().(*net.TCPAddr).Port)
	}
	for name, tc := range map[string]struct{ summary, want string }{
		"counted before": {one, `ChatbotDeployment support, sidecars asked: 1, mode: pass-undeclared, since 2026-11-29T10:00:00Z
Not in the list: 3 exchanges under the configuration before (mode: observe). ` + "`-o json`" + ` has them.
Nothing has passed unchanged since then.
`},
		"a model without a call": {fmt.Sprintf(uncalled, 5, 0), head +
			"Processor vendor (api.model.example): no call since 2026-11-29T09:00:00Z, in 5 turns. The chatbot calls it past the sidecar, or not at all: " +
			"see which variable of its container has the URL of its model.\nNothing has passed unchanged since then.\n"},
		"few turns":           {fmt.Sprintf(uncalled, 4, 0), head + "Nothing has passed unchanged since then.\n"},
		"a model with a call": {fmt.Sprintf(uncalled, 5, 1), head + "Nothing has passed unchanged since then.\n"},
		"another shape fits": {other, `ChatbotDeployment support, sidecars asked: 1, mode: observe, since 2026-11-29T09:00:00Z
Routes: 1, exchanges: 2. Governing would refuse 0 of them, show the statement in 0, and replace personal data 0 times in what was read.

ingress http POST /api/chat
  exchanges: 2; read 1, unknown to the declared wire format 1, not looked at 0
  can be read as: openai-chat 1, vercel-ui-message-stream 1
  to have it read: set spec.ports[1].shape: vercel-ui-message-stream (now openai-chat)
`},
		"a health check": {fmt.Sprintf(health, "openai-chat", "GET", "/api/v1/health"), `ChatbotDeployment support, sidecars asked: 1, mode: govern, since 2026-11-29T09:00:00Z
Routes: 1, exchanges: 2. Governing would refuse 0 of them, show the statement in 0, and replace personal data 0 times in what was read.

ingress http GET /api/v1/health
  exchanges: 2; read 0, unknown to the declared wire format 0, not looked at 0
  refused, because no route of the shape matches: 2
  to have it pass unread: add this route to a shape of your own (` + "`kubectl chaperone shapes openai-chat`" + ` prints one to start from, which spec.ports[0].shape then names):
    ` + healthRoute + `
`},
		"a message": {fmt.Sprintf(health, "openai-chat", "POST", "/run"), `ChatbotDeployment support, sidecars asked: 1, mode: govern, since 2026-11-29T09:00:00Z
Routes: 1, exchanges: 2. Governing would refuse 0 of them, show the statement in 0, and replace personal data 0 times in what was read.

ingress http POST /run
  exchanges: 2; read 0, unknown to the declared wire format 0, not looked at 0
  refused, because no route of the shape matches: 2
`},
		"nothing counted before": {two, `ChatbotDeployment support, sidecars asked: 1, mode: observe, since 2026-11-29T09:30:00Z
Nothing has passed unchanged since then.
`},
	} {
		port := admin(tc.summary)
		pod := fmt.Sprintf(`{"metadata":{"name":"support-1","namespace":"default"},"spec":{"initContainers":[{"name":%q,"ports":[{"name":%q,"containerPort":%d}]}]}}`,
			contract.Sidecar, inject.AdminPortName, port)
		cluster := startCluster(t, noOtherPorts, pod, port)
		if got := run(t, nil, "", "observe", "support", "--kubeconfig", cluster); got.out != tc.want {
			t.Errorf("%s: output %q, errors %q; want %q", name, got.out, got.err, tc.want)
		}
		if got := run(t, nil, "", "observe", "support", "--kubeconfig", cluster, "-o", "json"); strings.Contains(got.out, "/page") != (tc.summary == one) {
			t.Errorf("%s: JSON %s", name, got.out)
		}
	}
}

// healthRoute is the route that observe proposes for a health check.
const healthRoute = "- {name: own-api-v-health, method: GET, path: /api/v1/health, use: pass}"

// TestProposedRouteCanBeAdded to the shape that observe names.
func TestProposedRouteCanBeAdded(t *testing.T) {
	preset := run(t, nil, "", "shapes", "openai-chat").out
	own := strings.Replace(preset, "  routes:\n", "  routes:\n  "+healthRoute+"\n", 1)
	if own == preset {
		t.Fatalf("no routes in %s", preset)
	}
	if got := run(t, nil, own, "check", "-"); got.exit != cli.ExitPassed {
		t.Errorf("exit %d: %s%s", got.exit, got.out, got.err)
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
	got := run(t, nil, "", "observe", "support", "--kubeconfig", startCluster(t, noOtherPorts, pod, admin))
	const want = `
ingress http GET /app/users/*
  exchanges: 1; read 0, unknown to the declared wire format 0, not looked at 0
  refused, because no route of the shape matches: 1
`
	if got.exit != cli.ExitPassed || !strings.HasSuffix(got.out, want) {
		t.Errorf("exit %d, output %q, errors %q; want %q at its end", got.exit, got.out, got.err, want)
	}
}
