// Package rulebook writes documentation of the rules of a policy. For each rule it shows what the rule requires, the laws and sources
// behind it, and examples that fail and pass. It reads the bundle that the engine runs (METADATA and legal data) and the cases of the
// conformance corpus, so the documentation matches the behavior. It formats pages as text for terminals and as Markdown for docs/rules.
// It makes no decisions.
package rulebook

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
)

// Book explains the rules of a policy.
type Book struct {
	contents bundle.Catalogue
	cases    []example
}

// New returns the book of the rules in a bundle of policies. Its examples are the cases of the conformance corpus (YAML files). New returns
// an error if it cannot read the bundle or the cases.
func New(ctx context.Context, policies, cases fs.FS) (*Book, error) {
	contents, err := bundle.ReadCatalogue(ctx, policies)
	if err != nil {
		return nil, fmt.Errorf("load policy: %w", err)
	}
	examples, err := readCases(cases)
	if err != nil {
		return nil, fmt.Errorf("read examples: %w", err)
	}
	return &Book{contents: contents, cases: examples}, nil
}

// framework is a set of requirements that organisations report against, such as the NIST AI RMF. key is its key in METADATA.
type framework struct{ key, title string }

// listFrameworks returns the frameworks, in the order of the columns of the crosswalk.
func listFrameworks() []framework {
	return []framework{
		{"eu-ai-act", "EU AI Act (articles)"}, {"gdpr", "GDPR (articles)"}, {"oecd-ai-principles", "OECD AI principles"},
		{"nist-ai-rmf", "NIST AI RMF"}, {"iso-42001", "ISO/IEC 42001 Annex A"},
	}
}

// frameworkNote is the note at each list of related frameworks.
const frameworkNote = "The mapping is ours and coarse: related, never fulfilled by it."

// findGoal returns the goal with the ID. If there is no such goal, it returns a goal that has only the ID.
func (b *Book) findGoal(id string) bundle.Goal {
	i := slices.IndexFunc(b.contents.Goals, func(g bundle.Goal) bool { return g.ID == id })
	if i < 0 {
		return bundle.Goal{ID: id}
	}
	return b.contents.Goals[i]
}

// findRule returns the rule with the ID; nil if there is none.
func (b *Book) findRule(id string) *bundle.Rule {
	i := slices.IndexFunc(b.contents.Rules, func(r bundle.Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &b.contents.Rules[i]
}

// statement is a point of the legal data, with the law (of a place or a sector) that contains it.
type statement struct {
	bundle.Point
	law *bundle.Law
}

// findStatements returns the points about a dimension, each with the law that contains it. A law is the legal data of one place or sector;
// the points are in the order of the laws in the catalogue.
func (b *Book) findStatements(dimension string) []statement {
	var statements []statement
	for i := range b.contents.Laws {
		for _, p := range b.contents.Laws[i].Points {
			if p.Dimension == dimension {
				statements = append(statements, statement{p, &b.contents.Laws[i]})
			}
		}
	}
	return statements
}

// countPlaces returns how many places and sectors the statements are about.
func countPlaces(statements []statement) int {
	codes := map[string]bool{}
	for _, s := range statements {
		codes[s.law.Code] = true
	}
	return len(codes)
}

// summarize returns what a rule is about: its title, or its description with a capital letter if it has no title.
func summarize(r *bundle.Rule) string {
	if r.Title != "" {
		return r.Title
	}
	return capitalize(r.Description)
}

func capitalize(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// cutEmptyLine returns the text of a page without the empty line after its last table.
func cutEmptyLine(page string) string { return strings.TrimSuffix(page, "\n") }

// writeTable writes a Markdown table and an empty line. The first row is its header.
func writeTable(b *strings.Builder, rows ...[]string) {
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

// formatValue returns a value of the legal data as text: booleans as yes and no, the items of a list joined by commas, and the members of a
// map as `key: value`, joined by commas.
func formatValue(value any) string {
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

// formatLink returns a Markdown link, or the text alone if the address is empty. Angle brackets surround an address with characters that
// would end the link.
func formatLink(text, address string) string {
	if address == "" {
		return text
	}
	if strings.ContainsAny(address, " ()") {
		address = "<" + address + ">"
	}
	return "[" + text + "](" + address + ")"
}

// hostOf returns the host name of an address without `www.`, or the address itself if it cannot be parsed.
func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.TrimPrefix(parsed.Hostname(), "www.")
}

// formatCode returns the words, each as Markdown code, joined by commas.
func formatCode(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = "`" + word + "`"
	}
	return strings.Join(quoted, ", ")
}
