package shape_test

import (
	"slices"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

func TestPathsHaveBase(t *testing.T) {
	cases := map[string]struct {
		shape, path string
		fit, unfit  []string
	}{
		"usual paths": {
			shape: "openai-chat",
			fit: []string{
				"", "/", "/v1", "/v1/", "/v1/chat", "/v1/chat/completions", "/openai", "/openai/v1/", "/openai/deployments",
				"/openai/deployments/gpt-4o", "/openai/deployments/gpt-4o/chat/completions", "/api/v1",
			},
			unfit: []string{
				"/llm", "/llm/v1", "/v1beta", "/v", "/V1", "//v1", "/v1//", "/v1/chat/completions/more", "/v1/responses",
				"/openai/deployments//chat", "/openai/deployments/..", "/openai/deployments/a%2Fb", "v1",
			},
		},
		"a declared path": {
			shape: "openai-chat", path: "/llm/v1/chat/completions",
			fit:   []string{"/llm", "/llm/v1", "/llm/v1/chat/completions"},
			unfit: []string{"/v1", "/llm/v2"},
		},
		"a variable between texts": {
			shape: "gemini",
			fit:   []string{"/v1beta", "/v1beta/models", "/v1beta/models/gemini-2.5-flash:generateContent"},
			unfit: []string{"/v1beta/models/gemini-2.5-flash:countStars", "/v1beta/chat"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			preset, err := shape.FindPreset(c.shape)
			if err != nil {
				t.Fatal(err)
			}
			values := map[string]string{}
			if c.path != "" {
				values["path"] = c.path
			}
			paths := preset.ListPaths(values)
			for _, base := range c.fit {
				if !paths.HaveBase(base) {
					t.Errorf("no path of %v begins with %q", paths.List(), base)
				}
			}
			for _, base := range c.unfit {
				if paths.HaveBase(base) {
					t.Errorf("a path of %v begins with %q", paths.List(), base)
				}
			}
		})
	}
}

// The rest of a path stands for any number of segments, and the paths of a route that refuses are none.
func TestPathsOfRoutes(t *testing.T) {
	s := &shape.Shape{Routes: []shape.Route{
		{Use: shape.UseControl, Path: shape.List{"/files/**", "/models"}},
		{Use: shape.UseRefuse, Path: shape.List{"/admin"}},
		{Use: shape.UseTurn, Path: shape.List{"/models", "/chat"}},
	}}
	paths := s.ListPaths(nil)
	if want := []string{"/files/**", "/models", "/chat"}; !slices.Equal(paths.List(), want) {
		t.Errorf("paths %v, want %v", paths.List(), want)
	}
	for base, want := range map[string]bool{"/files": true, "/files/a/b/c": true, "/files/../models": false, "/admin": false, "/chat": true} {
		if paths.HaveBase(base) != want {
			t.Errorf("%q fits: %t, want %t", base, !want, want)
		}
	}
}
