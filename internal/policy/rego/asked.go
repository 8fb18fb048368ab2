package rego

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// asked is what the organisation asks of one declaration.
type asked struct {
	policy.Terms
	// obstacle says why no decision can be reached; empty when one can.
	obstacle string
}

// asked finds the policies that cover the declaration, by its facts and its namespace.
func (s *snapshot) asked(in policy.DeclarationInput, facts ast.Value) (asked, error) {
	if s.organisation.awaited {
		return asked{obstacle: notAdopted}, nil
	}
	if len(s.organisation.policies) == 0 && len(s.organisation.unusable) == 0 {
		return asked{}, nil
	}
	codes, err := wordsAt(facts, "codes")
	if err != nil {
		return asked{}, err
	}
	var obstacles []string
	for _, code := range codes {
		obstacles = append(obstacles, s.organisation.unusable[code])
	}
	var covering []governance
	for _, g := range s.organisation.policies {
		if g.covers(in.NamespaceLabels, codes) {
			covering = append(covering, g)
			obstacles = append(obstacles, g.unusable)
		}
	}
	obstacles = slices.DeleteFunc(obstacles, func(o string) bool { return o == "" })
	return asked{Terms: terms(covering), obstacle: strings.Join(obstacles, "; ")}, nil
}

// term is the member `organisation` of the input of the entrypoint `declaration`, nil when nothing is asked. Of an exception only
// rules that may be waived are in it.
func (a asked) term(exceptions []policy.Exception, waivable map[string]bool) *ast.Term {
	var o object
	addTerms(&o, a.Terms)
	addAll(&o, "exceptions", exceptions, func(e policy.Exception) *ast.Term {
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
