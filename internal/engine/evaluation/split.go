package evaluation

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// maxTrials bounds the codes that are evaluated for one proposal. One code takes a fraction of a millisecond. Twenty jurisdictions in two
// groups stay below the bound.
const maxTrials = 600

// maxPartName is the longest name of a declaration.
const maxPartName = 52

// splitter searches for a split of a declaration: the largest groups of its jurisdictions, taken greedily in their order, whose
// requirements have no conflict. A jurisdiction that conflicts with the sectors is split by sector too.
type splitter struct {
	snapshot *Snapshot
	in       facts.DeclarationInput
	// trials counts the codes that were evaluated.
	trials int
	parts  []*v1alpha1.ChatbotDeployment
}

// ProposeSplit adds to the verdict about a conflicted declaration a split: evaluated declarations without a conflict that can replace it.
// It sets Split, and adds their names and codes to the remedies of the conflicts. It returns the verdict unchanged when the verdict has
// no conflict or another revision, or when no split exists. When it returns an error, the verdict is still valid. The search takes up to
// a few hundred milliseconds; only the last results are cached.
func (s *Snapshot) ProposeSplit(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error) {
	if !verdict.HasConflict || in.Declaration == nil || verdict.Revision != s.revision || verdict.AsOf != in.AsOf {
		return verdict, nil
	}
	key, err := hashDeclarationInput(in)
	if err != nil {
		return verdict, err
	}
	parts, ok := s.splits.Get(key)
	if !ok {
		if parts, err = s.findSplit(ctx, in); err != nil {
			return verdict, fmt.Errorf("find a split: %w", err)
		}
		s.splits.Add(key, parts)
	}
	return s.addSplit(verdict, parts), nil
}

// hashDeclarationInput returns the key of a split. It is the content and not (UID, generation): admission reviews specs that are
// never stored, so that one generation can stand for two of them.
func hashDeclarationInput(in facts.DeclarationInput) ([sha256.Size]byte, error) {
	content, err := json.Marshal([]any{
		&in.Declaration.Spec, in.AsOf, in.Declaration.Namespace, in.Declaration.Name, in.NamespaceLabels, in.Exceptions,
	})
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("encode declaration: %w", err)
	}
	return sha256.Sum256(content), nil
}

// findSplit returns the parts of a conflicted declaration. It returns none when there is no split.
func (s *Snapshot) findSplit(ctx context.Context, in facts.DeclarationInput) ([]*v1alpha1.ChatbotDeployment, error) {
	spec := &in.Declaration.Spec
	if len(spec.Jurisdictions)+len(spec.Sectors) < 2 {
		return nil, nil
	}
	p := &splitter{snapshot: s, in: in}
	for _, code := range spec.Jurisdictions {
		placed, err := p.place(ctx, code, spec.Sectors)
		if err != nil || !placed {
			return nil, err
		}
	}
	if len(p.parts) < 2 {
		return nil, nil
	}
	for _, part := range p.parts {
		p.rename(part)
	}
	return p.parts, nil
}

// hasConflict reports whether only a split resolves a finding.
func (s *Snapshot) hasConflict(v policy.Verdict) bool {
	return slices.ContainsFunc(v.Findings, func(f policy.Finding) bool { return s.splitRules[f.Rule] })
}

// place adds a jurisdiction to the first part that takes it, or to a new part, or to several new parts, one for each group of sectors.
func (p *splitter) place(ctx context.Context, code v1alpha1.Code, sectors []v1alpha1.Code) (bool, error) {
	for i, part := range p.parts {
		if !slices.Equal(part.Spec.Sectors, sectors) {
			continue
		}
		wider, err := p.try(ctx, append(slices.Clone(part.Spec.Jurisdictions), code), sectors, false)
		if err != nil {
			return false, err
		}
		if wider != nil {
			p.parts[i] = wider
			return true, nil
		}
	}
	alone, err := p.try(ctx, []v1alpha1.Code{code}, sectors, true)
	if err != nil {
		return false, err
	}
	if alone != nil {
		p.parts = append(p.parts, alone)
		return true, nil
	}
	return p.placeBySector(ctx, code, sectors)
}

// placeBySector splits the sectors of one jurisdiction.
func (p *splitter) placeBySector(ctx context.Context, code v1alpha1.Code, sectors []v1alpha1.Code) (bool, error) {
	if len(sectors) < 2 {
		return false, nil
	}
	first := len(p.parts)
	for _, sector := range sectors {
		placed := false
		for i := first; i <= len(p.parts) && !placed; i++ {
			with := []v1alpha1.Code{sector}
			if i < len(p.parts) {
				with = append(slices.Clone(p.parts[i].Spec.Sectors), sector)
			}
			part, err := p.try(ctx, []v1alpha1.Code{code}, with, i == len(p.parts))
			switch {
			case err != nil:
				return false, err
			case part != nil && i < len(p.parts):
				p.parts[i], placed = part, true
			case part != nil:
				p.parts, placed = append(p.parts, part), true
			}
		}
		if !placed {
			return false, nil
		}
	}
	return true, nil
}

// try returns the declaration for these codes when it has no conflict, nil when it has. Of the declared countries it keeps those that
// the codes allow. A new part may drop what belongs to another part; a part that grows by a place drops nothing.
func (p *splitter) try(ctx context.Context, jurisdictions, sectors []v1alpha1.Code, isNew bool) (*v1alpha1.ChatbotDeployment, error) {
	part := p.in.Declaration.DeepCopy()
	part.Spec.Jurisdictions = jurisdictions
	if len(p.in.Declaration.Spec.Sectors) > 0 {
		part.Spec.Sectors = sectors
	}
	for range 2 {
		if p.trials += len(jurisdictions) + len(sectors); p.trials > maxTrials {
			return nil, nil
		}
		in := p.in
		in.Declaration = part
		verdict, err := p.snapshot.evaluateDeclaration(ctx, in)
		if err != nil {
			return nil, err
		}
		if !p.snapshot.hasConflict(verdict) {
			keepCountries(part, verdict, false)
			return part, nil
		}
		if !isNew || !dropForeign(part, verdict) {
			return nil, nil
		}
	}
	return nil, nil
}

// dropForeign removes from a part what belongs to another part: countries, regions and processors. It reports whether it removed any.
func dropForeign(part *v1alpha1.ChatbotDeployment, verdict policy.Verdict) bool {
	changed := false
	for _, f := range verdict.Findings {
		switch f.Dimension {
		case "residency.countries":
			changed = keepCountries(part, verdict, true) || changed
		case "residency.noneOf":
			changed = dropForbidden(part, verdict) || changed
		}
	}
	return changed
}

// keepCountries keeps the declared countries that are allowed. It removes the regions too when a country is not allowed, or when all is
// true.
func keepCountries(part *v1alpha1.ChatbotDeployment, verdict policy.Verdict, all bool) bool {
	declared, allowed := part.Spec.Residency, findRequiredList(verdict, "residency.countries")
	if declared == nil || len(declared.Countries)+len(declared.Regions) == 0 || allowed == nil {
		return false
	}
	remaining := slices.DeleteFunc(slices.Clone(declared.Countries), func(c v1alpha1.CountryCode) bool { return !contains(allowed, c) })
	if all || len(remaining) < len(declared.Countries) {
		declared.Countries, declared.Regions = remaining, nil
		return true
	}
	return false
}

// dropForbidden removes the countries to which data may not go, and the processors there, which the user then replaces.
func dropForbidden(part *v1alpha1.ChatbotDeployment, verdict policy.Verdict) bool {
	forbidden := findRequiredList(verdict, "residency.noneOf")
	before := len(part.Spec.Processors)
	part.Spec.Processors = slices.DeleteFunc(part.Spec.Processors, func(p v1alpha1.Processor) bool { return contains(forbidden, p.Country) })
	changed := len(part.Spec.Processors) < before
	if declared := part.Spec.Residency; declared != nil {
		remaining := slices.DeleteFunc(slices.Clone(declared.Countries), func(c v1alpha1.CountryCode) bool { return contains(forbidden, c) })
		if len(remaining) < len(declared.Countries) {
			declared.Countries, declared.Regions, changed = remaining, nil, true
		}
	}
	return changed
}

// findRequiredList returns the required list of a dimension, nil when there is none.
func findRequiredList(verdict policy.Verdict, dimension string) []any {
	for _, r := range verdict.Requirements {
		if r.Dimension == dimension {
			list, _ := r.Value.([]any)
			return list
		}
	}
	return nil
}

func contains(countries []any, country v1alpha1.CountryCode) bool {
	return slices.Contains(countries, any(strings.ToLower(string(country))))
}

// rename appends the code of the first place to the name and the selector of a part. It also appends the first sector where the parts
// differ by sector.
func (p *splitter) rename(part *v1alpha1.ChatbotDeployment) {
	suffix := "-" + strings.ToLower(string(part.Spec.Jurisdictions[0]))
	if len(part.Spec.Sectors) > 0 && !slices.Equal(part.Spec.Sectors, p.in.Declaration.Spec.Sectors) {
		suffix += "-" + strings.ToLower(string(part.Spec.Sectors[0]))
	}
	name := part.Name
	part.Name = name[:min(len(name), max(maxPartName-len(suffix), 0))] + suffix
	part.UID, part.ResourceVersion, part.Generation, part.ManagedFields = "", "", 0, nil
	part.Status = v1alpha1.ChatbotDeploymentStatus{}
	for key, value := range part.Spec.Selector.MatchLabels {
		part.Spec.Selector.MatchLabels[key] = value[:min(len(value), max(63-len(suffix), 0))] + suffix
	}
}

// addSplit adds the parts to a copy of the verdict, and to the remedies of its conflicts.
func (s *Snapshot) addSplit(verdict policy.Verdict, parts []*v1alpha1.ChatbotDeployment) policy.Verdict {
	if len(parts) == 0 {
		return verdict
	}
	texts := make([]string, 0, len(parts))
	for _, part := range parts {
		text := fmt.Sprintf("%s for %s", part.Name, joinCodes(part.Spec.Jurisdictions))
		if len(part.Spec.Sectors) > 0 {
			text += fmt.Sprintf(" (%s)", joinCodes(part.Spec.Sectors))
		}
		texts = append(texts, text)
	}
	verdict.Split, verdict.Findings = parts, slices.Clone(verdict.Findings)
	for i := range verdict.Findings {
		if f := &verdict.Findings[i]; s.splitRules[f.Rule] {
			f.Remedy += " Without this conflict: " + strings.Join(texts, "; ") + "."
		}
	}
	return verdict
}

func joinCodes(codes []v1alpha1.Code) string {
	words := make([]string, 0, len(codes))
	for _, code := range codes {
		words = append(words, string(code))
	}
	return strings.Join(words, ", ")
}
