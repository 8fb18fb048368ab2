package organisation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// Basis identifies what of the law and of the organisation a decision can depend on that is about a declaration in a namespace with the labels:
// the law with the profiles, and the policies that select the namespace. It leaves out the other policies, so that decisions outlive their
// changes. hasExceptions is true if there are exceptions for the declaration: these can name the rules of every policy.
func (a *Additions) Basis(namespaceLabels map[string]string, hasExceptions bool) string {
	parts := []string{a.basis}
	for i := range a.policies {
		if g := &a.policies[i]; g.namespaces == nil || g.namespaces.Matches(labels.Set(namespaceLabels)) {
			parts = append(parts, g.basis)
		}
	}
	if hasExceptions {
		parts = append(parts, a.rulesBasis)
	}
	return strings.Join(parts, " ")
}

// addBasis computes the parts of Additions.Basis when all objects are resolved.
func (c *resolveCall) addBasis() (err error) {
	a := c.additions
	if a.basis, err = hashJSON(c.next.law.key, a.unusableProfiles); err != nil {
		return fmt.Errorf("identify the law: %w", err)
	}
	rules := []any{}
	for _, id := range slices.Sorted(maps.Keys(a.waivable)) {
		rules = append(rules, id, a.waivable[id])
	}
	if a.rulesBasis, err = hashJSON(rules...); err != nil {
		return fmt.Errorf("identify the rules: %w", err)
	}
	for i := range a.policies {
		g := &a.policies[i]
		spec := c.findSpec(g.name)
		spec.Enforcement, spec.NamespaceSelector, spec.Approvers = nil, nil, nil // Their effect is in the actions and in Basis, and approvers decide nothing.
		if g.basis, err = hashJSON(g.name, spec, c.listEffectiveActions(g), g.unusableReason, c.disabled.get(g.sourceKey)); err != nil {
			return fmt.Errorf("identify GovernancePolicy %q: %w", g.name, err)
		}
	}
	return nil
}

// listEffectiveActions returns the actions that the policy sets, without those that the rules have anyway: the action of a rule itself, if no
// other policy sets one.
func (c *resolveCall) listEffectiveActions(g *governance) map[string]string {
	effective := maps.Clone(g.actions)
	maps.DeleteFunc(effective, func(rule, action string) bool {
		return action == c.bundle.Rules.Actions[rule] && !slices.ContainsFunc(c.additions.policies, func(other governance) bool {
			return other.name != g.name && other.actions[rule] != ""
		})
	})
	return effective
}

// findSpec returns the spec of the version of a policy that is in force, or else of the newest one, which selects the declarations for which the
// outcome is Undecided.
func (c *resolveCall) findSpec(name string) v1alpha1.GovernancePolicySpec {
	if p, isInForce := c.next.policies[name]; isInForce {
		return p.Spec
	}
	for i := range c.next.organisation.Policies {
		if p := &c.next.organisation.Policies[i]; p.Name == name {
			return p.Spec
		}
	}
	return v1alpha1.GovernancePolicySpec{}
}

// hashJSON returns 16 hexadecimal digits of a SHA-256 over the values.
func hashJSON(values ...any) (string, error) {
	encoded, err := json.Marshal(values)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])[:16], nil
}
