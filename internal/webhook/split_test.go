package webhook

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

func TestSplitObject(t *testing.T) {
	cases := map[string]struct {
		object string
		want   map[string]json.RawMessage
	}{
		"nothing":                     {"", nil},
		"null":                        {" null\n", nil},
		"no members":                  {" { } ", map[string]json.RawMessage{}},
		"white space around members":  {"\t{ \"a\" :\r\n1 , \"b\": [ 2 ] } \n", map[string]json.RawMessage{"a": json.RawMessage("1"), "b": json.RawMessage("[ 2 ]")}},
		"a bracket in a text":         {`{"a":"}]","b":{"c":"{["}}`, map[string]json.RawMessage{"a": json.RawMessage(`"}]"`), "b": json.RawMessage(`{"c":"{["}`)}},
		"a quote in a text":           {`{"a":"\"},","b":"\\"}`, map[string]json.RawMessage{"a": json.RawMessage(`"\"},"`), "b": json.RawMessage(`"\\"`)}},
		"an escaped name":             {`{"sp\u0065c":{}}`, map[string]json.RawMessage{"spec": json.RawMessage(`{}`)}},
		"literals":                    {`{"a":true,"b":null,"c":-1.5e3}`, map[string]json.RawMessage{"a": json.RawMessage("true"), "b": json.RawMessage("null"), "c": json.RawMessage("-1.5e3")}},
		"lists and objects in a list": {`{"a":[[{}],[{"a":[]}]],"b":2}`, map[string]json.RawMessage{"a": json.RawMessage(`[[{}],[{"a":[]}]]`), "b": json.RawMessage("2")}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			members, err := splitObject([]byte(c.object))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, members); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSplitObjectRefuses(t *testing.T) {
	cases := map[string]struct{ object, want string }{
		"a list":                          {`[]`, "not an object"},
		"a text":                          {`"a"`, "not an object"},
		"a name twice":                    {`{"spec":{"a":1},"spec":{}}`, `"spec" occurs twice`},
		"a name twice, once with escapes": {`{"spec":{"a":1},"sp\u0065c":{}}`, `"spec" occurs twice`},
		"text after the object":           {`{"a":1}{"a":2}`, "malformed"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if members, err := splitObject([]byte(c.object)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("members %v, error %v, want %q", members, err, c.want)
			}
		})
	}
	const whole = `{"a":"\"x","b":[{"c":null}],"d":{}}`
	for end := 1; end < len(whole); end++ {
		if members, err := splitObject([]byte(whole[:end])); err == nil {
			t.Errorf("%s: members %v, want an error", whole[:end], members)
		}
	}
}

// FuzzSplitObject compares the members of every valid object with those that the decoder of the Kubernetes API finds.
func FuzzSplitObject(f *testing.F) {
	for _, seed := range []string{
		`{"metadata":{"name":"support-1","labels":{"app":"support"}},"spec":{"containers":[{"name":"bot","args":["\"","\\","}"]}]}}`,
		` { "a\u0062" : [1, -2.5e+3, true, null, {"":""}] , "\\" : "\\\"" }`, `{}`, `null`, `[]`, `{"a":}`, `{"a":1,}`, `{"a":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		members, err := splitObject(object)
		var want map[string]json.RawMessage
		if utiljson.Unmarshal(object, &want) != nil {
			return // splitObject promises nothing about invalid JSON but to end.
		}
		if err != nil {
			if !strings.Contains(err.Error(), "occurs twice") {
				t.Fatal(err)
			}
			return
		}
		if diff := cmp.Diff(want, members); diff != "" {
			t.Errorf("members (-decoder +splitObject):\n%s", diff)
		}
	})
}
