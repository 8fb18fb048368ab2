package transform

import (
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

const (
	// maxTexts bounds the texts that may grow at the same time in one stream (choices times tool calls), and separately the texts that
	// stay the same.
	maxTexts = 64
	// maxWord is the longest text that counts as an identifier.
	maxWord = 128
)

// redaction replaces the personal data of one document or stream.
type redaction struct {
	set    *redact.Set
	counts *redact.Counts
	// refuseName returns the refusal of a member whose name contains personal data.
	refuseName func() error
	// growing are the texts that arrive in pieces.
	growing []*growingText
	// steady are the texts that stay the same from event to event.
	steady []steadyText
}

// growingText is one text that arrives in pieces.
type growingText struct {
	place  dialect.Place
	growth dialect.Growth
	window *redact.Window
	// For texts that arrive whole each time: the statement before them, the original text so far, and its replacement.
	statement   string
	seen, shown []byte
}

// steadyText is a text that several events repeat at one place, such as an identifier or the name of a provider.
type steadyText struct {
	place dialect.Place
	text  string
}

// append appends the replacement of a segment to dst; changed false keeps the segment. A statement that is not empty precedes the text
// and is not inspected.
func (r *redaction) append(dst []byte, s *dialect.Segment, statement string) (out []byte, changed bool, err error) {
	switch {
	case s.Kind == dialect.Name:
		if r.set.Finds(s.Text) {
			return dst, false, r.refuseName()
		}
		return dst, false, nil
	case s.Growth == dialect.Appends, s.Growth == dialect.SoFar:
		out, err = r.grow(dst, s, statement)
		return out, true, err
	}
	if statement == "" {
		out, changed = r.replace(dst, s)
		return out, changed, nil
	}
	dst = appendStatement(dst, statement)
	if out, changed = r.replace(dst, s); !changed {
		out = append(dst, s.Text...)
	}
	return out, true, nil
}

// replace inspects a text that does not grow.
func (r *redaction) replace(dst []byte, s *dialect.Segment) ([]byte, bool) {
	switch s.Growth {
	case dialect.Unfollowed:
		// Harmless words pass; what could be a piece of personal data is emptied.
		return dst, r.set.Suspects(s.Text)
	case dialect.Repeats:
		return r.repeat(dst, s)
	}
	if s.Kind == dialect.Word && isWord(s.Text) {
		return dst, false
	}
	return r.set.Text(dst, s.Text, r.counts)
}

// repeat inspects a text that events repeat. A client could join two different texts of one place, so a different one passes
// only if neither could be a piece of personal data, or if both are words of the interface.
func (r *redaction) repeat(dst []byte, s *dialect.Segment) ([]byte, bool) {
	word := s.Kind == dialect.Word && isWord(s.Text)
	first, found := r.first(s.Place)
	switch {
	case !found && len(r.steady) < maxTexts:
		r.steady = append(r.steady, steadyText{place: s.Place, text: string(s.Text)})
	case !found:
		return dst, !word && r.set.Suspects(s.Text)
	case first == string(s.Text), word && isWord([]byte(first)):
	default:
		return dst, r.set.Suspects(s.Text) || r.set.Suspects([]byte(first))
	}
	if word {
		return dst, false
	}
	return r.set.Text(dst, s.Text, r.counts)
}

// first returns the first text of a place.
func (r *redaction) first(place dialect.Place) (string, bool) {
	for i := range r.steady {
		if r.steady[i].place == place {
			return r.steady[i].text, true
		}
	}
	return "", false
}

// grow appends the part of a growing text for which the window has decided.
func (r *redaction) grow(dst []byte, s *dialect.Segment, statement string) ([]byte, error) {
	g, err := r.find(s)
	if err != nil {
		return dst, err
	}
	if s.Growth == dialect.SoFar {
		return append(dst, g.rewind(s, statement, r.counts)...), nil
	}
	dst = g.window.Write(appendStatement(dst, statement), s.Text, r.counts)
	if s.End {
		dst = g.window.Close(dst, r.counts)
	}
	return dst, nil
}

// rewind takes the text so far and returns its replacement. The replacement only grows, unless the text no longer begins with
// what came before; then it starts again.
func (g *growingText) rewind(s *dialect.Segment, statement string, counts *redact.Counts) []byte {
	if statement != "" {
		g.statement, g.shown = statement, appendStatement(g.shown, statement)
	}
	if len(s.Text) < len(g.seen) || string(s.Text[:len(g.seen)]) != string(g.seen) {
		g.window.Close(nil, new(redact.Counts))
		g.seen, g.shown = g.seen[:0], appendStatement(g.shown[:0], g.statement)
	}
	g.shown = g.window.Write(g.shown, s.Text[len(g.seen):], counts)
	g.seen = append(g.seen[:0], s.Text...)
	if s.End {
		g.shown = g.window.Close(g.shown, counts)
	}
	return g.shown
}

// find returns the growing text to which a segment belongs.
func (r *redaction) find(s *dialect.Segment) (*growingText, error) {
	for _, g := range r.growing {
		if g.place == s.Place {
			return g, nil
		}
	}
	if len(r.growing) == maxTexts {
		return nil, refusal.Because(refusal.AnswerMalformed, "The answer has more texts side by side than can be followed.")
	}
	g := &growingText{place: s.Place, growth: s.Growth, window: r.set.Window()}
	r.growing = append(r.growing, g)
	return g, nil
}

// holds reports whether text of a message is held back.
func (r *redaction) holds(message int) bool {
	for _, g := range r.growing {
		if g.place.Message == message && g.window.Held() > 0 {
			return true
		}
	}
	return false
}

// rest closes the window and returns the held text: alone, or at the end of the whole text where texts arrive whole.
func (g *growingText) rest(counts *redact.Counts) []byte {
	rest := g.window.Close(nil, counts)
	if len(rest) == 0 || g.growth == dialect.Appends {
		return rest
	}
	g.shown = append(g.shown, rest...)
	return g.shown
}

// wordBytes are the bytes of identifiers and words of an interface.
var wordBytes = func() (t [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-" {
		t[c] = true
	}
	return t
}()

// isWord reports whether a text looks like an identifier.
func isWord(text []byte) bool {
	if len(text) > maxWord {
		return false
	}
	for _, c := range text {
		if !wordBytes[c] {
			return false
		}
	}
	return true
}
