package engine

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	opa "github.com/open-policy-agent/opa/v1/rego"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/policies"
)

// TestInputsMatchTheirSchemas holds what Go hands to each entrypoint against the schema beside the router.
func TestInputsMatchTheirSchemas(t *testing.T) {
	s := newEngine(t).current.Load()
	content, err := json.Marshal(read[v1alpha1.ChatbotDeployment](t, "full.yaml").Spec)
	if err != nil {
		t.Fatal(err)
	}
	spec := ast.NewTerm(ast.MustParseTerm(string(content)).Value)
	forFacts := ast.NewObject(
		ast.Item(ast.StringTerm("spec"), spec),
		ast.Item(ast.StringTerm("asOf"), ast.StringTerm(asOf)),
	)
	derived, err := s.facts.evaluate(t.Context(), forFacts)
	if err != nil {
		t.Fatal(err)
	}
	required, err := s.requirementFor(t.Context(), derived)
	if err != nil {
		t.Fatal(err)
	}
	forDeclaration, _ := forFacts.Merge(ast.NewObject(
		ast.Item(ast.StringTerm("facts"), ast.NewTerm(derived)),
		ast.Item(ast.StringTerm("requirement"), ast.NewTerm(required.document)),
	))
	texts := object{}
	addTextFacts(&texts, facts.NewTexts(&everythingStated(t).Spec))
	forDeclaration, _ = forDeclaration.Merge(texts.term().Value.(ast.Object))
	everything := governed(t, minimal(t))
	everything.Pod.Spec.HostPID = true
	everything.Pod.Spec.NodeSelector = map[string]string{corev1.LabelTopologyRegion: "x"}
	everything.Pod.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{
		Privileged: ptr.To(true), RunAsUser: ptr.To[int64](0), Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"X"}},
	}
	everything.Pod.Spec.Containers[0].Resources = corev1.ResourceRequirements{}
	everything.Pod.Spec.AutomountServiceAccountToken = nil
	everything.Pod.Spec.InitContainers[0].Image = "x"
	everything.Pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug"}}}
	everything.BreakGlass = true
	for name, input := range map[string]ast.Value{
		"derived":     forFacts,
		"requirement": derived,
		"declaration": forDeclaration,
		"workload":    workloadValue(facts.NewWorkload(everything)),
		"connection": connectionValue(facts.ConnectionInput{
			Kind: "proxy", Container: "app", BreakGlass: true,
			Targets:  []facts.Target{{Field: "port", Name: "http"}},
			Chatbots: []facts.Chatbot{inject.Chatbot("support", minimal(t))},
		}),
		"service": serviceValue(facts.ServiceInput{
			Chatbots:    []facts.Chatbot{inject.Chatbot("support", minimal(t)), inject.Chatbot("gone", nil)},
			Targets:     []facts.Target{{Field: "a", Name: "http"}, {Field: "b", Number: 8080}},
			ExternalIPs: []string{"203.0.113.7"},
		}),
	} {
		t.Run(name, func(t *testing.T) { matchSchema(t, name, input) })
	}
}

// everythingStated is a declaration whose texts have every kind of facts.
func everythingStated(t *testing.T) *v1alpha1.ChatbotDeployment {
	t.Helper()
	stated := read[v1alpha1.ChatbotDeployment](t, "full.yaml")
	stated.Spec.IntellectualProperty.Model.License = "MIT OR GPL-2.0-only WITH Classpath-exception-2.0"
	stated.Spec.Disclosure.Statements = map[string]v1alpha1.Statement{"en": "I am a machine.", "zh": "我是机器。", "x-none": "…"}
	stated.Spec.IntellectualProperty.TrainingData.Licenses = []string{"as the vendor says"}
	return stated
}

func matchSchema(t *testing.T, name string, input ast.Value) {
	t.Helper()
	schema, err := fs.ReadFile(policies.FS, "entrypoints/"+name+"/input.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := ast.JSON(input)
	if err != nil {
		t.Fatal(err)
	}
	if faults := schemaFaults(t, string(schema), document); len(faults) > 0 {
		t.Errorf("the input does not match: %v", faults)
	}
}

// schemaFaults returns what OPA's own JSON Schema finds wrong with a document, each as "place: what".
func schemaFaults(t *testing.T, schema string, document any) []string {
	t.Helper()
	results, err := opa.New(
		opa.Query("json.match_schema(input.document, input.schema, result)"),
		opa.Input(map[string]any{"document": document, "schema": schema}),
	).Eval(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatalf("%d results: %v", len(results), err)
	}
	result := results[0].Bindings["result"].([]any)
	var faults []string
	for _, fault := range result[1].([]any) {
		faults = append(faults, fault.(map[string]any)["error"].(string))
	}
	if result[0] != (len(faults) == 0) {
		t.Fatalf("the schema says %v with the faults %q", result[0], faults)
	}
	return faults
}
