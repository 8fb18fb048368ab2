package engine

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// asked is what the organisation asks of one declaration.
type asked struct {
	policy.Terms
	// findings are those of its modules, in the shape of findings.
	findings []*ast.Term
	// obstacles say why no decision can be reached; none when one can.
	obstacles []string
}

func (a *asked) hinder(obstacle string) {
	if obstacle != "" {
		a.obstacles = append(a.obstacles, obstacle)
	}
}

// ask finds the policies that cover the declaration, by its facts and its namespace, and what they ask of it.
func (s *snapshot) ask(ctx context.Context, in facts.DeclarationInput, spec []byte, facts ast.Value, required *requirement) (*asked, error) {
	a := &asked{}
	if s.organisation.awaited {
		a.hinder(notAdopted)
		return a, nil
	}
	if len(s.organisation.policies) == 0 && len(s.organisation.unusable) == 0 {
		return a, nil
	}
	codes, err := wordsAt(facts, "codes")
	if err != nil {
		return nil, err
	}
	for _, code := range codes {
		a.hinder(s.organisation.unusable[code])
	}
	// Made for the first policy that has modules, the same for all.
	input := sync.OnceValues(func() (json.RawMessage, error) { return newModuleInput(in, spec, facts, required) })
	var covering []governance
	for i := range s.organisation.policies {
		g := &s.organisation.policies[i]
		if !g.covers(in.NamespaceLabels, codes) {
			continue
		}
		covering = append(covering, *g)
		a.hinder(g.unusable)
		if err := s.askModules(ctx, a, g, input); err != nil {
			return nil, err
		}
	}
	a.Terms = terms(covering)
	return a, nil
}

// term is the member `organisation` of the input of the entrypoint `declaration`, nil when nothing is asked. Of an exception only
// rules that may be waived are in it.
func (a *asked) term(exceptions []facts.Exception, waivable map[string]bool) *ast.Term {
	var o object
	addTerms(&o, a.Terms)
	if len(a.findings) > 0 {
		o.add("findings", ast.ArrayTerm(a.findings...))
	}
	addAll(&o, "exceptions", exceptions, func(e facts.Exception) *ast.Term {
		var exception object
		exception.text("name", e.Name)
		exception.add("rules", texts(slices.DeleteFunc(slices.Clone(e.Rules), func(rule string) bool { return !waivable[rule] })))
		exception.text("expires", e.Expires)
		return exception.term()
	})
	if len(o) == 0 {
		return nil
	}
	return o.term()
}

// addTerms adds the floor and the actions, as far as there are any.
func addTerms(o *object, t policy.Terms) {
	if t.Floor != "" {
		o.text("floor", t.Floor)
	}
	o.textMap("actions", t.Actions)
}

// termsTerm is the member `organisation` of the input of the entrypoint `workload`, nil when nothing is asked.
func termsTerm(t policy.Terms) *ast.Term {
	var o object
	addTerms(&o, t)
	o.textMap("waivers", t.Waivers)
	if len(o) == 0 {
		return nil
	}
	return o.term()
}
