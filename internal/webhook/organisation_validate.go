package webhook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/organisation"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// +kubebuilder:rbac:groups=chaperone.dev,resources=jurisdictionprofiles;governancepolicies,verbs=get;list;watch

// organisationValidator checks whether the organisation could be adopted after a change of one of its objects.
type organisationValidator struct {
	cluster *cluster
	engine  Engine
}

// profileValidator refuses a JurisdictionProfile that could not be adopted. It also refuses one for a code that no declaration uses yet
// (validateCodeIsUsed), because the code may be misspelt, unless spec.inAdvance is true.
type profileValidator struct{ organisationValidator }

var _ admission.Validator[*v1alpha1.JurisdictionProfile] = (*profileValidator)(nil)

// ValidateCreate checks the organisation that includes the profile. Unless spec.inAdvance is true, a declaration must use the code of the
// profile, or a code that is part of it, already.
func (v *profileValidator) ValidateCreate(ctx context.Context, p *v1alpha1.JurisdictionProfile) (admission.Warnings, error) {
	if !p.Spec.InAdvance {
		if err := v.validateCodeIsUsed(ctx, p); err != nil {
			return nil, err
		}
	}
	return v.validateChange(ctx, fmt.Sprintf("JurisdictionProfile %q", p.Name), func(org *policy.Organisation) {
		changed := p.DeepCopy()
		ensureCreationTime(changed, v.cluster.clock.Now())
		// On an update, the profile replaces its old state.
		others := slices.DeleteFunc(slices.Clone(org.Profiles), func(other v1alpha1.JurisdictionProfile) bool { return other.Name == p.Name })
		org.Profiles = append(others, *changed)
	})
}

// ValidateUpdate checks a changed spec like ValidateCreate. It permits every update that does not change the spec.
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
type policyValidator struct{ organisationValidator }

var _ admission.Validator[*v1alpha1.GovernancePolicy] = (*policyValidator)(nil)

// ValidateCreate checks the organisation that includes the policy.
func (v *policyValidator) ValidateCreate(ctx context.Context, p *v1alpha1.GovernancePolicy) (admission.Warnings, error) {
	if faults := v.findApproverFaults(p); len(faults) > 0 {
		return nil, refuse(organisationFaulty, fmt.Sprintf("GovernancePolicy %q", p.Name), faults)
	}
	return v.validateChange(ctx, fmt.Sprintf("GovernancePolicy %q", p.Name), func(org *policy.Organisation) {
		// On an update, the policy replaces its old state.
		others := slices.DeleteFunc(slices.Clone(org.Policies), func(other v1alpha1.GovernancePolicy) bool { return other.Name == p.Name })
		org.Policies = append(others, *p)
	})
}

// findApproverFaults returns a fault for each name in spec.approvers that is that of no rule which can be waived and of no dimension: an
// exception from it could be approved by everybody with the verb. The rules of the organization itself are left out, because a policy can
// name one that it brings.
func (v *policyValidator) findApproverFaults(p *v1alpha1.GovernancePolicy) policy.Faults {
	faults := policy.Faults{}
	for i, entry := range p.Spec.Approvers {
		for k, rule := range entry.Rules {
			problem := v.engine.ExplainNotWaivable(string(rule))
			if problem != "" && v.engine.ExplainUnknownDimension(string(rule)) != "" && !strings.HasPrefix(string(rule), "organisation.") {
				faults.Add("GovernancePolicy", p.Name, fmt.Sprintf("spec.approvers[%d].rules[%d]: %s", i, k, problem))
			}
		}
	}
	return faults
}

// ValidateUpdate checks a changed spec like ValidateCreate. It permits every update that does not change the spec.
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

// ensureCreationTime sets the creation time of an object to now if it has none: a new object has none when the API server calls the
// webhook. Of two profiles for one code the older one counts, and without a time the new profile would be the older one.
func ensureCreationTime(object client.Object, now time.Time) {
	if created := object.GetCreationTimestamp(); created.IsZero() {
		object.SetCreationTimestamp(metav1.NewTime(now))
	}
}

// validateChange refuses a change if it leaves a fault in the subject or causes a fault in another object. subject is the changed object,
// named as policy.Faults names objects: `GovernancePolicy "shop"`. The function change makes the change to a copy of the organisation. The
// copy shares its slices with the original, so change must replace a slice and not change it in place.
func (v *organisationValidator) validateChange(ctx context.Context, subject string, change func(*policy.Organisation)) (admission.Warnings, error) {
	org, err := organisation.Read(ctx, v.cluster.reader)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	changed := org
	change(&changed)
	faults, err := v.engine.Check(ctx, changed)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	if len(faults) == 0 {
		return nil, nil
	}
	// The change is not to blame for faults that other objects already have. A check takes much of the time of a request, so a second one
	// runs only if the first one found faults.
	earlierFaults, err := v.engine.Check(ctx, org)
	if err != nil {
		return nil, refuseUndecided(err)
	}
	for object, fault := range earlierFaults {
		if faults[object] == fault && object != subject {
			delete(faults, object)
		}
	}
	if len(faults) > 0 {
		return nil, refuse(organisationFaulty, subject, faults)
	}
	return nil, nil
}

// validateCodeIsUsed refuses a profile for a code that no declaration uses, directly or as a parent of a declared code.
func (v *organisationValidator) validateCodeIsUsed(ctx context.Context, p *v1alpha1.JurisdictionProfile) error {
	var list v1alpha1.ChatbotDeploymentList
	if err := v.cluster.reader.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return refuseUndecided(fmt.Errorf("list ChatbotDeployments: %w", err))
	}
	var declared []v1alpha1.Code
	for i := range list.Items {
		declared = slices.Concat(declared, list.Items[i].Spec.Jurisdictions, list.Items[i].Spec.Sectors)
	}
	slices.Sort(declared)
	// WithParents returns codes in lower case, but spec.code may have upper case.
	used := v.engine.WithParents(slices.Compact(declared))
	if slices.Contains(used, strings.ToLower(string(p.Spec.Code))) {
		return nil
	}
	// WithParents leaves out unknown codes. validateChange refuses a profile for such a code and lists the known codes.
	if isKnown := len(v.engine.WithParents([]v1alpha1.Code{p.Spec.Code})) > 0; !isKnown {
		return nil
	}
	return refuse(codeUnused, p.Spec.Code, joinOrNone(used))
}

// joinOrNone joins the words by commas. Without words it returns "none".
func joinOrNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
