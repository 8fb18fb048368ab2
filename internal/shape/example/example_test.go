package example_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
)

const document = `{
	"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}, {"name": "past", "method": "GET", "path": "/past", "use": "history", "answer": "past"}],
	"answers": {"past": {"places": [{"at": "$.log", "is": "dropped"}]}},
	"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.question", "is": "prose"}]},
	"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.reply", "is": "prose"}]},
	"examples": [
		{"name": "A question", "of": "request", "in": "{\"question\":\"I am joe@shop.example\"}", "texts": ["I am joe@shop.example"],
			"out": "{\"question\":\"I am [redacted:email]\"}"},
		{"name": "An answer", "of": "answer", "in": "{\"reply\":\"Hello\"}", "texts": ["Hello"], "out": "{\"reply\":\"Hello\"}"},
		{"name": "The past", "of": "answer", "route": "past", "in": "{\"log\":\"Hello\"}", "texts": [], "out": "{\"log\":null}"}]}`

func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, want string }{
		"examples that hold":            {`Hello`, `Good day`, ""},
		"a text that is not in":         {`"texts": ["Hello"]`, `"texts": ["Bye"]`, `examples[1] (An answer): the texts found are ["Hello"], and not ["Bye"]`},
		"another result":                {`[redacted:email]`, `joe@shop.example`, `examples[0] (A question): the request becomes, from byte 18 on, "[redacted:email]\"}", and not "joe@shop.example\"}"`},
		"a route with another document": {`"answer": "past"`, `"answer": ""`, `examples[2] (The past): route past: the texts found are ["Hello"], and not []`},
		"a document that cannot be read": {`"in": "{\"reply\":\"Hello\"}"`, `"in": "{\"reply\":"`,
			`examples[1] (An answer): the answer cannot be read`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := shape.LoadBare("own", []byte(strings.ReplaceAll(document, tc.old, tc.new)))
			if err != nil {
				t.Fatal(err)
			}
			err = example.Check(s)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}
