package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// TestBotThatGivesUpDuringTheStatement: the statement goes on, so that it counts if the service has shown it. The message is not sent. An
// answer with which the service refuses the statement can still be read.
func TestBotThatGivesUpDuringTheStatement(t *testing.T) {
	for name, tc := range map[string]struct {
		status    int
		disclosed bool
	}{"accepted": {http.StatusOK, true}, "refused": {http.StatusForbidden, false}} {
		t.Run(name, func(t *testing.T) {
			ctx, giveUp := context.WithCancel(t.Context())
			var got []string
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got = append(got, string(body))
				giveUp()
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, `{"ok":true}`)
			}))
			defer service.Close()
			noted, format := false, newReplyFormat(t)
			sc := &exchange.Scope{
				Route: &exchange.Route{Use: shape.UseReply, Format: format, MaxAnswerBytes: 1 << 10},
				Body:  []byte(`{"chat_id":5,"text":"Hi"}`), Ahead: "This is an AI system.", NoteAhead: func(string) { noted = true },
			}
			r, err := http.NewRequestWithContext(exchange.With(ctx, sc), http.MethodPost, service.URL+"/bot1/sendMessage", strings.NewReader(string(sc.Body)))
			if err != nil {
				t.Fatal(err)
			}
			res, err := announcingTransport{http.DefaultTransport, budget.New(1 << 20), time.Minute}.RoundTrip(r)
			switch {
			case tc.disclosed && !errors.Is(err, context.Canceled):
				t.Errorf("the message is sent: %v", err)
			case !tc.disclosed:
				if err != nil {
					t.Fatal(err)
				}
				if body, err := io.ReadAll(res.Body); err != nil || string(body) != `{"ok":true}` {
					t.Errorf("the bot reads %s, %v", body, err)
				}
			}
			if res != nil {
				_ = res.Body.Close()
			}
			want := []string{`{"chat_id":5,"text":"This is an AI system."}`}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the service got (-want +got):\n%s", diff)
			}
			if sc.Disclosed != tc.disclosed || noted != tc.disclosed {
				t.Errorf("disclosed is %t, noted %t, want %t", sc.Disclosed, noted, tc.disclosed)
			}
		})
	}
}

// newReplyFormat returns the format of messages of a bot to Telegram.
func newReplyFormat(t *testing.T) dialect.Format {
	t.Helper()
	preset, err := shape.FindPreset("telegram-bot")
	if err != nil {
		t.Fatal(err)
	}
	s, err := preset.With(nil)
	if err != nil {
		t.Fatal(err)
	}
	send := slices.IndexFunc(s.Routes, func(r shape.Route) bool { return r.Name == "send" })
	format, err := shaped.Compile(s.Of(&s.Routes[send]))
	if err != nil {
		t.Fatal(err)
	}
	return format
}
