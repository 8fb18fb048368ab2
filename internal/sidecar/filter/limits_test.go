package filter

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// deadlines is a connection that keeps the deadlines that are set.
type deadlines struct {
	http.ResponseWriter
	all []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.all = append(d.all, at)
	return nil
}

// TestDeadlineOfTheBodyEndsWithTheBody: a model may take longer than a body; a deadline that stayed would cut its answer.
func TestDeadlineOfTheBodyEndsWithTheBody(t *testing.T) {
	set, err := redact.NewSet(nil)
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string]struct {
		body string
		want int
	}{
		"whole body: the deadline is lifted":            {`{"messages":[{"content":"a"}]}`, 2},
		"refused body: the rest of it has a deadline":   {strings.Repeat("a", 2000), 1},
		"malformed body, whole: the deadline is lifted": {"hello", 2},
	}
	for name, tc := range bodies {
		t.Run(name, func(t *testing.T) {
			load := budget.New(budget.DefaultMemoryBytes)
			out := &deadlines{ResponseWriter: httptest.NewRecorder()}
			r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(strings.NewReader(tc.body)))
			r = r.WithContext(exchange.With(t.Context(), &exchange.Scope{Route: &exchange.Route{Format: shapedtest.OpenAIChat(t)}}))
			Chain(http.NotFoundHandler(), []Filter{LimitBody(t.Context(), 1000), LimitLoad(load), RewriteBody(transform.New(set), load)}).ServeHTTP(out, r)
			if len(out.all) != tc.want || out.all[0].IsZero() || tc.want == 2 && !out.all[1].IsZero() {
				t.Errorf("deadlines are %v, want %d", out.all, tc.want)
			}
		})
	}
}
