package filter

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

func newMessage(text string, reply transform.Reply) Message {
	return Message{Body: []byte(text), Request: transform.Request{HasProse: true, Consent: transform.Consent{Last: reply}}}
}

// TestHeldMessagesAreBounded in size, number and time. A yes goes on itself if nothing is held.
func TestHeldMessagesAreBounded(t *testing.T) {
	large := strings.Repeat("a", maxHeldMessage)
	cases := map[string]struct {
		text string
		// others is the number of conversations that hold the largest message already, for as long as age.
		others     int
		age, pause time.Duration
		want       string
	}{
		"a message":                         {text: "Hello", want: "Hello"},
		"the largest message":               {text: large, want: large},
		"a larger message":                  {text: large + "a", want: "yes"},
		"shortly before the end":            {text: "Hello", pause: maxHeldTime - time.Second, want: "Hello"},
		"too late":                          {text: "Hello", pause: maxHeldTime, want: "yes"},
		"nearly no room":                    {text: large, others: maxHeldBytes/maxHeldMessage - 1, want: large},
		"no room":                           {text: large, others: maxHeldBytes / maxHeldMessage, want: "yes"},
		"room of messages of the past":      {text: large, others: maxHeldBytes / maxHeldMessage, age: maxHeldTime, want: large},
		"room of conversations of the past": {text: large, others: maxConversations, want: "yes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			now := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
			c := NewConsents(func() time.Time { return now })
			for i := range tc.others {
				c.decide(fmt.Sprint("other ", i), newMessage(large, transform.ReplyOther))
			}
			now = now.Add(tc.age)
			if _, what := c.decide("s", newMessage(tc.text, transform.ReplyOther)); what != decideAsk {
				t.Fatalf("the first message: decision %d", what)
			}
			if c.heldBytes > maxHeldBytes {
				t.Errorf("%d bytes are held", c.heldBytes)
			}
			now = now.Add(tc.pause)
			got, what := c.decide("s", newMessage("yes", transform.ReplyYes))
			if what != decideGiven || string(got.Body) != tc.want {
				t.Errorf("decision %d, message of %d bytes, want %d", what, len(got.Body), len(tc.want))
			}
		})
	}
}

// TestForgottenConversationsLeaveNoBytes: what counts as held is what the table holds.
func TestForgottenConversationsLeaveNoBytes(t *testing.T) {
	c := NewConsents(time.Now)
	for i := range 2 * maxConversations {
		c.decide(fmt.Sprint(i), newMessage("Hello", transform.ReplyOther))
		if i%3 == 0 {
			c.decide(fmt.Sprint(i), newMessage("no", transform.ReplyNo))
		}
	}
	held := 0
	for _, state := range c.states.values {
		held += countHeld(state)
	}
	if held != c.heldBytes || len(c.states.values) != maxConversations {
		t.Errorf("%d bytes count as held, and %d are, in %d conversations", c.heldBytes, held, len(c.states.values))
	}
	if _, what := c.decide("0", newMessage("yes", transform.ReplyYes)); what != decideAsk {
		t.Errorf("a forgotten conversation: decision %d", what)
	}
}

// TestRequestsWithTheHistoryStayAsTheyAre, also if they name a session and lack the question.
func TestRequestsWithTheHistoryStayAsTheyAre(t *testing.T) {
	c := NewConsents(time.Now)
	c.decide("s", newMessage("Hello", transform.ReplyOther))
	yes := newMessage("Hello. Hi. yes", transform.ReplyYes)
	yes.Request.Consent.HasAnswer = true
	if got, what := c.decide("s", yes); what != decideGiven || string(got.Body) != "Hello. Hi. yes" {
		t.Errorf("decision %d, message %q", what, got.Body)
	}
}
