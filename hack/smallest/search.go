package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// maxFillings bounds how often an answer may bring up a new question.
const maxFillings = 20

// smallest returns the smallest sample for a place whose specification passes, among those that are left of the full one: it
// has the fewest fields (each is a line), then the fewest lines, then the fewest answers. Nothing can be left out of it. An
// error says that not even the full one passes.
func (j *judge) smallest(ctx context.Context, p place) (sample, error) {
	full, err := p.declared()
	if err != nil {
		return sample{}, err
	}
	filled, err := j.fill(ctx, full)
	if err != nil {
		return sample{}, err
	}
	var found []sample
	for _, spec := range j.fewestFields(ctx, filled) {
		found = append(found, newSample(p.code, p.name, j.reduced(ctx, spec)))
	}
	least := slices.MinFunc(found, func(a, b sample) int {
		return cmp.Or(cmp.Compare(len(a.lines), len(b.lines)), cmp.Compare(len(a.answers), len(b.answers)))
	})
	least.verdict, err = j.verdict(ctx, least.spec)
	return least, err
}

// fill adds to a specification what findings that deny ask for, until it passes.
func (j *judge) fill(ctx context.Context, spec *yaml.Node) (*yaml.Node, error) {
	spec = clone(spec)
	for range maxFillings {
		verdict, err := j.verdict(ctx, spec)
		if err != nil {
			return nil, err
		}
		if !verdict.Refuses() {
			return spec, nil
		}
		for _, finding := range verdict.Findings {
			if finding.Action != policy.ActionDeny {
				continue
			}
			if err := answer(spec, strings.TrimPrefix(finding.Field, "spec."), finding.Required, j.recently); err != nil {
				return nil, fmt.Errorf("%s: %w", finding.Rule, err)
			}
		}
	}
	return nil, fmt.Errorf("no answer is enough: %d were tried", maxFillings)
}

// fewestFields returns the specifications that are left of the full one with the fewest fields, and pass. A field that cannot
// go by itself cannot go with others either, since leaving out an answer never helps. So only the others are tried, in sets of
// growing size that stay.
func (j *judge) fewestFields(ctx context.Context, full *yaml.Node) []*yaml.Node {
	var optional []string
	for _, key := range keys(full) {
		if j.passes(ctx, without(full, key)) {
			optional = append(optional, key)
		}
	}
	for size := range len(optional) {
		var found []*yaml.Node
		for staying := range subsets(optional, size) {
			leaving := slices.DeleteFunc(slices.Clone(optional), func(key string) bool { return slices.Contains(staying, key) })
			if spec := without(full, leaving...); j.passes(ctx, spec) {
				found = append(found, spec)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return []*yaml.Node{full}
}

// reduced leaves out whatever answer is not needed, from the last to the first. Once is enough, since leaving out an answer
// makes no other one superfluous.
func (j *judge) reduced(ctx context.Context, spec *yaml.Node) *yaml.Node {
	for _, path := range slices.Backward(removable(spec)) {
		if smaller, ok := removed(spec, path); ok && j.passes(ctx, smaller) {
			spec = smaller
		}
	}
	return spec
}
