package starter

import (
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chaperone-dev/chaperone/internal/cli/schema"
)

// examples is a specification with values for the fields that `full` lacks.
//
//go:embed examples.yaml
var examples string

// anyIndex matches the index of an item in a field, such as `[2]`.
var anyIndex = regexp.MustCompile(`\[\d*\]`)

// findExample returns a value that shows how to write a field of the specification: the one of examples.yaml or full.yaml, or else one made of
// what the schema says. It returns nil if the field does not exist, or if nothing is known of it.
func (s *Searcher) findExample(spec *yaml.Node, field string) *yaml.Node {
	known, exists := s.FindField(field)
	if !exists {
		return nil
	}
	first := anyIndex.ReplaceAllString(field, "[0]")
	for _, text := range []string{examples, full} {
		values, err := namedPlaces{country: s.guessCountry(spec)}.parseSpec(text, "support")
		if err != nil {
			return nil
		}
		if value := findField(values, first); value != nil && !isBlank(value) {
			return value
		}
	}
	return s.makeExample(known)
}

// guessCountry returns the country of the first jurisdiction of a specification, or of the first example if none is declared; "" if the legal
// data does not know it.
func (s *Searcher) guessCountry(spec *yaml.Node) string {
	jurisdiction := findMember(spec, "jurisdictions[0]")
	if jurisdiction == nil || len(jurisdiction.Value) < 2 { // A code has two letters or more.
		values, err := namedPlaces{}.parseSpec(examples, "")
		if err != nil {
			return ""
		}
		jurisdiction = findMember(values, "jurisdictions[0]")
	}
	country, err := s.findCountry(strings.ToLower(jurisdiction.Value))
	if err != nil {
		return ""
	}
	return country
}

// makeExample returns a value that a field takes according to the schema; nil if nothing is known of the field.
func (s *Searcher) makeExample(field schema.Field) *yaml.Node {
	switch field.Kind() {
	case schema.KindFlag:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"}
	case schema.KindNumber:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(max(field.Minimum(), 1), 10)}
	case schema.KindDay:
		return newText(s.assessedOn)
	case schema.KindText:
		return newText(chooseText(field))
	case schema.KindList:
		return s.makeCollection(yaml.SequenceNode, []schema.Field{field.Item()}, nil)
	case schema.KindMap:
		value, _ := field.Member("en")
		return s.makeCollection(yaml.MappingNode, []schema.Field{value}, []string{"en"})
	case schema.KindObject:
		names := slices.DeleteFunc(field.ListMembers(), func(name string) bool { return !field.IsRequired(name) })
		if len(names) == 0 {
			names = field.ListMembers()[:1]
		}
		var members []schema.Field
		for _, name := range names {
			member, _ := field.Member(name)
			members = append(members, member)
		}
		return s.makeCollection(yaml.MappingNode, members, names)
	}
	return nil
}

// makeCollection returns a list or, with names, a mapping with an example for each of the fields; nil if there is none for one of them.
func (s *Searcher) makeCollection(kind yaml.Kind, fields []schema.Field, names []string) *yaml.Node {
	n := &yaml.Node{Kind: kind, Style: yaml.FlowStyle}
	for i, field := range fields {
		value := s.makeExample(field)
		if value == nil {
			return nil
		}
		if names != nil {
			n.Content = append(n.Content, newText(names[i]))
		}
		n.Content = append(n.Content, value)
	}
	return n
}

// chooseText returns a text that the field takes: its first word, or the first that its pattern matches of texts that mean different things.
func chooseText(field schema.Field) string {
	if words := field.ListWords(); len(words) > 0 {
		return words[0]
	}
	candidates := []string{"contact@shop.example", "https://shop.example/page", "/path", "word", "en", "1"}
	for _, candidate := range candidates {
		if field.Matches(candidate) {
			return candidate
		}
	}
	return candidates[0]
}
