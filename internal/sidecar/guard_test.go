package sidecar_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

var (
	firstKey  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	secondKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
	otherKey  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, ed25519.SeedSize))
)

// signedFrom is when the clock of a harness begins.
var signedFrom = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// newStatement returns a statement with the serial that holds for a week.
func newStatement(serial int64) seal.Statement {
	return seal.Statement{Chatbot: "shop/support", UID: "u-1", Serial: serial, NotBefore: signedFrom, Expires: signedFrom.Add(7 * 24 * time.Hour)}
}

// sign signs the statement about the present configuration of the harness.
func (h *harness) sign(s seal.Statement, keys ...ed25519.PrivateKey) []byte {
	h.t.Helper()
	s.Digest = seal.ComputeDigest(h.file())
	signature, err := seal.Sign(s, keys...)
	if err != nil {
		h.t.Fatal(err)
	}
	return signature
}

// trust makes the sidecar take only what the first or the second key has signed for shop/support.
func trust(t *testing.T) func(*sidecar.Options) {
	t.Helper()
	serialFile := filepath.Join(t.TempDir(), "serial")
	return func(o *sidecar.Options) {
		o.Trust = &sidecar.Trust{Chatbot: "shop/support", SerialFile: serialFile, Keys: []ed25519.PublicKey{
			firstKey.Public().(ed25519.PublicKey), secondKey.Public().(ed25519.PublicKey),
		}}
	}
}

// signedStatus is what the admin port tells about signatures.
type signedStatus struct {
	Active, Error, Expires string
	Serial                 int64
	Expired                bool
}

func (h *harness) signedStatus() signedStatus {
	h.t.Helper()
	var s signedStatus
	if err := json.Unmarshal([]byte(h.get("/config-status").body), &s); err != nil {
		h.t.Fatal(err)
	}
	return s
}

func TestSignedConfigurationIsTaken(t *testing.T) {
	tests := map[string]func(h *harness) []byte{
		"signed by the key of before":     func(h *harness) []byte { return h.sign(newStatement(2), firstKey) },
		"signed by the other trusted key": func(h *harness) []byte { return h.sign(newStatement(2), secondKey) },
		"signed by an unknown key too":    func(h *harness) []byte { return h.sign(newStatement(2), otherKey, secondKey) },
	}
	for name, sign := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHarnessWith(t, answerText("I know joe@shop.example"), withPlacements("header"), trust(t))
			m, look := h.watch()
			h.config.Redact = nil
			m.writeSigned(h.file(), sign(h))
			look()
			if got := readText(t, h.ask(hello).body); got != "I know joe@shop.example" {
				t.Errorf("answer is %q", got)
			}
			want := signedStatus{Active: sidecarconfig.Hash(h.file()), Serial: 2, Expires: "2026-11-30T10:00:00Z"}
			if got := h.signedStatus(); got != want {
				t.Errorf("status is %+v, want %+v", got, want)
			}
		})
	}
}

func TestConfigurationWithoutItsSignatureIsNotTaken(t *testing.T) {
	tests := map[string]struct {
		sign func(h *harness) []byte
		want string
	}{
		"no signature":         {func(*harness) []byte { return nil }, "the configuration is not signed"},
		"an unknown key":       {func(h *harness) []byte { return h.sign(newStatement(2), otherKey) }, "none of the trusted keys"},
		"of the previous file": {func(h *harness) []byte { return h.signature }, "the signature is that of another file"},
		"a signature cut off":  {func(h *harness) []byte { return h.signature[:len(h.signature)-9] }, "a signature of the configuration is wrong"},
		"of another chatbot":   {func(h *harness) []byte { s := newStatement(2); s.Chatbot = "shop/other"; return h.sign(s, firstKey) }, "it is signed for the chatbot shop/other"},
		"an older serial":      {func(h *harness) []byte { return h.sign(newStatement(4), firstKey) }, "serial 4 is older than 5"},
		"not valid yet": {func(h *harness) []byte {
			s := newStatement(6)
			s.NotBefore = signedFrom.Add(time.Hour)
			return h.sign(s, firstKey)
		}, "it is valid from 2026-11-23T11:00:00Z"},
		"valid until the moment": {func(h *harness) []byte {
			s := newStatement(6)
			s.NotBefore, s.Expires = signedFrom.Add(-time.Hour), signedFrom
			return h.sign(s, firstKey)
		}, "it expired at 2026-11-23T10:00:00Z"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHarnessWith(t, answerText("joe@shop.example"), withPlacements("header"), trust(t))
			m, look := h.watch()
			m.writeSigned(h.file(), h.sign(newStatement(5), firstKey))
			look()
			before := h.signedStatus()
			h.config.Redact = nil
			m.writeSigned(h.file(), tc.sign(h))
			look()
			if got := readText(t, h.ask(hello).body); got != "[redacted:email]" {
				t.Errorf("answer is %q", got)
			}
			got := h.signedStatus()
			if !strings.Contains(got.Error, tc.want) {
				t.Errorf("error is %q, want %q", got.Error, tc.want)
			}
			if got.Error = ""; got != before {
				t.Errorf("status is %+v, want %+v", got, before)
			}
			if !strings.Contains(h.get("/metrics").body, "chaperone_config_reload_failures_total 1\n") {
				t.Error("the failure is not counted")
			}
		})
	}
}

func TestSidecarDoesNotStartWithoutASignature(t *testing.T) {
	h := newHarness(t, answerText("hello"), nil)
	options := sidecar.Options{Listen: h.listen, Now: h.clock.Now}
	trust(t)(&options)
	if _, err := sidecar.New(t.Context(), h.file(), options); err == nil || !strings.Contains(err.Error(), "the configuration is not signed") {
		t.Errorf("New: %v", err)
	}
	if err := os.WriteFile(options.Trust.SerialFile, []byte("3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	options.Signature = h.sign(newStatement(2), firstKey)
	if _, err := sidecar.New(t.Context(), h.file(), options); err == nil || !strings.Contains(err.Error(), "serial 2 is older than 3") {
		t.Errorf("New after a restart: %v", err)
	}
	if err := os.WriteFile(options.Trust.SerialFile, []byte("three\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sidecar.New(t.Context(), h.file(), options); err == nil || !strings.Contains(err.Error(), "read the serial of the last configuration") {
		t.Errorf("New with an unreadable serial: %v", err)
	}
}

func TestSidecarRemembersTheSerial(t *testing.T) {
	var serialFile string
	h := newHarnessWith(t, answerText("hello"), nil, func(o *sidecar.Options) {
		trust(t)(o)
		serialFile = o.Trust.SerialFile
	})
	m, look := h.watch()
	for _, serial := range []int64{7, 9} {
		m.writeSigned(h.file(), h.sign(newStatement(serial), firstKey))
		look()
	}
	if text, err := os.ReadFile(serialFile); err != nil || string(text) != "9\n" {
		t.Errorf("serial is %q: %v", text, err)
	}
}

func TestConfigurationIsTakenWhenItsSerialCanBeRemembered(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	h := newHarnessWith(t, answerText("hello"), nil, func(o *sidecar.Options) {
		trust(t)(o)
		o.Trust.SerialFile = filepath.Join(folder, "serial")
	})
	m, look := h.watch()
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	h.config.Redact = nil
	m.writeSigned(h.file(), h.sign(newStatement(2), firstKey))
	look()
	if got := h.signedStatus(); got.Serial != 1 || !strings.Contains(got.Error, "remember the serial of the configuration") {
		t.Errorf("status is %+v", got)
	}
	if !strings.Contains(h.get("/metrics").body, "chaperone_config_reload_failures_total 1\n") {
		t.Error("the failure is not counted once")
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	look()
	if got := h.signedStatus(); got.Serial != 2 || got.Error != "" || got.Active != sidecarconfig.Hash(h.file()) {
		t.Errorf("status is %+v", got)
	}
}

func TestConfigurationThatIsSignedAgainIsNotLoadedAgain(t *testing.T) {
	h := newHarnessWith(t, answerText("hello"), nil, trust(t))
	m, look := h.watch()
	again := newStatement(2)
	again.Expires = again.Expires.Add(time.Hour)
	m.writeSigned(h.file(), h.sign(again, firstKey))
	look()
	want := signedStatus{Active: sidecarconfig.Hash(h.file()), Serial: 2, Expires: "2026-11-30T11:00:00Z"}
	if got := h.signedStatus(); got != want {
		t.Errorf("status is %+v, want %+v", got, want)
	}
	if metrics := h.get("/metrics").body; !strings.Contains(metrics, "chaperone_config_reloads_total 0\n") ||
		!strings.Contains(metrics, "chaperone_config_expiry_timestamp_seconds 1.7960364e+09\n") {
		t.Errorf("metrics are wrong:\n%s", metrics)
	}
}

func TestExpiredConfiguration(t *testing.T) {
	tests := map[string]struct {
		mode          string
		status, ready int
	}{
		"everything is governed":       {"", http.StatusServiceUnavailable, http.StatusServiceUnavailable},
		"declared paths are governed":  {sidecarconfig.ModePassUndeclared, http.StatusServiceUnavailable, http.StatusServiceUnavailable},
		"nothing is governed: goes on": {sidecarconfig.ModeObserve, http.StatusOK, http.StatusOK},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			setMode := func(c *sidecarconfig.Config) { c.Mode = tc.mode }
			h := newHarnessWith(t, answerText("hello"), setMode, trust(t))
			m, look := h.watch()
			h.clock.add(7*24*time.Hour - time.Second)
			look()
			if got := h.ask(hello); got.status != http.StatusOK {
				t.Fatalf("status before the end is %d: %s", got.status, got.body)
			}
			h.clock.add(time.Second)
			look()
			got := h.ask(hello)
			if got.status != tc.status || strings.Contains(got.body, "sidecar.config_expired") != (tc.status != http.StatusOK) {
				t.Errorf("status is %d: %s", got.status, got.body)
			}
			if ready := h.get("/readyz").status; ready != tc.ready || !h.signedStatus().Expired {
				t.Errorf("readyz is %d, status %+v", ready, h.signedStatus())
			}
			renewed := newStatement(2)
			renewed.Expires = renewed.Expires.Add(time.Hour)
			m.writeSigned(h.file(), h.sign(renewed, firstKey))
			look()
			if got := h.ask(hello); got.status != http.StatusOK || h.get("/readyz").status != http.StatusOK {
				t.Errorf("status after the renewal is %d: %s", got.status, got.body)
			}
		})
	}
}

func TestSocketEndsWhenItsConfigurationExpires(t *testing.T) {
	app := &socketApp{t: t, requests: make(chan http.Header, 9), conns: make(chan *websocket.Conn, 9)}
	h := newHarnessWith(t, app.accept, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Ports[0].Document = plainName, bareDocument(t, plainSocket)
	}, trust(t))
	_, look := h.watch()
	client, server, _ := h.dial(app, "/chat")
	server.CloseRead(t.Context())
	h.clock.add(7 * 24 * time.Hour)
	look()
	hearEnd(t, client, websocket.StatusServiceRestart)
	if _, _, err := websocket.Dial(t.Context(), "ws://"+h.address(listen)+"/chat", nil); err == nil {
		t.Error("a socket is opened under an expired configuration")
	}
}
