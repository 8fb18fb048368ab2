package facts_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/shape"
)

// A shape that cannot be used where the declaration has it, or a path that the sidecar would refuse, is a fault with its place and reason.
func TestShapesThatCannotBeUsed(t *testing.T) {
	path := func(value string) map[string]v1alpha1.ShapeParameter {
		return map[string]v1alpha1.ShapeParameter{"path": v1alpha1.ShapeParameter(value)}
	}
	for name, test := range map[string]struct {
		port        v1alpha1.ChatPort
		processor   v1alpha1.Processor
		field, want string
	}{
		"a shape for processors on a port": {port: v1alpha1.ChatPort{Shape: "openai-embeddings"}, field: "spec.ports[0].shape", want: "use it in spec.processors[].shape only"},
		"a shape for ports at a processor": {processor: v1alpha1.Processor{Shape: "typebot-chat"}, field: "spec.processors[0].shape", want: "use it in spec.ports[].shape only"},
		"an empty segment":                 {port: v1alpha1.ChatPort{Parameters: path("/a//b")}, field: "spec.ports[0].parameters", want: `parameter path is "/a//b": give a plain path`},
		"a segment of dots":                {port: v1alpha1.ChatPort{Parameters: path("/a/../b")}, field: "spec.ports[0].parameters", want: "segments that begin with a dot"},
		"a slash at the end":               {port: v1alpha1.ChatPort{Parameters: path("/a/")}, field: "spec.ports[0].parameters", want: "a slash at the end"},
		"no slash at the beginning":        {processor: v1alpha1.Processor{Parameters: path("a")}, field: "spec.processors[0].parameters", want: "is not an absolute path"},
		"a shape for both sides":           {port: v1alpha1.ChatPort{Shape: "ollama-chat"}, processor: v1alpha1.Processor{Shape: "ollama-chat"}},
		"a plain path":                     {port: v1alpha1.ChatPort{Parameters: path("/a.b/c~d")}, processor: v1alpha1.Processor{Parameters: path("/v1")}},
	} {
		t.Run(name, func(t *testing.T) {
			test.port.Shape = cmp.Or(test.port.Shape, "openai-chat")
			got, err := facts.NewShapes(&v1alpha1.ChatbotDeploymentSpec{
				Ports: []v1alpha1.ChatPort{test.port}, Processors: []v1alpha1.Processor{test.processor},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			field, fault := "", ""
			for _, use := range got.Uses {
				field, fault = field+use.FaultField, fault+use.Fault
			}
			if field != test.field || !strings.Contains(fault, test.want) || (test.want == "") != (fault == "") {
				t.Errorf("fault %q at %q, want %q at %q", fault, field, test.want, test.field)
			}
		})
	}
}

func TestShapesOfADeclaration(t *testing.T) {
	spec := &v1alpha1.ChatbotDeploymentSpec{
		Ports: []v1alpha1.ChatPort{
			{Name: "http", Shape: "openai-chat", Parameters: map[string]v1alpha1.ShapeParameter{"path": "/chat", "pfad": "/x"}},
			{Name: "other", Shape: "olama-chat", Parameters: map[string]v1alpha1.ShapeParameter{"pfad": "/x"}},
		},
		Processors: []v1alpha1.Processor{
			{Name: "default"},
			{Name: "path", Parameters: map[string]v1alpha1.ShapeParameter{"path": "/chat"}},
			{Name: "misspelt", Shape: "soap"},
		},
	}
	got, err := facts.NewShapes(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []facts.ShapeUse{
		{Field: "spec.ports[0]", Name: "openai-chat", Exists: true, Parameters: []string{"path"}, UnknownParameters: []string{"pfad"}},
		{Field: "spec.ports[1]", Name: "olama-chat", Closest: []string{"ollama-chat"}},
		{Field: "spec.processors[1]", Name: "openai-chat", Exists: true, Parameters: []string{"path"}},
		{Field: "spec.processors[2]", Name: "soap", Closest: []string{}},
	}
	if diff := gocmp.Diff(want, got.Uses); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}

// ownShape is the document of a ChatShape.
const ownShape = `{"routes": [{"name": "ask", "method": "POST", "path": "/ask", "use": "turn"}],
	"request": {"places": [{"at": "$", "is": "message", "author": "user"}, {"at": "$.question", "is": "prose"}]},
	"answer": {"places": [{"at": "$", "is": "message", "author": "assistant"}, {"at": "$.reply", "is": "prose"}]},
	"examples": [{"name": "An answer", "of": "answer", "in": "{\"reply\":\"Hello\"}", "texts": ["Hello"], "out": "{\"reply\":\"Hello\"}"}]}`

func TestShapesOfTheOrganisation(t *testing.T) {
	failing := strings.Replace(ownShape, `"texts": ["Hello"]`, `"texts": ["Bye"]`, 1)
	spec := &v1alpha1.ChatbotDeploymentSpec{
		Ports: []v1alpha1.ChatPort{
			{Name: "http", Shape: "shop-ask"},
			{Name: "failing", Shape: "shop-failing"},
			{Name: "misspelt", Shape: "shop-aks"},
			{Name: "inline", Inline: &runtime.RawExtension{Raw: []byte(failing)}},
		},
	}
	got, err := facts.NewShapes(spec, shape.Documents{"shop-ask": []byte(ownShape), "shop-failing": []byte(failing)})
	if err != nil {
		t.Fatal(err)
	}
	fault := `examples[0] (An answer): the texts found are ["Hello"], and not ["Bye"]. Correct the example or the places`
	want := []facts.ShapeUse{
		{Field: "spec.ports[0]", Name: "shop-ask", Exists: true},
		{Field: "spec.ports[1]", Name: "shop-failing", Exists: true, Fault: fault, FaultField: "spec.ports[1].shape"},
		{Field: "spec.ports[2]", Name: "shop-aks", Closest: []string{"shop-ask"}},
		{Field: "spec.ports[3]", Exists: true, Fault: fault, FaultField: "spec.ports[3].inline"},
	}
	if diff := gocmp.Diff(want, got.Uses); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}

// TestInputHasTheShapesThatTheDeclarationNames: others must not change the key of a cached decision.
func TestInputHasTheShapesThatTheDeclarationNames(t *testing.T) {
	environment := facts.Environment{Shapes: shape.Documents{"a": []byte("{}"), "b": []byte("{}")}}
	for name, tc := range map[string]struct {
		named v1alpha1.ShapeName
		want  shape.Documents
	}{
		"a preset":                {"openai-chat", nil},
		"one of the organisation": {"a", shape.Documents{"a": []byte("{}")}},
		"one that does not exist": {"c", environment.Shapes},
	} {
		t.Run(name, func(t *testing.T) {
			d := &v1alpha1.ChatbotDeployment{Spec: v1alpha1.ChatbotDeploymentSpec{Ports: []v1alpha1.ChatPort{{Name: "http", Shape: tc.named}}}}
			got := facts.NewDeclarationInput(d, environment, time.Time{}).Shapes
			if diff := gocmp.Diff(tc.want, got); diff != "" {
				t.Errorf("shapes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMessagesSentByCalls: the sidecar reads the calls by which a bot sends its messages only if a processor has the shape of a service.
func TestMessagesSentByCalls(t *testing.T) {
	for name, test := range map[string]struct {
		port, processor v1alpha1.ShapeName
		want            string
	}{
		"no processor reads them":         {port: "whatsapp-cloud", processor: "ollama-chat", want: "whatsapp-cloud"},
		"the processor of the service":    {port: "whatsapp-cloud", processor: "whatsapp-cloud"},
		"the app answers in the response": {port: "ollama-chat", processor: "ollama-chat"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := facts.NewShapes(&v1alpha1.ChatbotDeploymentSpec{
				Ports: []v1alpha1.ChatPort{{Shape: test.port}}, Processors: []v1alpha1.Processor{{Shape: test.processor}},
			}, nil)
			if err != nil || got.Uses[0].SendsBy != test.want {
				t.Errorf("sends by %q, error %v, want %q", got.Uses[0].SendsBy, err, test.want)
			}
		})
	}
}
