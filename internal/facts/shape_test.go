package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

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
	got, err := facts.NewShapes(spec)
	if err != nil {
		t.Fatal(err)
	}
	want := []facts.ShapeUse{
		{Field: "spec.ports[0]", Name: "openai-chat", Exists: true, Parameters: []string{"path"}, UnknownParameters: []string{"pfad"}},
		{Field: "spec.ports[1]", Name: "olama-chat", Closest: []string{"ollama-chat"}},
		{Field: "spec.processors[1]", Name: "openai-chat", Exists: true, Parameters: []string{"path"}},
		{Field: "spec.processors[2]", Name: "soap", Closest: []string{}},
	}
	if diff := cmp.Diff(want, got.Uses); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
}
