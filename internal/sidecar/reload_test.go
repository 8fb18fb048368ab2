package sidecar_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// mount imitates how a ConfigMap is mounted: the file is a link into a directory that is a link, which is swapped.
type mount struct {
	t    *testing.T
	dir  string
	turn int
}

func (m *mount) write(content []byte) {
	m.t.Helper()
	m.writeSigned(content, nil)
}

// writeSigned also writes a signature; nil means none.
func (m *mount) writeSigned(content, signature []byte) {
	m.t.Helper()
	m.turn++
	versioned := filepath.Join(m.dir, "..v"+string(rune('a'+m.turn)))
	steps := []func() error{
		func() error { return os.Mkdir(versioned, 0o700) },
		func() error { return os.WriteFile(filepath.Join(versioned, "config.json"), content, 0o600) },
		func() error {
			if signature == nil {
				return nil
			}
			return os.WriteFile(filepath.Join(versioned, "config.json.signature"), signature, 0o600)
		},
		func() error { return os.Symlink(versioned, filepath.Join(m.dir, "..tmp")) },
		func() error { return os.Rename(filepath.Join(m.dir, "..tmp"), filepath.Join(m.dir, "..data")) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			m.t.Fatal(err)
		}
	}
}

// watch starts watching a mounted copy of the harness' configuration. The returned function makes the watcher look and
// returns when it has.
func (h *harness) watch() (*mount, func()) {
	h.t.Helper()
	m := &mount{t: h.t, dir: h.t.TempDir()}
	path := filepath.Join(m.dir, "config.json")
	if err := os.Symlink(filepath.Join("..data", "config.json"), path); err != nil {
		h.t.Fatal(err)
	}
	m.writeSigned(h.file(), h.signature)
	ctx, stop := context.WithCancel(h.t.Context())
	ticks, done := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(done)
		h.server.Watch(ctx, path, ticks)
	}()
	h.t.Cleanup(func() {
		stop()
		<-done
	})
	// The second tick is taken when the first has been worked off.
	return m, func() {
		ticks <- time.Time{}
		ticks <- time.Time{}
	}
}

type status struct {
	Active, Chatbot, PolicyRevision, Rejected, Error string
	Suspended                                        bool
}

func (h *harness) status() status {
	h.t.Helper()
	var s status
	if err := json.Unmarshal([]byte(h.get("/config-status").body), &s); err != nil {
		h.t.Fatal(err)
	}
	return s
}

func TestReloadOfAnotherRevisionKeepsTheHash(t *testing.T) {
	h := newHarness(t, answerText("hello"), withPlacements("header"))
	m, look := h.watch()
	before := h.status()

	h.config.Revision = "rev2"
	m.write(h.file())
	look()
	h.ask(hello)
	want := before
	want.PolicyRevision = "rev2"
	if diff := cmp.Diff(want, h.status()); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if r := h.takeRecord(); r.ConfigHash != before.Active || r.Revision != "rev2" {
		t.Errorf("record is %+v", r)
	}
}

func TestReload(t *testing.T) {
	h := newHarness(t, answerText("I know joe@shop.example"), withPlacements("header"))
	m, look := h.watch()
	first := sidecarconfig.Hash(h.file())

	h.config.Redact, h.config.Revision = nil, "rev2"
	m.write(h.file())
	look()
	got := h.ask(hello)
	if diff := cmp.Diff("I know joe@shop.example", readText(t, got.body)); diff != "" {
		t.Errorf("answer under the new configuration (-want +got):\n%s", diff)
	}
	want := status{Active: sidecarconfig.Hash(h.file()), Chatbot: "shop/support", PolicyRevision: "rev2"}
	if !strings.Contains(h.get("/metrics").body, "chaperone_config_reloads_total 1\n") {
		t.Error("the reload is not counted")
	}
	if diff := cmp.Diff(want, h.status()); diff != "" || want.Active == first {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if r := h.takeRecord(); r.ConfigHash != want.Active || r.Revision != "rev2" {
		t.Errorf("record is %+v", r)
	}
}

func TestInvalidConfigurationKeepsThePreviousOne(t *testing.T) {
	cases := map[string]struct {
		file, want string
	}{
		"not JSON":         {`{`, "parse configuration: not JSON"},
		"unknown detector": {strings.Replace(string(mustMarshal(t)), `"email"`, `"passport"`, 1), `redact[0] is "passport"`},
		"empty":            {``, "parse configuration: not JSON"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("joe@shop.example"), withPlacements("header"))
			m, look := h.watch()
			m.write([]byte(tc.file))
			look()
			look()
			if got := readText(t, h.ask(hello).body); got != "[redacted:email]" {
				t.Errorf("answer is %q", got)
			}
			s := h.status()
			if s.Active != sidecarconfig.Hash(h.file()) || s.Rejected != sidecarconfig.Hash([]byte(tc.file)) || !strings.Contains(s.Error, tc.want) {
				t.Errorf("status is %+v, want the error %q", s, tc.want)
			}
			if ready := h.get("/readyz"); ready.status != http.StatusOK || !strings.Contains(ready.body, s.Rejected) {
				t.Errorf("readyz gives %d: %s", ready.status, ready.body)
			}
			if !strings.Contains(h.get("/metrics").body, "chaperone_config_reload_failures_total 1\n") {
				t.Error("the metric does not count one failure")
			}
			if n := strings.Count(h.log.String(), "Keeping the previous configuration"); n != 1 {
				t.Errorf("the error is logged %d times", n)
			}
			m.write(h.file())
			look()
			if !strings.Contains(h.get("/metrics").body, "chaperone_config_reloads_total 0\n") {
				t.Error("the return to the active configuration counts as a reload")
			}
			if diff := cmp.Diff("", h.status().Error); diff != "" {
				t.Errorf("error after the old file is back (-want +got):\n%s", diff)
			}
		})
	}
}

func mustMarshal(t *testing.T) []byte {
	t.Helper()
	file, err := defaultConfig("http://127.0.0.1:8080").Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestMissingFileKeepsTheConfiguration(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	m, look := h.watch()
	if err := os.Remove(filepath.Join(m.dir, "config.json")); err != nil {
		t.Fatal(err)
	}
	look()
	if s := h.status(); s.Active != sidecarconfig.Hash(h.file()) || !strings.Contains(s.Error, "read configuration") {
		t.Errorf("status is %+v", s)
	}
	if got := h.ask(hello); got.status != http.StatusOK {
		t.Errorf("status is %d", got.status)
	}
}

func TestPortsFollowTheConfiguration(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	m, look := h.watch()
	second := h.config.Ports[0]
	second.Name, second.Listen = "more", ":23101"
	h.config.Ports = append(h.config.Ports, second)
	m.write(h.file())
	look()
	if got := h.send(http.MethodPost, "http://"+h.address(":23101")+chatPath, hello); got.status != http.StatusOK {
		t.Errorf("status on the new port is %d", got.status)
	}
	h.config.Ports, h.config.Egress = h.config.Ports[1:], nil
	m.write(h.file())
	look()
	if got := h.send(http.MethodPost, "http://"+h.address(":23101")+chatPath, hello); got.status != http.StatusOK {
		t.Errorf("status on the port that stays is %d", got.status)
	}
	all := h.records()
	if len(all) != 2 || all[0].Port != "more" || all[1].Port != "more" {
		t.Errorf("records are %+v", all)
	}
}

func TestPortThatCannotBeOpenedKeepsTheConfiguration(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	m, look := h.watch()
	before := sidecarconfig.Hash(h.file())
	more, taken := h.config.Ports[0], h.config.Ports[0]
	more.Name, more.Listen = "more", ":23101"
	taken.Name, taken.Listen = "taken", takenPort
	h.config.Ports = append(h.config.Ports, more, taken)
	m.write(h.file())
	look()
	if s := h.status(); s.Active != before || !strings.Contains(s.Error, "open port: ") {
		t.Errorf("status is %+v", s)
	}
	if got := h.ask(hello); got.status != http.StatusOK {
		t.Errorf("status is %d", got.status)
	}
	if conn, err := net.Dial("tcp", h.address(":23101")); err == nil {
		_ = conn.Close()
		t.Error("the other new port is open")
	}
}

func TestNewReturnsTheErrorOfAPort(t *testing.T) {
	config := defaultConfig("http://127.0.0.1:8080")
	config.Ports[0].Listen = takenPort
	file, err := config.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	h := &harness{t: t, addresses: map[string]string{}}
	if _, err := sidecar.New(t.Context(), file, sidecar.Options{Listen: h.listen}); err == nil || !strings.Contains(err.Error(), "open port: ") {
		t.Errorf("error is %v", err)
	}
}

// TestOpenExchangesEndUnderTheirConfiguration: a stream that began with redaction ends with it.
func TestOpenExchangesEndUnderTheirConfiguration(t *testing.T) {
	arrived, next := make(chan struct{}), make(chan struct{})
	h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-next
		streamTexts("joe@shop.example")(w, r)
	}, withPlacements("header"))
	m, look := h.watch()
	answers := make(chan answer)
	go func() { answers <- h.ask(helloStreamed) }()
	<-arrived
	old := sidecarconfig.Hash(h.file())
	h.config.Redact = nil
	m.write(h.file())
	look()
	close(next)
	if got := readText(t, (<-answers).body); got != "[redacted:email]" {
		t.Errorf("answer is %q", got)
	}
	if r := h.takeRecord(); r.ConfigHash != old {
		t.Errorf("record is %+v, want the configuration %s", r, old)
	}
}

func TestAdmin(t *testing.T) {
	h := newHarness(t, answerText("joe@shop.example"), nil)
	h.ask(hello)
	h.ask("hello")
	if got := h.get("/healthz"); got.status != http.StatusOK || got.body != "ok\n" {
		t.Errorf("healthz gives %d: %s", got.status, got.body)
	}
	if got := h.get("/readyz"); got.status != http.StatusOK {
		t.Errorf("readyz gives %d: %s", got.status, got.body)
	}
	if got := h.send(http.MethodPost, "http://"+h.address(contract.ListenAddress(contract.SidecarAdminPort))+"/config-status", "{}"); got.status != http.StatusMethodNotAllowed {
		t.Errorf("POST gives %d", got.status)
	}
	if got := h.get("/debug/pprof/"); got.status != http.StatusNotFound {
		t.Errorf("pprof gives %d", got.status)
	}
	metrics := h.get("/metrics").body
	for _, want := range []string{
		`chaperone_exchanges_total{direction="ingress",outcome="answered"} 1`,
		`chaperone_exchanges_total{direction="ingress",outcome="refused"} 1`,
		`chaperone_refusals_total{rule="sidecar.body_malformed"} 1`,
		`chaperone_redactions_total{kind="email",leg="answer"} 1`,
		`chaperone_exchange_duration_seconds_count{direction="ingress"} 2`,
		`chaperone_audit_failures_total 0`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("metrics lack %s", want)
		}
	}
}

// A pod that was admitted without the declared port goes on without it: the sidecar starts, serves what it can, and takes new
// configurations. A port that is served does not close because a configuration has another name for it.
func TestPortWithoutUpstream(t *testing.T) {
	h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Ports[0].Upstream = "" })
	if got := h.send("POST", "http://"+h.address(contract.SidecarEgressAddress)+"/vendor/v1/chat/completions", hello); got.status != 200 {
		t.Errorf("a call of a model is answered by %d %s", got.status, got.body)
	}
	if _, isOpen := h.addresses[listen]; isOpen {
		t.Error("the port without an upstream is open")
	}
	h.config.Suspended = true
	if err := h.server.Apply(t.Context(), h.file()); err != nil {
		t.Errorf("another configuration without the upstream: %v", err)
	}

	h = newHarness(t, answerText("Hi"), nil)
	h.config.Ports[0].Name, h.config.Ports[0].Upstream = "web", ""
	if err := h.server.Apply(t.Context(), h.file()); err == nil || !strings.Contains(err.Error(), "--upstream web=<port>") {
		t.Errorf("the error of a configuration that would close a served port is %v", err)
	}
	if got := h.sendRaw("POST", "/v1/chat/completions", hello); got.status != 200 {
		t.Errorf("the served port answers %d %s", got.status, got.body)
	}
}
