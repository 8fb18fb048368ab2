package shape

import (
	"slices"
	"strings"
	"testing"
)

// own is bare with an example.
var own = strings.Replace(bare, `{"routes"`, `{"examples": [{"name": "A question", "of": "request", "in": "{}", "texts": [], "out": "{}"}], "routes"`, 1)

func TestLoadOwnIsStrict(t *testing.T) {
	for name, tc := range map[string]struct{ name, old, new, want string }{
		"as it is":            {"own", "", "", ""},
		"no example":          {"own", own, bare, "examples: there is none"},
		"a name with a dot":   {"own.shape", "", "", `metadata.name: "own.shape" is not the name of a shape`},
		"an example of none":  {"own", `"of": "request"`, `"of": "stream", "route": "ask"`, `examples[0].route: no route "ask" has a stream that is read`},
		"an unknown document": {"own", `"of": "request"`, `"of": "letter"`, `examples[0].of: "letter" is not known`},
		"an unknown key":      {"own", `"texts"`, `"text"`, `unknown field "examples[0].text"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadOwn(tc.name, []byte(strings.Replace(own, tc.old, tc.new, 1)))
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

// TestDocumentsComeBeforePresets: a preset that a release brings does not change what a declaration means.
func TestDocumentsComeBeforePresets(t *testing.T) {
	d := Documents{"ollama-chat": []byte(own), "shop-ask": []byte(own), "faulty": []byte("{}")}
	for name, isOwn := range map[string]bool{"ollama-chat": true, "shop-ask": true, "openai-chat": false} {
		found, document, err := d.Find(name)
		if err != nil || found == nil || found.Name != name || (document != nil) != isOwn {
			t.Errorf("%s: %v, document %s, error %v", name, found, document, err)
		}
	}
	if found, _, err := d.Find("soap"); err != nil || found != nil {
		t.Errorf("a shape that does not exist: %v, %v", found, err)
	}
	if _, _, err := d.Find("faulty"); err == nil {
		t.Error("a faulty document has no error")
	}
	names, err := d.ListNames()
	if err != nil || !slices.Contains(names, "shop-ask") || !slices.Contains(names, "openai-chat") || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("names are %v, error %v", names, err)
	}
}
