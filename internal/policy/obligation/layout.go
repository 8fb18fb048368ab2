package obligation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// place is where a Set holds a dimension: field of the set, then field of the kind.
type place struct {
	kind, dimension string
	index           []int
}

// layout is read once from the types, sorted by kind, then dimension. It never changes.
var layout = readLayout()

func readLayout() []place {
	var places []place
	for kind := range reflect.TypeFor[Set]().Fields() {
		for field := range kind.Type.Fields() {
			places = append(places, place{
				kind:      kind.Tag.Get("kind"),
				dimension: field.Tag.Get("dimension"),
				index:     []int{kind.Index[0], field.Index[0]},
			})
		}
	}
	slices.SortFunc(places, comparePlaces)
	return places
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.dimension, b.dimension))
}

// value is what every field of a kind can do, whatever the type of its value.
type value interface {
	isRequired() bool
	isExecuted() bool
	set(raw []byte, sources []legal.Source) error
	encode() json.RawMessage
	sources() []legal.Source
}

// at returns the field of the set for a place.
func (s *Set) at(p place) value {
	return reflect.ValueOf(s).Elem().FieldByIndex(p.index).Addr().Interface().(value)
}

func (m *Merged[T]) isRequired() bool { return m.Required }

func (*Executed[T]) isExecuted() bool { return true }

func (*Shown[T]) isExecuted() bool { return false }

// set refuses every value that does not come out again as the same JSON: other types, fractions, nulls.
func (m *Merged[T]) set(raw []byte, sources []legal.Source) error {
	var value T
	if err := json.Unmarshal(raw, &value); err != nil || !bytes.Equal(escape(encode(value)), escape(raw)) {
		return fmt.Errorf("the value %s is not of the type %T", raw, value)
	}
	*m = Merged[T]{Required: true, Value: value, Sources: sources}
	return nil
}

func (m *Merged[T]) encode() json.RawMessage { return encode(m.Value) }

func (m *Merged[T]) sources() []legal.Source { return m.Sources }

// encode returns compact JSON in which no character is escaped for HTML. Every Value has one.
func encode[T Value](value T) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// escape makes JSON comparable, whether or not its writer escaped for HTML.
func escape(raw json.RawMessage) []byte {
	var out bytes.Buffer
	json.HTMLEscape(&out, raw)
	return out.Bytes()
}
