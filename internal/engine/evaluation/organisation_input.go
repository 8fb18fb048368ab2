package evaluation

import (
	"fmt"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/engine/organisation"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// encodeDemands returns the member `organisation` of the input of the entrypoint `declaration`, nil when there are neither demands nor
// exceptions. Of an exception it has only the rules that may be waived.
func (s *Snapshot) encodeDemands(d *organisation.Demands, exceptions []facts.Exception) (*opa.Term, error) {
	var o opa.Object
	addTerms(&o, d.Terms)
	findings := make([]*opa.Term, 0, len(d.Findings))
	for i := range d.Findings {
		term, err := encodeFinding(&d.Findings[i])
		if err != nil {
			return nil, err
		}
		findings = append(findings, term)
	}
	opa.AddArray(&o, "findings", findings, func(t *opa.Term) *opa.Term { return t })
	opa.AddArray(&o, "exceptions", exceptions, s.encodeException)
	if len(o) == 0 {
		return nil, nil
	}
	return o.Term(), nil
}

func (s *Snapshot) encodeException(e facts.Exception) *opa.Term {
	var o opa.Object
	o.AddText("name", e.Name)
	o.Add("rules", opa.Texts(slices.DeleteFunc(slices.Clone(e.Rules), func(rule string) bool { return !s.additions.IsWaivable(rule) })))
	o.AddText("expires", e.Expires)
	return o.Term()
}

// encodeFinding returns the finding of a module in the shape of those of the built-in rules.
func encodeFinding(f *organisation.Finding) (*opa.Term, error) {
	found, err := opa.NewValue(f.Found)
	if err != nil {
		return nil, err
	}
	required, err := opa.NewValue(f.Required)
	if err != nil {
		return nil, err
	}
	var source, point, finding opa.Object
	source.AddText("code", law.FromOrganisation)
	source.AddText("act", fmt.Sprintf("GovernancePolicy %q", f.Policy))
	source.AddText("article", f.Rule.Title)
	point.Add("source", source.Term())
	finding.AddText("rule", f.Rule.ID)
	finding.AddText("dimension", "")
	finding.AddText("action", f.Action)
	finding.AddText("field", f.Field)
	finding.Add("found", opa.NewTerm(found))
	finding.Add("required", opa.NewTerm(required))
	finding.AddText("remedy", f.Rule.Remedy)
	finding.AddText("party", f.Rule.Party)
	finding.Add("sources", opa.NewTerm(opa.NewSet(point.Term())))
	return finding.Term(), nil
}

// addTerms adds the floor and the actions, as far as there are any.
func addTerms(o *opa.Object, t policy.Terms) {
	if t.Floor != "" {
		o.AddText("floor", t.Floor)
	}
	o.AddTextMap("actions", t.Actions)
}
