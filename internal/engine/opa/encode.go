package opa

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Encode converts a Go value to the term that OPA would parse from its JSON. It builds the term directly, because marshaling and parsing
// took a tenth of the time of a decision about a declaration. Types that specs and facts rarely have (bytes, fractions, embedded pointers,
// types with MarshalJSON) go through JSON text. A struct must not have two members with the same name.
func Encode(value any) (*Term, error) { return encode(reflect.ValueOf(value)) }

// encode converts a value by its kind.
func encode(v reflect.Value) (*Term, error) {
	switch v.Kind() {
	case reflect.Pointer:
		return encodePointer(v)
	case reflect.Struct:
		return encodeStruct(v)
	case reflect.Map:
		return encodeMap(v)
	case reflect.Slice:
		return encodeSlice(v)
	case reflect.String:
		return encodeString(v)
	case reflect.Bool:
		return ast.InternedTerm(v.Bool()), nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return ast.InternedTerm(int(v.Int())), nil
	default:
		return encodeViaJSON(v)
	}
}

func encodePointer(v reflect.Value) (*Term, error) {
	if v.IsNil() {
		return ast.InternedNullTerm, nil
	}
	return encode(v.Elem())
}

// encodeStruct converts a struct to an object by its JSON tags.
func encodeStruct(v reflect.Value) (*Term, error) {
	fields := findFields(v.Type())
	if fields == nil { // The type has a MarshalJSON method, for example, so its tags alone do not determine the JSON.
		return encodeViaJSON(v)
	}
	members := make(Object, 0, len(fields))
	for _, f := range fields {
		value := v.FieldByIndex(f.index)
		if f.omit != nil && f.omit(value) {
			continue
		}
		term, err := encode(value)
		if err != nil {
			return nil, err
		}
		members = append(members, ast.Item(f.key, term))
	}
	return members.Term(), nil
}

// encodeMap converts a map with string keys to an object. A nil map becomes null, like in package encoding/json.
func encodeMap(v reflect.Value) (*Term, error) {
	if v.IsNil() || v.Type().Key().Kind() != reflect.String {
		return encodeViaJSON(v)
	}
	members := make(Object, 0, v.Len())
	for key, value := range v.Seq2() {
		name, err := encodeString(key)
		if err != nil {
			return nil, err
		}
		term, err := encode(value)
		if err != nil {
			return nil, err
		}
		members = append(members, ast.Item(name, term))
	}
	return members.Term(), nil
}

// encodeSlice converts a slice to an array. A nil slice becomes null and bytes become base64, like in package encoding/json.
func encodeSlice(v reflect.Value) (*Term, error) {
	if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
		return encodeViaJSON(v)
	}
	terms := make([]*Term, v.Len())
	for i := range terms {
		var err error
		if terms[i], err = encode(v.Index(i)); err != nil {
			return nil, err
		}
	}
	return ast.ArrayTerm(terms...), nil
}

// encodeString converts a string. Package encoding/json replaces invalid UTF-8, so an invalid string goes through JSON text.
func encodeString(v reflect.Value) (*Term, error) {
	if !utf8.ValidString(v.String()) {
		return encodeViaJSON(v)
	}
	return ast.StringTerm(v.String()), nil
}

// encodeViaJSON converts a value of any type by marshaling it to JSON text and parsing the text, which is slow.
func encodeViaJSON(v reflect.Value) (*Term, error) {
	content, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	value, err := ast.ValueFromReader(bytes.NewReader(content))
	return ast.NewTerm(value), err
}

// isEmpty reports whether the JSON tag option `omitempty` omits a value.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false // Package encoding/json never omits a struct for this option.
	default:
		return v.IsZero()
	}
}

// field is a struct field that becomes a member of a JSON object.
type field struct {
	// index is the argument for reflect.Value.FieldByIndex. It has several numbers for a field of an embedded struct.
	index []int
	// key is the name of the member.
	key *Term
	// omit reports whether the object leaves the member out if it has this value. A nil omit means that the member is never left out.
	omit func(reflect.Value) bool
}

// omitOptions maps the options of a JSON tag that this package supports to the function for field.omit.
var omitOptions = map[string]func(reflect.Value) bool{"": nil, "omitempty": isEmpty, "omitzero": reflect.Value.IsZero}

// structFields caches the result of readFields, by reflect.Type.
var structFields sync.Map

// findFields returns the fields that become members of the JSON of a struct type. It returns nil if tags alone do not determine the JSON,
// for example because the type has a MarshalJSON method. Such a struct must be encoded with encodeViaJSON.
func findFields(t reflect.Type) []field {
	if cached, ok := structFields.Load(t); ok {
		return cached.([]field)
	}
	fields := readFields(t)
	structFields.Store(t, fields)
	return fields
}

// readFields is findFields without the cache.
func readFields(t reflect.Type) []field {
	if marshaler := reflect.TypeFor[json.Marshaler](); t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler) {
		return nil
	}
	fields := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("json") == "-" {
			continue
		}
		members := readMembers(f)
		if members == nil {
			return nil
		}
		fields = append(fields, members...)
	}
	return fields
}

// readMembers returns the members that a struct field adds to the JSON of the struct: one, or all members of an embedded struct. It returns
// nil if tags alone do not determine them.
func readMembers(f reflect.StructField) []field {
	name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
	if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
		// The members remain nil if tags do not determine those of the embedded struct.
		var members []field
		for _, inner := range findFields(f.Type) {
			// reflect.Value.FieldByIndex goes through the embedded struct, so its index comes first.
			inner.index = append(slices.Clone(f.Index), inner.index...)
			members = append(members, inner)
		}
		return members
	}
	// Leave a struct with a rare case to package encoding/json, such as an embedded pointer or a field without a name in its tag.
	omit, ok := omitOptions[option]
	if f.Anonymous || !f.IsExported() || name == "" || !ok {
		return nil
	}
	return []field{{index: f.Index, key: ast.StringTerm(name), omit: omit}}
}
