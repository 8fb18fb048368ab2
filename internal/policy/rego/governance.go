package rego

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// The kinds of an organisation's objects, as faults name them.
const (
	kindProfile = "JurisdictionProfile"
	kindPolicy  = "GovernancePolicy"
)

// governance is a GovernancePolicy, ready for decisions.
type governance struct {
	name string
	// namespaces matches the labels of namespaces; codes and sectors are empty when all are meant.
	namespaces labels.Selector
	codes      []string
	sectors    []string
	// floor is empty when there is none; actions are by rule. Both are in lower case.
	floor   string
	actions map[string]string
	// unusable says why the policy cannot be used: no decision is reached about what it covers.
	unusable string
}

// newGovernance returns the policy ready for decisions. The error names every fault.
func newGovernance(p *v1alpha1.GovernancePolicy, l *loaded) (governance, error) {
	g := governance{name: p.Name, floor: strings.ToLower(string(p.Spec.Floor)), actions: map[string]string{}}
	known := l.data.codes()
	var problems []error
	var err error
	if g.namespaces, err = namespaceSelector(p); err != nil {
		problems = append(problems, fmt.Errorf("spec.namespaceSelector: %w", err))
	}
	g.codes, err = knownCodes("spec.jurisdictions", p.Spec.Jurisdictions, known.Jurisdictions)
	problems = append(problems, err)
	g.sectors, err = knownCodes("spec.sectors", p.Spec.Sectors, known.Sectors)
	problems = append(problems, err)
	for i, e := range p.Spec.Enforcement {
		for _, rule := range e.Rules {
			problems = append(problems, g.enforce(string(rule), strings.ToLower(string(e.Action)), fmt.Sprintf("spec.enforcement[%d]", i), l))
		}
	}
	return g, errors.Join(problems...)
}

// enforce sets the action of a rule, which must be known and not have another one.
func (g *governance) enforce(rule, action, where string, l *loaded) error {
	if _, known := l.rules[rule]; !known {
		return fmt.Errorf("%s: rule %q is not known: %s", where, rule, nearest(rule, l.rules))
	}
	if before := g.actions[rule]; before != "" && before != action {
		return fmt.Errorf("%s: rule %q has the action %s already: name each rule once", where, rule, before)
	}
	g.actions[rule] = action
	return nil
}

// nearest says which rules the topic of an unknown one has, or else which topics there are.
func nearest(rule string, rules map[string]bool) string {
	topic, _, _ := strings.Cut(rule, ".")
	var ids, topics []string
	for id := range rules {
		of, _, _ := strings.Cut(id, ".")
		topics = append(topics, of)
		if of == topic {
			ids = append(ids, id)
		}
	}
	slices.Sort(topics)
	slices.Sort(ids)
	if len(ids) == 0 {
		return "use one of the topics " + strings.Join(slices.Compact(topics), ", ")
	}
	return "use one of " + strings.Join(ids, ", ")
}

func namespaceSelector(p *v1alpha1.GovernancePolicy) (labels.Selector, error) {
	if p.Spec.NamespaceSelector == nil {
		return labels.Everything(), nil
	}
	selector, err := metav1.LabelSelectorAsSelector(p.Spec.NamespaceSelector)
	if err != nil {
		return labels.Everything(), err
	}
	return selector, nil
}

func knownCodes(field string, codes []v1alpha1.Code, known []string) ([]string, error) {
	var found []string
	var problems []error
	for i, code := range codes {
		found = append(found, strings.ToLower(string(code)))
		if !slices.Contains(known, found[i]) {
			problems = append(problems, fmt.Errorf("%s[%d] is %q, which is not a code of the legal data: use one of %s", field, i, code, strings.Join(known, ", ")))
		}
	}
	return found, errors.Join(problems...)
}

// covers reports whether the policy applies to a declaration of these codes (closed under parent, sectors among them) in a namespace
// with these labels.
func (g *governance) covers(namespace map[string]string, codes []string) bool {
	meets := func(wanted []string) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, func(code string) bool { return slices.Contains(codes, code) })
	}
	return g.namespaces.Matches(labels.Set(namespace)) && meets(g.codes) && meets(g.sectors)
}

// settlePolicies makes the policies ready, in the order of their names; in the place of those with a fault their last usable version.
func (s *settled) settlePolicies(l *loaded, before adopted) {
	s.policies = map[string]v1alpha1.GovernancePolicy{}
	all := slices.Clone(s.wanted.Policies)
	slices.SortFunc(all, func(a, b v1alpha1.GovernancePolicy) int { return strings.Compare(a.Name, b.Name) })
	for i := range all {
		g, err := newGovernance(&all[i], l)
		if err == nil {
			s.policies[g.name] = all[i]
			s.organisation.policies = append(s.organisation.policies, g)
			continue
		}
		s.faults.Add(kindPolicy, all[i].Name, err.Error())
		last, known := before.policies[all[i].Name]
		if again, err := newGovernance(&last, l); known && err == nil {
			s.policies[again.name] = last
			g = again
		} else {
			g.unusable = fmt.Sprintf("GovernancePolicy %q cannot be used: %s", g.name, s.faults.Of(kindPolicy, g.name))
		}
		s.organisation.policies = append(s.organisation.policies, g)
	}
}

// terms are what the policies that cover a declaration ask of it together: the strictest of each.
func terms(covering []governance) policy.Terms {
	t := policy.Terms{Actions: map[string]string{}}
	for i := range covering {
		t.Floor = stricter(t.Floor, covering[i].floor)
		for rule, action := range covering[i].actions {
			t.Actions[rule] = stricter(t.Actions[rule], action)
		}
	}
	return t
}

// stricter of two actions, either of which may be empty.
func stricter(a, b string) string {
	order := []string{"", "audit", "warn", "quarantine", "deny"}
	if slices.Index(order, a) >= slices.Index(order, b) {
		return a
	}
	return b
}
