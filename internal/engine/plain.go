package engine

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// plain returns a value of the API as OPA reads it: what its JSON says, without the way over the text, which was a tenth of a
// decision about a declaration. What no specification has (bytes, fractions, embedded structs, a JSON of its own) goes over
// the text all the same.
func plain(v reflect.Value) (*ast.Term, error) {
	switch v.Kind() {
	case reflect.Pointer:
		return plainPointer(v)
	case reflect.Struct:
		return plainStruct(v)
	case reflect.Map:
		return plainMap(v)
	case reflect.Slice:
		return plainSlice(v)
	case reflect.String:
		return plainString(v)
	case reflect.Bool:
		return ast.InternedTerm(v.Bool()), nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return ast.InternedTerm(int(v.Int())), nil
	default:
		return overText(v)
	}
}

func plainPointer(v reflect.Value) (*ast.Term, error) {
	if v.IsNil() {
		return ast.InternedNullTerm, nil
	}
	return plain(v.Elem())
}

func plainStruct(v reflect.Value) (*ast.Term, error) {
	fields := fieldsOf(v.Type())
	if fields == nil {
		return overText(v)
	}
	members := make(object, 0, len(fields))
	for _, f := range fields {
		value := v.Field(f.index)
		if f.omit != nil && f.omit(value) {
			continue
		}
		term, err := plain(value)
		if err != nil {
			return nil, err
		}
		members = append(members, ast.Item(f.key, term))
	}
	return members.term(), nil
}

func plainMap(v reflect.Value) (*ast.Term, error) {
	if v.IsNil() || v.Type().Key().Kind() != reflect.String {
		return overText(v)
	}
	members := make(object, 0, v.Len())
	for key, value := range v.Seq2() {
		name, err := plainString(key)
		if err != nil {
			return nil, err
		}
		term, err := plain(value)
		if err != nil {
			return nil, err
		}
		members = append(members, ast.Item(name, term))
	}
	return members.term(), nil
}

func plainSlice(v reflect.Value) (*ast.Term, error) {
	if v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8 {
		return overText(v)
	}
	terms := make([]*ast.Term, v.Len())
	for i := range terms {
		var err error
		if terms[i], err = plain(v.Index(i)); err != nil {
			return nil, err
		}
	}
	return ast.ArrayTerm(terms...), nil
}

// plainString takes text that is no UTF-8 the way over JSON, which replaces what is wrong.
func plainString(v reflect.Value) (*ast.Term, error) {
	if !utf8.ValidString(v.String()) {
		return overText(v)
	}
	return ast.StringTerm(v.String()), nil
}

func overText(v reflect.Value) (*ast.Term, error) {
	content, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	value, err := ast.ValueFromReader(bytes.NewReader(content))
	return ast.NewTerm(value), err
}

// isEmpty is what `omitempty` leaves out (package encoding/json).
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// field is one member of the JSON of a struct.
type field struct {
	index int
	key   *ast.Term
	// omit says which values are left out; none are when it is nil.
	omit func(reflect.Value) bool
}

// omitting has the options of a tag that leave values out.
var omitting = map[string]func(reflect.Value) bool{"": nil, "omitempty": isEmpty, "omitzero": reflect.Value.IsZero}

// structs has the fields of the structs that were seen, by type.
var structs sync.Map

// fieldsOf returns the members of a struct's JSON, and none when it is not made of its fields alone.
func fieldsOf(t reflect.Type) []field {
	if known, ok := structs.Load(t); ok {
		return known.([]field)
	}
	fields := readFields(t)
	structs.Store(t, fields)
	return fields
}

func readFields(t reflect.Type) []field {
	if own := reflect.TypeFor[json.Marshaler](); t.Implements(own) || reflect.PointerTo(t).Implements(own) {
		return nil
	}
	fields := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		omit, known := omitting[option]
		if f.Anonymous || !f.IsExported() || name == "" || name == "-" || !known {
			return nil
		}
		fields = append(fields, field{index: i, key: ast.StringTerm(name), omit: omit})
	}
	return fields
}
