package opa_test

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

func parse(t *testing.T, text string) opa.Value {
	t.Helper()
	value, err := ast.ParseTerm(text)
	if err != nil {
		t.Fatal(err)
	}
	return value.Value
}

// find returns the part of a value at keys.
func find(t *testing.T, value opa.Value, keys ...*opa.Term) *opa.Term {
	t.Helper()
	found := opa.NewTerm(value)
	for _, key := range keys {
		switch v := found.Value.(type) {
		case ast.Object:
			found = v.Get(key)
		case *ast.Array:
			found = v.Get(key)
		}
		if found == nil {
			t.Fatalf("no part at %v", keys)
		}
	}
	return found
}

// TestSharer makes values whose parts are equal in one value, in two, and in the base.
func TestSharer(t *testing.T) {
	law := opa.NewSharer(nil)
	lawText := `{"acts": [{"title": "Act", "in": {"eu", "de"}}]}`
	firstText := `{"one": {"x": [1, {2, "b"}]}, "two": [{"x": [1, {"b", 2}]}], "act": {"in": {"de", "eu"}, "title": "Act"}}`
	data := law.Share(parse(t, lawText))
	sharer := opa.NewSharer(law)
	first := sharer.Share(parse(t, firstText))
	second := sharer.Share(parse(t, `[{"x": [1, {2, "b"}]}]`))
	for text, value := range map[string]opa.Value{lawText: data, firstText: first} {
		if !ast.ValueEqual(value, parse(t, text)) {
			t.Errorf("got %v, want a value equal to %s", value, text)
		}
	}
	key, element := ast.StringTerm, ast.InternedTerm(0)
	for text, parts := range map[string][2]*opa.Term{
		"one value":        {find(t, first, key("one")), find(t, first, key("two"), element)},
		"two values":       {find(t, first, key("two"), element), find(t, second, element)},
		"base":             {find(t, data, key("acts"), element), find(t, first, key("act"))},
		"text in the base": {find(t, data, key("acts"), element, key("title")), find(t, first, key("act"), key("title"))},
	} {
		if parts[0] != parts[1] {
			t.Errorf("%s: equal parts are in memory twice", text)
		}
	}
}
