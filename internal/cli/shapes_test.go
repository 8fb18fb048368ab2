package cli_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// naming returns a declaration whose port has the shape.
func naming(name v1alpha1.ShapeName) *v1alpha1.ChatbotDeployment {
	return builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Ports[0].Shape = name })
}

func TestCheckShapes(t *testing.T) {
	failing := strings.Replace(builders.ShapeDocument, `"texts": ["Hello"]`, `"texts": ["Bye"]`, 1)
	passing := strings.Replace(builders.ShapeDocument, `"use": "turn"}]`, `"use": "turn"}, {"name": "rest", "method": "POST", "path": "/**", "use": "pass"}]`, 1)
	inline := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Ports[0].Shape, d.Spec.Ports[0].Inline = "", &runtime.RawExtension{Raw: []byte(failing)}
	})
	for name, tc := range map[string]struct {
		objects  []runtime.Object
		exit     int
		out, err string
	}{
		"a shape alone": {
			objects: []runtime.Object{builders.ChatShape("shop-ask", builders.ShapeDocument)}, out: "ChatShape shop-ask: Allow\n",
		},
		"a declaration that names it": {
			objects: []runtime.Object{naming("shop-ask"), builders.ChatShape("shop-ask", builders.ShapeDocument)}, out: "ChatbotDeployment shop/support: Allow\n",
		},
		"an example that fails": {
			objects: []runtime.Object{naming("shop-ask"), builders.ChatShape("shop-ask", failing)}, exit: cli.ExitBadInput,
			out: "(declaration.unusable_shape)",
			err: `ChatShape shop-ask: examples[0] (An answer): the texts found are ["Hello"], and not ["Bye"]`,
		},
		"an example inline that fails": {
			objects: []runtime.Object{inline}, exit: cli.ExitRefused, out: `the texts found are ["Hello"], and not ["Bye"]`,
		},
		"a shape that passes everything else on": {
			objects: []runtime.Object{naming("shop-ask"), builders.ChatShape("shop-ask", passing)},
			out:     "Passed on unread, as the shapes say (1): port http: POST /** (route rest: pass). What passes there is not read.",
		},
		"a misspelt name": {
			objects: []runtime.Object{naming("shop-aks"), builders.ChatShape("shop-ask", builders.ShapeDocument)}, exit: cli.ExitRefused,
			out: "Use one of shop-ask.",
		},
		"the name of a preset": {
			objects: []runtime.Object{builders.ChatShape("ollama-chat", builders.ShapeDocument)}, exit: cli.ExitBadInput,
			err: "metadata.name is the name of a preset",
		},
		"no example": {
			objects: []runtime.Object{builders.ChatShape("shop-ask", builders.ShapeDocument[:strings.Index(builders.ShapeDocument, `,
	"examples"`)]+"}")}, exit: cli.ExitBadInput, err: "examples: there is none",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var documents []string
			for _, o := range tc.objects {
				documents = append(documents, input(t, o))
			}
			got := run(t, nil, strings.Join(documents, "\n---\n"), "check", "-")
			if got.exit != tc.exit || !strings.Contains(flat(got.out), strings.TrimSpace(tc.out)) || !strings.Contains(got.err, tc.err) {
				t.Errorf("exit code %d, want %d, with %q and %q:\n%s%s", got.exit, tc.exit, tc.out, tc.err, got.out, got.err)
			}
		})
	}
}

// TestShapes lists the presets, and prints each as a ChatShape that check accepts.
func TestShapes(t *testing.T) {
	list := run(t, nil, "", "shapes")
	if list.exit != cli.ExitPassed || !strings.Contains(list.out, "NAME") {
		t.Fatalf("exit code %d:\n%s%s", list.exit, list.out, list.err)
	}
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range presets {
		if !strings.Contains(list.out, "\n"+s.Name+" ") {
			t.Errorf("the list lacks %s", s.Name)
		}
		all = append(all, run(t, nil, "", "shapes", s.Name).out)
	}
	got := run(t, nil, strings.Join(all, "---\n"), "check", "-")
	if got.exit != cli.ExitPassed || strings.Count(got.out, ": Allow") != len(presets) {
		t.Errorf("exit code %d:\n%s%s", got.exit, got.out, got.err)
	}
	for _, want := range []string{"ollama-chat         ", " model     ", "customer,model", " Ollama"} {
		if !strings.Contains(list.out, want) {
			t.Errorf("the list lacks %q:\n%s", want, list.out)
		}
	}
	misspelt := run(t, nil, "", "shapes", "olama-chat")
	if misspelt.exit != cli.ExitBadInput || !strings.Contains(misspelt.err, `there is no shape "olama-chat": use one of ollama-chat`) {
		t.Errorf("exit code %d: %s", misspelt.exit, misspelt.err)
	}
}
