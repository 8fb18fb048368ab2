package starter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// maxRounds bounds the rounds of addRequired. One round is not always enough, because an added value can bring up another requirement.
const maxRounds = 20

// reduce removes what it can from a specification that passes, and returns the smallest declaration that still passes: the one with the
// fewest fields of spec, then the fewest lines, then the fewest values.
func (s *Searcher) reduce(ctx context.Context, name string, places namedPlaces, passing *yaml.Node) (*Declaration, error) {
	var candidates []*Declaration
	for _, spec := range s.findFewestFields(ctx, passing) {
		candidates = append(candidates, newDeclaration(name, places, s.removeUnneededValues(ctx, spec)))
	}
	smallest := slices.MinFunc(candidates, func(a, b *Declaration) int {
		return cmp.Or(cmp.Compare(len(a.lines), len(b.lines)), cmp.Compare(len(a.valuePaths), len(b.valuePaths)))
	})
	var err error
	if smallest.Verdict, err = s.evaluate(ctx, smallest.spec); err != nil {
		return nil, err
	}
	smallest.Open, err = s.listOpen(ctx, smallest.spec)
	return smallest, err
}

// listOpen returns the findings about the places, channels and purpose of a specification alone. Of the facts on which they rest, they have only
// those that the specification does not state; findings that rest on none are left out.
func (s *Searcher) listOpen(ctx context.Context, spec *yaml.Node) ([]policy.Finding, error) {
	stated := []string{"selector", "ports", "purpose", "channels", "jurisdictions", "sectors"}
	verdict, err := s.evaluate(ctx, copyWithout(spec, slices.DeleteFunc(listKeys(spec), func(key string) bool { return slices.Contains(stated, key) })...))
	if err != nil {
		return nil, err
	}
	var open []policy.Finding
	for _, finding := range verdict.Findings {
		finding.Unstated = slices.DeleteFunc(finding.Unstated, func(field string) bool {
			return findField(spec, strings.TrimPrefix(field, "spec.")) != nil
		})
		if len(finding.Unstated) > 0 {
			open = append(open, finding)
		}
	}
	return open, nil
}

// addRequired returns a copy of a specification with what its denying findings require. An added value can lead to new findings, so
// addRequired repeats this until the specification passes, at most maxRounds times. The error says which rules no value satisfies.
func (s *Searcher) addRequired(ctx context.Context, spec *yaml.Node) (*yaml.Node, error) {
	spec = cloneNode(spec)
	var denied []string // The rules that denied in the last round, for the error.
	for range maxRounds {
		verdict, err := s.evaluate(ctx, spec)
		if err != nil {
			return nil, err
		}
		if !verdict.Refuses() {
			return spec, nil
		}
		if verdict.HasConflict {
			return nil, errConflict
		}
		denied = nil
		for _, finding := range verdict.Findings {
			if finding.Action != policy.ActionDeny { // Other findings do not keep the declaration from passing.
				continue
			}
			denied = append(denied, finding.Rule)
			if err := setRequired(spec, strings.TrimPrefix(finding.Field, "spec."), finding.Required, s.assessedOn); err != nil {
				return nil, fmt.Errorf("%s: %w", finding.Rule, err)
			}
		}
	}
	return nil, fmt.Errorf("no declaration passes for these jurisdictions and sectors: %s cannot be met together with the others; "+
		"declare a chatbot for each part of them", strings.Join(denied, ", "))
}

// errConflict says that the laws of the places contradict each other.
var errConflict = errors.New("no one declaration can meet the laws of these jurisdictions and sectors together: declare a chatbot for each part of them")

// isFixed reports whether a field of the specification must stay, because it has the codes that the caller chose.
func isFixed(key string) bool { return key == "jurisdictions" || key == "sectors" }

// findFewestFields removes fields from the full specification, and returns all results that pass with the fewest fields. A field that
// cannot be removed alone cannot be removed together with others either, because no rule is met by stating less. So only the fields that
// can be removed alone are optional. findFewestFields tries to keep none of the optional fields, then each of them alone, then each two of
// them, and so on until a result passes.
func (s *Searcher) findFewestFields(ctx context.Context, full *yaml.Node) []*yaml.Node {
	var optional []string
	for _, key := range listKeys(full) {
		isEmpty := len(findValue(full, key).Content) == 0
		mayGo := !isFixed(key) || isEmpty // `sectors` may go if the caller chose no sector.
		if mayGo && s.isAllowed(ctx, copyWithout(full, key)) {
			optional = append(optional, key)
		}
	}
	for size := range len(optional) {
		var found []*yaml.Node
		for kept := range listSubsets(optional, size) {
			removed := slices.DeleteFunc(slices.Clone(optional), func(key string) bool { return slices.Contains(kept, key) })
			if spec := copyWithout(full, removed...); s.isAllowed(ctx, spec) {
				found = append(found, spec)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	// The loop found nothing only if there are no optional fields. With one or more, its last round removes a single one, and that passes:
	// isAllowed has said so above.
	return []*yaml.Node{full}
}

// removeUnneededValues returns the specification without the values that it passes without. It tries each value once, which is enough:
// removing a value never makes another one unnecessary.
func (s *Searcher) removeUnneededValues(ctx context.Context, spec *yaml.Node) *yaml.Node {
	// The last value comes first, because its removal does not change the positions of the values before it.
	for _, path := range slices.Backward(listRemovable(spec)) {
		if isFixed(keyAt(spec, path)) {
			continue
		}
		if smaller, ok := removeAt(spec, path); ok && s.isAllowed(ctx, smaller) {
			spec = smaller
		}
	}
	return spec
}

// keyAt returns the top-level key that a path leads into; "" if the path leads nowhere any more, because the search has removed the key.
func keyAt(mapping *yaml.Node, path positions) string {
	names := listKeys(mapping)
	if path[0] >= len(names) {
		return ""
	}
	return names[path[0]]
}
