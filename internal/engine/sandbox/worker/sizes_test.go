package worker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
)

// padTo appends a comment to a module, so that the module has this length in bytes.
func padTo(m sandbox.Text, length int) sandbox.Text {
	m.Rego += strings.Repeat("#", length-len(m.Rego))
	return m
}

// TestSizesAtTheLimit compiles sources that are exactly as large as they may be, and refuses the next size.
func TestSizesAtTheLimit(t *testing.T) {
	rule := sandboxtest.NewSource(sandboxtest.Passing).Modules[0]
	libraries := func(count, length int) []sandbox.Text {
		var all []sandbox.Text
		for i := range count {
			all = append(all, padTo(sandboxtest.NewLibrary(fmt.Sprintf("l%d", i), "x := 1\n"), length))
		}
		return all
	}
	parameters := func(length int) sandbox.Source {
		s := sandbox.Source{Modules: []sandbox.Text{rule}}
		s.Parameters = []byte(`{"x": "` + strings.Repeat("a", length-9) + `"}`)
		return s
	}
	named := func(name string) sandbox.Source {
		m := rule
		m.Name = name
		return sandbox.Source{Modules: []sandbox.Text{m}}
	}
	for name, test := range map[string]struct {
		largest, tooLarge sandbox.Source
		want              string
	}{
		"modules": {
			sandbox.Source{Modules: append(libraries(15, 100), rule)}, sandbox.Source{Modules: append(libraries(16, 100), rule)},
			"the policy has 17 modules; 1 to 16 are allowed",
		},
		"one module": {
			sandbox.Source{Modules: []sandbox.Text{padTo(rule, 64<<10)}}, sandbox.Source{Modules: []sandbox.Text{padTo(rule, 64<<10+1)}},
			"the module has 65537 bytes; at most 65536 are allowed",
		},
		"all modules": {
			sandbox.Source{Modules: append(libraries(7, 32<<10), padTo(rule, 32<<10))},
			sandbox.Source{Modules: append(libraries(7, 32<<10), padTo(rule, 32<<10+1))},
			"the modules have 262145 bytes together; at most 262144 are allowed",
		},
		"parameters": {parameters(64 << 10), parameters(64<<10 + 1), "the parameters have 65537 bytes; at most 65536 are allowed"},
		"a name":     {named(strings.Repeat("a", 63)), named(strings.Repeat("a", 64)), "does not match"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := worker.Compile(test.largest); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			if _, err := worker.Compile(test.tooLarge); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("beyond the limit: %v, want %q", err, test.want)
			}
		})
	}
}
