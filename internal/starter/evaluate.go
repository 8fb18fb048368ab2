package starter

import (
	"context"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// evaluate returns the verdict about a declaration with the specification. The error says that the specification cannot be decoded.
func (s *Searcher) evaluate(ctx context.Context, spec *yaml.Node) (policy.Verdict, error) {
	content, err := encodeDeclaration(spec)
	if err != nil {
		return policy.Verdict{}, err
	}
	declaration, err := decodeDeclaration(content)
	if err != nil {
		return policy.Verdict{}, err
	}
	return s.engine.Declaration(ctx, facts.DeclarationInput{Declaration: declaration, AsOf: s.asOf}), nil
}

// isAllowed reports whether the API server accepts a declaration with the specification and the policy allows it, maybe with warnings. It
// validates the schema first, which costs less than the policy.
func (s *Searcher) isAllowed(ctx context.Context, spec *yaml.Node) bool {
	content, err := encodeDeclaration(spec)
	if err != nil || s.validate(ctx, content) != nil {
		return false
	}
	verdict, err := s.evaluate(ctx, spec)
	return err == nil && !verdict.Refuses()
}

// validate says why the API server would not accept a declaration, which is JSON.
func (s *Searcher) validate(ctx context.Context, content []byte) error {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(content); err != nil {
		return err
	}
	if faults := s.schema.Validate(ctx, object); len(faults) > 0 {
		return fmt.Errorf("the API server refuses it: %w", faults[0])
	}
	return nil
}

// encodeDeclaration returns a ChatbotDeployment with the specification, as JSON. Its name and namespace are arbitrary: rules about
// declarations do not read them.
func encodeDeclaration(spec *yaml.Node) ([]byte, error) {
	var values map[string]any
	if err := spec.Decode(&values); err != nil {
		return nil, fmt.Errorf("decode spec: %w", err)
	}
	return json.Marshal(map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(),
		"kind":       "ChatbotDeployment",
		"metadata":   map[string]any{"name": "smallest", "namespace": "shop"},
		"spec":       values,
	})
}

func decodeDeclaration(content []byte) (*v1alpha1.ChatbotDeployment, error) {
	declaration := &v1alpha1.ChatbotDeployment{}
	return declaration, json.Unmarshal(content, declaration)
}
