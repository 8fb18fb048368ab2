package organisation

import (
	"cmp"
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
	// namespaces selects namespaces by their labels.
	namespaces labels.Selector
	// jurisdictions and sectors restrict the policy to declarations with one of these codes; empty means no restriction.
	jurisdictions, sectors []string
	// floor is the weakest enforcement that the policy allows, in lower case; empty if it sets none.
	floor string
	// actions are the actions that the policy sets, by rule ID, in lower case.
	actions map[string]string
	// approval are the dimensions of which a team can say only with an approval that they do not apply.
	approval []string
	// program is the compiled modules; nil if the policy has none.
	program *sandbox.Program
	// sourceKey identifies the modules and parameters (computeSourceKey).
	sourceKey string
	// unusableReason is the reason why the policy cannot be used; empty if it can. With a reason, the outcome is Undecided for each
	// declaration that the policy covers.
	unusableReason string
	// basis identifies the policy as it is in force (Additions.Basis).
	basis string
}

// newGovernance prepares a policy for decisions. The program has the compiled modules of the policy, and is nil if there are none. The
// policy may name only the given codes and the rules in the rule book. The error lists every fault. With an error, newGovernance still
// returns what it could read of the policy.
func newGovernance(p *v1alpha1.GovernancePolicy, program *sandbox.Program, codes policy.Codes, book *ruleBook) (governance, error) {
	g := governance{name: p.Name, program: program, floor: strings.ToLower(string(p.Spec.Floor)), actions: map[string]string{}}
	// Steps below append their error even if it is nil; errors.Join leaves out nil errors.
	var problems []error
	var err error
	if g.sourceKey, err = computeSourceKey(p); err != nil {
		problems = append(problems, fmt.Errorf("spec.modules: %w", err))
	}
	if g.namespaces, err = readNamespaceSelector(p); err != nil {
		problems = append(problems, fmt.Errorf("spec.namespaceSelector: %w", err))
	}
	g.jurisdictions, err = readCodes("spec.jurisdictions", p.Spec.Jurisdictions, codes.Jurisdictions)
	problems = append(problems, err)
	g.sectors, err = readCodes("spec.sectors", p.Spec.Sectors, codes.Sectors)
	problems = append(problems, err)
	for i, e := range p.Spec.Enforcement {
		field := fmt.Sprintf("spec.enforcement[%d]", i)
		for _, rule := range e.Rules {
			problems = append(problems, g.addAction(field, string(rule), strings.ToLower(string(e.Action)), book))
		}
	}
	problems = append(problems, g.addGroupActions(p.Spec.Enforcement, book), g.addApproval(p.Spec.NotApplicable, book))
	return g, errors.Join(problems...)
}

// addApproval sets the dimensions for which the policy demands an approval. It returns an error if one of them does not exist.
func (g *governance) addApproval(terms *v1alpha1.NotApplicableTerms, book *ruleBook) error {
	if terms == nil {
		return nil
	}
	var problems []error
	for i, dimension := range terms.Approval {
		if !book.dimensions[string(dimension)] {
			problems = append(problems, fmt.Errorf("spec.notApplicable.approval[%d]: %q is not a dimension of the legal data: %s",
				i, dimension, suggestRules(string(dimension), book.dimensions)))
		}
		g.approval = append(g.approval, string(dimension))
	}
	return errors.Join(problems...)
}

// addGroupActions sets the actions of the rules in the groups that the policy names. An action that the policy sets for a single rule wins
// over that of its group. It returns an error if the policy sets two actions for a group, or if rules of the group always deny and the
// action is not "deny".
func (g *governance) addGroupActions(enforcement []v1alpha1.RuleEnforcement, book *ruleBook) error {
	actionsOfGroups := map[string]string{}
	var problems []error
	for i, e := range enforcement {
		for _, group := range e.Groups {
			field, action, name := fmt.Sprintf("spec.enforcement[%d]", i), strings.ToLower(string(e.Action)), string(group)
			if existing := actionsOfGroups[name]; existing != "" && existing != action {
				problems = append(problems, fmt.Errorf("%s: group %q already has the action %s: name each group once", field, name, existing))
				continue
			}
			if always := book.listUnweakenableOf(name); len(always) > 0 && action != "deny" {
				problems = append(problems, fmt.Errorf("%s: group %q has rules that always deny (%s), so its action cannot be %s: name single rules instead",
					field, name, strings.Join(always, ", "), action))
				continue
			}
			actionsOfGroups[name] = action
		}
	}
	for name, action := range actionsOfGroups {
		for _, rule := range book.groups[name] {
			g.actions[rule] = cmp.Or(g.actions[rule], action)
		}
	}
	return errors.Join(problems...)
}

// addAction sets the action of a rule. It returns an error, which begins with the field, if the rule does not exist, if the policy already
// sets another action for it, or if the rule always denies and the new action is not "deny".
func (g *governance) addAction(field, rule, action string, book *ruleBook) error {
	// The keys of waivable are the IDs of all rules; whether an exception may waive the rule does not matter here.
	if _, ok := book.waivable[rule]; !ok {
		return fmt.Errorf("%s: rule %q is not known: %s", field, rule, suggestRules(rule, book.waivable))
	}
	if book.unweakenable[rule] && action != "deny" {
		return fmt.Errorf("%s: rule %q always denies, so its action cannot be %s: leave it out; a policy can weaken every rule except %s",
			field, rule, action, book.listUnweakenable())
	}
	if existing := g.actions[rule]; existing != "" && existing != action {
		return fmt.Errorf("%s: rule %q already has the action %s: name each rule once", field, rule, existing)
	}
	g.actions[rule] = action
	return nil
}

// suggestRules returns the remedy for an unknown rule: it lists the rules of the same topic or, if there is no such topic, all topics. The
// topic of a rule is the part of its ID before the first dot. The keys of rules are the IDs of all rules.
func suggestRules(unknown string, rules map[string]bool) string {
	topic, _, _ := strings.Cut(unknown, ".")
	var idsOfTopic, topics []string
	for id := range rules {
		topicOfID, _, _ := strings.Cut(id, ".")
		topics = append(topics, topicOfID)
		if topicOfID == topic {
			idsOfTopic = append(idsOfTopic, id)
		}
	}
	slices.Sort(topics)
	slices.Sort(idsOfTopic)
	if len(idsOfTopic) == 0 {
		return "use one of the topics " + strings.Join(slices.Compact(topics), ", ")
	}
	return "use one of " + strings.Join(idsOfTopic, ", ")
}

// readNamespaceSelector returns the namespace selector of the policy. A policy without a selector applies to every namespace. For an
// invalid selector it returns an error and a selector of every namespace, so that the outcome is Undecided wherever the policy may apply.
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

// readCodes returns the codes in a field of a policy, in lower case. It also returns an error that lists the codes that do not exist.
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

// covers reports whether the policy applies to a declaration. The codes are the declaration's jurisdictions and sectors with their
// parents.
func (g *governance) covers(namespaceLabels map[string]string, codes []string) bool {
	return g.namespaces.Matches(labels.Set(namespaceLabels)) && matchesCodes(g.jurisdictions, codes) && matchesCodes(g.sectors, codes)
}

// matchesCodes reports whether a declaration has one of the codes to which a policy is restricted. No codes mean no restriction.
func matchesCodes(restriction, codes []string) bool {
	return len(restriction) == 0 || slices.ContainsFunc(restriction, func(code string) bool { return slices.Contains(codes, code) })
}

// newSource returns the modules and parameters of a policy for the sandbox.
func newSource(p *v1alpha1.GovernancePolicy) sandbox.Source {
	source := sandbox.Source{Policy: p.Name}
	for _, m := range p.Spec.Modules {
		source.Modules = append(source.Modules, sandbox.Text{Name: m.Name, Rego: m.Rego})
	}
	if p.Spec.Parameters != nil {
		source.Parameters = json.RawMessage(p.Spec.Parameters.Raw)
	}
	return source
}

// compile compiles the modules of a policy. It caches programs, because an organisation is checked and then adopted with the same modules.
// The program is nil if the policy has no modules. isTransient is true for an error that the policy does not cause, such as a worker that
// failed: the same modules may compile later.
func (r *Resolver) compile(ctx context.Context, p *v1alpha1.GovernancePolicy) (program *sandbox.Program, isTransient bool, err error) {
	if len(p.Spec.Modules) == 0 {
		return nil, false, nil
	}
	key, err := computeSourceKey(p)
	if err != nil {
		return nil, false, err
	}
	if cached, ok := r.programs.Get(key); ok {
		return cached, false, nil
	}
	program, err = r.runner.Compile(ctx, newSource(p))
	if err != nil {
		var compileError *sandbox.CompileError
		var limitError *sandbox.LimitError
		isCausedByPolicy := errors.As(err, &compileError) || errors.As(err, &limitError)
		return nil, !isCausedByPolicy, err
	}
	r.programs.Add(key, program)
	return program, false, nil
}

// mergeTerms returns the strictest floor and, for each rule, the strictest action of the policies that cover a declaration.
func mergeTerms(covering []governance) policy.Terms {
	t := policy.Terms{Actions: map[string]string{}}
	for i := range covering {
		t.Floor = chooseStricter(t.Floor, covering[i].floor)
		for rule, action := range covering[i].actions {
			t.Actions[rule] = chooseStricter(t.Actions[rule], action)
		}
	}
	return t
}

// mergeApprovals returns the names of the policies that demand an approval, joined by commas, by the dimension for which they demand it.
func mergeApprovals(covering []governance) map[string]string {
	policies := map[string]string{}
	for i := range covering {
		for _, dimension := range covering[i].approval {
			if policies[dimension] != "" {
				policies[dimension] += ", "
			}
			policies[dimension] += covering[i].name
		}
	}
	return policies
}

// chooseStricter returns the stricter of two actions, or of two floors, in lower case. An empty text is weaker than all others.
func chooseStricter(a, b string) string {
	weakestFirst := []string{"", "audit", "warn", "quarantine", "deny"}
	if slices.Index(weakestFirst, a) >= slices.Index(weakestFirst, b) {
		return a
	}
	return b
}
