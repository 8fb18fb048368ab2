package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine"
)

// coverage lists every goal with what carries it, and what is open.
func (b *book) coverage() string {
	var out strings.Builder
	open := 0
	for _, g := range b.Goals {
		if g.Later != "" {
			open++
		}
	}
	fmt.Fprintf(&out, "# Coverage\n\nWhat Chaperone owes its users is %d goals. Something carries each of them today: rules of the policy, what the sidecar "+
		"carries out, what is done with pods, evidence, or an answer to people. Of %d goals a part is open, and is listed under *open*; the "+
		"other %d have nothing open.\n\n", len(b.Goals), open, len(b.Goals)-open)
	b.totals(&out)
	for _, theme := range b.themes() {
		fmt.Fprintf(&out, "## %s\n\n", capitalised(strings.ReplaceAll(theme, "-", " ")))
		rows := [][]string{{"goal", "carried by", "open"}}
		for _, g := range b.Goals {
			if g.Theme == theme {
				rows = append(rows, []string{g.ID + ": " + g.Text, strings.Join(b.carriers(g), "<br>"), g.Later})
			}
		}
		table(&out, rows...)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// themes in the order of the goals.
func (b *book) themes() []string {
	var themes []string
	for _, g := range b.Goals {
		if !slices.Contains(themes, g.Theme) {
			themes = append(themes, g.Theme)
		}
	}
	return themes
}

func (b *book) totals(out *strings.Builder) {
	rows := [][]string{{"carried by", "goals"}}
	for _, kind := range []struct {
		title   string
		carries func(engine.Goal) bool
	}{
		{"dimensions of the law", func(g engine.Goal) bool { return len(g.Dimensions) > 0 }},
		{"rules with logic of their own", func(g engine.Goal) bool { return len(b.rulesFor(g)) > 0 }},
		{"the sidecar", func(g engine.Goal) bool { return len(g.Runtime) > 0 }},
		{"workloads", func(g engine.Goal) bool { return g.Workload != "" }},
		{"evidence", func(g engine.Goal) bool { return g.Evidence != "" }},
		{"answers to people", func(g engine.Goal) bool { return g.Answer != "" }},
	} {
		count := 0
		for _, g := range b.Goals {
			if kind.carries(g) {
				count++
			}
		}
		rows = append(rows, []string{kind.title, fmt.Sprint(count)})
	}
	table(out, rows...)
}

// rulesFor are the rules that name the goal and are not only dimensions that the goal names.
func (b *book) rulesFor(g engine.Goal) []string {
	var ids []string
	for i := range b.Rules {
		if r := &b.Rules[i]; slices.Contains(r.Goals, g.ID) && !slices.Contains(g.Dimensions, r.ID) {
			ids = append(ids, b.link(r.ID))
		}
	}
	return ids
}

// carriers of a goal, one sort a line.
func (b *book) carriers(g engine.Goal) []string {
	var lines []string
	var dimensions []string
	for _, name := range g.Dimensions {
		dimensions = append(dimensions, fmt.Sprintf("%s (%d)", b.link(name), setBy(b.statements(name))))
	}
	for _, sort := range []struct{ title, text string }{
		{"dimensions (set by)", strings.Join(dimensions, ", ")},
		{"rules", strings.Join(b.rulesFor(g), ", ")},
		{"sidecar", code(g.Runtime)},
		{"workload", g.Workload},
		{"evidence", g.Evidence},
		{"answer", g.Answer},
	} {
		if sort.text != "" {
			lines = append(lines, "*"+sort.title+":* "+sort.text)
		}
	}
	return lines
}

// link to the page of a rule; a dimension that is only shown has none.
func (b *book) link(id string) string {
	if b.rule(id) == nil {
		return "`" + id + "`"
	}
	return fmt.Sprintf("[%s](rules/%s.md)", id, id)
}
