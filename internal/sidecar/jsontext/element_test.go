package jsontext_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// adder adds an element at each end of the arrays with a field.
type adder struct {
	keeper

	first, last []byte
}

// VisitValue adds the elements.
func (a adder) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	if kind == jsontext.Array {
		p.Insert, p.Append = a.first, a.last
	}
	return true, nil
}

// TestElementsAreAdded at the beginning and at the end of an array, and not to those in it that have no field.
func TestElementsAreAdded(t *testing.T) {
	tree := jsontext.NewTree(&jsontext.Node{Members: map[string]*jsontext.Node{"a": {Field: 1}}})
	first, last := []byte(`"first"`), []byte(`{"last":[]}`)
	for src, tc := range map[string]struct {
		adder
		want string
	}{
		`{"a": [ ]}`:                   {adder{last: last}, `{"a":[{"last":[]}]}`},
		`{"a":[[1],{"b":[]}],"c":[2]}`: {adder{last: last}, `{"a":[[1],{"b":[]},{"last":[]}],"c":[2]}`},
		`{"a":[]}`:                     {adder{first: first, last: last}, `{"a":["first",{"last":[]}]}`},
		`{"a":["["]}`:                  {adder{first: first, last: last}, `{"a":["first","[",{"last":[]}]}`},
		`{"a":[1]}`:                    {adder{}, `{"a":[1]}`},
	} {
		if got, err := jsontext.Rewrite(nil, []byte(src), tree, tc.adder); err != nil || string(got) != tc.want {
			t.Errorf("%s becomes %s (%v), want %s", src, got, err, tc.want)
		}
	}
	if _, err := jsontext.Rewrite(nil, []byte(`{"a":[`), tree, adder{last: last}); err == nil {
		t.Error("an array without an end is read")
	}
}
