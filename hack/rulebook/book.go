package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chaperone-dev/chaperone/internal/engine"
)

const head = "<!-- Written by hack/rulebook (make generate). Do not edit. -->\n"

// book is everything that the documents are made of.
type book struct {
	engine.Contents
	cases []example
}

// framework is one list of demands that people report against.
type framework struct{ key, title string }

// frameworks in the order of columns.
func frameworks() []framework {
	return []framework{
		{"eu-ai-act", "EU AI Act (articles)"}, {"gdpr", "GDPR (articles)"}, {"oecd-ai-principles", "OECD AI principles"},
		{"nist-ai-rmf", "NIST AI RMF"}, {"iso-42001", "ISO/IEC 42001 Annex A"},
	}
}

// related says of every mapping what it is.
const related = "The mapping is ours and coarse: related, never fulfilled by it."

func (b *book) goal(id string) engine.Goal {
	i := slices.IndexFunc(b.Goals, func(g engine.Goal) bool { return g.ID == id })
	if i < 0 {
		return engine.Goal{ID: id}
	}
	return b.Goals[i]
}

func (b *book) rule(id string) *engine.Rule {
	i := slices.IndexFunc(b.Rules, func(r engine.Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &b.Rules[i]
}

// statement is a point and the law in which it stands.
type statement struct {
	engine.Point
	law *engine.Law
}

// statements of the law about a dimension, in the order of places.
func (b *book) statements(dimension string) []statement {
	var all []statement
	for i := range b.Laws {
		for _, p := range b.Laws[i].Points {
			if p.Dimension == dimension {
				all = append(all, statement{p, &b.Laws[i]})
			}
		}
	}
	return all
}

// setBy is the number of places and sectors of the statements.
func setBy(statements []statement) int {
	codes := map[string]bool{}
	for _, s := range statements {
		codes[s.law.Code] = true
	}
	return len(codes)
}

// what a rule is about, in one sentence without its full stop.
func what(r *engine.Rule) string {
	if r.Title != "" {
		return r.Title
	}
	return capitalised(r.Description)
}

func capitalised(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// table writes rows of a Markdown table; the first is its head.
func table(b *strings.Builder, rows ...[]string) {
	for i, row := range rows {
		for _, cell := range row {
			b.WriteString("| " + strings.NewReplacer("|", "\\|", "\n", " ").Replace(cell) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	b.WriteString("\n")
}

// shown is a value of the law for people.
func shown(value any) string {
	switch value := value.(type) {
	case []any:
		words := make([]string, len(value))
		for i, item := range value {
			words[i] = fmt.Sprint(item)
		}
		return strings.Join(words, ", ")
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, fmt.Sprintf("%s: %v", key, value[key]))
		}
		return strings.Join(parts, ", ")
	case bool:
		return map[bool]string{true: "yes", false: "no"}[value]
	}
	return fmt.Sprint(value)
}

// link of Markdown; an address with characters that would end it stands in brackets.
// link returns the text alone when there is no address.
func link(text, address string) string {
	if address == "" {
		return text
	}
	if strings.ContainsAny(address, " ()") {
		address = "<" + address + ">"
	}
	return "[" + text + "](" + address + ")"
}

// host returns the host name in an address.
func host(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.TrimPrefix(parsed.Hostname(), "www.")
}

func code(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + word + "`"
	}
	return strings.Join(quoted, ", ")
}
