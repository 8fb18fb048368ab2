package filter

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// list is a journal that keeps what is written.
type list struct{ all []Ended }

func (l *list) Write(e Ended) { l.all = append(l.all, e) }

func TestPanicIsRecordedAndRefused(t *testing.T) {
	cases := map[string]struct {
		handler http.HandlerFunc
		status  int
		aborted bool
		rule    string
	}{
		"before the header": {
			handler: func(http.ResponseWriter, *http.Request) { panic("joe@shop.example") },
			status:  500, rule: "sidecar.internal",
		},
		"after the header": {
			handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); panic("joe@shop.example") },
			status:  200, aborted: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var journal list
			var logged bytes.Buffer
			record := Record(&exchange.Route{Direction: exchange.Ingress, Name: "http", Format: shapedtest.OpenAIChat(t)}, Recording{
				Now: time.Now, Log: slog.New(slog.NewJSONHandler(&logged, nil)), Journal: &journal, Conversations: NewConversations(time.Now),
			})
			out := httptest.NewRecorder()
			aborted := false
			func() {
				defer func() { aborted = errors.Is(asError(recover()), http.ErrAbortHandler) }()
				record(tc.handler).ServeHTTP(out, httptest.NewRequest(http.MethodPost, "/", nil))
			}()
			if out.Code != tc.status || aborted != tc.aborted {
				t.Errorf("status %d, aborted %t, want %d, %t", out.Code, aborted, tc.status, tc.aborted)
			}
			if len(journal.all) != 1 {
				t.Fatalf("%d exchanges are written, want one", len(journal.all))
			}
			e := journal.all[0]
			rule := ""
			if e.Scope.Refused != nil {
				rule = e.Scope.Refused.ID
			}
			if diff := cmp.Diff([]any{OutcomeFailed, tc.rule, tc.status}, []any{e.Outcome, rule, e.Status}); diff != "" {
				t.Errorf("exchange (-want +got):\n%s", diff)
			}
			if strings.Contains(logged.String()+out.Body.String(), "joe@") {
				t.Errorf("the value of the panic came out: %s", logged.String())
			}
		})
	}
}

// TestClientThatLeavesBeforeTheAnswerIsSent: the server still buffers a document when the handler returns.
func TestClientThatLeavesBeforeTheAnswerIsSent(t *testing.T) {
	for outcome, isGone := range map[string]bool{OutcomeAnswered: false, OutcomeDisconnected: true} {
		t.Run(outcome, func(t *testing.T) {
			var journal list
			record := Record(&exchange.Route{Format: shapedtest.OpenAIChat(t)}, Recording{
				Now: time.Now, Log: slog.New(slog.DiscardHandler), Journal: &journal, Conversations: NewConversations(time.Now),
			})
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			record(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				exchange.From(r).Disclosed = true
				_, _ = w.Write([]byte("{}"))
				if isGone {
					leave()
				}
			})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil))
			if len(journal.all) != 1 || journal.all[0].Outcome != outcome || journal.all[0].Scope.Disclosed == isGone {
				t.Errorf("exchanges are %+v", journal.all)
			}
		})
	}
}

func TestConversationsForgetTheOldest(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	c := NewConversations(func() time.Time { return now })
	rt := &exchange.Route{Format: shapedtest.OpenAIChat(t)}
	conversation := func(i int) *exchange.Scope {
		return &exchange.Scope{Route: rt, StatementKey: string(rune('a' + i)), Disclosed: true, Request: transform.Request{Disclosed: true}}
	}
	for i := range maxConversations + 1 {
		c.remember(conversation(i))
	}
	if len(c.shownAt.values) != maxConversations || len(c.shownAt.keys) != maxConversations {
		t.Errorf("%d conversations in %d places, want %d", len(c.shownAt.values), len(c.shownAt.keys), maxConversations)
	}
	if c.isDue(conversation(1), 1) {
		t.Error("a remembered conversation is due")
	}
	if !c.isDue(conversation(0), 1) {
		t.Error("the oldest conversation is still remembered")
	}
}
