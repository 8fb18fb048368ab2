package organisation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// maxMessage bounds a condition's message, in runes.
const maxMessage = 4096

// withProfileStatus returns a copy of the profile with its current status; nil when the status is unchanged.
func withProfileStatus(p *v1alpha1.JurisdictionProfile, faults policy.Faults, now time.Time) *v1alpha1.JurisdictionProfile {
	after := p.DeepCopy()
	after.Status.ObservedGeneration = p.Generation
	setReady(&after.Status.Conditions, p.Generation, now, newReadyCondition(faults.Of("JurisdictionProfile", p.Name), nil,
		fmt.Sprintf("Its values are part of the law of %q.", p.Spec.Code)))
	if equality.Semantic.DeepEqual(p.Status, after.Status) {
		return nil
	}
	return after
}

// withPolicyStatus returns a copy of the policy with its current status; nil when the status is unchanged.
func withPolicyStatus(p *v1alpha1.GovernancePolicy, faults policy.Faults, rules []string, disabled map[string]string, now time.Time) *v1alpha1.GovernancePolicy {
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
	setReady(&after.Status.Conditions, p.Generation, now, newReadyCondition(faults.Of("GovernancePolicy", p.Name), disabled, "It is in force where it applies."))
	if equality.Semantic.DeepEqual(p.Status, after.Status) {
		return nil
	}
	return after
}

func newReadyCondition(fault string, disabled map[string]string, good string) metav1.Condition {
	switch {
	case fault != "":
		return metav1.Condition{
			Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotUsable,
			Message: truncate("The previous version stays in force; without one, nothing is decided where this applies. " + fault),
		}
	case len(disabled) > 0:
		return metav1.Condition{
			Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonRuleDisabled,
			Message: truncate(fmt.Sprintf("Nothing is decided where it applies, because rules that exceeded a limit are disabled: %s. Change their modules.",
				strings.Join(slices.Sorted(maps.Keys(disabled)), ", "))),
		}
	}
	return metav1.Condition{Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: good}
}

func setReady(conditions *[]metav1.Condition, generation int64, now time.Time, ready metav1.Condition) {
	ready.Type, ready.ObservedGeneration, ready.LastTransitionTime = v1alpha1.ConditionReady, generation, metav1.NewTime(now)
	meta.SetStatusCondition(conditions, ready)
}

func truncate(text string) string {
	if runes := []rune(text); len(runes) > maxMessage {
		return string(runes[:maxMessage-1]) + "…"
	}
	return text
}
