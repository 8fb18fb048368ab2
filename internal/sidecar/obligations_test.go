package sidecar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestObligationsAreCounted by what became of them.
func TestObligationsAreCounted(t *testing.T) {
	suspend := func(c *sidecarconfig.Config) { c.Suspended = true }
	none := func(*sidecarconfig.Config) {}
	tests := map[string]struct {
		change func(*sidecarconfig.Config)
		ask    string
		want   map[string]string
	}{
		"a statement that people see": {none, hello, map[string]string{"disclose": "done"}},
		"personal data in a message":  {none, `{"messages":[{"role":"user","content":"I am jo@example.org"}]}`, map[string]string{"disclose": "done", "redact": "done"}},
		"personal data in a name":     {none, `{"messages":[{"role":"user","content":"Hi"}],"jo@example.org":1}`, map[string]string{"redact": "refused"}},
		"a suspended chatbot":         {suspend, hello, map[string]string{"suspend": "done"}},
		"a question for consent":      {askForConsent, hello, map[string]string{"consent": "open"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), tc.change)
			h.ask(tc.ask)
			got := h.readObligations()
			for _, obligation := range []string{"consent", "disclose", "handoff", "redact", "suspend"} {
				want := "0"
				if tc.want[obligation] != "" {
					want = "1"
				}
				if due := got[obligation+" due"]; due != want {
					t.Errorf("%s: due %s times, want %s", obligation, due, want)
				}
				for _, result := range []string{"done", "open", "refused"} {
					want := "0"
					if tc.want[obligation] == result {
						want = "1"
					}
					if n := got[obligation+" "+result]; n != want {
						t.Errorf("%s: %s %s times, want %s", obligation, result, n, want)
					}
				}
			}
		})
	}
}

// readObligations returns the counters of obligations once an exchange has ended, by `obligation result`.
func (h *harness) readObligations() map[string]string {
	h.t.Helper()
	for range 500 { // What ends after its answer is counted a little later.
		all := map[string]string{}
		page := h.get("/metrics").body
		for line := range strings.Lines(page) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
			var obligation, result string
			if _, err := fmt.Sscanf(name, "chaperone_obligations_total{obligation=%q,result=%q", &obligation, &result); err == nil {
				all[obligation+" "+result] = value
			}
		}
		if strings.Contains(page, "chaperone_exchanges_total{") {
			return all
		}
		time.Sleep(10 * time.Millisecond)
	}
	h.t.Fatal("no exchange was counted")
	return nil
}
