package openai

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// separator stands between the disclosure and the answer.
const separator = "\n\n"

// Answer checks and redacts an answer that is not streamed, or an error in JSON, and appends it to dst. A non-empty opening
// is put in front of the first text of every choice, and of its refusal; shown reports whether a person gets to see one,
// which is not so in a turn that calls tools. The error is a *Refused.
func (c *Codec) Answer(dst, body []byte, opening string, counts *redact.Counts) (out []byte, shown bool, err error) {
	v := &answerVisitor{inspector: inspector{set: c.set, counts: counts}, opening: opening}
	dst, err = jsontext.Rewrite(dst, body, answerShape, v)
	if err != nil {
		return dst, false, malformed(RuleAnswerMalformed, err)
	}
	return dst, v.openings.isShown(), nil
}

type answerVisitor struct {
	inspector
	opening  string
	openings openings
}

// openings says which choices of an answer carry the opening, by position or index.
type openings struct {
	// texts and refusals are the choices whose content or refusal begins with the opening.
	texts, refusals []int
	// calls are the choices that call tools; clients do not show them.
	calls []int
}

// isShown reports whether a choice that people see carries the opening.
func (o *openings) isShown() bool {
	isSeen := func(choice int) bool { return !slices.Contains(o.calls, choice) }
	return slices.ContainsFunc(o.texts, isSeen) || slices.ContainsFunc(o.refusals, isSeen)
}

// noteCall notes a choice that calls a tool, once.
func (o *openings) noteCall(choice int) {
	if !slices.Contains(o.calls, choice) {
		o.calls = append(o.calls, choice)
	}
}

// open reports whether the opening belongs in front of a text, and notes that it was put there. An empty refusal is none.
func (o *openings) open(field jsontext.Field, choice int, text []byte) bool {
	list := &o.texts
	switch field {
	case fieldContent, fieldPartText, fieldGrowing:
	case fieldRefusal:
		list = &o.refusals
		if len(text) == 0 {
			return false
		}
	default:
		return false
	}
	if slices.Contains(*list, choice) {
		return false
	}
	*list = append(*list, choice)
	return true
}

// Value checks the kinds of the places that the interface knows.
func (v *answerVisitor) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	if p.Field == fieldRoot && kind != jsontext.Object {
		return false, notAnAnswer("The answer is not an object.")
	}
	if p.Field == fieldContent && !contentKind(kind) || p.Field == fieldPart && kind != jsontext.Object {
		return false, notAnAnswer("The content of the answer is neither a text nor a list of parts.")
	}
	if isCall(p.Field, kind) {
		v.openings.noteCall(p.Index[0])
	}
	return keepAnswerValue(p, kind)
}

// isCall reports whether a value is a call of a tool.
func isCall(field jsontext.Field, kind jsontext.Kind) bool {
	return (field == fieldCall || field == fieldFunctionCall) && kind == jsontext.Object
}

// keepAnswerValue holds for streamed answers too.
func keepAnswerValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	if p.Field == fieldChoices && kind != jsontext.Array {
		return false, notAnAnswer("The choices are not a list.")
	}
	if p.Field == fieldSound && kind != jsontext.Null {
		return false, unreadable(RuleAnswerUnreadable, "The answer holds sound.")
	}
	return p.Field != fieldDropped, nil
}

// Key refuses parts that are not text, and personal data in names.
func (v *answerVisitor) Key(p *jsontext.Place, name []byte) error {
	if p.Parent == fieldPart {
		return unreadable(RuleAnswerUnreadable, "The answer holds a part that is not text.")
	}
	return v.inspector.Key(p, name)
}

// Text inspects a text and puts the opening in front of the first of each choice.
func (v *answerVisitor) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	if p.Field == fieldPartType && !readable(text) {
		return dst, false, unreadable(RuleAnswerUnreadable, "The answer holds a part that is not text.")
	}
	if v.opening == "" || !v.openings.open(p.Field, p.Index[0], text) {
		out, changed := v.text(p, dst, text)
		return out, changed, nil
	}
	dst = append(dst, v.opening...)
	dst = append(dst, separator...)
	out, _ := v.set.Text(dst, text, v.counts)
	return out, true, nil
}
