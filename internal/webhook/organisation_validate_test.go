package webhook_test

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// faultyEngine finds the same faults in every organisation.
type faultyEngine struct {
	*fakeEngine
	faults policy.Faults
}

func (e *faultyEngine) Check(context.Context, policy.Organisation) (policy.Faults, error) {
	found := policy.Faults{}
	for object, fault := range e.faults {
		found[object] = fault
	}
	return found, nil
}

// An object that had a fault before is refused as long as it has it; a fault of another object is not held against a change.
func TestFaultsFromBefore(t *testing.T) {
	policyObject := func(floor v1alpha1.Enforcement) *v1alpha1.GovernancePolicy {
		return &v1alpha1.GovernancePolicy{
			TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "GovernancePolicy"},
			ObjectMeta: metav1.ObjectMeta{Name: "house"},
			Spec:       v1alpha1.GovernancePolicySpec{Floor: floor},
		}
	}
	cases := map[string]struct {
		faults  policy.Faults
		message string
	}{
		"its own":     {policy.Faults{`GovernancePolicy "house"`: "a module does not compile"}, `GovernancePolicy "house" is refused`},
		"another's":   {policy.Faults{`GovernancePolicy "other"`: "a module does not compile"}, ""},
		"none at all": {nil, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := serve(t, &faultyEngine{allowing(), c.faults})
			response := s.ask(t, contract.PathValidatePolicies, change(t, policyObject("Warn"), policyObject("Deny")))
			expectRefusal(t, response, c.message)
		})
	}
}
