package shape

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestLoadBareIsBounded: a document of a tenant cannot occupy the operator. Each case fails by a fault of its own, and nothing that
// grows faster than the document follows the fault.
func TestLoadBareIsBounded(t *testing.T) {
	t.Parallel()
	routes := func(count, paths int) string {
		var list []string
		for i := range count {
			var path []string
			for j := range paths {
				path = append(path, fmt.Sprintf(`"/a%d/{x}/b%d/**"`, i, j))
			}
			list = append(list, fmt.Sprintf(`{"name":"r","method":"POST","path":[%s],"use":"turn"}`, strings.Join(path, ",")))
		}
		return strings.Join(list, ",")
	}
	route := `{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}`
	for name, tc := range map[string]struct{ old, new, want, never string }{
		"too many routes":          {route, routes(51, 1), "routes: there are 51. Use at most 50.", "names several routes"},
		"too many paths":           {route, routes(1, 26), "routes[0].path: there are 26. Use at most 25", "cannot tell"},
		"too many paths in all":    {route, routes(9, 25), "routes: they have 225 paths. Use at most 200.", "names several routes"},
		"too many steps":           {"$.question", "$" + strings.Repeat(".a", 49), "a selector has more than 48 steps", "cannot be read"},
		"too many cases":           {"$.question", "$" + strings.Repeat("[a=b|c]", 9), "a selector stands for too many cases", ""},
		"too long for its cases":   {"$.question", "$[a=b|c]." + strings.Repeat("x", 70_000), "a selector stands for too many cases", ""},
		"too much text":            {"$.question", "$." + strings.Repeat("a", 140_000), "more than 131072 bytes", "places"},
		"too long with parameters": {"$.question", "$" + strings.Repeat(".${a}", 40), "more than 131072 bytes", "places"},
		"too large":                {`{"routes"`, `{"limits": ["` + strings.Repeat("x", 262_144) + `"], "routes"`, "at most 262144 are read", ""},
		"nesting":                  {`"$.question"`, strings.Repeat("[", 30) + `"]"` + strings.Repeat("]", 30), "more than 32 objects and lists contain each other at byte", ""},
	} {
		t.Run(name, func(t *testing.T) {
			document := strings.Replace(strings.Replace(bare, tc.old, tc.new, 1), `{"routes"`, `{"parameters": {"a": "`+strings.Repeat("x", 4000)+`"}, "routes"`, 1)
			_, err := LoadBare("own", []byte(document))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %.500v, want one with %q", err, tc.want)
			}
			if tc.never != "" && strings.Contains(err.Error(), tc.never) {
				t.Errorf("error %.500v, want none about %q", err, tc.never)
			}
		})
	}
}

// TestWithIsBounded: the values of a port count too.
func TestWithIsBounded(t *testing.T) {
	t.Parallel()
	document := strings.Replace(strings.Replace(bare, "$.question", "$"+strings.Repeat(".${a}", 40), 1), `{"routes"`, `{"parameters": {"a": "x"}, "routes"`, 1)
	s, err := LoadBare("own", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.With(map[string]string{"a": strings.Repeat("x", 4000)}); err == nil || !strings.Contains(err.Error(), "more than 131072 bytes") {
		t.Errorf("error %v", err)
	}
}

// TestPresetsAreFarFromTheBounds: the comment of the bounds says so.
func TestPresetsAreFarFromTheBounds(t *testing.T) {
	t.Parallel()
	list, err := Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		all := 0
		for i := range s.Routes {
			all += len(s.Routes[i].Path)
		}
		document, err := json.Marshal(s)
		if err != nil || all > maxAllPaths/2 || len(s.Routes) > maxRoutes/2 || len(document) > maxText/2 || CheckNesting(document) != nil {
			t.Errorf("%s: %d routes, %d paths, %d bytes, %v", s.Name, len(s.Routes), all, len(document), err)
		}
	}
}
