package main

import (
	"context"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

// judge says whether a specification is a declaration that passes on one day: the API server would take it, and the policy
// allows it, maybe with warnings.
type judge struct {
	engine *engine.Engine
	schema *schema.Validator
	// asOf is the day; recently is a day before it, on which whatever is asked for was completed.
	asOf, recently string
}

func newJudge(ctx context.Context, asOf, recently string) (*judge, error) {
	engine, err := engine.New(ctx, policies.FS)
	if err != nil {
		return nil, err
	}
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		return nil, err
	}
	return &judge{engine: engine, schema: validator, asOf: asOf, recently: recently}, nil
}

// verdict of the policy; an error says that the specification cannot be read.
func (j *judge) verdict(ctx context.Context, spec *yaml.Node) (policy.Verdict, error) {
	content, err := declarationOf(spec)
	if err != nil {
		return policy.Verdict{}, err
	}
	declaration := &v1alpha1.ChatbotDeployment{}
	if err := json.Unmarshal(content, declaration); err != nil {
		return policy.Verdict{}, err
	}
	return j.engine.Declaration(ctx, facts.DeclarationInput{Declaration: declaration, AsOf: j.asOf}), nil
}

// passes asks the schema first, which costs less than the policy.
func (j *judge) passes(ctx context.Context, spec *yaml.Node) bool {
	object := &unstructured.Unstructured{}
	content, err := declarationOf(spec)
	if err != nil || object.UnmarshalJSON(content) != nil || len(j.schema.Validate(ctx, object)) > 0 {
		return false
	}
	verdict, err := j.verdict(ctx, spec)
	return err == nil && !verdict.Refuses()
}

// declarationOf is the JSON of a declaration with the specification.
func declarationOf(spec *yaml.Node) ([]byte, error) {
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
