package jsontext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// cases describes objects by their member `type`: those of the type `secret` have a text that is dropped.
// The member `in` is described like the object that has it.
var cases = func() *jsontext.Tree {
	n := &jsontext.Node{
		Discriminator: "type",
		Cases: map[string]*jsontext.Node{
			"secret": {Members: map[string]*jsontext.Node{"text": {Field: fieldDrop}}},
			"true":   {Members: map[string]*jsontext.Node{"text": {Field: fieldDrop}}},
			"forbid": {Members: map[string]*jsontext.Node{"text": {Field: fieldRefuse}}},
		},
	}
	n.Members = map[string]*jsontext.Node{"in": n}
	return jsontext.NewTree(n)
}()

func TestCases(t *testing.T) {
	for src, want := range map[string]string{
		`{"type":"secret","text":"a"}`:                           `{"type":"SECRET","text":null}`,
		`{"text":"a","type":"secret"}`:                           `{"text":null,"type":"SECRET"}`,
		`{"x":[{"type":"y"},"]}\\"],"text":"a","type":"secret"}`: `{"x":[{"type":"Y"},"]}\\"],"text":null,"type":"SECRET"}`,
		`{"text":"a", "typ\u0065" : "\u0073ecret"}`:              `{"text":null,"type":"SECRET"}`,
		`{"text":"a","type":"other"}`:                            `{"text":"A","type":"OTHER"}`,
		`{"text":"a","type":["secret"]}`:                         `{"text":"A","type":["SECRET"]}`,
		`{"text":"a","sub":{"type":"secret"}}`:                   `{"text":"A","sub":{"type":"SECRET"}}`,
		`{"in":{"text":"a","type":"secret"},"text":"b"}`:         `{"in":{"text":null,"type":"SECRET"},"text":"B"}`,
		`{"text":"a","type": true}`:                              `{"text":null,"type":true}`,
		`{"text":"a","type":"true"}`:                             `{"text":null,"type":"TRUE"}`,
		`{"text":"a","type":false}`:                              `{"text":"A","type":false}`,
		`{"text":"a","type":null}`:                               `{"text":"A","type":null}`,
		`{"text":"a"}`:                                           `{"text":"A"}`,
		`{}`:                                                     `{}`,
	} {
		got, err := jsontext.Rewrite(nil, []byte(src), cases, &tracer{})
		if err != nil {
			t.Errorf("%s: %v", src, err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
}

// TestCasesOfMalformedObjects: reading ahead finds no fault, and hides none.
func TestCasesOfMalformedObjects(t *testing.T) {
	for _, src := range []string{
		`{`, `{"`, `{"type`, `{"type"`, `{"type":`, `{"type":"`, `{"type":"secret"`, `{"x":[`, `{"x":"`, `{"x":{"a":"b`, `{"type":"\u12"}`,
		`{"typ\ue":1}`, `{"type":tru`, `{"type":truex}`, `{"x":]}`, `{"x" "type":"secret"}`, `{,"type":"secret"}`, `{"type":"secret","type":"other"}`, `{"x":1]`,
	} {
		if got, err := jsontext.Rewrite(nil, []byte(src), cases, &tracer{}); err == nil {
			t.Errorf("%s becomes %s", src, got)
		}
	}
	_, err := jsontext.Rewrite(nil, []byte(`{"text":"a","type":"forbid"}`), cases, &tracer{})
	if err == nil || !strings.Contains(err.Error(), errRefused.Error()) {
		t.Errorf("error is %v", err)
	}
}

// lister collects the elements of the arrays at known places.
type lister struct {
	jsontext.Visitor

	elements []string
}

// VisitValue collects the elements of an array.
func (l *lister) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	if kind == jsontext.Array {
		for element := range p.Elements() {
			l.elements = append(l.elements, string(element))
		}
	}
	return false, nil
}

// TestElements: a visitor sees the elements of an array before they are visited, and of one that is not JSON anything.
func TestElements(t *testing.T) {
	tree := jsontext.NewTree(&jsontext.Node{Field: 1})
	for src, want := range map[string][]string{
		`[]`:                        nil,
		` [ ] `:                     nil,
		`[1, "a,]\"" ,{"b":[2,3]}]`: {`1`, `"a,]\""`, `{"b":[2,3]}`},
		`[[1,2],[]]`:                {`[1,2]`, `[]`},
		`[1`:                        {`1`},
		`[}`:                        {``},
		`[,`:                        {``, ``},
		`["a`:                       nil,
	} {
		var l lister
		_, _ = jsontext.Rewrite(nil, []byte(src), tree, &l) // Some are not JSON.
		for i, element := range l.elements {
			l.elements[i] = strings.TrimSpace(element)
		}
		if diff := cmp.Diff(want, l.elements); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
}

// followers notes the members that follow each list at a known place.
type followers struct {
	tracer
	all []string
}

func (f *followers) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	if kind == jsontext.Array {
		for name, value := range p.Following() {
			f.all = append(f.all, string(name)+"="+string(value))
		}
	}
	return true, nil
}

// TestFollowing: the members after a list are those of the object that directly contains it. Reading ahead does not depend on whether the
// document is strict JSON.
func TestFollowing(t *testing.T) {
	tree := jsontext.NewTree(&jsontext.Node{Members: map[string]*jsontext.Node{"list": {Field: fieldDrop, Elements: &jsontext.Node{Field: fieldDrop}}}})
	for src, want := range map[string][]string{
		`{"a":1,"list":[1,{"x":2}],"te\u0078t" : "a,b" ,"more":[{"y":"]"}],"end":null}`: {"text=\"a,b\" ", "more=[{\"y\":\"]\"}]", "end=null"},
		`{"list":[]}`:                 nil,
		`{"list":[[1],2],"a":3}`:      {"a=3"},
		`{"in":{"list":[1]},"a":"b"}`: nil,
		`{"list":[1],"a"`:             nil,
		`{"list":[1],a:1}`:            nil,
		`{"list":[1],"a":"`:           nil,
		`{"list":[1`:                  nil,
	} {
		var f followers
		_, _ = jsontext.Rewrite(nil, []byte(src), tree, &f)
		if diff := cmp.Diff(want, f.all); diff != "" {
			t.Errorf("%s (-want +got):\n%s", src, diff)
		}
	}
}
