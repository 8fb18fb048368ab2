package main

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// housePolicy returns the spec of a policy about every chatbot. The further entry names an action that the rule has anyway, so that it
// changes the policy and nothing that is decided.
func housePolicy(hasFurtherEntry bool) map[string]any {
	entries := []any{map[string]any{"rules": []any{"accountability.records"}, "action": "Warn"}}
	if hasFurtherEntry {
		entries = append(entries, map[string]any{"rules": []any{"workload.resources_set"}, "action": "Warn"})
	}
	return map[string]any{"enforcement": entries}
}

// onePolicy returns the spec of a policy about the chatbots of the first namespace, each of which gets a finding.
func onePolicy() map[string]any {
	return map[string]any{
		"namespaceSelector": map[string]any{"matchLabels": map[string]any{"bench": "one"}},
		"enforcement":       []any{map[string]any{"rules": []any{"organisation.one"}, "action": "Warn"}},
		"modules": []any{map[string]any{"name": "one", "rego": `# METADATA
# title: Chatbots of one team
# description: Every chatbot of the team has a finding.
# custom:
#   remedy: Nothing has to be done.
package organisation.one

deny contains {"field": "spec.purpose", "found": "support", "required": "a finding"}
`}},
	}
}

// applyPolicy applies a GovernancePolicy.
func (b *bench) applyPolicy(ctx context.Context, name string, spec map[string]any) error {
	policy := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "chaperone.dev/v1alpha1", "kind": "GovernancePolicy", "metadata": map[string]any{"name": name}, "spec": spec,
	}}
	return b.apply(ctx, policy)
}
