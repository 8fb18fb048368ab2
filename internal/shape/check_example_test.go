package shape

import (
	"slices"
	"strings"
	"testing"
)

// withoutExamples lists documents of routes of which there is nothing to show, as preset, route and kind, with the reason.
var withoutExamples = map[string]string{
	"anythingllm-embed forget answer": "The server answers without content, and its errors are plain texts.",
}

// TestRoutesOfPresetsHaveExamples: of each document that is read of a route there is an example, which is a test.
func TestRoutesOfPresetsHaveExamples(t *testing.T) {
	presets, err := Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range presets {
		for i := range s.Routes {
			r := &s.Routes[i]
			for _, of := range documentKinds() {
				name := strings.Join([]string{s.Name, r.Name, of}, " ")
				has := slices.ContainsFunc(s.Examples, func(e Example) bool { return e.Of == of && isExampleOf(&e, r) })
				// A route whose answers are always streams has other answers only for errors.
				isNeeded := s.reads(r, of) && (!r.AlwaysStreams || of != OfAnswer) && withoutExamples[name] == ""
				if isNeeded && !has {
					t.Errorf("%s: there is no example", name)
				}
				if has && withoutExamples[name] != "" {
					t.Errorf("%s: there is an example: take it out of the list", name)
				}
			}
		}
	}
}

// isExampleOf reports whether the example is of the route.
func isExampleOf(e *Example, r *Route) bool {
	if len(e.Route) > 0 {
		return slices.Contains(e.Route, r.Name)
	}
	named := map[string]string{OfRequest: r.Request, OfAnswer: r.Answer, OfStream: r.Answer + r.Stream}
	return (r.Use == UseTurn || r.Use == UseSocket) && named[e.Of] == ""
}
