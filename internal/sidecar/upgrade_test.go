package sidecar_test

import (
	"net/http"
	"os/exec"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOfferOfHTTP2IsIgnored(t *testing.T) {
	for name, header := range map[string][]string{
		"as Java and curl send it": {"Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c", "Http2-Settings", "AAEAAEAAAAIAAAAA"},
		"in capital letters":       {"Connection", "upgrade", "Upgrade", "H2C"},
		"twice":                    {"Connection", "Upgrade", "Upgrade", "h2c, h2c", "Upgrade", "h2c"},
		"without Connection":       {"Upgrade", "h2c", "Http2-Settings", "AAEAAEAAAAIAAAAA"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerBytes(t, readWire(t, "07-h2c.upstream")), withPlacements("header"))
			got := h.sendRaw(http.MethodPost, chatPath, hello, header...)
			if diff := cmp.Diff([]any{http.StatusOK, "ok"}, []any{got.status, readText(t, got.body)}); diff != "" {
				t.Fatalf("answer (-want +got):\n%s", diff)
			}
			upstream := h.listReceived()[0].Header
			for _, hop := range []string{"Upgrade", "Http2-Settings", "Connection"} {
				if values := upstream[hop]; values != nil {
					t.Errorf("%s: %q went upstream", hop, values)
				}
			}
			if r := h.takeRecord(); r.Outcome != "answered" {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

// TestClientsThatOfferHTTP2 runs clients that offer h2c with each request, where this machine has them.
func TestClientsThatOfferHTTP2(t *testing.T) {
	const body = `{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}`
	cases := map[string]struct {
		command []string
		want    string
	}{
		"curl": {[]string{"curl", "--silent", "--show-error", "--http2", "--write-out", "\n%{http_version} %{http_code}", "--json", hello, "URL"}, body + "\n1.1 200"},
		"Java": {[]string{"java", "testdata/java/Ask.java", "URL", hello}, "200\n" + body},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(tc.command[0])
			if err != nil {
				t.Skipf("%s is not installed", tc.command[0])
			}
			h := newHarness(t, answerText("Hi"), withPlacements("header"))
			arguments := slices.Clone(tc.command[1:])
			arguments[slices.Index(arguments, "URL")] = "http://" + h.address(listen) + chatPath
			out, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if diff := cmp.Diff(tc.want, string(out)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}
