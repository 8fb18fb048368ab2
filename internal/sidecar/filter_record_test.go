package sidecar

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/openai"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func testGeneration(t *testing.T, o Options) *generation {
	t.Helper()
	m := newMetrics()
	o = o.orDefaults()
	file, err := sidecarconfig.Config{
		Version: 1, Chatbot: "shop/support", Revision: "rev1",
		Ports: []sidecarconfig.Port{{Name: "http", API: sidecarconfig.APIOpenAIChat, Path: "/chat", Listen: ":15100", Upstream: "http://127.0.0.1:8080"}},
	}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGeneration(file, &shared{
		options: o, metrics: m, told: newTold(o.Now), buffers: newCopyBuffers(), audit: &audit{metrics: m, to: o.Audit},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestPanicIsRecordedAndRefused(t *testing.T) {
	cases := map[string]struct {
		handler http.HandlerFunc
		status  int
		aborted bool
		want    string
	}{
		"before the header": {
			handler: func(http.ResponseWriter, *http.Request) { panic("joe@shop.example") },
			status:  500, want: `"outcome":"failed","rule":"sidecar.internal","status":500`,
		},
		"behind the header": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); panic("joe@shop.example") },
			status:  200, aborted: true, want: `"outcome":"failed","status":200`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var records, logged bytes.Buffer
			g := testGeneration(t, Options{Audit: &records, Log: slog.New(slog.NewJSONHandler(&logged, nil))})
			out := httptest.NewRecorder()
			aborted := false
			func() {
				defer func() { aborted = errors.Is(asError(recover()), http.ErrAbortHandler) }()
				g.record(&route{direction: ingress, name: "http"})(tc.handler).ServeHTTP(out, httptest.NewRequest(http.MethodPost, "/", nil))
			}()
			if out.Code != tc.status || aborted != tc.aborted {
				t.Errorf("status %d, aborted %t, want %d, %t", out.Code, aborted, tc.status, tc.aborted)
			}
			if n := strings.Count(records.String(), "\n"); n != 1 || !strings.Contains(records.String(), tc.want) {
				t.Errorf("records are %s, want one with %s", records.String(), tc.want)
			}
			if strings.Contains(logged.String()+records.String()+out.Body.String(), "joe@") {
				t.Errorf("the value of the panic came out: %s", logged.String())
			}
		})
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAuditFailureIsCounted(t *testing.T) {
	g := testGeneration(t, Options{Audit: brokenWriter{}})
	handler := g.record(&route{direction: ingress, name: "http"})(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil))
	families, err := g.shared.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "chaperone_audit_failures_total" {
			if got := family.GetMetric()[0].GetCounter().GetValue(); got != 1 {
				t.Errorf("%v failures, want 1", got)
			}
			return
		}
	}
	t.Error("the metric is missing")
}

func TestEveryRuleHasAStatus(t *testing.T) {
	for rule, status := range statuses {
		if status < 400 || !strings.HasPrefix(rule, "sidecar.") {
			t.Errorf("rule %q has status %d", rule, status)
		}
	}
	if got := (&finding{rule: "sidecar.unheard"}).status(); got != http.StatusInternalServerError {
		t.Errorf("an unknown rule has status %d", got)
	}
}

func TestToldForgetsTheOldest(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	told := newTold(func() time.Time { return now })
	conversation := func(i int) *scope {
		return &scope{conversation: string(rune('a' + i)), disclosed: true, request: openai.Request{Disclosed: true}}
	}
	for i := range maxTold + 1 {
		told.remember(conversation(i))
	}
	if len(told.when) != maxTold || len(told.order) != maxTold {
		t.Errorf("%d conversations in %d places, want %d", len(told.when), len(told.order), maxTold)
	}
	if told.isDue(conversation(1), 1) {
		t.Error("a remembered conversation is due")
	}
	if !told.isDue(conversation(0), 1) {
		t.Error("the oldest conversation is still remembered")
	}
}

func TestPortThatIsGoneIsRefused(t *testing.T) {
	var records bytes.Buffer
	g := testGeneration(t, Options{Audit: &records})
	s := &Server{shared: g.shared}
	s.active.Store(g)
	for name, address := range map[string]string{"chat": ":15109", "egress without entries": ":15110"} {
		t.Run(name, func(t *testing.T) {
			records.Reset()
			out := httptest.NewRecorder()
			s.dispatch(address).ServeHTTP(out, httptest.NewRequest(http.MethodPost, "/chat", strings.NewReader("{}")))
			if out.Code != http.StatusServiceUnavailable || !strings.Contains(out.Body.String(), `"rule":"sidecar.port_gone"`) {
				t.Errorf("status %d: %s", out.Code, out.Body)
			}
			if !strings.Contains(records.String(), `"rule":"sidecar.port_gone","status":503`) {
				t.Errorf("record is %s", records.String())
			}
		})
	}
}

// TestLargeBuffersAreNotKept: one large body must not occupy memory for ever.
func TestLargeBuffersAreNotKept(t *testing.T) {
	for _, size := range []int{maxPooled + 1, 1 << 20} {
		b := bytes.NewBuffer(make([]byte, 0, size))
		if giveBack(b) {
			t.Errorf("a buffer of %d bytes is kept", size)
		}
	}
	if !giveBack(bytes.NewBuffer(make([]byte, 0, maxPooled))) {
		t.Errorf("a buffer of %d bytes is not kept", maxPooled)
	}
}
