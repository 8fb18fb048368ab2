package shape

import (
	"strings"
	"testing"
)

const bare = `{"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}],
	"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.question", "is": "prose"}]}, "answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.reply", "is": "prose"}]}}`

func TestLoadBareFillsIn(t *testing.T) {
	s, err := LoadBare("own", []byte(bare))
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "own" || s.Title != bareTitle || s.Revision != 1 || s.Refusal.Body != bareRefusal {
		t.Errorf("shape is %+v", s)
	}
	if _, err := s.With(nil); err != nil {
		t.Errorf("with default parameters: %v", err)
	}
}

func TestLoadBareIsStrict(t *testing.T) {
	for name, tc := range map[string]struct{ old, new, want string }{
		"a name":                    {`{"routes"`, `{"shape": "own", "routes"`, "shape: the document has a name"},
		"an unknown key":            {`"use": "turn"`, `"use": "turn", "code": "x"`, `unknown field "routes[0].code"`},
		"an unknown meaning":        {`"is": "prose"`, `"is": "poem"`, `request.places[1].is: "poem" is not known`},
		"a selector without parser": {`$.question`, `question[`, `question[`},
		"a variable without value":  {`"/ask"`, `"/${path}"`, "path"},
		"an unknown use":            {`"use": "turn"`, `"use": "talk"`, `routes[0].use: "talk" is not known`},
		"the same route twice": {`"use": "turn"}`, `"use": "turn"}, {"name": "other", "method": "POST", "path": "/ask", "use": "turn"}`,
			"routes[1]"},
		"no routes": {`[{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}]`, `[]`, "routes: there is none"},
	} {
		t.Run(name, func(t *testing.T) {
			document := strings.Replace(bare, tc.old, tc.new, 1)
			if document == bare {
				t.Fatalf("the document has no %q", tc.old)
			}
			if _, err := LoadBare("own", []byte(document)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func TestStripKeepsWhatIsExecuted(t *testing.T) {
	got, err := Strip([]byte(`{"title":"T","limits":["x"],"evidence":{"source":"s"},"examples":[],"routes":[]}`))
	if want := `{"routes":[],"title":"T"}`; err != nil || string(got) != want {
		t.Errorf("stripped to %s, error %v; want %s", got, err, want)
	}
}
