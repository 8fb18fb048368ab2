package filter

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// service is a messaging service in place of the transport. Each message waits there until it is answered.
type service struct {
	filter http.Handler
	// got are the messages in the order in which they came, one with the statement before it as `+` and its name.
	got []string
	// answers has a channel for each message; what is sent there says whether the service has accepted the statement.
	answers map[string]chan bool
}

// newService returns a service behind the filter for messages with the names.
func newService(t *testing.T, names ...string) *service {
	t.Helper()
	s := &service{answers: map[string]chan bool{}}
	for _, name := range names {
		s.answers[name] = make(chan bool)
	}
	statements := NewStatements(declareOnce("en"))
	s.filter = Announce(statements, NewConversations(time.Now))(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sc, name := exchange.From(r), r.Header.Get("Name")
		if sc.Ahead != "" {
			name = "+" + name
		}
		s.got = append(s.got, name)
		if isAccepted := <-s.answers[r.Header.Get("Name")]; isAccepted && sc.Ahead != "" {
			sc.NoteAhead("")
		}
	}))
	return s
}

// declareOnce is declare for a statement before the first message.
func declareOnce(language string) *sidecarconfig.Disclose {
	d := declare(language)
	d.Placements = []string{sidecarconfig.PlaceFirstMessage}
	return d
}

// send has the bot send a message to the chat, and returns when it waits. cancel has the bot give up.
func (s *service) send(t *testing.T, name, chat string) (cancel context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	sc := &exchange.Scope{Route: &exchange.Route{Use: shape.UseReply, API: "telegram-bot", Format: shapedtest.Preset(t, "telegram-bot")}}
	sc.Request.Session = chat
	r := httptest.NewRequestWithContext(exchange.With(ctx, sc), http.MethodPost, "/bot1/sendMessage", http.NoBody)
	r.Header.Set("Name", name)
	go s.filter.ServeHTTP(httptest.NewRecorder(), r)
	synctest.Wait()
	return cancel
}

// answer has the service answer a message.
func (s *service) answer(name string, isAccepted bool) {
	s.answers[name] <- isAccepted
	synctest.Wait()
}

// check compares what the service got up to now.
func (s *service) check(t *testing.T, when string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.got); diff != "" {
		t.Errorf("%s, the service got (-want +got):\n%s", when, diff)
	}
}

// TestMessagesKeepTheirOrder: those that wait for one statement go on one after another, each when the one before it is answered. A message of
// another chat does not wait, and neither does one that comes when no other waits.
func TestMessagesKeepTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, "a", "b", "c", "d", "e", "f")
		for _, name := range []string{"a", "b", "c", "d"} {
			defer s.send(t, name, "5")()
		}
		defer s.send(t, "e", "6")()
		s.check(t, "while the statement is sent", "+a", "+e")
		s.answer("a", true)
		s.check(t, "after the first message", "+a", "+e", "b")
		s.answer("b", true)
		s.answer("c", true)
		s.check(t, "after the third message", "+a", "+e", "b", "c", "d")
		s.answer("d", true)
		for _, name := range []string{"a", "b"} {
			defer s.send(t, name, "5")()
		}
		s.check(t, "later", "+a", "+e", "b", "c", "d", "a", "b")
		for _, name := range []string{"e", "a", "b"} {
			s.answer(name, true)
		}
	})
}

// TestMessagesThatNoOneWaitsFor: the place of a bot that gives up is free, and the next message sends the statement that the service has not
// accepted.
func TestMessagesThatNoOneWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, "a", "b", "c", "d")
		defer s.send(t, "a", "5")()
		giveUp := s.send(t, "b", "5")
		defer s.send(t, "c", "5")()
		defer s.send(t, "d", "5")()
		giveUp()
		synctest.Wait()
		s.check(t, "while the statement is sent", "+a")
		s.answer("a", false)
		s.check(t, "after a statement that is not accepted", "+a", "+c")
		s.answer("c", true)
		s.check(t, "after the statement", "+a", "+c", "d")
		s.answer("d", true)
	})
}

// TestQueueForEveryOrder: whoever leaves when, it is the turn of the first one that has stayed, and of no other.
func TestQueueForEveryOrder(t *testing.T) {
	const size = 5
	var try func(left []int)
	try = func(left []int) {
		q := newQueues()
		var places []*place
		for range size {
			p, _ := q.join("5")
			places = append(places, p)
		}
		for _, i := range left {
			places[i].leave()
			places[i].leave()
		}
		for i, p := range places {
			isFirst := !slices.Contains(left, i)
			for earlier := range i {
				isFirst = isFirst && slices.Contains(left, earlier)
			}
			if got := p.isTurn(); got != isFirst && !slices.Contains(left, i) {
				t.Fatalf("when %v have left, it is the turn of %d: %t", left, i, got)
			}
		}
		if len(left) == size && len(q.waiting) > 0 {
			t.Fatalf("when all have left, %d queues stay", len(q.waiting))
		}
		for i := range size {
			if !slices.Contains(left, i) {
				try(append(slices.Clone(left), i))
			}
		}
	}
	try(nil)
}

// isTurn reports whether it is the turn of the message.
func (p *place) isTurn() bool {
	select {
	case <-p.turn:
		return true
	default:
		return false
	}
}
