package shaped

import (
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// textIdentity tells the texts of a message or block apart: the template of the rest, and the name of the member.
type textIdentity struct {
	flush int
	name  string
}

// markForms gives a text in parts the identity of the text that can stand in place of the list of parts: clients put the pieces of both
// together, such as the content of a message that is a text in one event and a list in the next.
func (c *compiler) markForms() {
	for i := range c.rows {
		if !c.rows[i].isGrowingProse() {
			continue
		}
		for j := range c.rows {
			parts := &c.rows[j]
			if parts.isGrowingProse() && parts.arrival == c.rows[i].arrival && strings.HasPrefix(parts.selector, c.rows[i].selector+"[*]") {
				c.rows[i].joinForm(parts)
			}
		}
	}
}

// isGrowingProse reports whether the place has a text that people read and that later events may have more of.
func (r *row) isGrowingProse() bool {
	return r.kind == dialect.Prose && grows(r.arrival) && r.selector != ""
}

// joinForm makes the texts of both places one text.
func (r *row) joinForm(parts *row) {
	steps, err := shape.ParseSelector(r.selector)
	if err != nil || len(steps) == 0 || steps[len(steps)-1].Kind != shape.ToMember {
		return
	}
	r.form = &textIdentity{r.flush, steps[len(steps)-1].Name}
	parts.form = r.form
}

// identifyText returns the identity of the text at the place.
func (s *survey) identifyText(p *jsontext.Place, row *row) textIdentity {
	switch {
	case row.form != nil:
		return *row.form
	case row.isRevised: // Members of several names hold the text.
		return textIdentity{flush: row.flush}
	}
	return textIdentity{row.flush, s.names.intern(p.Key)}
}

// latestForm is the form in which the latest piece of a text stood.
type latestForm struct {
	place dialect.Place
	textIdentity
}

// noteForm notes the form of the text at the place, if it has several.
func (s *eventReader) noteForm(p *jsontext.Place, row *row) {
	if row.form == nil {
		return
	}
	form := textIdentity{row.flush, s.names.intern(p.Key)}
	at := slices.IndexFunc(s.forms, func(known latestForm) bool { return known.place == s.segment.Place })
	if at < 0 {
		s.forms = append(s.forms, latestForm{s.segment.Place, form})
		return
	}
	s.forms[at].textIdentity = form
}

// findForm returns the form of the latest piece of the text with the place. count is the number of templates.
func (s *stream) findForm(place dialect.Place, count int) textIdentity {
	for i := range s.forms {
		if s.forms[i].place == place {
			return s.forms[i].textIdentity
		}
	}
	return textIdentity{place.Part % count, place.Name}
}
