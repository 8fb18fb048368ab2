package transform

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

const (
	// maxRemembered bounds, in bytes, what a stream remembers of texts that later events may restate: each text twice, as the server sent it
	// and as clients see it. The longest text that fits into one event (64 KiB, sse.MaxEvent) takes about half of this.
	maxRemembered = 256 << 10
	// rememberedOverhead is what a remembered text counts for besides its bytes. It bounds the number of texts.
	rememberedOverhead = 128
)

// remember adds a piece of a text and what clients see in place of it to the remembered text. It refuses a stream with too much to
// remember, because what is forgotten could not be restated.
func (r *redaction) remember(g *growingText, original, shown []byte) error {
	if err := r.take(len(original) + len(shown)); err != nil {
		return err
	}
	g.original, g.replaced = append(g.original, original...), append(g.replaced, shown...)
	return nil
}

// take counts bytes that the stream remembers, or remembers no more if the number is negative.
func (r *redaction) take(count int) error {
	r.remembered += count
	if r.remembered <= maxRemembered {
		return nil
	}
	return refusal.Because(refusal.AnswerTooLarge, "The answer repeats texts that are longer than the sidecar can remember.").
		WithRemedy("Ask for a shorter answer.")
}

// size returns how many bytes are remembered of the text.
func (g *growingText) size() int { return len(g.original) + len(g.replaced) }

// noteRevision counts what a whole text has changed of a revised text, which had the size before.
func (r *redaction) noteRevision(g *growingText, before int) error {
	if !g.isRevised {
		return nil
	}
	return r.take(g.size() - before)
}

// findRemembered returns the text that a Restated segment says again, or nil if the stream has not had a text at the place.
func (r *redaction) findRemembered(place dialect.Place) *growingText {
	for _, texts := range [][]*growingText{r.growing, r.ended} {
		for _, g := range texts {
			if g.place == place {
				return g
			}
		}
	}
	return nil
}

// saysAgain reports whether the segment says a text again, and not for the first time. The text has its statement already. An empty text,
// with which some APIs announce a text, needs none.
func (r *redaction) saysAgain(s *dialect.Segment) bool {
	return s.Arrival == dialect.Restated && (len(s.Text) == 0 || r.findRemembered(s.Place) != nil)
}

// restate appends what stands in place of a Restated segment: what clients see of the text already, which is redacted and has its
// statement. Clients then see the same text whether they put the pieces together or read the restatement.
//
// A server can restate a text differently. If it only adds to the text, the addition is redacted with the text, and clients also get it
// as a piece. If it says another text in which nothing can be personal data, such as "Sorry" in place of an answer that was withdrawn,
// the other text stands. Any other text could have a piece of personal data that only the pieces and the restatement together show: then
// what clients see already stays.
func (r *redaction) restate(dst []byte, s *dialect.Segment, statement string) (out []byte, changed bool, err error) {
	g := r.findRemembered(s.Place)
	isEnd := s.End || r.isLast
	cuts := r.takeCuts(s) // Those of the list are found with its first text.
	switch {
	case g == nil && len(s.Text) == 0: // Some APIs announce a text in this way.
		return dst, false, nil
	case g == nil:
		g, err = r.addWhole(s, statement, append(r.takePartCuts(s.Place.Unit), cuts...))
	case g.arrival == dialect.Cumulative:
		// A text that has ended stays ended, and it has its statement already. The result is g.replaced, which is appended below.
		g.update(s.Text, isEnd || !g.canGrow, "", r.counts)
	case g.isExtendedBy(s.Text):
		err = r.extend(g, s.Text[len(g.original):])
	case !bytes.HasPrefix(g.original, s.Text) && !r.set.Suspects(s.Text):
		g.complete(r.counts)
		r.noteCorrected(g)
		dst = appendStatement(dst, g.statement)
		return r.correctFrom(append(dst, s.Text...), len(dst), s), true, nil
	case isEnd:
		g.complete(r.counts)
	}
	r.noteCorrected(g)
	return append(dst, g.replaced...), !bytes.Equal(g.replaced, s.Text), err
}

// isExtendedBy reports whether a restatement says the text and more, and more of the text may still follow.
func (g *growingText) isExtendedBy(text []byte) bool {
	return g.canGrow && len(text) > len(g.original) && bytes.HasPrefix(text, g.original)
}

// addWhole remembers a text that the stream says for the first time, and as a whole. No pieces of it may follow. The cuts are pieces of
// personal data in it that go on in other texts.
func (r *redaction) addWhole(s *dialect.Segment, statement string, cuts []cut) (*growingText, error) {
	g := &growingText{place: s.Place, arrival: dialect.Restated, isSigned: s.Signed, statement: statement, window: &textWindow{Window: r.set.Window()}}
	r.ended = append(r.ended, g)
	r.remembered += rememberedOverhead
	replaced := appendStatement(nil, statement)
	start := len(replaced)
	if len(cuts) == 0 && isPlainJSON(s) {
		replaced, _ = r.set.JSON(replaced, s.Text, r.counts)
	} else {
		replaced = r.appendCut(replaced, s.Text, cuts)
	}
	replaced = r.correctFrom(replaced, start, s)
	return g, r.remember(g, s.Text, replaced)
}

// beginAgain returns a text that was complete and of which more arrives. Only a text that arrives as a whole each time (Cumulative) can
// begin again. Any other text stays complete, and appendGrowing refuses more of it.
func (r *redaction) beginAgain(g *growingText, arrival dialect.Arrival) *growingText {
	if arrival == dialect.Cumulative {
		r.ended = slices.DeleteFunc(r.ended, func(other *growingText) bool { return other == g })
		r.growing = append(r.growing, g)
		g.arrival = arrival
	}
	return g
}

// extend adds the end of a text that only the restatement has. The text is then complete: a client that reads only the pieces and one that
// reads the restatement would see further pieces in different surroundings.
func (r *redaction) extend(g *growingText, addition []byte) error {
	g.showLate(g.window.Write(nil, addition, r.counts))
	g.complete(r.counts)
	return r.remember(g, addition, nil)
}

// complete ends a text: clients get what is held back of it as a late text.
func (g *growingText) complete(counts *redact.Counts) {
	g.canGrow = false
	g.showLate(g.window.Close(nil, counts))
}

// showLate adds text to what clients see. No event contains the text, so it needs an event of its own, which late waits for.
func (g *growingText) showLate(text []byte) {
	if len(text) == 0 {
		return
	}
	g.replaced, g.late = append(g.replaced, text...), append(g.late, text...)
}

// takeLate returns the text for one more event, or an empty text if clients have all of the text.
func (g *growingText) takeLate() []byte {
	late := g.late
	g.late = nil
	if len(late) > 0 && g.arrival == dialect.Cumulative && !g.isRevised {
		return g.replaced
	}
	return late
}

// refuseGrowth refuses a piece of a text that is complete.
func refuseGrowth() error {
	return refusal.Because(refusal.AnswerMalformed, "An event adds to a text that another event has said as a whole.")
}

// end forgets the texts of units that end for good, except those that later events may restate.
func (r *redaction) end(event dialect.Event) {
	r.growing = slices.DeleteFunc(r.growing, func(g *growingText) bool {
		hasEnded := event.EndsMessage(g.place.Unit)
		if hasEnded && g.isRestatable {
			r.ended = append(r.ended, g)
		}
		return hasEnded
	})
}

// hasLate reports whether clients lack a text that the event that is being written has restated.
func (r *redaction) hasLate() bool {
	return slices.ContainsFunc(r.growing, func(g *growingText) bool { return len(g.late) > 0 })
}
