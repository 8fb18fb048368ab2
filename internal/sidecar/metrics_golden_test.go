package sidecar_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/test/golden"
)

// TestMetricsOfARealSidecar writes down the metrics that a sidecar has after an exchange and a refusal. test/readers compares the alerts and the
// dashboard with them.
func TestMetricsOfARealSidecar(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}`))
	}, nil)
	h.ask(hello)
	h.ask(`{"`)
	page := h.get("/metrics").body
	for range 500 { // What ends after its answer is counted a little later.
		if strings.Contains(page, "chaperone_refusals_total") && strings.Contains(page, `outcome="answered"`) {
			break
		}
		time.Sleep(10 * time.Millisecond)
		page = h.get("/metrics").body
	}
	var lines []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "# TYPE chaperone_") {
			lines = append(lines, strings.TrimSpace(strings.TrimPrefix(line, "# TYPE ")))
		}
	}
	slices.Sort(lines)
	golden.Compare(t, "testdata/metrics.golden", lines)
}
