package sidecar_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// listForwarding returns the headers about the client that the upstream got.
func listForwarding(h http.Header) map[string][]string {
	found := map[string][]string{}
	for name, values := range h {
		others := []string{"Accept-Encoding", "Content-Length", "Content-Type", "User-Agent"}
		if !slices.Contains(others, name) {
			found[name] = values
		}
	}
	return found
}

func TestAppLearnsOfTheClient(t *testing.T) {
	const peer = "127.0.0.1"
	cases := map[string]struct {
		header []string
		want   map[string][]string
	}{
		"no proxy": {nil, map[string][]string{"X-Forwarded-For": {peer}, "X-Real-Ip": {peer}}},
		"a proxy": {
			[]string{"X-Forwarded-For", "203.0.113.7", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "chat.example", "X-Forwarded-Port", "443", "X-Real-Ip", "203.0.113.7", "Forwarded", "for=203.0.113.7"},
			map[string][]string{
				"X-Forwarded-For": {"203.0.113.7, " + peer}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"chat.example"},
				"X-Forwarded-Port": {"443"}, "X-Real-Ip": {"203.0.113.7"}, "Forwarded": {"for=203.0.113.7, for=" + peer},
			},
		},
		"several lines": {
			[]string{"X-Forwarded-For", "203.0.113.7", "X-Forwarded-For", "203.0.113.8", "X-Real-Ip", "203.0.113.7"},
			map[string][]string{"X-Forwarded-For": {"203.0.113.7, 203.0.113.8, " + peer}, "X-Real-Ip": {"203.0.113.7"}},
		},
		"a client that strips the list": {
			[]string{"Connection", "X-Forwarded-For, X-Forwarded-Proto, close", "X-Forwarded-For", "203.0.113.7", "X-Forwarded-Proto", "https"},
			map[string][]string{"X-Forwarded-For": {"203.0.113.7, " + peer}, "X-Forwarded-Proto": {"https"}, "X-Real-Ip": {peer}},
		},
		"other spellings": {
			[]string{"X_Forwarded_For", "203.0.113.7", "x-forwarded_proto", "https", "X_Real_IP", "203.0.113.7", "True_Client_IP", "203.0.113.7"},
			map[string][]string{"X-Forwarded-For": {peer}, "X-Real-Ip": {peer}},
		},
		"a content delivery network": {
			[]string{"Cf-Connecting-Ip", "203.0.113.7"},
			map[string][]string{"Cf-Connecting-Ip": {"203.0.113.7"}, "X-Forwarded-For": {peer}, "X-Real-Ip": {peer}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			if got := h.sendRaw(http.MethodPost, chatPath, hello, tc.header...); got.status != http.StatusOK {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			if diff := cmp.Diff(tc.want, listForwarding(h.listReceived()[0].Header)); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestModelServicesLearnNothingOfTheClient(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	got := h.send(http.MethodPost, "http://"+h.address(contract.SidecarEgressAddress)+"/vendor"+chatPath, hello,
		"X-Forwarded-For", "203.0.113.7", "X-Forwarded-Proto", "https", "X-Forwarded-Port", "443", "Forwarded", "for=203.0.113.7", "X-Real-Ip", "203.0.113.7",
		"X_Real_Ip", "203.0.113.7", "Cf-Connecting-Ip", "203.0.113.7", "True_Client_Ip", "203.0.113.7")
	if got.status != http.StatusOK {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	if found := listForwarding(h.listReceived()[0].Header); len(found) > 0 {
		t.Errorf("the model service got %v", found)
	}
}
