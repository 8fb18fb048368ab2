package obligation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// setField is the field of a Set that holds a dimension of a kind.
type setField struct {
	kind, dimension string
	// index is the field's index for reflect.Value.FieldByIndex: the field of Set, then the field of the kind's struct.
	index []int
	// executed lists the levels that this version carries out, if it does not carry out all values.
	executed []string
}

// layout has the setField of each dimension of each kind, sorted by kind, then dimension. It never changes.
var layout = readLayout()

// readLayout returns a setField for each field of the structs in Set: each field of Set is a struct with the tag `kind`, and each field of
// such a struct has the tag `dimension`.
func readLayout() []setField {
	var fields []setField
	for kind := range reflect.TypeFor[Set]().Fields() {
		for field := range kind.Type.Fields() {
			var executed []string
			if levels := field.Tag.Get("executed"); levels != "" {
				executed = strings.Split(levels, ",")
			}
			fields = append(fields, setField{
				executed:  executed,
				kind:      kind.Tag.Get("kind"),
				dimension: field.Tag.Get("dimension"),
				index:     []int{kind.Index[0], field.Index[0]},
			})
		}
	}
	slices.SortFunc(fields, compareFields)
	return fields
}

func compareFields(a, b setField) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.dimension, b.dimension))
}

// value is what Set needs of the fields of the kinds' structs. *Executed[T] and *Shown[T] implement it, whatever the type T of the value.
type value interface {
	isRequired() bool
	isExecuted() bool
	// decode fills the field with a value from JSON and makes it required. It returns an error if raw is not a value of the field's type.
	decode(raw []byte, sources []legal.Source) error
	// encode returns the value as compact JSON.
	encode() json.RawMessage
	sources() []legal.Source
}

// isExecuted reports whether this version carries out the value that the field of a Set has.
func (f setField) isExecuted(v value) bool {
	return v.isExecuted() || slices.ContainsFunc(f.executed, func(level string) bool { return isEncodingOf(v.encode(), level) })
}

// getField returns a pointer to the field f of the set.
func (s *Set) getField(f setField) value {
	return reflect.ValueOf(s).Elem().FieldByIndex(f.index).Addr().Interface().(value)
}

func (m *Merged[T]) isRequired() bool { return m.Required }

func (*Executed[T]) isExecuted() bool { return true }

func (*Shown[T]) isExecuted() bool { return false }

// decode fills m with raw, and refuses raw unless encoding the decoded value gives the same JSON again: json.Unmarshal alone would accept
// null for any type.
func (m *Merged[T]) decode(raw []byte, sources []legal.Source) error {
	var value T
	if err := json.Unmarshal(raw, &value); err != nil || !isEncodingOf(raw, value) {
		return fmt.Errorf("the value %s is not of the type %T", raw, value)
	}
	*m = Merged[T]{Required: true, Value: value, Sources: sources}
	return nil
}

func (m *Merged[T]) encode() json.RawMessage { return encode(m.Value) }

func (m *Merged[T]) sources() []legal.Source { return m.Sources }

// encode returns the value as compact JSON, without escaping characters for HTML. Encoding cannot fail for the types of Value.
func encode[T Value](value T) json.RawMessage {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// isEncodingOf reports whether raw is the compact JSON of the value, with or without escaping characters for HTML.
func isEncodingOf(raw []byte, value any) bool {
	encoded, err := json.Marshal(value) // Marshal escapes characters for HTML.
	if err != nil {
		return false
	}
	if bytes.Equal(encoded, raw) {
		return true
	}
	var escaped bytes.Buffer
	json.HTMLEscape(&escaped, raw)
	return bytes.Equal(encoded, escaped.Bytes())
}
