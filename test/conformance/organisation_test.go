package conformance_test

import (
	"encoding/json"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// newcomersOf is a second namespace of a case with an organisation, in which its declaration asks to be created: the policies and
// exceptions of the case hold there and in its own.
func newcomersOf(namespace string) string { return namespace + "-new" }

// profiles are those of the organisation of the corpus. They are about made-up places: those of a real one would concern every
// case.
func profiles() []v1alpha1.JurisdictionProfile {
	return []v1alpha1.JurisdictionProfile{{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "JurisdictionProfile"},
		ObjectMeta: metav1.ObjectMeta{Name: "example-p"},
		Spec: v1alpha1.JurisdictionProfileSpec{
			Code: "xp", Loosens: true, Reason: "Cases are about it.",
			Values: []v1alpha1.ProfileValue{{
				Dimension: "rights.responseDays", Value: runtime.RawExtension{Raw: []byte("40")}, Replaces: true, Reference: "House rules 4",
				When: &runtime.RawExtension{Raw: []byte(`{"channels": ["voice"]}`)},
			}},
		},
	}}
}

// newShape returns the ChatShape of the organisation of the corpus.
func newShape() *v1alpha1.ChatShape {
	return builders.ChatShape("example-shape", builders.ShapeDocument)
}

// governs makes the policy of a case, for its namespaces.
func governs(t *testing.T, c testCase) *v1alpha1.GovernancePolicy {
	t.Helper()
	p := &v1alpha1.GovernancePolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "GovernancePolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: c.namespace},
	}
	decode(t, c.Policy, &p.Spec)
	p.Spec.NamespaceSelector = &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{
		Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpIn, Values: []string{c.namespace, newcomersOf(c.namespace)},
	}}}
	return p
}

// excepts makes the exception of a case in a namespace: approved, for its declaration.
func excepts(t *testing.T, c testCase, namespace string) *v1alpha1.PolicyException {
	t.Helper()
	e := &v1alpha1.PolicyException{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "PolicyException"},
		ObjectMeta: metav1.ObjectMeta{Name: "case", Namespace: namespace, Annotations: map[string]string{
			v1alpha1.AnnotationRequestedBy: "asker", v1alpha1.AnnotationApprovedBy: "officer",
		}},
		Spec: v1alpha1.PolicyExceptionSpec{Chatbot: c.declaration.Name, Reason: "A case", Ticket: "T-1", CompensatingControl: "None: a case"},
	}
	decode(t, merged(t, e.Spec, c.Exception), &e.Spec)
	return e
}

func merged(t *testing.T, base any, change json.RawMessage) []byte {
	t.Helper()
	all := map[string]any{}
	for _, part := range [][]byte{encode(t, base), change} {
		if err := json.Unmarshal(part, &all); err != nil {
			t.Fatal(err)
		}
	}
	return encode(t, all)
}

func (c testCase) hasOrganisation() bool { return c.Policy != nil || c.Exception != nil }

// refusedDocument returns the object that the case expects to be refused, in the namespace if it has one, and how errors of the CLI name it.
func (c testCase) refusedDocument(t *testing.T, namespace string) (document []byte, name string) {
	t.Helper()
	switch {
	case c.Policy != nil:
		return encode(t, governs(t, c)), "GovernancePolicy " + c.namespace + ":"
	case c.Exception != nil:
		return encode(t, excepts(t, c, namespace)), "PolicyException " + namespace + "/"
	}
	return changed(t, c.raw, namespace, nil, &v1alpha1.ChatbotDeployment{}), namespace + "/"
}

// organisation collects that of all cases, except what is refused.
func organisationOf(t *testing.T, cases []testCase) policy.Organisation {
	t.Helper()
	org := policy.Organisation{Profiles: profiles()}
	for _, c := range cases {
		if c.Policy != nil && c.Refused == "" {
			org.Policies = append(org.Policies, *governs(t, c))
		}
	}
	return org
}

// organisationDocuments are the same for the CLI, with the exceptions.
func organisationDocuments(t *testing.T, cases []testCase) [][]byte {
	t.Helper()
	documents := [][]byte{encode(t, newShape())}
	org := organisationOf(t, cases)
	for i := range org.Profiles {
		documents = append(documents, encode(t, org.Profiles[i]))
	}
	for i := range org.Policies {
		documents = append(documents, encode(t, org.Policies[i]))
	}
	for _, c := range cases {
		if c.Exception != nil {
			e := excepts(t, c, c.namespace)
			// As a cluster has stored it: only then the CLI believes who approved it.
			e.UID = types.UID("case-" + c.namespace)
			documents = append(documents, encode(t, e))
		}
	}
	return documents
}

// TestFloorHoldsForEveryKind holds that the corpus has a floor that is stricter than the declaration for every kind of object that is
// reviewed. The edges that meet the kind run the case.
func TestFloorHoldsForEveryKind(t *testing.T) {
	missing := map[string]bool{"ChatbotDeployment": true, "Pod": true, "Service": true, "connection": true}
	for kind := range workloadKinds() {
		missing[kind] = true
	}
	for _, c := range corpus(t) {
		var spec v1alpha1.GovernancePolicySpec
		if c.Policy == nil {
			continue
		}
		decode(t, c.Policy, &spec)
		weaker := c.declaration.Spec.Enforcement == v1alpha1.EnforcementWarn || c.declaration.Spec.Enforcement == v1alpha1.EnforcementAudit
		if spec.Floor != "" && weaker {
			delete(missing, c.reviewedKind())
		}
	}
	for kind := range missing {
		t.Errorf("no case has a floor above the enforcement of a %s", kind)
	}
}

// reviewedKind returns the kind of the object that the case is about.
func (c testCase) reviewedKind() string {
	switch {
	case c.Connect != nil:
		return "connection"
	case c.workload != nil:
		return c.As
	case c.pod != nil:
		return "Pod"
	case c.service != nil:
		return "Service"
	}
	return "ChatbotDeployment"
}
