package organisation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// governance is a GovernancePolicy, ready for decisions.
type governance struct {
	name string
	// namespaces matches the labels of namespaces. Empty codes or sectors stand for all.
	namespaces labels.Selector
	codes      []string
	sectors    []string
	// floor is empty when there is none; actions are by rule. Both are in lower case.
	floor   string
	actions map[string]string
	// program is nil when the policy has no modules; content identifies modules and parameters (contentOf).
	program *sandbox.Program
	content string
	// unusable says why the policy cannot be used, which makes each decision that it covers Undecided; empty when it can.
	unusable string
}

// newGovernance returns a policy for decisions. The rules are all that exist. The error names every fault.
func newGovernance(p *v1alpha1.GovernancePolicy, program *sandbox.Program, codes policy.Codes, rules map[string]bool) (governance, error) {
	g := governance{name: p.Name, program: program, floor: strings.ToLower(string(p.Spec.Floor)), actions: map[string]string{}}
	var problems []error
	var err error
	if g.content, err = contentOf(p); err != nil {
		problems = append(problems, fmt.Errorf("spec.modules: %w", err))
	}
	if g.namespaces, err = readNamespaceSelector(p); err != nil {
		problems = append(problems, fmt.Errorf("spec.namespaceSelector: %w", err))
	}
	g.codes, err = readCodes("spec.jurisdictions", p.Spec.Jurisdictions, codes.Jurisdictions)
	problems = append(problems, err)
	g.sectors, err = readCodes("spec.sectors", p.Spec.Sectors, codes.Sectors)
	problems = append(problems, err)
	for i, e := range p.Spec.Enforcement {
		for _, rule := range e.Rules {
			problems = append(problems, g.addAction(string(rule), strings.ToLower(string(e.Action)), fmt.Sprintf("spec.enforcement[%d]", i), rules))
		}
	}
	return g, errors.Join(problems...)
}

// addAction sets the action of a rule, which must exist and must not have another one.
func (g *governance) addAction(rule, action, where string, rules map[string]bool) error {
	if _, ok := rules[rule]; !ok {
		return fmt.Errorf("%s: rule %q is not known: %s", where, rule, suggestRules(rule, rules))
	}
	if before := g.actions[rule]; before != "" && before != action {
		return fmt.Errorf("%s: rule %q has the action %s already: name each rule once", where, rule, before)
	}
	g.actions[rule] = action
	return nil
}

// suggestRules returns a remedy for an unknown rule: the rules of its topic or, if there is no such topic, all topics.
func suggestRules(rule string, rules map[string]bool) string {
	topic, _, _ := strings.Cut(rule, ".")
	var ids, topics []string
	for id := range rules {
		other, _, _ := strings.Cut(id, ".")
		topics = append(topics, other)
		if other == topic {
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

// readNamespaceSelector returns the selector of the policy. A policy without a selector applies to every namespace. So does one with an
// invalid selector: its decisions are Undecided, and no namespace may escape that. readNamespaceSelector then returns the error too.
func readNamespaceSelector(p *v1alpha1.GovernancePolicy) (labels.Selector, error) {
	if p.Spec.NamespaceSelector == nil {
		return labels.Everything(), nil
	}
	selector, err := metav1.LabelSelectorAsSelector(p.Spec.NamespaceSelector)
	if err != nil {
		return labels.Everything(), err
	}
	return selector, nil
}

// readCodes returns the codes in lower case. Each must be among the existing ones.
func readCodes(field string, codes []v1alpha1.Code, existing []string) ([]string, error) {
	var found []string
	var problems []error
	for i, code := range codes {
		found = append(found, strings.ToLower(string(code)))
		if !slices.Contains(existing, found[i]) {
			problems = append(problems, fmt.Errorf("%s[%d] is %q, which is not a code of the legal data: use one of %s",
				field, i, code, strings.Join(existing, ", ")))
		}
	}
	return found, errors.Join(problems...)
}

// covers reports whether the policy applies to a declaration of these codes (jurisdictions and sectors, with their parents) in a
// namespace with these labels.
func (g *governance) covers(namespace map[string]string, codes []string) bool {
	hasAny := func(selected []string) bool {
		return len(selected) == 0 || slices.ContainsFunc(selected, func(code string) bool { return slices.Contains(codes, code) })
	}
	return g.namespaces.Matches(labels.Set(namespace)) && hasAny(g.codes) && hasAny(g.sectors)
}

// sourceOf returns the modules and parameters of a policy for the sandbox.
func sourceOf(p *v1alpha1.GovernancePolicy) sandbox.Source {
	source := sandbox.Source{Policy: p.Name}
	for _, m := range p.Spec.Modules {
		source.Modules = append(source.Modules, sandbox.Text{Name: m.Name, Rego: m.Rego})
	}
	if p.Spec.Parameters != nil {
		source.Parameters = json.RawMessage(p.Spec.Parameters.Raw)
	}
	return source
}

// compile compiles the modules of a policy, each content once: adopting and checking ask for the same ones often. The program is nil
// when the policy has no modules; transient is true for an error that is not the policy's.
func (r *Resolver) compile(ctx context.Context, p *v1alpha1.GovernancePolicy) (program *sandbox.Program, transient bool, err error) {
	if len(p.Spec.Modules) == 0 {
		return nil, false, nil
	}
	content, err := contentOf(p)
	if err != nil {
		return nil, false, err
	}
	if cached, ok := r.programs.Get(content); ok {
		return cached, false, nil
	}
	program, err = r.runner.Compile(ctx, sourceOf(p))
	if err == nil {
		r.programs.Add(content, program)
		return program, false, nil
	}
	var compileError *sandbox.CompileError
	var limitError *sandbox.LimitError
	return nil, !errors.As(err, &compileError) && !errors.As(err, &limitError), err
}

// mergeTerms merges what the policies that cover a declaration ask of it: the strictest of each.
func mergeTerms(covering []governance) policy.Terms {
	t := policy.Terms{Actions: map[string]string{}}
	for i := range covering {
		t.Floor = strictest(t.Floor, covering[i].floor)
		for rule, action := range covering[i].actions {
			t.Actions[rule] = strictest(t.Actions[rule], action)
		}
	}
	return t
}

// strictest returns the stricter of two actions. Either may be empty, which is weaker than any action.
func strictest(a, b string) string {
	order := []string{"", "audit", "warn", "quarantine", "deny"}
	if slices.Index(order, a) >= slices.Index(order, b) {
		return a
	}
	return b
}
