package organisation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/condition"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// refreshProfile returns a copy of the profile with a new status at the time now; nil if the status is unchanged.
func refreshProfile(p *v1alpha1.JurisdictionProfile, faults policy.Faults, now time.Time) *v1alpha1.JurisdictionProfile {
	after := p.DeepCopy()
	after.Status.ObservedGeneration = p.Generation
	condition.SetReady(&after.Status.Conditions, p.Generation, now, newReadyCondition(faults.Find("JurisdictionProfile", p.Name), nil,
		fmt.Sprintf("Its values are part of the law of %q.", p.Spec.Code)))
	if equality.Semantic.DeepEqual(p.Status, after.Status) {
		return nil
	}
	return after
}

// refreshPolicy returns a copy of the policy with a new status at the time now; nil if the status is unchanged. rules are the ids of the
// policy's rules, and disabled maps the id of each disabled rule to the limit that it exceeded.
func refreshPolicy(p *v1alpha1.GovernancePolicy, faults policy.Faults, rules []string, disabled map[string]string, now time.Time) *v1alpha1.GovernancePolicy {
	after := p.DeepCopy()
	after.Status.ObservedGeneration = p.Generation
	after.Status.Rules, after.Status.Disabled = nil, nil
	for _, rule := range rules {
		after.Status.Rules = append(after.Status.Rules, v1alpha1.RuleID(rule))
	}
	after.Status.RulesTotal = int32(len(rules))
	for _, rule := range slices.Sorted(maps.Keys(disabled)) {
		after.Status.Disabled = append(after.Status.Disabled, v1alpha1.DisabledRule{Rule: v1alpha1.RuleID(rule), Message: disabled[rule]})
	}
	condition.SetReady(&after.Status.Conditions, p.Generation, now, newReadyCondition(faults.Find("GovernancePolicy", p.Name), disabled, "It is in force where it applies."))
	if equality.Semantic.DeepEqual(p.Status, after.Status) {
		return nil
	}
	return after
}

// newReadyCondition returns the condition Ready for an object with the fault ("" for none) and the disabled rules. readyMessage is the
// message if it has neither.
func newReadyCondition(fault string, disabled map[string]string, readyMessage string) metav1.Condition {
	switch {
	case fault != "":
		return metav1.Condition{
			Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotUsable,
			Message: condition.Truncate("The previous version stays in force; without one, nothing is decided where this applies. "+fault, condition.MaxMessage),
		}
	case len(disabled) > 0:
		return metav1.Condition{
			Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonRuleDisabled,
			Message: condition.Truncate(fmt.Sprintf("Nothing is decided where it applies, because rules that exceeded a limit are disabled: %s. Change their modules.",
				strings.Join(slices.Sorted(maps.Keys(disabled)), ", ")), condition.MaxMessage),
		}
	}
	return metav1.Condition{Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: readyMessage}
}
