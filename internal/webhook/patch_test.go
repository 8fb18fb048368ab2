package webhook

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPatch(t *testing.T) {
	cases := map[string]struct{ from, to, want string }{
		"equal":                     {from: `{"a":[1,{"name":"x"}]}`, to: `{"a":[1,{"name":"x"}]}`, want: `null`},
		"members":                   {from: `{"a":1,"b/c":2,"d":3}`, to: `{"a":1,"b/c":4,"e~":5}`, want: `[{"op":"replace","path":"/b~1c","value":4},{"op":"remove","path":"/d"},{"op":"add","path":"/e~0","value":5}]`},
		"a value of another kind":   {from: `{"a":{"b":1}}`, to: `{"a":[1]}`, want: `[{"op":"replace","path":"/a","value":[1]}]`},
		"a member in front":         {from: `[{"name":"x"}]`, to: `[{"name":"s"},{"name":"x"}]`, want: `[{"op":"add","path":"/0","value":{"name":"s"}}]`},
		"in front, and one changed": {from: `[{"name":"x","v":1},{"name":"y"}]`, to: `[{"name":"s"},{"name":"x"},{"name":"y","w":2}]`, want: `[{"op":"remove","path":"/0/v"},{"op":"add","path":"/1/w","value":2},{"op":"add","path":"/0","value":{"name":"s"}}]`},
		"removed and added":         {from: `[{"name":"a"},{"name":"b"},{"name":"c"}]`, to: `[{"name":"b"},{"name":"d"}]`, want: `[{"op":"remove","path":"/2"},{"op":"remove","path":"/0"},{"op":"add","path":"/1","value":{"name":"d"}}]`},
		"a port gets another name":  {from: `[{"containerPort":80,"name":"http"}]`, to: `[{"containerPort":80,"name":"chaperone-0"}]`, want: `[{"op":"replace","path":"/0/name","value":"chaperone-0"}]`},
		"a mount goes":              {from: `[{"mountPath":"/a","name":"v"},{"mountPath":"/b","name":"v"}]`, to: `[{"mountPath":"/b","name":"v"}]`, want: `[{"op":"remove","path":"/0"}]`},
		"another order":             {from: `[{"name":"a"},{"name":"b"}]`, to: `[{"name":"b"},{"name":"a"}]`, want: `[{"op":"replace","path":"","value":[{"name":"b"},{"name":"a"}]}]`},
		"doubled names":             {from: `[{"name":"a"},{"name":"a"}]`, to: `[{"name":"a"},{"name":"a","v":1}]`, want: `[{"op":"replace","path":"","value":[{"name":"a"},{"name":"a","v":1}]}]`},
		"doubled names, equal":      {from: `["a","a"]`, to: `["a","a"]`, want: `null`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			operations, err := newPatch(json.RawMessage(c.from), json.RawMessage(c.to))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(operations)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("patch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatchOfNoJSON(t *testing.T) {
	if _, err := newPatch(func() {}, nil); err == nil {
		t.Error("from something that is no JSON: no error")
	}
	if _, err := newPatch(nil, func() {}); err == nil {
		t.Error("to something that is no JSON: no error")
	}
}
