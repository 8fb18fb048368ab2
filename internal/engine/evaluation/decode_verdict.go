package evaluation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// verdictMembers decodes the members of a verdict, which is the result of the entrypoints `declaration`, `workload`, `service`,
// `connection` and `network`.
var verdictMembers = opa.Members[policy.Verdict]{
	"outcome":        func(v *policy.Verdict, t *opa.Term) error { return opa.DecodeText(&v.Outcome, t) },
	"nextEvaluation": func(v *policy.Verdict, t *opa.Term) error { return opa.DecodeText(&v.NextEvaluation, t) },
	"findings":       func(v *policy.Verdict, t *opa.Term) error { return opa.DecodeList(&v.Findings, t, findingMembers) },
	"obligations":    func(v *policy.Verdict, t *opa.Term) error { return decodeObligations(&v.Obligations, t) },
	"upcoming":       func(v *policy.Verdict, t *opa.Term) error { return opa.DecodeList(&v.Upcoming, t, changeMembers) },
	"enforcement":    func(v *policy.Verdict, t *opa.Term) error { return opa.DecodeText(&v.Terms.Enforcement, t) },
	"waivers":        func(v *policy.Verdict, t *opa.Term) error { return opa.DecodeTextMap(&v.Terms.Waivers, t) },
	"compliant":      func(v *policy.Verdict, t *opa.Term) error { return opa.DecodeBool(&v.Compliant, t) },
}

var findingMembers = opa.Members[policy.Finding]{
	"rule":      func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Rule, t) },
	"dimension": func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Dimension, t) },
	"group":     func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Group, t) },
	"action":    func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Action, t) },
	"field":     func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Field, t) },
	"found":     func(f *policy.Finding, t *opa.Term) error { return opa.DecodeJSON(&f.Found, t) },
	"required":  func(f *policy.Finding, t *opa.Term) error { return opa.DecodeJSON(&f.Required, t) },
	"type":      func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Type, t) },
	"unit":      func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Unit, t) },
	"remedy":    func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Remedy, t) },
	"unstated":  func(f *policy.Finding, t *opa.Term) error { return opa.DecodeTexts(&f.Unstated, t) },
	"also":      func(f *policy.Finding, t *opa.Term) error { return opa.DecodeTexts(&f.Also, t) },
	"party":     func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Party, t) },
	"sources": func(f *policy.Finding, t *opa.Term) error {
		return decodeSourcesAs(sourceWithValueMembers, &f.Sources, t)
	},
	"waivedBy": func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.WaivedBy, t) },
	"reason":   func(f *policy.Finding, t *opa.Term) error { return opa.DecodeText(&f.Reason, t) },
	"awaitsApproval": func(f *policy.Finding, t *opa.Term) error {
		return opa.DecodeText(&f.AwaitsApproval, t)
	},
}

var changeMembers = opa.Members[policy.Change]{
	"date":     func(c *policy.Change, t *opa.Term) error { return opa.DecodeText(&c.Date, t) },
	"kind":     func(c *policy.Change, t *opa.Term) error { return opa.DecodeText(&c.Kind, t) },
	"rule":     func(c *policy.Change, t *opa.Term) error { return opa.DecodeText(&c.Rule, t) },
	"subject":  func(c *policy.Change, t *opa.Term) error { return opa.DecodeText(&c.Subject, t) },
	"value":    func(c *policy.Change, t *opa.Term) error { return opa.DecodeJSON(&c.Value, t) },
	"type":     func(c *policy.Change, t *opa.Term) error { return opa.DecodeText(&c.Type, t) },
	"unit":     func(c *policy.Change, t *opa.Term) error { return opa.DecodeText(&c.Unit, t) },
	"unstated": func(c *policy.Change, t *opa.Term) error { return opa.DecodeTexts(&c.Unstated, t) },
	"sources": func(c *policy.Change, t *opa.Term) error {
		return decodeSourcesAs(sourceWithValueMembers, &c.Sources, t)
	},
}

// statedObligation is an obligation as the result of an entrypoint states it, before it has the Go type of its kind.
type statedObligation struct {
	kind, dimension string
	// value is compact JSON.
	value   []byte
	sources []legal.Source
}

var obligationMembers = opa.Members[statedObligation]{
	"kind":      func(o *statedObligation, t *opa.Term) error { return opa.DecodeText(&o.kind, t) },
	"dimension": func(o *statedObligation, t *opa.Term) error { return opa.DecodeText(&o.dimension, t) },
	"value":     func(o *statedObligation, t *opa.Term) error { return opa.DecodeJSONText(&o.value, t) },
	"sources":   func(o *statedObligation, t *opa.Term) error { return decodeSources(&o.sources, t) },
}

// decodeObligations decodes a list of obligations to a new set, or to nil if the list is empty. It returns an error for an unknown
// obligation and for a value of the wrong type, because nothing would carry the obligation out.
func decodeObligations(target **obligation.Set, term *opa.Term) error {
	var stated []statedObligation
	if err := opa.DecodeList(&stated, term, obligationMembers); err != nil {
		return err
	}
	if len(stated) == 0 {
		*target = nil
		return nil
	}
	var set obligation.Set
	for _, o := range stated {
		if err := set.Add(o.kind, o.dimension, o.value, o.sources); err != nil {
			return err
		}
	}
	*target = &set
	return nil
}

var sourceMembers = opa.Members[legal.Source]{
	"code":       func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.Code, t) },
	"act":        func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.Act, t) },
	"article":    func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.Article, t) },
	"from":       func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.From, t) },
	"confidence": func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.Confidence, t) },
	"status":     func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.Status, t) },
	"force":      func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.Force, t) },
	"obliges":    func(s *legal.Source, t *opa.Term) error { return opa.DecodeBool(&s.Obliges, t) },
	"note":       func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.Note, t) },
	"url":        func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.URL, t) },
	"readAt":     func(s *legal.Source, t *opa.Term) error { return opa.DecodeText(&s.ReadAt, t) },
	"value":      opa.Ignore[legal.Source],
}

// sourceWithValueMembers also decodes what each source requires by itself, which only findings say.
var sourceWithValueMembers = withValue(sourceMembers)

func withValue(members opa.Members[legal.Source]) opa.Members[legal.Source] {
	all := maps.Clone(members)
	all["value"] = func(s *legal.Source, t *opa.Term) error {
		var text []byte
		err := opa.DecodeJSONText(&text, t)
		s.Value = string(text)
		return err
	}
	return all
}

// decodeVerdict decodes the result of an entrypoint that decides about an object, and sorts its findings. It returns an error if the
// outcome is not Allow, Warn or Deny, or if a finding has no rule, action or remedy.
func decodeVerdict(value opa.Value) (policy.Verdict, error) {
	var verdict policy.Verdict
	if err := verdictMembers.Decode(&verdict, opa.NewTerm(value)); err != nil {
		return policy.Verdict{}, err
	}
	if !slices.Contains([]policy.Outcome{policy.OutcomeAllow, policy.OutcomeWarn, policy.OutcomeDeny}, verdict.Outcome) {
		return policy.Verdict{}, fmt.Errorf("outcome %q is not one that a policy may return", verdict.Outcome)
	}
	for _, f := range verdict.Findings {
		if f.Rule == "" || f.Action == "" || f.Remedy == "" {
			return policy.Verdict{}, fmt.Errorf("finding %q without rule, action or remedy", f.Rule)
		}
	}
	policy.SortFindings(verdict.Findings)
	return verdict, nil
}

// decodeSources decodes a set of legal points to their sources, sorted and without duplicates.
func decodeSources(target *[]legal.Source, term *opa.Term) error {
	return decodeSourcesAs(sourceMembers, target, term)
}

// decodeSourcesAs does the same with the members of sources that are decoded.
func decodeSourcesAs(members opa.Members[legal.Source], target *[]legal.Source, term *opa.Term) error {
	var points opa.Set
	if err := opa.DecodeSet(&points, term); err != nil {
		return err
	}
	found := make([]legal.Source, 0, points.Len())
	err := points.Iter(func(point *opa.Term) error {
		source, err := opa.Member(point, "source")
		if err != nil {
			return fmt.Errorf("a point is %w", err) // The text becomes "a point is not an object".
		}
		if source == nil {
			return fmt.Errorf("a point has no source")
		}
		// Decode into the slice: a local variable would be allocated on the heap for each point.
		found = append(found, legal.Source{})
		return members.Decode(&found[len(found)-1], source)
	})
	if err != nil {
		return err
	}
	slices.SortFunc(found, compareSources)
	*target = slices.Compact(found)
	return nil
}

// compareSources orders sources by code, then by act, article and the other fields.
func compareSources(a, b legal.Source) int {
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Act, b.Act), cmp.Compare(a.Article, b.Article),
		cmp.Compare(a.From, b.From), cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.URL, b.URL), cmp.Compare(a.ReadAt, b.ReadAt),
		cmp.Compare(a.Value, b.Value))
}

// mergeChanges returns one list of the upcoming changes of the law and of those that the declaration brings, such as an assessment that
// expires. It sorts them by date, then rule, then subject.
func mergeChanges(ofLaw, ofDeclaration []policy.Change) []policy.Change {
	all := slices.Concat(ofLaw, ofDeclaration)
	slices.SortFunc(all, func(a, b policy.Change) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Subject, b.Subject))
	})
	return all
}
