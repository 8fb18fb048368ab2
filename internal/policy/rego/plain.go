package rego

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// plain returns a value of the API as OPA reads it: what its JSON says, without the way over the text, which would be a tenth of a
// decision about a declaration. What the API has not in a specification (bytes, fractions, embedded structs, a JSON of its
// own) takes the way over the text.
func plain(v reflect.Value) (*ast.Term, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return plain(v.Elem())
		}
		return ast.InternedNullTerm, nil
	case reflect.Struct:
		if fields := fieldsOf(v.Type()); fields != nil {
			return plainStruct(v, fields)
		}
	case reflect.Map:
		if !v.IsNil() && v.Type().Key().Kind() == reflect.String {
			return plainMap(v)
		}
	case reflect.Slice:
		if !v.IsNil() && v.Type().Elem().Kind() != reflect.Uint8 {
			return plainSlice(v)
		}
	case reflect.String:
		if utf8.ValidString(v.String()) {
			return ast.StringTerm(v.String()), nil
		}
	case reflect.Bool:
		return ast.InternedTerm(v.Bool()), nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return ast.InternedTerm(int(v.Int())), nil
	}
	return overText(v)
}

func plainStruct(v reflect.Value, fields []field) (*ast.Term, error) {
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
		members = append(members, [2]*ast.Term{f.key, term})
	}
	return members.term(), nil
}

func plainMap(v reflect.Value) (*ast.Term, error) {
	members := make(object, 0, v.Len())
	for key, value := range v.Seq2() {
		name, err := plain(key)
		if err != nil {
			return nil, err
		}
		term, err := plain(value)
		if err != nil {
			return nil, err
		}
		members = append(members, [2]*ast.Term{name, term})
	}
	return members.term(), nil
}

func plainSlice(v reflect.Value) (*ast.Term, error) {
	terms := make([]*ast.Term, v.Len())
	for i := range terms {
		var err error
		if terms[i], err = plain(v.Index(i)); err != nil {
			return nil, err
		}
	}
	return ast.ArrayTerm(terms...), nil
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
