package rulebook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// Meaning is what a word of the legal data means in one place.
type Meaning struct {
	// Kind says what the word is, such as "a role of the deployer".
	Kind string
	// Text is what it stands for; empty if the word says it.
	Text string
	// Field is the field of the declaration that takes the word (`spec.consent.lawfulBasis`); empty if none does.
	Field string
	// Rule is the ID of the rule about the field; empty if there is none.
	Rule string
	// Codes are the places and sectors whose law names the word there, sorted.
	Codes []string
}

// ListRules returns the IDs of the rules about a field of the declaration, such as `spec.consent.lawfulBasis`.
func (b *Book) ListRules(field string) []string {
	var ids []string
	for i := range b.contents.Rules {
		if slices.Contains(b.contents.Rules[i].Fields, field) {
			ids = append(ids, b.contents.Rules[i].ID)
		}
	}
	return ids
}

// ListMeanings returns what a word means: a value of a dimension, a role, or a code of a place or a sector. It returns nothing for other words.
func (b *Book) ListMeanings(word string) []Meaning {
	var meanings []Meaning
	for i := range b.contents.Laws {
		if l := &b.contents.Laws[i]; l.Code == word {
			meanings = append(meanings, Meaning{Kind: "a code of a " + l.Kind, Text: l.Name, Field: "spec." + l.Kind + "s"})
		}
	}
	if role, exists := b.contents.Roles[word]; exists {
		meanings = append(meanings, Meaning{
			Kind: "a role of the deployer", Text: fmt.Sprintf("%s (%s, %s)", role.About, role.Source, role.URL), Field: "spec.accountability.roles",
			Codes: b.listNaming(word, ""),
		})
	}
	for i := range b.contents.Dimensions {
		if d := &b.contents.Dimensions[i]; slices.Contains(d.Allowed, word) {
			meanings = append(meanings, b.describeWord(d, word))
		}
	}
	return meanings
}

// describeWord returns what a word means as a value of a dimension.
func (b *Book) describeWord(d *bundle.Dimension, word string) Meaning {
	m := Meaning{Kind: "a value of: " + d.About, Codes: b.listNaming(word, d.Name)}
	if text := report.Word(d.Name, word); text != word {
		m.Text = text
	}
	if d.Field != "-" {
		m.Field = "spec." + d.Field
	}
	if b.findRule(d.Name) != nil {
		m.Rule = d.Name
	}
	return m
}

// ListWords returns all words that ListMeanings knows, each once, sorted.
func (b *Book) ListWords() []string {
	var words []string
	for i := range b.contents.Laws {
		words = append(words, b.contents.Laws[i].Code)
	}
	for i := range b.contents.Dimensions {
		words = append(words, b.contents.Dimensions[i].Allowed...)
	}
	words = append(words, sortedKeys(b.contents.Roles)...)
	slices.Sort(words)
	return slices.Compact(words)
}

// listNaming returns the codes whose law names a word in the value of a dimension or, without one, in the condition on roles.
func (b *Book) listNaming(word, dimension string) []string {
	var codes []string
	for i := range b.contents.Laws {
		l := &b.contents.Laws[i]
		if slices.ContainsFunc(l.Points, func(p bundle.Point) bool {
			if dimension == "" {
				return names(p.When["roles"], word) || names(p.When["notRoles"], word)
			}
			return p.Dimension == dimension && names(p.Value, word)
		}) {
			codes = append(codes, l.Code)
		}
	}
	slices.Sort(codes)
	return codes
}

// names reports whether a value of the legal data is a word, or has it as an item or as a key.
func names(value any, word string) bool {
	switch value := value.(type) {
	case string:
		return strings.EqualFold(value, word)
	case []any:
		return slices.ContainsFunc(value, func(item any) bool { return names(item, word) })
	case map[string]any:
		_, exists := value[word]
		return exists
	}
	return false
}
