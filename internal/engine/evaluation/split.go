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

const (
	// maxEvaluatedCodes bounds the search for one split: it is the maximum sum, over all evaluated candidates, of their jurisdictions and
	// sectors. Evaluating a candidate takes a fraction of a millisecond per code. Splitting twenty jurisdictions into two parts stays
	// below the bound.
	maxEvaluatedCodes = 600
	// maxNameLength is the maximum length of the name of a ChatbotDeployment, which the API server validates.
	maxNameLength = 52
	// maxLabelLength is the maximum length of the value of a label.
	maxLabelLength = 63
)

// splitter searches for a split of a declaration. It is greedy: it adds each jurisdiction, in the declared order, to the first part that
// has no conflict with it, or else starts a new part. If a jurisdiction alone conflicts with the declared sectors, it divides the sectors
// among several parts for this jurisdiction, in the same way.
type splitter struct {
	snapshot *Snapshot
	// in is the input about the declaration to split.
	in facts.DeclarationInput
	// evaluatedCodes is the sum of the jurisdictions and sectors of all candidates so far (maxEvaluatedCodes).
	evaluatedCodes int
	// parts are the declarations that the split has so far. None has a conflict.
	parts []*v1alpha1.ChatbotDeployment
}

// ProposeSplit adds a split to the verdict about a declaration with a conflict: declarations without a conflict that together can replace
// it. It sets the verdict's field Split, and lists the parts in the remedies of the conflicts. It returns the verdict unchanged if the
// verdict has no conflict, another revision or another day, or if the search finds no split. With an error, it also returns the verdict
// unchanged. The search takes up to a few hundred milliseconds; the last results are cached.
func (s *Snapshot) ProposeSplit(ctx context.Context, in facts.DeclarationInput, verdict policy.Verdict) (policy.Verdict, error) {
	if !verdict.HasConflict || in.Declaration == nil || verdict.Revision != s.revision || verdict.AsOf != in.AsOf {
		return verdict, nil
	}
	key, err := hashDeclarationInput(in)
	if err != nil {
		return verdict, err
	}
	parts, ok := s.splitCache.Get(key)
	if !ok {
		if parts, err = s.findSplit(ctx, in); err != nil {
			return verdict, fmt.Errorf("find a split: %w", err)
		}
		s.splitCache.Add(key, parts)
	}
	return s.addSplit(verdict, parts), nil
}

// hashDeclarationInput returns the key of a split in the cache. It hashes the content of the input, because UID and generation do not
// identify it: admission also reviews specs that are never stored, so two specs can have the same generation.
func hashDeclarationInput(in facts.DeclarationInput) ([sha256.Size]byte, error) {
	content, err := json.Marshal([]any{
		&in.Declaration.Spec, in.AsOf, in.Declaration.Namespace, in.Declaration.Name, in.NamespaceLabels, in.Exceptions,
	})
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("encode declaration: %w", err)
	}
	return sha256.Sum256(content), nil
}

// findSplit returns the parts of a split of a declaration with a conflict. It returns none if it finds no split, or if the search exceeds
// maxEvaluatedCodes.
func (s *Snapshot) findSplit(ctx context.Context, in facts.DeclarationInput) ([]*v1alpha1.ChatbotDeployment, error) {
	spec := &in.Declaration.Spec
	if len(spec.Jurisdictions)+len(spec.Sectors) < 2 { // One code cannot be divided among parts.
		return nil, nil
	}
	search := &splitter{snapshot: s, in: in}
	for _, code := range spec.Jurisdictions {
		placed, err := search.placeJurisdiction(ctx, code, spec.Sectors)
		if err != nil || !placed {
			return nil, err
		}
	}
	// A single part has all codes of the declaration and only fewer countries, which is not a split.
	if len(search.parts) < 2 {
		return nil, nil
	}
	for _, part := range search.parts {
		if err := search.adoptNumbers(ctx, part); err != nil {
			return nil, err
		}
		search.renamePart(part)
	}
	return search.parts, nil
}

// hasConflict reports whether the verdict has a finding that a split resolves. Data in an undeclared country is none: no split declares
// the country.
func (s *Snapshot) hasConflict(v policy.Verdict) bool {
	return slices.ContainsFunc(v.Findings, func(f policy.Finding) bool {
		return s.splitRules[f.Rule] && (f.Rule != forbiddenCountries || f.Found != nil)
	})
}

// placeJurisdiction adds a jurisdiction to the first part that has these sectors and no conflict with the jurisdiction, or else adds a new
// part for it. If the jurisdiction alone conflicts with the sectors, it adds several parts, which divide the sectors. It returns false if
// none of this avoids a conflict.
func (p *splitter) placeJurisdiction(ctx context.Context, code v1alpha1.Code, sectors []v1alpha1.Code) (bool, error) {
	for i, part := range p.parts {
		// Skip a part with only some of the sectors: it is one of the parts among which divideSectors divided them.
		if !slices.Equal(part.Spec.Sectors, sectors) {
			continue
		}
		extended, err := p.tryExtendedPart(ctx, append(slices.Clone(part.Spec.Jurisdictions), code), sectors)
		if err != nil {
			return false, err
		}
		if extended != nil {
			p.parts[i] = extended
			return true, nil
		}
	}
	added, err := p.tryNewPart(ctx, []v1alpha1.Code{code}, sectors)
	if err != nil {
		return false, err
	}
	if added != nil {
		p.parts = append(p.parts, added)
		return true, nil
	}
	return p.divideSectors(ctx, code, sectors)
}

// divideSectors divides the sectors among new parts, all for one jurisdiction. It returns false if a conflict remains.
func (p *splitter) divideSectors(ctx context.Context, jurisdiction v1alpha1.Code, sectors []v1alpha1.Code) (bool, error) {
	if len(sectors) < 2 {
		return false, nil
	}
	// The new parts begin at index start. A sector may not join an earlier part, which is for another jurisdiction.
	start := len(p.parts)
	for _, sector := range sectors {
		placed, err := p.placeSector(ctx, jurisdiction, sector, start)
		if err != nil || !placed {
			return false, err
		}
	}
	return true, nil
}

// placeSector adds a sector to the first part in p.parts[start:], the parts of the jurisdiction, that has no conflict with the sector, or
// else to a new part. It returns false if a conflict remains.
func (p *splitter) placeSector(ctx context.Context, jurisdiction, sector v1alpha1.Code, start int) (bool, error) {
	jurisdictions := []v1alpha1.Code{jurisdiction}
	for i := start; i < len(p.parts); i++ {
		extended, err := p.tryExtendedPart(ctx, jurisdictions, append(slices.Clone(p.parts[i].Spec.Sectors), sector))
		if err != nil {
			return false, err
		}
		if extended != nil {
			p.parts[i] = extended
			return true, nil
		}
	}
	added, err := p.tryNewPart(ctx, jurisdictions, []v1alpha1.Code{sector})
	if err != nil || added == nil {
		return false, err
	}
	p.parts = append(p.parts, added)
	return true, nil
}

// tryExtendedPart returns the declaration for the given codes (those of an existing part and one more), or nil if that declaration has a
// conflict. Unlike tryNewPart, it removes nothing in order to resolve a conflict: the additional code can still get a part of its own.
func (p *splitter) tryExtendedPart(ctx context.Context, jurisdictions, sectors []v1alpha1.Code) (*v1alpha1.ChatbotDeployment, error) {
	part := p.newPart(jurisdictions, sectors)
	hasConflict, _, err := p.evaluatePart(ctx, part)
	if err != nil || hasConflict {
		return nil, err
	}
	return part, nil
}

// tryNewPart returns the declaration for the codes of a new part, or nil if that declaration has a conflict. The countries, regions and
// processors that the author declared for the codes of other parts can cause a conflict: tryNewPart then removes them and tries once more.
func (p *splitter) tryNewPart(ctx context.Context, jurisdictions, sectors []v1alpha1.Code) (*v1alpha1.ChatbotDeployment, error) {
	part := p.newPart(jurisdictions, sectors)
	hasConflict, verdict, err := p.evaluatePart(ctx, part)
	if err == nil && hasConflict && resolveCountryConflicts(part, verdict) {
		hasConflict, _, err = p.evaluatePart(ctx, part)
	}
	if err != nil || hasConflict {
		return nil, err
	}
	return part, nil
}

// adoptNumbers sets the numbers that the law of the places of a part requires.
func (p *splitter) adoptNumbers(ctx context.Context, part *v1alpha1.ChatbotDeployment) error {
	in := p.in
	in.Declaration = part
	verdict, err := p.snapshot.evaluateDeclaration(ctx, in)
	if err != nil {
		return err
	}
	adoptNumbers(part, verdict)
	return nil
}

// evaluatePart reports whether a part has a conflict, and returns the verdict about the part. From a part without a conflict, it removes
// the declared countries that the law does not allow, and with them all declared regions: such countries cause no conflict if the part also
// declares an allowed country, and the author declared them for other parts. If the search has evaluated too many codes
// (maxEvaluatedCodes), evaluatePart reports a conflict without an evaluation, for this part and all later ones. The search then finds no
// split.
func (p *splitter) evaluatePart(
	ctx context.Context, part *v1alpha1.ChatbotDeployment,
) (hasConflict bool, verdict policy.Verdict, err error) {
	p.evaluatedCodes += len(part.Spec.Jurisdictions) + len(part.Spec.Sectors)
	if p.evaluatedCodes > maxEvaluatedCodes {
		return true, policy.Verdict{}, nil
	}
	in := p.in
	in.Declaration = part
	verdict, err = p.snapshot.evaluateDeclaration(ctx, in)
	if err != nil {
		return false, policy.Verdict{}, err
	}
	if verdict.HasConflict {
		return true, verdict, nil
	}
	keepAllowedCountries(part, verdict)
	return false, verdict, nil
}

// renamePart makes the name of a part, and each value in its selector's matchLabels, unique among the parts: it appends the first
// jurisdiction and, if the sectors are divided, the first sector. It does not change matchExpressions, so parts with nothing else in their
// selectors select the same pods. The first jurisdiction is enough unless parts share it; only parts that divide the sectors do. renamePart
// also clears the status, the UID, the resource version, the generation and the managed fields.
func (p *splitter) renamePart(part *v1alpha1.ChatbotDeployment) {
	suffix := "-" + strings.ToLower(string(part.Spec.Jurisdictions[0]))
	if hasAllSectors := slices.Equal(part.Spec.Sectors, p.in.Declaration.Spec.Sectors); !hasAllSectors {
		suffix += "-" + strings.ToLower(string(part.Spec.Sectors[0]))
	}
	part.Name = appendSuffix(part.Name, suffix, maxNameLength)
	part.UID, part.ResourceVersion, part.Generation, part.ManagedFields = "", "", 0, nil
	part.Status = v1alpha1.ChatbotDeploymentStatus{}
	for key, value := range part.Spec.Selector.MatchLabels {
		part.Spec.Selector.MatchLabels[key] = appendSuffix(value, suffix, maxLabelLength)
	}
}

// appendSuffix appends a suffix to a text, which it first cuts so that the result has at most maxLength bytes.
func appendSuffix(text, suffix string, maxLength int) string {
	return text[:min(len(text), max(maxLength-len(suffix), 0))] + suffix
}

// addSplit returns a copy of the verdict with the parts in its field Split, and with their names and codes in the remedies of the
// conflicts. It returns the verdict unchanged if there are no parts.
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
