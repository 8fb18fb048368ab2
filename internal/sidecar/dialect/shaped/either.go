package shaped

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// eitherForm is how the texts of a stream grow that the shape says grow in either way.
type eitherForm uint8

// The forms. As long as formUnknown holds, a text counts as one that the next event may replace.
const (
	formUnknown eitherForm = iota
	formPieces
	formWhole
)

// eitherTexts finds out how the texts grow: the second event with such texts shows it. A wrong guess, for pieces of which the second one
// begins with the first, shows clients a text several times, and no personal data: each event is redacted in both ways of reading it.
type eitherTexts struct {
	form eitherForm
	// before has the texts of an earlier event, and now those of the event that is being read.
	before, now []eitherText
}

// eitherText is a text and where it stands.
type eitherText struct {
	field jsontext.Field
	name  string
	text  []byte
}

// reset prepares for the next event.
func (e *eitherTexts) reset() { e.now = e.now[:0] }

// note notes a text of the event.
func (e *eitherTexts) note(field jsontext.Field, name string, text []byte) {
	if e.form == formUnknown && len(bytes.TrimSpace(text)) > 0 {
		e.now = append(e.now, eitherText{field, name, bytes.Clone(text)})
	}
}

// decide finds out the form after an event. An event that says the same again, which may be the same event that is read again, shows nothing.
func (e *eitherTexts) decide() {
	if e.form != formUnknown || len(e.now) == 0 {
		return
	}
	isSame := len(e.now) == len(e.before)
	for _, earlier := range e.before {
		at := slices.IndexFunc(e.now, func(t eitherText) bool { return t.field == earlier.field && t.name == earlier.name })
		if at < 0 || !bytes.HasPrefix(e.now[at].text, earlier.text) {
			e.form = formPieces
			return
		}
		isSame = isSame && len(e.now[at].text) == len(earlier.text)
	}
	if len(e.before) > 0 && !isSame {
		e.form = formWhole
	}
	e.before = slices.Clone(e.now)
}

// findArrival returns how the text at a place of the event arrives.
func (s *survey) findArrival(p *jsontext.Place) dialect.Arrival {
	if s.document.rows[p.Field].isEither && s.either.form == formPieces {
		return dialect.InPieces
	}
	return s.document.findArrival(p)
}

// noteEither notes a text that grows in either way. As long as the next event may replace the text, the event waits for it: the last one says
// the text in full, and no event of the sidecar's has to follow it.
func (s *survey) noteEither(p *jsontext.Place, current *unit, text []byte) {
	if s.either.form != formPieces {
		current.Ends = true
	}
	s.either.note(p.Field, s.names.intern(p.Key), text)
}
