package starter

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// proposedAnswer is a value for a field below spec.
type proposedAnswer struct {
	field string
	value *yaml.Node
}

// propose returns values that could remove a finding about the specification, each proposal with all fields that it sets: what the finding
// requires besides what is declared, or in its place, and an example. Only the policy knows which of them it accepts.
func (s *Searcher) propose(spec *yaml.Node, finding policy.Finding) [][]proposedAnswer {
	return append(s.proposeRequired(spec, finding), s.proposeExample(spec, finding)...)
}

// proposeRequired returns values that have what a finding requires.
func (s *Searcher) proposeRequired(spec *yaml.Node, finding policy.Finding) [][]proposedAnswer {
	field := strings.TrimPrefix(finding.Field, "spec.")
	known, exists := s.FindField(field)
	if !exists {
		return nil
	}
	var proposals [][]proposedAnswer
	switch {
	case known.Kind() == schema.KindObject:
		proposals = append(proposals, s.proposeMembers(spec, field, known, finding.Required))
	case known.Kind() == schema.KindList:
		for _, declared := range []*yaml.Node{spec, {Kind: yaml.MappingNode}} {
			for _, required := range listChoices(finding.Required) {
				proposals = append(proposals, s.proposeList(declared, field, required))
			}
		}
	default:
		if value := parseRequired(finding.Required, known); value != nil {
			proposals = append(proposals, []proposedAnswer{{field, value}})
		}
	}
	return proposals
}

// proposeExample returns a value that shows how to write the field of a finding, if there is one.
func (s *Searcher) proposeExample(spec *yaml.Node, finding policy.Finding) [][]proposedAnswer {
	field := strings.TrimPrefix(finding.Field, "spec.")
	example := s.findExample(spec, field)
	if example == nil {
		return nil
	}
	return [][]proposedAnswer{{{field, example}}}
}

// parseRequired returns the single value that a finding requires of a field; nil if the field does not take it. Of a text, true only requires that
// there is one.
func parseRequired(required any, field schema.Field) *yaml.Node {
	if isTrue := required == true; isTrue && field.Kind() != schema.KindFlag {
		return nil
	}
	value, err := parseAnswer(fmt.Sprint(required), field)
	if err != nil {
		return nil
	}
	return value
}

// proposeList returns the items of the list at the field of a specification together with those that are required.
func (s *Searcher) proposeList(spec *yaml.Node, field string, required any) []proposedAnswer {
	spec = cloneNode(spec)
	if !canHave(spec, field) || setRequired(spec, field, required, s.assessedOn) != nil {
		return nil
	}
	list := findField(spec, field)
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	return []proposedAnswer{{field, list}}
}

// listChoices returns a required value once for each of the alternatives that are in it: in each, another alternative is the first, which is the
// one that setRequired takes.
func listChoices(required any) []any {
	clauses, isList := required.([]any)
	if !isList {
		return []any{required}
	}
	count := 1
	for _, clause := range clauses {
		choices, _ := clause.([]any)
		count = max(count, len(choices))
	}
	var all []any
	for first := range count {
		var turned []any
		for _, clause := range clauses {
			if choices, _ := clause.([]any); len(choices) > 0 {
				clause = slices.Concat(choices[first%len(choices):], choices[:first%len(choices)])
			}
			turned = append(turned, clause)
		}
		all = append(all, turned)
	}
	return all
}

// proposeMembers returns an example for each member of an object that a finding requires by its word, such as dataProtectionOfficer for
// `data-protection-officer`, and that is not declared.
func (s *Searcher) proposeMembers(spec *yaml.Node, field string, object schema.Field, required any) []proposedAnswer {
	words, _ := required.([]any)
	var proposed []proposedAnswer
	for _, word := range words {
		name := camelCase(fmt.Sprint(word))
		member, known := object.Member(name)
		if !known {
			continue
		}
		path := field + "." + name
		if member.Kind() == schema.KindObject {
			path += "." + member.ListMembers()[0]
		}
		if value := findField(spec, path); value != nil && !isBlank(value) {
			continue
		}
		if example := s.findExample(spec, path); example != nil {
			proposed = append(proposed, proposedAnswer{path, example})
		}
	}
	return proposed
}

// camelCase returns the name of a member for a word with hyphens: `riskOwner` for `risk-owner`.
func camelCase(word string) string {
	first, rest, hasRest := strings.Cut(word, "-")
	for hasRest {
		var part string
		part, rest, hasRest = strings.Cut(rest, "-")
		if part != "" {
			first += strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return first
}
