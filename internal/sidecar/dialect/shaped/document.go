package shaped

import (
	"bytes"
	"errors"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// isSecondSpelling reports whether name, which no node describes, differs from the name of a known member in upper and lower case only.
// Both are names of members of an object at the place parent. Some JSON readers, such as Go's encoding/json, take both for the
// known member.
func (d *document) isSecondSpelling(parent jsontext.Field, name []byte) bool {
	for _, known := range d.names[parent] {
		// The same name can be that of a known member in another case of the object.
		if bytes.EqualFold(known, name) && !bytes.Equal(known, name) {
			return true
		}
	}
	return false
}

// refuse turns an error of the JSON reader into a refusal. It returns other errors, such as those of the visitor, unchanged.
func (d *document) refuse(err error) error {
	var syntax *jsontext.Error
	if !errors.As(err, &syntax) {
		return err
	}
	return refusal.Because(d.malformed, d.name+" is not strict JSON: "+syntax.Error()+".").WithRemedy(d.malformedRemedy)
}

// refusePart returns the refusal of a part that is not text.
func (d *document) refusePart() error { return refusal.Because(d.unreadable, d.unreadableFault) }

// checkKind refuses a value of a JSON kind that its place does not admit. It returns keep false for a value that null or 0 replaces.
func (r *row) checkKind(kind jsontext.Kind) (keep bool, err error) {
	if r.changes&(1<<kind) == 0 {
		return true, nil
	}
	if !r.admits.match(kind) {
		return false, refusal.Because(r.rule, r.fault)
	}
	return !r.drops(kind), nil
}

// drops reports whether null or 0 replaces a value of the kind.
func (r *row) drops(kind jsontext.Kind) bool {
	return r.operation == dropped || r.operation == offset && kind == jsontext.Number
}

// checkName checks the name of a member that no node names. It refuses a second spelling of a known member. In a part it refuses every
// such member that the shape does not list, because the member could hold an image or sound.
func (d *document) checkName(p *jsontext.Place, name []byte) error {
	parent := &d.rows[p.Parent]
	if parent.operation == part && !slices.Contains(parent.part.members, string(name)) {
		return d.refusePart()
	}
	if d.isSecondSpelling(p.Parent, name) {
		return refusal.Because(d.misshapen, d.name+" has a member whose name differs from the "+d.title+" in upper and lower case.")
	}
	return nil
}

// checkValue refuses a text that is not in the closed list of its place, if the place has one.
func (d *document) checkValue(row *row, text []byte) error {
	matches := func(value string) bool { return shape.Matches(value, string(text)) }
	if len(row.place.Values) > 0 && !slices.ContainsFunc(row.place.Values, matches) {
		return refusal.Because(d.unreadable, row.place.ValuesFault)
	}
	return nil
}

// base64Bytes are the bytes of Base64 in both alphabets.
var base64Bytes = func() (t [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/-_=" {
		t[c] = true
	}
	return t
}()

// endsAsIdentifier reports whether a text has one of the endings with which it is an identifier.
func (r *row) endsAsIdentifier(text []byte) bool {
	return r.place != nil && slices.ContainsFunc(r.place.Endings, func(ending string) bool { return shape.HasEnding(text, ending) })
}

// isRecalled reports whether the text at the place can be the identifier of a message that the sidecar has added.
func (r *row) isRecalled() bool { return r.place != nil && r.place.Recalled }

// isAddress reports whether the place has what a messaging service needs in order to reach the person.
func (r *row) isAddress() bool { return r.operation == session && r.place.Is == shape.Address }

// numberSigns are what people write a telephone number with.
const numberSigns = "0123456789+ ().-"

// isOpaque reports whether a text is not inspected: it is opaque, or the address of a person, and has only Base64 characters and colons. A
// telephone number can stand after the name of a service: `whatsapp:+14158675309`. In an address it may have other signs around its digits.
func (r *row) isOpaque(text []byte) bool {
	switch {
	case r.isAddress():
		text = bytes.TrimRight(text, numberSigns)
	case r.operation != opaque:
		return false
	}
	return isBase64(text)
}

// isBase64 reports whether a text has only Base64 characters and colons.
func isBase64[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; !base64Bytes[c] && c != ':' {
			return false
		}
	}
	return true
}
