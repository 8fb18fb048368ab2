package sidecar_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// push sends a configuration and its signature to the admin port.
func (h *harness) push(config, signature []byte) answer {
	h.t.Helper()
	address := "http://" + h.address(contract.ListenAddress(contract.SidecarAdminPort)) + contract.SidecarPushPath
	return h.send(http.MethodPut, address, string(config), contract.SidecarPushHeader, base64.StdEncoding.EncodeToString(signature))
}

// A chatbot that must be stopped is stopped at once, whatever the kubelet does with the file, and answers again as fast.
func TestPushedConfigurationIsTakenAtOnce(t *testing.T) {
	h := newHarnessWith(t, answerText("hello"), withPlacements("header"), trust(t))
	m, look := h.watch()
	look()
	before := h.file()
	h.config.Suspended = true
	suspended, second := h.file(), h.sign(newStatement(2), firstKey)
	if got := h.push(suspended, second); got.status != http.StatusOK || !strings.Contains(got.body, `"serial":2`) {
		t.Fatalf("push: %+v", got)
	}
	got := h.ask(hello)
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "sidecar.suspended") || !strings.Contains(got.body, "desk.shop.example") {
		t.Errorf("a suspended chatbot answers %d %s", got.status, got.body)
	}
	// The kubelet renews the file with what was there before, and then with what was pushed.
	for _, file := range []struct{ config, signature []byte }{{before, h.signature}, {suspended, second}} {
		m.writeSigned(file.config, file.signature)
		look()
		want := signedStatus{Active: sidecarconfig.Hash(suspended), Serial: 2, Expires: "2026-11-30T10:00:00Z"}
		if got := h.signedStatus(); got != want {
			t.Errorf("status is %+v, want %+v", got, want)
		}
	}
	h.config.Suspended = false
	if got := h.push(h.file(), h.sign(newStatement(3), firstKey)); got.status != http.StatusOK {
		t.Fatalf("push: %+v", got)
	}
	if got := readText(t, h.ask(hello).body); got != "hello" {
		t.Errorf("answer after the end of the suspension is %q", got)
	}
}

func TestPushIsRefused(t *testing.T) {
	h := newHarnessWith(t, answerText("hello"), withPlacements("header"), trust(t))
	if got := h.push(h.file(), h.sign(newStatement(5), firstKey)); got.status != http.StatusOK {
		t.Fatalf("push: %+v", got)
	}
	before := h.signedStatus()
	h.config.Suspended = true
	signature := h.sign(newStatement(6), firstKey)
	tests := map[string]struct {
		config, signature []byte
		status            int
	}{
		"nothing is signed":         {h.file(), nil, http.StatusForbidden},
		"an unknown key":            {h.file(), h.sign(newStatement(6), otherKey), http.StatusForbidden},
		"an older serial":           {h.file(), h.sign(newStatement(4), firstKey), http.StatusForbidden},
		"another file":              {append(h.file(), '\n'), signature, http.StatusForbidden},
		"too long":                  {[]byte(strings.Repeat(" ", 1<<20+1)), signature, http.StatusBadRequest},
		"the same serial once more": {h.file(), h.sign(newStatement(5), firstKey), http.StatusOK},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := h.push(tc.config, tc.signature); got.status != tc.status {
				t.Errorf("push: %+v", got)
			}
			if got := h.signedStatus(); got != before {
				t.Errorf("status is %+v, want %+v", got, before)
			}
			if got := readText(t, h.ask(hello).body); got != "hello" {
				t.Errorf("answer is %q", got)
			}
		})
	}
}

func TestPushedConfigurationThatCannotBeLoadedIsReported(t *testing.T) {
	h := newHarnessWith(t, answerText("hello"), nil, trust(t))
	h.config.Ports[0].Listen = takenPort
	if got := h.push(h.file(), h.sign(newStatement(2), firstKey)); got.status != http.StatusUnprocessableEntity {
		t.Errorf("push: %+v", got)
	}
	if got := h.signedStatus(); got.Serial != 1 || got.Error == "" {
		t.Errorf("status is %+v", got)
	}
}

func TestSidecarWithoutTrustTakesNoPush(t *testing.T) {
	h := newHarness(t, answerText("hello"), nil)
	if got := h.push(h.file(), h.sign(newStatement(2), firstKey)); got.status != http.StatusNotFound {
		t.Errorf("push: %+v", got)
	}
}

// A container that restarts before the kubelet has renewed the file goes on with what was pushed, and never with what it rejected since.
func TestPushedConfigurationSurvivesARestart(t *testing.T) {
	trusts := trust(t)
	h := newHarnessWith(t, answerText("hello"), nil, trusts)
	mounted := h.file()
	h.config.Suspended = true
	pushed := h.file()
	if got := h.push(pushed, h.sign(newStatement(2), firstKey)); got.status != http.StatusOK {
		t.Fatalf("push: %+v", got)
	}
	h.config.Ports[0].Listen = takenPort
	if got := h.push(h.file(), h.sign(newStatement(3), firstKey)); got.status != http.StatusUnprocessableEntity {
		t.Fatalf("push of what cannot be loaded: %+v", got)
	}
	h.stop()
	options := sidecar.Options{Listen: h.listen, Now: h.clock.Now, Signature: h.signature}
	trusts(&options)
	server, err := sidecar.New(t.Context(), mounted, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	h.server = server
	want := signedStatus{Active: sidecarconfig.Hash(pushed), Serial: 2, Expires: "2026-11-30T10:00:00Z"}
	if got := h.signedStatus(); got != want {
		t.Errorf("status is %+v, want %+v", got, want)
	}
	m, look := h.watch()
	m.writeSigned(mounted, h.signature)
	look()
	if got := h.signedStatus(); got != want {
		t.Errorf("status after a look at the mounted file is %+v, want %+v", got, want)
	}
}
