package sidecar_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// makeVectors returns an answer of the Embeddings API that repeats a vector.
func makeVectors(count int, vector string) string {
	var b strings.Builder
	b.WriteString(`{"object":"list","data":[`)
	for i := range count {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"object":"embedding","index":%d,"embedding":%s}`, i, vector)
	}
	b.WriteString(`],"model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}`)
	return b.String()
}

// TestUsualBatchesOfEmbeddings: clients send up to 1,000 texts of 1,000 characters at once, and a vector of 1,536 numbers has 8 KiB in
// Base64.
func TestUsualBatchesOfEmbeddings(t *testing.T) {
	inBase64 := `"` + strings.Repeat("LGE1PP+4", 1<<10) + `"`
	asNumbers := "[" + strings.TrimSuffix(strings.Repeat("-0.0093272920000001,", 1536), ",") + "]"
	batch := `{"model":"m","input":["` + strings.Repeat(strings.Repeat("a", 1050)+`","`, 999) + `joe@shop.example"]}`
	declare := func(request, answer int64) sidecarconfig.Limits {
		return sidecarconfig.Limits{RequestBytes: request, ResponseBytes: answer}
	}
	for name, tc := range map[string]struct {
		limits sidecarconfig.Limits
		answer string
		status int
		rule   string
	}{
		"512 vectors":               {answer: makeVectors(512, inBase64), status: 200},
		"1,000 vectors":             {answer: makeVectors(1000, inBase64), status: 200},
		"200 vectors as numbers":    {answer: makeVectors(200, asNumbers), status: 200},
		"more than the memory has":  {answer: makeVectors(1100, inBase64), status: 502, rule: "sidecar.answer_too_large"},
		"texts beyond the memory":   {answer: makeVectors(1, `"`+strings.Repeat("a ", 5<<19)+`"`), status: 502, rule: "sidecar.answer_too_large"},
		"above a declared limit":    {declare(0, 4<<20), makeVectors(512, inBase64), 502, "sidecar.answer_too_large"},
		"request above a declared":  {declare(1<<20, 0), "{}", 413, "sidecar.body_too_large"},
		"declared limits in effect": {declare(2<<20, 6<<20), makeVectors(512, inBase64), 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerWith(200, "application/json", tc.answer), func(c *sidecarconfig.Config) {
				c.Egress[0].Shape, c.Limits = "openai-embeddings", tc.limits
			})
			got := h.send(http.MethodPost, h.egressURL()+"/v1/embeddings", batch)
			if r := h.takeRecord(); got.status != tc.status || r.Rule != tc.rule {
				t.Fatalf("status %d, rule %q: %.300s", got.status, r.Rule, got.body)
			}
			if tc.status != 200 {
				return
			}
			if got.body != tc.answer {
				t.Error("the vectors changed")
			}
			if seen := h.listReceived(); len(seen) != 1 || strings.Contains(seen[0].Body, "joe@") {
				t.Errorf("the model saw %d requests", len(seen))
			}
		})
	}
}

// TestLongAnswersReserveTheirMemory: of two long answers at once the first arrives whole, and the second is refused, instead of both.
func TestLongAnswersReserveTheirMemory(t *testing.T) {
	whole := makeVectors(1000, `"`+strings.Repeat("LGE1PP+4", 1<<10)+`"`)
	begun, release := make(chan struct{}), make(chan struct{})
	end := sync.OnceFunc(func() { close(release) })
	defer end() // Also if the test fails before.
	var isFirst atomic.Bool
	isFirst.Store(true)
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		_, _ = io.WriteString(w, whole[:1])
		if isFirst.CompareAndSwap(true, false) {
			_ = http.NewResponseController(w).Flush()
			close(begun)
			<-release
		}
		_, _ = io.WriteString(w, whole[1:])
	}, func(c *sidecarconfig.Config) { c.Egress[0].Shape = "openai-embeddings" })
	ask := func() answer {
		return h.send(http.MethodPost, h.egressURL()+"/v1/embeddings", `{"model":"m","input":"Hi"}`)
	}
	var first answer
	var held sync.WaitGroup
	held.Go(func() { first = ask() })
	<-begun
	eventually(t, "the second answer is refused", func() bool { return ask().status == http.StatusServiceUnavailable })
	end()
	held.Wait()
	if first.status != http.StatusOK || first.body != whole {
		t.Errorf("status %d of the first answer", first.status)
	}
	if got := ask(); got.status != http.StatusOK {
		t.Errorf("status %d when the first answer has arrived", got.status)
	}
}
