package render_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// revisionOf returns the revision of a preset.
func revisionOf(t *testing.T, name string) int {
	t.Helper()
	s, err := shape.FindPreset(name)
	if err != nil || s == nil {
		t.Fatalf("preset %s: %v", name, err)
	}
	return s.Revision
}

// ownShape is the document of an app of one's own.
const ownShape = `{"revision": 3, "limits": ["Nothing."], "routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}],
	"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.question", "is": "prose"}]}, "answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.reply", "is": "prose"}]}}`

// TestInlineShape: the configuration carries the document, without what is for people, and the hash covers it.
func TestInlineShape(t *testing.T) {
	d := newDeclaration()
	d.Spec.Ports = []v1alpha1.ChatPort{{Name: "http", Inline: &runtime.RawExtension{Raw: []byte(ownShape)}}}
	got, err := render.Config(d, newVerdict(), builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := sidecarconfig.Port{Name: "http", Shape: "inline.http", Revision: 3, Listen: ":23100", Document: json.RawMessage(
		`{"answer":{"places":[{"at":"$","author":"assistant","is":"message"},{"at":"$.reply","is":"prose"}]},"request":{"places":[{"at":"$","author":"user","is":"message"},{"at":"$.question","is":"prose"}]},"revision":3,` +
			`"routes":[{"method":"POST","name":"ask","path":"/ask","use":"turn"}]}`)}
	if diff := cmp.Diff(want, got.Ports[0]); diff != "" {
		t.Errorf("port (-want +got):\n%s", diff)
	}
	_, before, err := render.File(d, newVerdict(), builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Spec.Ports[0].Inline.Raw = []byte(strings.Replace(ownShape, "$.reply", "$.answer", 1))
	if _, after, err := render.File(d, newVerdict(), builtIn(), nil); err != nil || after == before {
		t.Errorf("hash %s after a change of the document, error %v", after, err)
	}
}

// TestShapesThatCannotBeRendered: a running chatbot gets no configuration, and a suspended one is suspended all the same.
func TestShapesThatCannotBeRendered(t *testing.T) {
	for name, tc := range map[string]struct {
		port v1alpha1.ChatPort
		want string
	}{
		"a shape that does not exist": {v1alpha1.ChatPort{Name: "http", Shape: "soap"}, `spec.ports[0]: there is no shape "soap"`},
		"a faulty shape": {v1alpha1.ChatPort{Name: "http", Inline: &runtime.RawExtension{Raw: []byte(`{"routes":[]}`)}},
			"routes: there is none"},
		"an unknown parameter": {v1alpha1.ChatPort{Name: "http", Shape: "openai-chat", Parameters: map[string]v1alpha1.ShapeParameter{"pfad": "/"}},
			`no parameter "pfad"`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeclaration()
			d.Spec.Ports = []v1alpha1.ChatPort{tc.port}
			if _, err := render.Config(d, newVerdict(), builtIn(), nil); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
			d.Spec.Suspended = true
			got, err := render.Config(d, newVerdict(), builtIn(), nil)
			if err != nil || !got.Suspended || got.Ports[0].Shape != sidecarconfig.DefaultShape {
				t.Errorf("suspended: %+v, error %v", got.Ports, err)
			}
		})
	}
}

// TestShapesOfTheOrganisation: the configuration carries the document of a ChatShape under its name, on both sides.
func TestShapesOfTheOrganisation(t *testing.T) {
	document := strings.Replace(ownShape, `"limits"`, `"examples": [{"name": "An answer", "of": "answer", "in": "{}", "texts": [], "out": "{}"}], "limits"`, 1)
	d := newDeclaration()
	d.Spec.Ports = []v1alpha1.ChatPort{{Name: "http", Shape: "shop-ask"}}
	d.Spec.Processors = []v1alpha1.Processor{{Name: "vendor", Host: "api.model.example", Shape: "shop-ask"}}
	got, err := render.Config(d, newVerdict(), builtIn(), shape.Documents{"shop-ask": []byte(document), "other": nil})
	if err != nil {
		t.Fatal(err)
	}
	stripped, err := shape.Strip([]byte(ownShape))
	if err != nil {
		t.Fatal(err)
	}
	wantPort := sidecarconfig.Port{Name: "http", Shape: "shop-ask", Revision: 3, Listen: ":23100", Document: stripped}
	if diff := cmp.Diff(wantPort, got.Ports[0]); diff != "" {
		t.Errorf("port (-want +got):\n%s", diff)
	}
	wantEgress := sidecarconfig.Egress{Name: "vendor", Shape: "shop-ask", Revision: 3, Upstream: "https://api.model.example", Document: stripped}
	if diff := cmp.Diff(wantEgress, got.Egress[0]); diff != "" {
		t.Errorf("egress (-want +got):\n%s", diff)
	}
}
