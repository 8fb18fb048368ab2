package evaluation

import (
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/engine/opa/opatest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

// TestInputsMatchTheirSchemas validates the input of each entrypoint against its JSON schema.
func TestInputsMatchTheirSchemas(t *testing.T) {
	s := newSnapshot(t)
	content, err := json.Marshal(enginetest.NewFull(t).Spec)
	if err != nil {
		t.Fatal(err)
	}
	spec := ast.NewTerm(ast.MustParseTerm(string(content)).Value)
	forFacts := ast.NewObject(
		ast.Item(ast.StringTerm("spec"), spec),
		ast.Item(ast.StringTerm("asOf"), ast.StringTerm(enginetest.AsOf)),
	)
	derived, err := s.factsQuery.Evaluate(t.Context(), forFacts, evaluationTimeout)
	if err != nil {
		t.Fatal(err)
	}
	required, err := s.findRequirement(t.Context(), derived)
	if err != nil {
		t.Fatal(err)
	}
	forDeclaration, _ := forFacts.Merge(ast.NewObject(
		ast.Item(ast.StringTerm("facts"), ast.NewTerm(derived)),
		ast.Item(ast.StringTerm("requirement"), ast.NewTerm(required.document)),
	))
	texts := opa.Object{}
	addTextFacts(&texts, facts.NewTexts(&stateEverything(t).Spec))
	forDeclaration, _ = forDeclaration.Merge(texts.Term().Value.(ast.Object))
	everything := enginetest.NewWorkload(t, enginetest.NewMinimal(t))
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
	supported := inject.NewChatbot("support", enginetest.NewMinimal(t))
	supported.Terms = policy.Terms{
		Enforcement: "warn", Floor: "warn", Actions: map[string]string{"service.external_ips": "warn"}, Waivers: map[string]string{"a.b": "late"},
	}
	for name, input := range map[string]ast.Value{
		"facts":       forFacts,
		"requirement": derived,
		"declaration": forDeclaration,
		"workload":    encode(t, newWorkloadInput(facts.NewWorkload(everything))),
		"connection": encode(t, newConnectionInput(facts.ConnectionInput{
			Kind: "proxy", Container: "app", Port: "http", BreakGlass: true,
			Targets:  []facts.Target{{Field: "port", Name: "http"}},
			Chatbots: []facts.Chatbot{supported},
		})),
		"service": encode(t, newServiceInput(facts.ServiceInput{
			Chatbots:    []facts.Chatbot{supported, inject.NewChatbot("gone", nil)},
			Targets:     []facts.Target{{Field: "a", Name: "http"}, {Field: "b", Number: 8080}},
			ExternalIPs: []string{"203.0.113.7"},
			Selector:    map[string]string{"app": "shop"},
			Ungoverned:  []facts.UngovernedPods{{Workload: "Deployment b", PortNames: []string{"http"}, PortNumbers: []int32{8080}}},
		})),
		"network": encode(t, newNetworkInput(facts.NetworkInput{
			Namespace: "shop", Name: "open", HasExpressions: true,
			Chatbots:  []facts.Chatbot{supported},
			Openings:  []facts.Opening{{Field: "a", Name: "http"}, {Field: "b", First: 1, Last: 65535}},
			Endpoints: []facts.Target{{Field: "ports[0].port", Number: 8080}},
		})),
	} {
		t.Run(name, func(t *testing.T) { checkSchema(t, name, input) })
	}
}

// encode returns the value of an input.
func encode(t *testing.T, input any) opa.Value {
	t.Helper()
	term, err := opa.Encode(input)
	if err != nil {
		t.Fatal(err)
	}
	return term.Value
}

// stateEverything returns a declaration whose texts lead to every kind of fact.
func stateEverything(t *testing.T) *v1alpha1.ChatbotDeployment {
	t.Helper()
	stated := enginetest.NewFull(t)
	stated.Spec.IntellectualProperty.Model.License = "MIT OR GPL-2.0-only WITH Classpath-exception-2.0"
	stated.Spec.Disclosure.Statements = map[string]v1alpha1.Statement{"en": "I am a machine.", "zh": "我是机器。", "x-none": "…"}
	stated.Spec.IntellectualProperty.TrainingData.Licenses = []string{"as the vendor says"}
	return stated
}

func checkSchema(t *testing.T, name string, input ast.Value) {
	t.Helper()
	schema, err := fs.ReadFile(policies.FS, "entrypoints/"+name+"/input.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := ast.JSON(input)
	if err != nil {
		t.Fatal(err)
	}
	if faults := opatest.FindSchemaFaults(t, string(schema), document); len(faults) > 0 {
		t.Errorf("the input does not match: %v", faults)
	}
}
