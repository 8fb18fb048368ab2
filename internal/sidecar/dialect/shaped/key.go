package shaped

import (
	"bytes"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// maxKey bounds, in bytes, the keys of a unit, of which a stream keeps up to maxIndex.
const maxKey = 256

// unitKey is what the places with the meaning key say of a unit. It does not depend on the order of the members in the event.
type unitKey struct {
	// text has the members, as JSON, each followed by a comma, in the order of their fields.
	text []byte
	// parts says which place each member in the text is from.
	parts []keyPart
}

// keyPart is a member in the text of a unitKey: its place, and its size in bytes.
type keyPart struct {
	field jsontext.Field
	size  int
}

// empty returns an empty key that uses the memory of k.
func (k *unitKey) empty() unitKey { return unitKey{k.text[:0], k.parts[:0]} }

// clone returns a key with memory of its own.
func (k *unitKey) clone() unitKey { return unitKey{bytes.Clone(k.text), slices.Clone(k.parts)} }

// addText adds the member at the place, which is a text.
func (k *unitKey) addText(p *jsontext.Place, text []byte) error {
	start := len(k.text)
	k.beginMember(p)
	k.text = jsontext.AppendString(k.text, text)
	return k.endMember(p, start)
}

// addScalar adds the member at the place with its value as JSON.
func (k *unitKey) addScalar(p *jsontext.Place, raw []byte) error {
	start := len(k.text)
	k.beginMember(p)
	k.text = append(k.text, raw...)
	return k.endMember(p, start)
}

// beginMember appends the name of a member to the text.
func (k *unitKey) beginMember(p *jsontext.Place) {
	k.text = append(jsontext.AppendString(k.text, p.Key), ':')
}

// endMember ends the member at the end of the text, which begins at start, and moves it to where it belongs by its field. It refuses keys that
// are too long to be kept.
func (k *unitKey) endMember(p *jsontext.Place, start int) error {
	k.text = append(k.text, ',')
	if len(k.text) > maxKey {
		return refusal.Because(refusal.AnswerMalformed, "An identifier that tells the texts of the answer apart is longer than 256 bytes.")
	}
	size := len(k.text) - start
	at, position := 0, 0
	for position < len(k.parts) && k.parts[position].field <= p.Field {
		at += k.parts[position].size
		position++
	}
	if at < start {
		member := bytes.Clone(k.text[start:])
		copy(k.text[at+size:], k.text[at:start])
		copy(k.text[at:], member)
	}
	k.parts = slices.Insert(k.parts, position, keyPart{p.Field, size})
	return nil
}

// agrees reports whether the keys have a place in common, and the same value at each such place. One of them may say more than the other.
func (k *unitKey) agrees(other *unitKey) bool {
	common := false
	at := 0
	for _, part := range k.parts {
		value := k.text[at : at+part.size]
		at += part.size
		otherAt := 0
		for _, o := range other.parts {
			if o.field == part.field {
				if !bytes.Equal(value, other.text[otherAt:otherAt+o.size]) {
					return false
				}
				common = true
			}
			otherAt += o.size
		}
	}
	return common
}
