package smallest

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

// maxFillings bounds how often an answer may bring up a new question.
const maxFillings = 20

// reduce returns the smallest declaration among those that are left of a filled specification and pass: the one with the fewest
// fields (each is a line), then the fewest lines, then the fewest answers. Nothing can be left out of it.
func (s *Searcher) reduce(ctx context.Context, name string, places namedPlaces, filled *yaml.Node) (*Declaration, error) {
	var found []*Declaration
	for _, spec := range s.findFewestFields(ctx, filled) {
		found = append(found, newDeclaration(name, places, s.leaveOutAnswers(ctx, spec)))
	}
	least := slices.MinFunc(found, func(a, b *Declaration) int {
		return cmp.Or(cmp.Compare(len(a.lines), len(b.lines)), cmp.Compare(len(a.answers), len(b.answers)))
	})
	var err error
	least.Verdict, err = s.evaluate(ctx, least.spec)
	return least, err
}

// fill adds to a specification what findings that deny ask for, until it passes. The error says what no answer satisfies.
func (s *Searcher) fill(ctx context.Context, spec *yaml.Node) (*yaml.Node, error) {
	spec = cloneNode(spec)
	var denied []string
	for range maxFillings {
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
			if finding.Action != policy.ActionDeny {
				continue
			}
			denied = append(denied, finding.Rule)
			if err := addAnswer(spec, strings.TrimPrefix(finding.Field, "spec."), finding.Required, s.completed); err != nil {
				return nil, fmt.Errorf("%s: %w", finding.Rule, err)
			}
		}
	}
	return nil, fmt.Errorf("no declaration passes for these jurisdictions and sectors: %s cannot be met together with the others; "+
		"declare a chatbot for each part of them", strings.Join(denied, ", "))
}

// errConflict says that laws of the places contradict each other.
var errConflict = errors.New("no one declaration can meet the laws of these jurisdictions and sectors together: declare a chatbot for each part of them")

// isFixed reports whether a field of the specification must stay: the places are given.
func isFixed(key string) bool { return key == "jurisdictions" || key == "sectors" }

// findFewestFields returns the specifications with the fewest fields that are left of the full one and pass. A field that
// cannot be left out alone cannot be left out with others either, since leaving out an answer never helps. So only the
// others are tried, in growing sets of those that stay.
func (s *Searcher) findFewestFields(ctx context.Context, full *yaml.Node) []*yaml.Node {
	var optional []string
	for _, key := range listKeys(full) {
		empty := len(findValue(full, key).Content) == 0
		if (!isFixed(key) || empty) && s.isAllowed(ctx, copyWithout(full, key)) {
			optional = append(optional, key)
		}
	}
	for size := range len(optional) {
		var found []*yaml.Node
		for staying := range listSubsets(optional, size) {
			leaving := slices.DeleteFunc(slices.Clone(optional), func(key string) bool { return slices.Contains(staying, key) })
			if spec := copyWithout(full, leaving...); s.isAllowed(ctx, spec) {
				found = append(found, spec)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return []*yaml.Node{full}
}

// leaveOutAnswers leaves out every answer that is not needed, from the last to the first. Once is enough, since leaving out an
// answer makes no other one superfluous.
func (s *Searcher) leaveOutAnswers(ctx context.Context, spec *yaml.Node) *yaml.Node {
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

// keyAt returns the top-level key that a path leads into; empty when there is none.
func keyAt(mapping *yaml.Node, path []int) string {
	names := listKeys(mapping)
	if path[0] >= len(names) {
		return ""
	}
	return names[path[0]]
}
