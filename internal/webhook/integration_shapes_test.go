package webhook_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/test/builders"
)

// shapes creates and updates ChatShapes.
func shapes(t *testing.T, c client.Client) {
	const guard = "guard-shapes.chaperone.dev"
	for name, tc := range map[string]struct{ shape, old, new, want string }{
		"an unknown key":             {"shop-a", `"use": "turn"`, `"use": "turn", "code": "x"`, `unknown field "routes[0].code"`},
		"an unknown meaning":         {"shop-a", `"is": "prose"`, `"is": "poem"`, `request.places[1].is: "poem" is not known`},
		"a selector that no parse":   {"shop-a", `$.question`, `question[`, `question[`},
		"a variable without a value": {"shop-a", `"/ask"`, `"/${path}"`, "path"},
		"routes that are the same": {"shop-a", `"use": "turn"}`, `"use": "turn"}, {"name": "again", "method": "POST", "path": "/ask", "use": "turn"}`,
			"routes[1]"},
		"no example":             {"shop-a", `"examples": [{`, `"limits": [], "x": [{`, "unknown field"},
		"an example that fails":  {"shop-a", `"texts": ["Hello"]`, `"texts": ["Bye"]`, `examples[0] (An answer): the texts found are ["Hello"]`},
		"the name of a preset":   {"ollama-chat", "", "", `"ollama-chat" is the name of a preset`},
		"a name in the document": {"shop-a", `{`, `{"shape": "x",`, "the document has a name"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.Create(t.Context(), builders.ChatShape(tc.shape, strings.Replace(builders.ShapeDocument, tc.old, tc.new, 1)))
			wantRefusal(t, err, guard, tc.want)
		})
	}
	good := builders.ChatShape("shop-ask", builders.ShapeDocument)
	if err := c.Create(t.Context(), good); err != nil {
		t.Fatalf("a good shape is refused: %v", err)
	}
	change := func(old, replacement string) error {
		changed := good.DeepCopy()
		changed.Spec = runtime.RawExtension{Raw: []byte(strings.NewReplacer(old, replacement).Replace(builders.ShapeDocument))}
		return c.Update(t.Context(), changed, client.DryRunAll)
	}
	wantRefusal(t, change("$.question", "$.text"), guard, "spec.revision stays 1", "Raise it to 2")
	if err := change("An answer", "A greeting"); err != nil {
		t.Errorf("a change of the examples alone is refused: %v", err)
	}
	raised := good.DeepCopy()
	raised.Spec.Raw = []byte(strings.NewReplacer("$.question", "$.text", `"revision": 1`, `"revision": 2`).Replace(builders.ShapeDocument))
	if err := c.Update(t.Context(), raised); err != nil {
		t.Errorf("a change with a higher revision is refused: %v", err)
	}
}
