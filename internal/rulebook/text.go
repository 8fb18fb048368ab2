package rulebook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// maxTitleRunes bounds the text about a rule in the list of rules, in runes.
const maxTitleRunes = 100

// fieldColumn is the column in which the values of a rule's properties begin.
const fieldColumn = 16

// List returns the IDs of all rules, in the order of the catalogue, which sorts its rules by ID.
func (b *Book) List() []string {
	ids := make([]string, 0, len(b.contents.Rules))
	for i := range b.contents.Rules {
		ids = append(ids, b.contents.Rules[i].ID)
	}
	return ids
}

// FormatList returns a line for each rule, for a terminal: the ID and what the rule is about.
func (b *Book) FormatList() string {
	width := 0
	for _, id := range b.List() {
		width = max(width, len(id))
	}
	var out strings.Builder
	for i := range b.contents.Rules {
		r := &b.contents.Rules[i]
		fmt.Fprintf(&out, "%-*s  %s\n", width, r.ID, report.Plain(summarize(r), maxTitleRunes))
	}
	return out.String()
}

// Format returns the page of a rule for a terminal, or false if there is no such rule. The page shows the law of the jurisdictions and
// sectors with the given codes, and of the places that these are part of. If codes is empty, the page shows all laws.
func (b *Book) Format(id string, codes []string) (text string, ok bool) {
	r := b.findRule(id)
	if r == nil {
		return "", false
	}
	var out strings.Builder
	out.WriteString(r.ID + "\n\n")
	report.WriteParagraph(&out, "", describe(r))
	out.WriteString("\n")
	for _, f := range listFields(r) {
		report.WriteHanging(&out, fmt.Sprintf("%-*s", fieldColumn, f[0]+":"), f[1], fieldColumn)
	}
	b.writeTextExamples(&out, r.ID)
	b.writeTextLaw(&out, r, codes)
	return out.String(), true
}

// FormatMarkdown returns the page of a rule as it is in docs/rules, or false if there is no such rule.
func (b *Book) FormatMarkdown(id string) (text string, ok bool) {
	r := b.findRule(id)
	if r == nil {
		return "", false
	}
	return b.formatPage(r), true
}

// describe returns the title and the description of a rule as one paragraph.
func describe(r *bundle.Rule) string {
	text := strings.TrimSuffix(capitalize(r.Description), ".") + "."
	if r.Title != "" {
		text = r.Title + ". " + text
	}
	return text
}

// describeAction returns the action of a rule, and says if an organisation cannot waive or change it.
func describeAction(r *bundle.Rule) string {
	text := r.Action
	if r.CannotBeWaived {
		text += "; no exception can waive it"
	}
	if r.CannotBeWeakened {
		text += "; no enforcement and no GovernancePolicy can weaken it"
	}
	return text
}

// listFields returns the properties of a rule, each with its name and value, in the order of the page.
func listFields(r *bundle.Rule) [][2]string {
	fields := [][2]string{{"Action", describeAction(r)}, {"Who must act", r.Party}}
	if group := describeGroup(r); group != "" {
		fields = append(fields, [2]string{"Group", group})
	}
	if d := r.Dimension; d != nil {
		kind := describeTypes()[d.Type]
		if d.Unit != "" {
			kind += " (" + d.Unit + ")"
		}
		fields = append(fields, [2]string{"Field", "spec." + d.Field}, [2]string{"Value", kind})
		if len(d.Allowed) > 0 {
			fields = append(fields, [2]string{"Words", strings.Join(explainWords(r, ""), "; ")})
		}
		fields = append(fields, [2]string{"Carried out by", strings.ReplaceAll(describeCarrier(r.ID, d.CarriedBy), "`", "")})
	}
	fields = append(fields, [2]string{"Remedy", cmp.Or(r.Remedy, defaultRemedy)})
	if hasLogic(r) { // The reason for any other rule is the law, which the page lists.
		for _, resource := range r.Resources {
			fields = append(fields, [2]string{"See", strings.TrimSpace(resource.Description + ", " + resource.URL)})
		}
	}
	return fields
}

// writeTextExamples writes the examples of a rule for a terminal.
func (b *Book) writeTextExamples(out *strings.Builder, id string) {
	b.writeExampleLists(out, id, "\nExamples that fail\n", "\nExamples that pass\n", (*example).writeText)
}

// writeText writes the example for a terminal: its name, what it changes of its base, and the outcome.
func (c *example) writeText(out *strings.Builder) {
	lead := capitalize(c.Name)
	if c.AsOf != "" {
		lead += ", on " + c.AsOf
	}
	if c.As != "" {
		lead += ", in the template of a " + c.As
	}
	out.WriteString("\n")
	report.WriteParagraph(out, "  ", lead+":")
	parts := c.listParts()
	if len(parts) == 0 {
		out.WriteString("    (a declaration that passes, unchanged)\n")
	}
	for _, part := range parts {
		out.WriteString("    # " + part.title + "\n")
		for line := range strings.Lines(formatYAML(part.node)) {
			out.WriteString("    " + line)
		}
	}
	outcome := "    " + c.Outcome
	if len(c.Rules) > 0 {
		outcome += ": " + strings.Join(c.Rules, ", ")
	}
	out.WriteString(outcome + "\n")
}

// writeTextLaw writes the points about the dimension of a rule for a terminal. With codes, it writes only the points of the places and
// sectors with these codes, and of the places that they are part of. It writes nothing if the rule has no dimension.
func (b *Book) writeTextLaw(out *strings.Builder, r *bundle.Rule, codes []string) {
	if r.Dimension == nil {
		return
	}
	statements := b.findStatements(r.ID)
	if len(codes) > 0 {
		shown := b.addParents(codes)
		statements = slices.DeleteFunc(statements, func(s statement) bool { return !slices.Contains(shown, s.law.Code) })
	}
	out.WriteString("\nWhat the law says\n\n")
	if len(statements) == 0 {
		where := "No place and no sector"
		if len(codes) > 0 {
			where = "None of " + strings.Join(codes, ", ")
		}
		out.WriteString("  " + where + " sets a value.\n")
		return
	}
	for _, s := range statements {
		report.WriteParagraph(out, "  - ", fmt.Sprintf("%s (%s): %s", s.law.Name, s.law.Code, describeValue(r, s.Value))+formatDetails(s))
		report.WriteParagraph(out, "    ", strings.TrimSuffix(s.Act+", "+s.Article+", "+s.URL, ", ")) // Not every act has an address.
		if s.ReadAt != "" {
			report.WriteParagraph(out, "    ", "Read at "+s.ReadAt)
		}
		if s.Note != "" {
			report.WriteParagraph(out, "    ", s.Note)
		}
	}
	out.WriteString("\n")
	// confidenceNote is written for Markdown pages, which have links. A terminal shows addresses, so replace the words.
	report.WriteParagraph(out, "  ", strings.NewReplacer("**", "", "*read at*", "\"Read at\"", "The link", "The address").Replace(confidenceNote))
}

// formatDetails returns when a point applies, under which conditions, its force and its confidence.
func formatDetails(s statement) string {
	text := ""
	for _, detail := range []string{formatPeriod(s.Point), formatConditions(s.Point)} {
		if detail != "" {
			text += ", " + detail
		}
	}
	return text + " (" + describeForce(s.Point) + "; " + s.Confidence + ")"
}

// addParents returns the codes and the codes of all places that they are part of (`eu` for `de`), each once.
func (b *Book) addParents(codes []string) []string {
	all := slices.Clone(codes)
	for i := 0; i < len(all); i++ { // The list grows: a parent may have a parent.
		for j := range b.contents.Laws {
			if l := &b.contents.Laws[j]; l.Code == all[i] && l.Parent != "" && !slices.Contains(all, l.Parent) {
				all = append(all, l.Parent)
			}
		}
	}
	return all
}
