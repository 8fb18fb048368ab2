package shaped_test

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestOrderOfOddParts: the order is that of the app, and nothing is lost, also if parts begin before others have ended, with tool calls between
// them, and in a stream that breaks off.
func TestOrderOfOddParts(t *testing.T) {
	for name, o := range orderedStreams() {
		t.Run(name, func(t *testing.T) {
			c := newCodecOf(t, findStream(t, o.preset, o.preset))
			random := rand.New(rand.NewPCG(1, 2))
			for _, text := range orderedTexts {
				for range 15 {
					parts := strings.Split(text, "|")
					o.checkOrder(t, c, o.interleave(random, parts))
					l := o.lay(random, parts)
					o.checkOrder(t, c, l.breakOff(random))
					if o.toolAt == 0 {
						o.checkOrder(t, c, o.layWithTools(random, parts))
					}
				}
			}
		})
	}
}

// breakOff returns the message up to an event, before which no part is open.
func (l *laidParts) breakOff(random *rand.Rand) laidParts {
	return laidParts{l.events[:1+l.spans[random.IntN(len(l.spans))][1]], l.spans}
}

// layWithTools returns a message with tool calls between some of its parts.
func (o *orderedStream) layWithTools(random *rand.Rand, parts []string) (l laidParts) {
	for i, text := range parts {
		first := len(l.events)
		l.events = append(append(l.events, o.begin(i)...), o.piece(i, text))
		l.spans = append(l.spans, [2]int{first, len(l.events)})
		l.events = append(l.events, o.end(i, text)...)
		if random.IntN(2) == 0 {
			l.events = append(l.events, o.tool(len(parts)+i)...)
		}
	}
	l.events = append(l.events, o.last(parts)...)
	return l
}

// interleave returns a message of which all parts are open at the same time.
func (o *orderedStream) interleave(random *rand.Rand, parts []string) (l laidParts) {
	for i := range parts {
		l.spans = append(l.spans, [2]int{len(l.events), 0})
		l.events = append(l.events, o.begin(i)...)
	}
	for _, i := range random.Perm(len(parts)) {
		l.events = append(l.events, o.piece(i, parts[i]))
	}
	for _, i := range random.Perm(len(parts)) {
		l.spans[i][1] = len(l.events)
		l.events = append(l.events, o.end(i, parts[i])...)
	}
	l.events = append(l.events, o.last(parts)...)
	return l
}

// TestPartWithDataOfItsOwn: a part whose beginning belongs to the part before it loses all of its own data, although it arrives in pieces.
func TestPartWithDataOfItsOwn(t *testing.T) {
	pieces := textDelta(1, "DE89 3704 0044 0532 0130 00 ") + textDelta(1, "is") + textDelta(1, " the account")
	got, err := rewriteFor(t, "anthropic-messages", "", textDelta(0, "to joe@shop.example.")+block(0, "stop", "")+pieces+block(1, "stop", ""))
	if err != nil || strings.Contains(got, "3704") || !strings.Contains(got, `"text":"[redacted:email]"`) || !strings.Contains(got, "account") {
		t.Errorf("error is %v, stream:\n%s", err, got)
	}
}

// TestPartsThatEndTogether: an event that ends several parts waits at most once.
func TestPartsThatEndTogether(t *testing.T) {
	s := findStream(t, "openai-responses", "openai-responses")
	for i := range s.Stream.Places {
		if p := &s.Stream.Places[i]; len(p.Between) > 0 {
			p.Between = append(p.Between, "response.output_item.done")
		}
	}
	p := partedStreams[0]
	p.checkParts(t, newCodecOf(t, s), [][]string{{"joe@sh"}, {"op.example or"}, {"not"}}, "[redacted:email] ornot")
	p.rewrite(t, newCodecOf(t, s), p.last([]string{"Hello", "world"}))
}
