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

// encodeDemands returns the member `organisation` of the input of the entrypoint `declaration`, or nil if there are neither demands nor
// exceptions. It omits empty members.
func (s *Snapshot) encodeDemands(demands *organisation.Demands, exceptions []facts.Exception) (*opa.Term, error) {
	var encoded opa.Object
	addFloorAndActions(&encoded, demands.Terms)
	encoded.AddTextMap("approvals", demands.Approvals)
	findings := make([]*opa.Term, 0, len(demands.Findings))
	for i := range demands.Findings {
		term, err := encodeFinding(&demands.Findings[i])
		if err != nil {
			return nil, err
		}
		findings = append(findings, term)
	}
	encoded.AddTerms("findings", findings)
	opa.AddArray(&encoded, "exceptions", exceptions, s.encodeException)
	if len(encoded) == 0 {
		return nil, nil
	}
	return encoded.Term(), nil
}

// encodeException encodes an exception. Of the rules that the exception names, it encodes only those that an exception can
// waive. An exception without such a rule waives nothing.
func (s *Snapshot) encodeException(e facts.Exception) *opa.Term {
	waivable := slices.DeleteFunc(slices.Clone(e.Rules), func(rule string) bool { return !s.additions.IsWaivable(rule) })
	var encoded opa.Object
	encoded.AddText("name", e.Name)
	encoded.Add("rules", opa.Texts(waivable))
	encoded.AddText("expires", e.Expires)
	opa.AddArray(&encoded, "notApplicable", e.NotApplicable, encodeNotApplicable)
	return encoded.Term()
}

// encodeNotApplicable encodes what is said of a dimension that does not apply, as a declaration states it.
func encodeNotApplicable(c facts.NotApplicable) *opa.Term {
	var encoded opa.Object
	encoded.AddText("dimension", c.Dimension)
	encoded.AddText("reason", c.Reason)
	return encoded.Term()
}

// encodeFinding encodes the finding of a module like a finding of a built-in rule. In its source, the GovernancePolicy stands in place of
// an act, and the title of the rule in place of an article.
func encodeFinding(f *organisation.Finding) (*opa.Term, error) {
	found, err := opa.NewValue(f.Found)
	if err != nil {
		return nil, err
	}
	required, err := opa.NewValue(f.Required)
	if err != nil {
		return nil, err
	}
	var source opa.Object
	source.AddText("code", law.FromOrganisation)
	source.AddText("act", fmt.Sprintf("GovernancePolicy %q", f.Policy))
	source.AddText("article", f.Rule.Title)
	// The sources of a finding are a set of legal points, each with a source.
	var point opa.Object
	point.Add("source", source.Term())

	var finding opa.Object
	finding.AddText("rule", f.Rule.ID)
	finding.AddText("dimension", "") // Modules are not about dimensions.
	finding.AddText("action", f.Action)
	finding.AddText("field", f.Field)
	finding.Add("found", opa.NewTerm(found))
	finding.Add("required", opa.NewTerm(required))
	finding.AddText("remedy", f.Rule.Remedy)
	finding.AddText("party", f.Rule.Party)
	finding.Add("sources", opa.NewTerm(opa.NewSet(point.Term())))
	return finding.Term(), nil
}

// addFloorAndActions adds the organisation's floor and its actions by rule to the member `organisation` of an input. It omits what is
// empty.
func addFloorAndActions(encoded *opa.Object, t policy.Terms) {
	if t.Floor != "" {
		encoded.AddText("floor", t.Floor)
	}
	encoded.AddTextMap("actions", t.Actions)
}
