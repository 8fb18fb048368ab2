package rulebook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
)

// formatCoverage returns the page about coverage: for each goal, the parts of Chaperone that serve it and what is still open.
func (b *Book) formatCoverage() string {
	var out strings.Builder
	open := 0 // The number of goals that have an open part.
	for _, g := range b.contents.Goals {
		if g.OpenPart != "" {
			open++
		}
	}
	fmt.Fprintf(&out, "# Coverage\n\nWhat Chaperone owes its users is %d goals. Something carries each of them today: rules of the policy, what the sidecar "+
		"carries out, what is done with pods, evidence, or an answer to people. Of %d goals a part is open, and is listed under *open*; the "+
		"other %d have nothing open.\n\n", len(b.contents.Goals), open, len(b.contents.Goals)-open)
	b.writeTotals(&out)
	for _, theme := range b.listThemes() {
		fmt.Fprintf(&out, "## %s\n\n", capitalize(strings.ReplaceAll(theme, "-", " ")))
		rows := [][]string{{"goal", "carried by", "open"}}
		for _, g := range b.contents.Goals {
			if g.Theme == theme {
				rows = append(rows, []string{g.ID + ": " + g.Text, strings.Join(b.listCarriers(g), "<br>"), g.OpenPart})
			}
		}
		writeTable(&out, rows...)
	}
	return cutEmptyLine(out.String())
}

// listThemes returns the themes of the goals, each once, in the order of the goals.
func (b *Book) listThemes() []string {
	var themes []string
	for _, g := range b.contents.Goals {
		if !slices.Contains(themes, g.Theme) {
			themes = append(themes, g.Theme)
		}
	}
	return themes
}

// writeTotals writes a table with the number of goals that each part of Chaperone serves.
func (b *Book) writeTotals(out *strings.Builder) {
	rows := [][]string{{"carried by", "goals"}}
	for _, kind := range []struct {
		title   string
		carries func(bundle.Goal) bool
	}{
		{"dimensions of the law", func(g bundle.Goal) bool { return len(g.Dimensions) > 0 }},
		{"rules with logic of their own", func(g bundle.Goal) bool { return len(b.linkRules(g)) > 0 }},
		{"the sidecar", func(g bundle.Goal) bool { return len(g.SidecarKinds) > 0 }},
		{"workloads", func(g bundle.Goal) bool { return g.WorkloadControl != "" }},
		{"evidence", func(g bundle.Goal) bool { return g.Evidence != "" }},
		{"answers to people", func(g bundle.Goal) bool { return g.Output != "" }},
	} {
		count := 0
		for _, g := range b.contents.Goals {
			if kind.carries(g) {
				count++
			}
		}
		rows = append(rows, []string{kind.title, fmt.Sprint(count)})
	}
	writeTable(out, rows...)
}

// linkRules returns links to the rules that serve a goal, without the rules of the goal's dimensions, which the page lists separately.
func (b *Book) linkRules(g bundle.Goal) []string {
	var ids []string
	for i := range b.contents.Rules {
		if r := &b.contents.Rules[i]; slices.Contains(r.Goals, g.ID) && !slices.Contains(g.Dimensions, r.ID) {
			ids = append(ids, b.linkRule(r.ID))
		}
	}
	return ids
}

// listCarriers returns a line of Markdown for each part of Chaperone that serves a goal: dimensions, rules, sidecar and so on.
func (b *Book) listCarriers(g bundle.Goal) []string {
	var lines []string
	var dimensions []string
	for _, name := range g.Dimensions {
		dimensions = append(dimensions, fmt.Sprintf("%s (%d)", b.linkRule(name), countPlaces(b.findStatements(name))))
	}
	for _, carrier := range []struct{ title, text string }{
		{"dimensions (set by)", strings.Join(dimensions, ", ")},
		{"rules", strings.Join(b.linkRules(g), ", ")},
		{"sidecar", formatCode(g.SidecarKinds)},
		{"workload", g.WorkloadControl},
		{"evidence", g.Evidence},
		{"answer", g.Output},
	} {
		if carrier.text != "" {
			lines = append(lines, "*"+carrier.title+":* "+carrier.text)
		}
	}
	return lines
}

// linkRule returns a Markdown link to the page of the rule with the ID, or the ID alone if there is no such rule: an ID may be that of a
// dimension that is only shown to people, which has no rule.
func (b *Book) linkRule(id string) string {
	if b.findRule(id) == nil {
		return "`" + id + "`"
	}
	return fmt.Sprintf("[%s](rules/%s.md)", id, id)
}
