package webhook

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// +kubebuilder:rbac:groups=chaperone.dev,resources=jurisdictionprofiles;governancepolicies,verbs=get;list;watch

// profileValidator refuses a JurisdictionProfile that could not be adopted, and one for a code that nobody uses.
type profileValidator struct{ decide *decider }

var _ admission.Validator[*v1alpha1.JurisdictionProfile] = (*profileValidator)(nil)

// ValidateCreate judges the profile among those that are there.
func (v *profileValidator) ValidateCreate(ctx context.Context, p *v1alpha1.JurisdictionProfile) (admission.Warnings, error) {
	if !p.Spec.InAdvance {
		if err := v.decide.used(ctx, p); err != nil {
			return nil, err
		}
	}
	return v.decide.adoptable(ctx, fmt.Sprintf("JurisdictionProfile %q", p.Name), func(org *policy.Organisation) {
		with := p.DeepCopy()
		stampIfNew(with, v.decide)
		org.Profiles = append(slices.DeleteFunc(slices.Clone(org.Profiles), func(other v1alpha1.JurisdictionProfile) bool { return other.Name == p.Name }), *with)
	})
}

// ValidateUpdate judges like ValidateCreate, except for updates that ask for nothing new.
func (v *profileValidator) ValidateUpdate(ctx context.Context, old, p *v1alpha1.JurisdictionProfile) (admission.Warnings, error) {
	if equality.Semantic.DeepEqual(old.Spec, p.Spec) {
		return nil, nil
	}
	return v.ValidateCreate(ctx, p)
}

// ValidateDelete lets every deletion pass; the webhook is not registered for it.
func (v *profileValidator) ValidateDelete(context.Context, *v1alpha1.JurisdictionProfile) (admission.Warnings, error) {
	return nil, nil
}

// policyValidator refuses a GovernancePolicy that could not be adopted, above all one whose modules do not compile.
type policyValidator struct{ decide *decider }

var _ admission.Validator[*v1alpha1.GovernancePolicy] = (*policyValidator)(nil)

// ValidateCreate judges the policy among those that are there.
func (v *policyValidator) ValidateCreate(ctx context.Context, p *v1alpha1.GovernancePolicy) (admission.Warnings, error) {
	return v.decide.adoptable(ctx, fmt.Sprintf("GovernancePolicy %q", p.Name), func(org *policy.Organisation) {
		org.Policies = append(slices.DeleteFunc(slices.Clone(org.Policies), func(other v1alpha1.GovernancePolicy) bool { return other.Name == p.Name }), *p)
	})
}

// ValidateUpdate judges like ValidateCreate, except for updates that ask for nothing new.
func (v *policyValidator) ValidateUpdate(ctx context.Context, old, p *v1alpha1.GovernancePolicy) (admission.Warnings, error) {
	if equality.Semantic.DeepEqual(old.Spec, p.Spec) {
		return nil, nil
	}
	return v.ValidateCreate(ctx, p)
}

// ValidateDelete lets every deletion pass; the webhook is not registered for it.
func (v *policyValidator) ValidateDelete(context.Context, *v1alpha1.GovernancePolicy) (admission.Warnings, error) {
	return nil, nil
}

// stampIfNew gives an object under admission the time that it will have: of two for one code the older one counts.
func stampIfNew(object client.Object, d *decider) {
	if created := object.GetCreationTimestamp(); created.IsZero() {
		object.SetCreationTimestamp(metav1.NewTime(d.clock.Now()))
	}
}

// adoptable refuses a change of the organisation that brings a fault with it, at the subject or at another object.
func (d *decider) adoptable(ctx context.Context, subject string, change func(*policy.Organisation)) (admission.Warnings, error) {
	org, err := organisation.Read(ctx, d.reader)
	if err != nil {
		return nil, undecidedError(err.Error())
	}
	before, err := d.engine.Check(ctx, org)
	if err != nil {
		return nil, undecidedError(err.Error())
	}
	change(&org)
	after, err := d.engine.Check(ctx, org)
	if err != nil {
		return nil, undecidedError(err.Error())
	}
	for object, fault := range before {
		if after[object] == fault && object != subject {
			delete(after, object)
		}
	}
	if len(after) > 0 {
		return nil, deniedError("spec", fmt.Sprintf("%s is refused:\n%s", subject, after))
	}
	return nil, nil
}

// used refuses a profile for a code that no declaration uses.
func (d *decider) used(ctx context.Context, p *v1alpha1.JurisdictionProfile) error {
	var list v1alpha1.ChatbotDeploymentList
	if err := d.reader.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return undecidedError(fmt.Sprintf("list ChatbotDeployments: %v", err))
	}
	var declared []v1alpha1.Code
	for i := range list.Items {
		declared = slices.Concat(declared, list.Items[i].Spec.Jurisdictions, list.Items[i].Spec.Sectors)
	}
	slices.Sort(declared)
	used := d.engine.WithParents(slices.Compact(declared))
	code := strings.ToLower(string(p.Spec.Code))
	if slices.Contains(used, code) || len(d.engine.WithParents([]v1alpha1.Code{p.Spec.Code})) == 0 {
		// An unknown code is refused with the list of those that are known.
		return nil
	}
	return deniedError("spec.code", fmt.Sprintf("spec.code is %q, which no ChatbotDeployment uses (in use: %s). "+
		"Correct it, or set spec.inAdvance to true when chatbots for it are yet to come.", p.Spec.Code, orNone(used)))
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
