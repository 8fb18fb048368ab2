package openai

import (
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// separator stands between the disclosure and the answer.
const separator = "\n\n"

// Answer checks and redacts an answer that is not streamed, or an error in JSON, and appends it to dst. A non-empty opening
// is put in front of the first text of every choice; opened reports whether there was one. The error is a *Refused.
func (c *Codec) Answer(dst, body []byte, opening string, counts *redact.Counts) (out []byte, opened bool, err error) {
	v := &answerVisitor{inspector: inspector{set: c.set, counts: counts}, opening: opening, choice: -1}
	dst, err = jsontext.Rewrite(dst, body, answerShape, v)
	if err != nil {
		return dst, false, malformed(RuleAnswerMalformed, err)
	}
	return dst, v.opened, nil
}

type answerVisitor struct {
	inspector
	opening string
	// choice is the position of the choice that was opened last.
	choice int
	opened bool
}

// Value checks the kinds of the places that the interface knows.
func (v *answerVisitor) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	if p.Field == fieldRoot && kind != jsontext.Object {
		return false, notAnAnswer("The answer is not an object.")
	}
	if p.Field == fieldContent && !contentKind(kind) || p.Field == fieldPart && kind != jsontext.Object {
		return false, notAnAnswer("The content of the answer is neither a text nor a list of parts.")
	}
	return answerValue(p, kind)
}

// answerValue holds for streamed answers too.
func answerValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
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
	if !v.opens(p) {
		out, changed := v.text(p, dst, text)
		return out, changed, nil
	}
	v.opened, v.choice = true, p.Index[0]
	dst = append(dst, v.opening...)
	dst = append(dst, separator...)
	out, _ := v.set.Text(dst, text, v.counts)
	return out, true, nil
}

func (v *answerVisitor) opens(p *jsontext.Place) bool {
	return v.opening != "" && (p.Field == fieldContent || p.Field == fieldPartText) && p.Index[0] != v.choice
}
