package openai

import (
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// minDigits is the length from which a JSON number is inspected: the shortest payment card number has 13 digits.
const minDigits = 13

// Codec rewrites documents. It is immutable and safe for concurrent use.
type Codec struct {
	set *redact.Set
	// statements are the disclosures that are looked for in the history of a conversation.
	statements [][]byte
}

// NewCodec returns a codec that redacts what the set finds, and recognizes the statements in the answers that a request
// repeats.
func NewCodec(set *redact.Set, statements ...string) *Codec {
	c := &Codec{set: set}
	for _, statement := range statements {
		c.statements = append(c.statements, []byte(statement))
	}
	return c
}

// inspector is what the visitors of all documents share.
type inspector struct {
	set    *redact.Set
	counts *redact.Counts
}

// Key refuses personal data in the name of a member: to replace it could make two members of one name.
func (in *inspector) Key(_ *jsontext.Place, name []byte) error {
	if in.set.Finds(name) {
		return &Refused{
			Rule: RuleNamePersonal, What: "The name of a member holds personal data.",
			Remedy: "Put personal data into values, where it is redacted.",
		}
	}
	return nil
}

// text inspects a string, but for the words of the interface.
func (in *inspector) text(p *jsontext.Place, dst, text []byte) ([]byte, bool) {
	if isWord(p.Field) && isToken(text) {
		return dst, false
	}
	return in.set.Text(dst, text, in.counts)
}

// isWord reports whether identifiers and words of the interface belong at a place.
func isWord(field jsontext.Field) bool {
	switch field {
	case fieldToken, fieldHead, fieldRole, fieldFinish, fieldPartType:
		return true
	}
	return false
}

// Scalar inspects long numbers. What is found becomes a string.
func (in *inspector) Scalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if len(raw) < minDigits || p.Field != 0 {
		return nil, nil
	}
	out, changed := in.set.Text(nil, raw, in.counts)
	if !changed {
		return nil, nil
	}
	return out, nil
}

// contentKind admits what content may be: a text, a list of parts, or nothing.
func contentKind(kind jsontext.Kind) bool {
	return kind == jsontext.String || kind == jsontext.Array || kind == jsontext.Null
}

// readable reports whether a kind of content part is text.
func readable(partType []byte) bool {
	return string(partType) == "text" || string(partType) == "refusal"
}
