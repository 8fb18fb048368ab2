package opa

import "github.com/open-policy-agent/opa/v1/ast"

// Value is a value of Rego.
type Value = ast.Value

// Term is a value with its place in a text, as the parts of arrays, sets and objects are.
type Term = ast.Term

// Set is a set of terms.
type Set = ast.Set

// NewTerm returns a term with the value.
func NewTerm(value Value) *Term { return ast.NewTerm(value) }

// NewValue returns a value of decoded JSON: maps, lists, texts, booleans, nil and json.Number.
func NewValue(decoded any) (Value, error) { return ast.InterfaceToValue(decoded) }

// NewSet returns a set of the terms.
func NewSet(terms ...*Term) Set { return ast.NewSet(terms...) }

// Object collects the members of an object. Built this way, an object costs a fraction of the way over JSON.
type Object [][2]*Term

// Add adds a member.
func (o *Object) Add(key string, value *Term) {
	*o = append(*o, ast.Item(ast.InternedTerm(key), value))
}

// AddText adds a string.
func (o *Object) AddText(key, value string) { o.Add(key, ast.StringTerm(value)) }

// AddTextMap adds an object of strings. It leaves an empty one out.
func (o *Object) AddTextMap(key string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	var texts Object
	for name, value := range values {
		texts.AddText(name, value)
	}
	o.Add(key, texts.Term())
}

// AddTerms adds an array of terms. It leaves an empty one out.
func (o *Object) AddTerms(key string, terms []*Term) {
	if len(terms) > 0 {
		o.Add(key, ast.ArrayTerm(terms...))
	}
}

// AddNumber adds a whole number.
func (o *Object) AddNumber(key string, value int) { o.Add(key, ast.InternedTerm(value)) }

// Term returns the object.
func (o Object) Term() *Term { return ast.ObjectTerm(o...) }

// Texts returns an array of strings.
func Texts(values []string) *Term {
	return Array(values, ast.StringTerm)
}

// Array returns an array with a term for each value.
func Array[T any](values []T, term func(T) *Term) *Term {
	terms := make([]*Term, len(values))
	for i := range values {
		terms[i] = term(values[i])
	}
	return ast.ArrayTerm(terms...)
}

// AddArray adds an array with a term for each value. It leaves an empty one out.
func AddArray[T any](o *Object, key string, values []T, term func(T) *Term) {
	if len(values) > 0 {
		o.Add(key, Array(values, term))
	}
}
