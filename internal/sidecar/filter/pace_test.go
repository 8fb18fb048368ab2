package filter

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestPace sends messages one after the other, each after a time, and compares which of them go on, and how long the others must wait.
func TestPace(t *testing.T) {
	type message struct {
		after                time.Duration
		conversation, caller string
		size                 int
		wait                 string
	}
	for name, tc := range map[string]struct {
		limits   sidecarconfig.Limits
		messages []message
	}{
		"messages of a conversation": {sidecarconfig.Limits{ConversationMessagesPerMinute: 2}, []message{
			{0, "a", "x", 1, ""}, {0, "a", "y", 1, ""}, {0, "a", "z", 1, "30"}, {0, "b", "x", 1, ""},
			{30 * time.Second, "a", "x", 1, ""}, {0, "a", "x", 1, "30"}, {time.Hour, "a", "x", 1, ""}, {0, "a", "x", 1, ""}, {0, "a", "x", 1, "30"},
		}},
		"messages of a caller": {sidecarconfig.Limits{CallerMessagesPerMinute: 60}, append(
			repeat(message{0, "", "x", 1, ""}, 60), message{0, "new", "x", 1, "1"}, message{0, "", "y", 1, ""}, message{time.Second, "", "x", 1, ""},
		)},
		"bytes of a conversation": {sidecarconfig.Limits{ConversationBytesPerMinute: 1200}, []message{
			{0, "a", "x", 1300, ""}, {0, "a", "x", 1, "6"}, {0, "b", "x", 1200, ""}, {6 * time.Second, "a", "x", 1, ""},
		}},
		"a message of any size goes on": {sidecarconfig.Limits{CallerBytesPerMinute: 1024}, []message{{0, "", "x", 1 << 20, ""}, {0, "", "x", 1, "61381"}}},
		"no conversation and no caller": {sidecarconfig.Limits{ConversationMessagesPerMinute: 1, CallerMessagesPerMinute: 1}, repeat(message{}, 5)},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
			p := NewPace(func() time.Time { return now })
			for i, m := range tc.messages {
				now = now.Add(m.after)
				why, wait := p.Check(tc.limits, m.conversation, m.caller, m.size), ""
				if why != nil {
					wait = why.Header.Get("Retry-After")
				}
				if wait != m.wait || why != nil && (!why.IsFor(refusal.TooFast) || why.Status != http.StatusTooManyRequests) {
					t.Errorf("message %d waits %q, want %q", i, wait, m.wait)
				}
			}
		})
	}
}

func repeat[M any](m M, count int) (all []M) {
	for range count {
		all = append(all, m)
	}
	return all
}

// TestPaceIsBounded: it keeps no more than recent does, however many addresses there are.
func TestPaceIsBounded(t *testing.T) {
	p := NewPace(time.Now)
	for i := range 3 * maxConversations {
		if why := p.Check(sidecarconfig.Limits{CallerMessagesPerMinute: 1}, fmt.Sprint(i), fmt.Sprint(i), 1); why != nil {
			t.Errorf("the first message of caller %d is refused", i)
		}
	}
	if len(p.callers.values) != maxConversations || len(p.conversations.values) != maxConversations {
		t.Errorf("it keeps %d callers and %d conversations", len(p.callers.values), len(p.conversations.values))
	}
}

func TestFindCaller(t *testing.T) {
	for want, forwarded := range map[string][]string{
		"192.0.2.1": nil, "10.0.0.1": {"203.0.113.9, 10.0.0.1"}, "10.0.0.2": {"203.0.113.9", "198.51.100.1,10.0.0.2 "}, "2001:db8::1": {"2001:db8::1"},
	} {
		r := &http.Request{RemoteAddr: "192.0.2.1:4711", Header: http.Header{}}
		if forwarded != nil {
			r.Header["X-Forwarded-For"] = forwarded
		}
		if got := FindCaller(r); got != want {
			t.Errorf("%q: got %q, want %q", forwarded, got, want)
		}
	}
}
