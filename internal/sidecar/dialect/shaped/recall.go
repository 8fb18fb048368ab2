package shaped

import (
	"encoding/json"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// Recalls reports whether a list of answers has what the sidecar has said.
func (f *Format) Recalls() bool {
	return slices.ContainsFunc(f.answer.rows, func(r row) bool { return r.recall != nil })
}

// AppendRecalled appends the answer with an element for the text, after the last one of its list of messages.
func (f *Format) AppendRecalled(dst, answer []byte, s dialect.Said) ([]byte, bool) {
	r := recaller{rows: f.answer.rows, said: s}
	out, err := jsontext.Rewrite(dst, answer, f.answer.tree, &r)
	return out, err == nil && r.isDone
}

// recaller adds an element to the first list that can have what the sidecar has said, and changes nothing else.
type recaller struct {
	rows   []row
	said   dialect.Said
	isDone bool
}

// VisitValue adds the element.
func (r *recaller) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	row := &r.rows[p.Field]
	if kind == jsontext.Array && row.recall != nil && !r.isDone {
		p.Append = r.newElement(p, row)
		r.isDone = p.Append != nil
	}
	return true, nil
}

// VisitKey accepts every name.
func (*recaller) VisitKey(*jsontext.Place, []byte) error { return nil }

// VisitText keeps every text.
func (*recaller) VisitText(_ *jsontext.Place, dst, _ []byte) ([]byte, bool, error) {
	return dst, false, nil
}

// VisitScalar keeps every token.
func (*recaller) VisitScalar(*jsontext.Place, []byte) ([]byte, error) { return nil, nil }

// newElement returns the element that follows the last message of the list at the place, or nil if that has no identifier.
func (r *recaller) newElement(p *jsontext.Place, row *row) (element []byte) {
	var last map[string]json.RawMessage
	for message := range p.Elements() {
		last = nil
		_ = json.Unmarshal(message, &last) // A message that is no object has no identifier.
	}
	var id string
	if json.Unmarshal(last[row.place.Recall.ID], &id) != nil || id == "" {
		return nil
	}
	for _, piece := range row.recall {
		element = append(element, piece.Literal...)
		switch piece.Variable {
		case shape.VarID:
			element = jsontext.AppendString(element, id+shape.RecallEnding)
		case shape.VarLast:
			element = jsontext.AppendString(element, id)
		case shape.VarBefore:
			element = append(element, encode(append(listBefore(last[row.place.Recall.Before]), id))...)
		default:
			element = appendSaid(element, shape.Template{{Variable: piece.Variable}}, r.said)
		}
	}
	return element
}

// listBefore returns the identifiers of the messages before a message, as its member says.
func listBefore(member json.RawMessage) []string {
	var ids []string
	if json.Unmarshal(member, &ids) != nil { // Anything but a list of texts names no messages.
		return nil
	}
	return ids
}
