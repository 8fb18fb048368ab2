package shape_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// A value for a path costs the checks of the routes, and not those of every document: decisions about declarations make shapes with values.
func TestValuesOfPathsLeaveDocumentsUnchecked(t *testing.T) {
	s, err := shape.FindPreset("openai-chat")
	if err != nil {
		t.Fatal(err)
	}
	with := func(values map[string]string) float64 {
		return testing.AllocsPerRun(5, func() {
			if _, err := s.With(values); err != nil {
				t.Error(err)
			}
		})
	}
	const budget = 3000 // 5,792 with the checks of the documents.
	if got := with(map[string]string{"path": "/llm/v1/chat/completions"}); got > budget {
		t.Errorf("%.0f allocations, want at most %d", got, budget)
	}
}

// Values are checked wherever their variables stand.
func TestValuesAreChecked(t *testing.T) {
	const document = `{
		"parameters": {"path": "/ask", "member": "q"},
		"routes": [{"name": "ask", "method": "POST", "path": "${path}", "use": "turn"}],
		"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.${member}", "is": "prose"}]},
		"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.a", "is": "prose"}]}}`
	s, err := shape.LoadBare("own", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		values map[string]string
		fault  string
	}{
		"a path":                        {map[string]string{"path": "/chat"}, ""},
		"a path that is none":           {map[string]string{"path": "chat"}, "chat"},
		"a member":                      {map[string]string{"member": "text"}, ""},
		"a member that is no selector":  {map[string]string{"member": "[[", "path": "/chat"}, "[["},
		"a value that is far too large": {map[string]string{"path": "/" + strings.Repeat("a/b", 100_000) + "c"}, "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.With(c.values)
			if c.fault == "" && err != nil || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("error %v, want one with %q", err, c.fault)
			}
		})
	}
}
