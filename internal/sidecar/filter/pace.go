package filter

import (
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Pace bounds how many messages, and how many bytes of messages, arrive in a minute in each conversation and from each address. It remembers
// the conversations and addresses that it saw first within the last minutes, as hashes and in memory only, 4096 of each; one that it forgets may
// begin again. It is safe for concurrent use.
type Pace struct {
	now func() time.Time

	mu sync.Mutex
	// conversations and callers have what is left of the limits. mu guards them.
	conversations, callers recent[quota]
}

// quota is what is left of the limits at a time. Both numbers grow to the limit within a minute. bytes may be below 0: a message that is
// larger than what is left goes on, so that no limit keeps a message out for ever, and the next one waits.
type quota struct {
	messages, bytes float64
	at              time.Time
}

// NewPace returns a Pace that has seen nothing. now is its clock.
func NewPace(now func() time.Time) *Pace {
	return &Pace{now: now, conversations: newRecent[quota](), callers: newRecent[quota]()}
}

// LimitPace refuses messages that come faster than the limits allow. It must come after RewriteBody, which reads what identifies the conversation.
func LimitPace(p *Pace, l sidecarconfig.Limits) Filter {
	if !l.HasPace() {
		return Pass
	}
	return refuseWith(func(r *http.Request) *refusal.Refusal {
		sc := exchange.From(r)
		sc.PathSession = findPathSession(sc.Route, r)
		return p.Check(l, identify(sc, r), FindCaller(r), sc.RequestBytes)
	})
}

// Check takes a message of a conversation and of a caller from what is left, or returns why it comes too fast. conversation and caller are "" if
// they are not known. size is the length of the message in bytes.
func (p *Pace) Check(l sidecarconfig.Limits, conversation, caller string, size int) *refusal.Refusal {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	ofConversation := refill(&p.conversations, conversation, l.ConversationMessagesPerMinute, l.ConversationBytesPerMinute, now)
	ofCaller := refill(&p.callers, caller, l.CallerMessagesPerMinute, l.CallerBytesPerMinute, now)
	wait := max(
		ofConversation.findWait(l.ConversationMessagesPerMinute, l.ConversationBytesPerMinute),
		ofCaller.findWait(l.CallerMessagesPerMinute, l.CallerBytesPerMinute),
	)
	if wait > 0 {
		why := refusal.New(refusal.TooFast)
		why.Header = http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(wait.Seconds())))}}
		return why
	}
	for _, of := range []struct {
		seen *recent[quota]
		id   string
		left quota
	}{{&p.conversations, conversation, ofConversation}, {&p.callers, caller, ofCaller}} {
		of.left.messages--
		of.left.bytes -= float64(size)
		if of.id != "" {
			of.seen.put(of.id, of.left)
		}
	}
	return nil
}

// refill returns what is left now of the limits of messages and bytes. What is not known has all of them.
func refill(seen *recent[quota], id string, messages int, bytes int64, now time.Time) quota {
	left, found := seen.get(id)
	if id == "" || !found {
		return quota{float64(messages), float64(bytes), now}
	}
	minutes := max(0, now.Sub(left.at).Minutes())
	left.messages = min(float64(messages), left.messages+minutes*float64(messages))
	left.bytes = min(float64(bytes), left.bytes+minutes*float64(bytes))
	left.at = now
	return left
}

// findWait returns how long the next message must wait, 0 if it need not. Limits that are 0 do not hold.
func (a quota) findWait(messages int, bytes int64) time.Duration {
	var minutes float64
	if messages > 0 && a.messages < 1 {
		minutes = (1 - a.messages) / float64(messages)
	}
	if bytes > 0 && a.bytes <= 0 {
		minutes = max(minutes, (1-a.bytes)/float64(bytes))
	}
	return time.Duration(minutes * float64(time.Minute))
}

// FindCaller returns the address from which a request comes: the one that the last proxy before the sidecar has added to X-Forwarded-For, or else
// that of the connection. A client can write the earlier entries itself.
func FindCaller(r *http.Request) string {
	if values := r.Header["X-Forwarded-For"]; len(values) > 0 {
		last := values[len(values)-1]
		if address := strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]); address != "" {
			return address
		}
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr) // It is "" in tests without a connection.
	return host
}
