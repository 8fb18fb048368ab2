package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
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
	// program is nil when the policy has no modules; content is the text of all.
	program *sandbox.Program
	content string
	// unusable says why the policy cannot be used: no decision is reached about what it covers.
	unusable string
}

// newGovernance returns the policy, whose modules are compiled, ready for decisions; rules are those that exist. The error names
// every fault.
func newGovernance(p *v1alpha1.GovernancePolicy, program *sandbox.Program, known policy.Codes, rules map[string]bool) (governance, error) {
	g := governance{name: p.Name, program: program, floor: strings.ToLower(string(p.Spec.Floor)), actions: map[string]string{}}
	var problems []error
	var err error
	if g.content, err = contentOf(p); err != nil {
		problems = append(problems, fmt.Errorf("spec.modules: %w", err))
	}
	if g.namespaces, err = namespaceSelector(p); err != nil {
		problems = append(problems, fmt.Errorf("spec.namespaceSelector: %w", err))
	}
	g.codes, err = knownCodes("spec.jurisdictions", p.Spec.Jurisdictions, known.Jurisdictions)
	problems = append(problems, err)
	g.sectors, err = knownCodes("spec.sectors", p.Spec.Sectors, known.Sectors)
	problems = append(problems, err)
	for i, e := range p.Spec.Enforcement {
		for _, rule := range e.Rules {
			problems = append(problems, g.enforce(string(rule), strings.ToLower(string(e.Action)), fmt.Sprintf("spec.enforcement[%d]", i), rules))
		}
	}
	return g, errors.Join(problems...)
}

// enforce sets the action of a rule, which must exist and not have another one.
func (g *governance) enforce(rule, action, where string, rules map[string]bool) error {
	if _, known := rules[rule]; !known {
		return fmt.Errorf("%s: rule %q is not known: %s", where, rule, nearest(rule, rules))
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

// sourceOf returns the modules of a policy, as they are compiled.
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

// programs compiles the modules of policies, each content once: adopting and checking ask for the same ones again and again.
type programs struct {
	runner *sandbox.Runner
	known  *lru.Cache[string, *sandbox.Program]
}

// keptPrograms bounds the programs that are kept, each with its text of at most 256 KiB.
const keptPrograms = 64

func newPrograms() (*programs, error) {
	known, err := lru.New[string, *sandbox.Program](keptPrograms)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return &programs{runner: sandbox.NewRunner(sandbox.Options{}), known: known}, nil
}

// of compiles the modules of a policy; nil when it has none. transient is true for an error that is not the policy's.
func (p *programs) of(ctx context.Context, gp *v1alpha1.GovernancePolicy) (program *sandbox.Program, transient bool, err error) {
	if len(gp.Spec.Modules) == 0 {
		return nil, false, nil
	}
	content, err := contentOf(gp)
	if err != nil {
		return nil, false, err
	}
	if program, known := p.known.Get(content); known {
		return program, false, nil
	}
	program, err = p.runner.Compile(ctx, sourceOf(gp))
	if err == nil {
		p.known.Add(content, program)
		return program, false, nil
	}
	var faulty *sandbox.CompileError
	var beyond *sandbox.LimitError
	return nil, !errors.As(err, &faulty) && !errors.As(err, &beyond), err
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
