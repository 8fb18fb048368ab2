package transform

import (
	"bytes"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/truth"
)

// Truthful returns a Transform that looks in requests for the question what the chatbot is, and that can correct answers (Correcting). A nil
// set changes nothing.
func (t *Transform) Truthful(set *truth.Set) *Transform {
	if set == nil {
		return t
	}
	truthful, correcting := *t, *t
	truthful.questioned = set
	correcting.questioned, correcting.corrector = set, corrector{truth: set}
	truthful.correcting = &correcting
	return &truthful
}

// Correcting returns a Transform for answers to people: it replaces what a chatbot says falsely of itself. asked is Request.Asked of the request. It returns the
// same Transform if that was not made by Truthful.
func (t *Transform) Correcting(asked int) *Transform {
	if t.correcting == nil {
		return t
	}
	if asked == 0 {
		return t.correcting
	}
	correcting := *t.correcting
	correcting.corrector.asked = asked
	return &correcting
}

// corrector replaces false sentences in the texts of one document or stream that people read. It does nothing without a set.
type corrector struct {
	truth *truth.Set
	// asked is the language in which the person has asked what the chatbot is, or 0 (truth.Set.Asks).
	asked int
	// corrected is the number of sentences that were replaced.
	corrected int
}

// covers reports whether people read the text as one of the chatbot.
func (c *corrector) covers(s *dialect.Segment) bool {
	isRead := s.Kind == dialect.Prose || s.Kind == dialect.Decline
	return c.truth != nil && isRead && (s.Role == dialect.RoleAssistant || s.Role == dialect.RoleOther)
}

// window returns a window for a text; nil if nothing of it is corrected.
func (c *corrector) window(s *dialect.Segment) *truth.Window {
	if !c.covers(s) {
		return nil
	}
	return c.truth.Window(c.asked)
}

// appendTo appends the correction of a whole text to dst. changed is false if the text stays; the caller must not use the content of out then.
func (c *corrector) appendTo(dst, text []byte, s *dialect.Segment) (out []byte, changed bool) {
	if !c.covers(s) {
		return dst, false
	}
	out, count := c.truth.Text(dst, text, c.asked)
	c.corrected += count
	return out, count > 0
}

// correctFrom corrects the text that out has from an offset on.
func (c *corrector) correctFrom(out []byte, start int, s *dialect.Segment) []byte {
	if !c.covers(s) {
		return out
	}
	out, _ = c.appendTo(out[:start], bytes.Clone(out[start:]), s)
	return out
}

// textWindow redacts a text that arrives in pieces, and then corrects it. correction is nil if it is only redacted.
type textWindow struct {
	*redact.Window
	correction *truth.Window
	redacted   []byte
}

// Write does what redact.Window.Write does, and corrects the result.
func (w *textWindow) Write(dst, piece []byte, counts *redact.Counts) []byte {
	if w.correction == nil {
		return w.Window.Write(dst, piece, counts)
	}
	w.redacted = w.Window.Write(w.redacted[:0], piece, counts)
	return w.correction.Write(dst, w.redacted)
}

// Close does what redact.Window.Close does, and corrects the result.
func (w *textWindow) Close(dst []byte, counts *redact.Counts) []byte {
	if w.correction == nil {
		return w.Window.Close(dst, counts)
	}
	w.redacted = w.Window.Close(w.redacted[:0], counts)
	return w.correction.Close(w.correction.Write(dst, w.redacted))
}

// Cut does what redact.Window.Cut does, and corrects the result.
func (w *textWindow) Cut(dst []byte, kept int, counts *redact.Counts) []byte {
	if w.correction == nil {
		return w.Window.Cut(dst, kept, counts)
	}
	w.redacted = w.Window.Cut(w.redacted[:0], kept, counts)
	return w.correction.Close(w.correction.Write(dst, w.redacted))
}

// Held returns how many bytes of text are held back.
func (w *textWindow) Held() int {
	if w.correction == nil {
		return w.Window.Held()
	}
	return w.Window.Held() + w.correction.Held()
}

// restart forgets the text, for another one that takes its place.
func (w *textWindow) restart() {
	w.Close(nil, new(redact.Counts))
	if w.correction != nil {
		w.correction.ForgetCorrected()
	}
}

// noteCorrected counts the corrections of a growing text that are not counted yet. A text that begins again counts what it has more.
func (r *redaction) noteCorrected(g *growingText) {
	if g.window.correction == nil {
		return
	}
	count := g.window.correction.Corrected()
	r.corrected += max(0, count-g.corrected)
	g.corrected = max(g.corrected, count)
}

// askSearch looks for the question what the chatbot is in the last message of the person. Without a set it does nothing.
type askSearch struct {
	set *truth.Set
	// hasText means that the message that is being read has a text, and asked is what Asks returns for it.
	hasText bool
	asked   int
	// found is asked of the last message of the person.
	found int
}

// searchSegment takes a text of the message that is being read.
func (a *askSearch) searchSegment(s *dialect.Segment) {
	if a.set == nil || s.Kind != dialect.Prose || len(s.Text) == 0 || s.Role != dialect.RoleUser && s.Role != dialect.RoleOther {
		return
	}
	a.hasText = true
	if a.asked == 0 {
		a.asked = a.set.Asks(s.Text)
	}
}

// endMessage takes the author of the message that was read.
func (a *askSearch) endMessage(m dialect.Message) {
	if m.Role == dialect.RoleUser && a.hasText {
		a.found = a.asked
	}
	a.hasText, a.asked = false, 0
}
