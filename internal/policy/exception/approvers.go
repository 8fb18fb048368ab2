package exception

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// ListOtherApprovers returns, for each rule and dimension of the exception that the policies do not let a user of the groups approve, a
// sentence that says who may. All policies must apply to the chatbot of the exception.
func ListOtherApprovers(e *v1alpha1.PolicyException, policies []v1alpha1.GovernancePolicy, groups []string) []string {
	names := make([]string, 0, len(e.Spec.Rules)+len(e.Spec.NotApplicable))
	for _, rule := range e.Spec.Rules {
		names = append(names, string(rule))
	}
	for _, stated := range e.Spec.NotApplicable {
		names = append(names, string(stated.Dimension))
	}
	var others []string
	for _, name := range names {
		for i := range policies {
			approvers := listApprovers(policies[i].Spec.Approvers, name)
			mayApprove := len(approvers) == 0 || slices.ContainsFunc(groups, func(group string) bool { return slices.Contains(approvers, group) })
			if !mayApprove {
				others = append(others, fmt.Sprintf("%s: users of %s (GovernancePolicy %q)", name, strings.Join(approvers, ", "), policies[i].Name))
			}
		}
	}
	return others
}

// listApprovers returns the groups that approve exceptions from a rule, by the entries that name it, or else by those that name its topic.
func listApprovers(entries []v1alpha1.Approvers, rule string) []string {
	topic, _, _ := strings.Cut(rule, ".")
	var byRule, byTopic []string
	for _, entry := range entries {
		switch {
		case slices.Contains(entry.Rules, v1alpha1.RuleID(rule)):
			byRule = append(byRule, entry.Groups...)
		case slices.Contains(entry.Topics, v1alpha1.RuleTopic(topic)):
			byTopic = append(byTopic, entry.Groups...)
		}
	}
	if len(byRule) > 0 {
		return byRule
	}
	return byTopic
}
