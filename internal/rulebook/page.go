package rulebook

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/engine/bundle"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// describeTypes returns, by type of dimension, which declared values comply, and which value counts if several laws apply. The type
// `perCode` is missing, because dimensions of this type have no page.
func describeTypes() map[string]string {
	return map[string]string{
		"flag":        "a statement: it must be made, and must not be false",
		"level":       "a level: the required one or a stricter; of several laws the strictest counts",
		"atMost":      "a number that may not be larger; of several laws the smallest counts",
		"atLeast":     "a number that may not be smaller; of several laws the largest counts",
		"allOf":       "a list that has all that is required; the lists of several laws are joined",
		"oneOf":       "a list of what is allowed and nothing else; of several laws what all allow counts",
		"noneOf":      "a list that has nothing of what is forbidden; the lists of several laws are joined",
		"anyOf":       "a list that has one of each law's choices; the choices of several laws are all kept",
		"each":        "for each key an entry: completed, not expired and within the age limit of the key, if it has one; of several laws the smallest limit counts",
		"eachAtLeast": "for each key a number that may not be smaller; of several laws the largest counts",
		"eachAtMost":  "for each key a number that may not be larger; of several laws the smallest counts",
	}
}

// confidenceNote is the text that explains the columns source and confidence of a page.
const confidenceNote = "The link is the official address of the act, as far as one is known; *read at* is the page on which the value was read, when " +
	"that is another one. **sourced**: read there. **recalled**: from general knowledge, to be verified by counsel. " +
	"**default**: the law has the duty but no number; the number is ours, and meant to be set by the organisation. " +
	"Only a sourced point of a statute, a regulation, a court decision or a contract scheme denies, from its first day on. " +
	"Guidance, voluntary rules, drafts, defaults and what is recalled warn at most."

// defaultRemedy is the remedy of a rule that states none.
const defaultRemedy = "The finding names the value that is required: state it, or a stricter one."

// formatPage returns the Markdown page of a rule, without generatedNotice.
func (b *Book) formatPage(r *bundle.Rule) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n", r.ID)
	text := describe(r)
	if r.Title != "" { // The text begins with the title. Make the title bold.
		text = "**" + r.Title + ".**" + strings.TrimPrefix(text, r.Title+".")
	}
	out.WriteString(text + "\n\n")
	b.writeSummary(&out, r)
	b.writeExamples(&out, r)
	b.writeRelations(&out, r)
	b.writeLaw(&out, r)
	return cutEmptyLine(out.String())
}

// writeSummary writes a table with the properties of a rule: its action, field, remedy and so on.
func (b *Book) writeSummary(out *strings.Builder, r *bundle.Rule) {
	rows := [][]string{
		{"", ""}, // Markdown requires a header.
		{"action", describeAction(r)},
		{"who must act", r.Party},
	}
	if group := describeGroup(r); group != "" {
		rows = append(rows, []string{"group", group})
	}
	if d := r.Dimension; d != nil {
		kind := describeTypes()[d.Type]
		if d.Unit != "" {
			kind += " (" + d.Unit + ")"
		}
		rows = append(rows, []string{"field", "`spec." + d.Field + "`"}, []string{"type", "`" + d.Type + "`: " + kind})
		if len(d.Allowed) > 0 {
			rows = append(rows, []string{"words", strings.Join(explainWords(r, "`"), "; ")})
		}
		rows = append(rows, []string{"carried out by", describeCarrier(r.ID, d.CarriedBy)})
	}
	remedy := cmp.Or(r.Remedy, defaultRemedy)
	rows = append(rows, []string{"remedy", remedy})
	if hasLogic(r) { // The reason for any other rule is the law, which the page lists.
		rows = append(rows, []string{"why", formatResources(r.Resources)})
	}
	writeTable(out, rows...)
}

// describeGroup returns the group of a rule and what it means; "" for a rule about declarations, which has none.
func describeGroup(r *bundle.Rule) string {
	return map[string]string{
		string(policy.GroupEffect):  "effect: without it, traffic could bypass the sidecar, or fail at it",
		string(policy.GroupHygiene): "hygiene: a good practice for pods; a GovernancePolicy can make the whole group deny",
	}[r.Group]
}

// hasLogic reports whether a rule has Rego of its own; then its METADATA has a title, and resources that say why the rule exists. All other
// rules only compare one dimension with what the law requires, so the reason for them is the law, which the page lists.
func hasLogic(r *bundle.Rule) bool { return r.Dimension == nil || r.Title != "" }

// describeCarrier returns who or what carries a dimension out. The second argument is the dimension's `carried` in dimensions.yaml:
// declaration, workload, report, or `sidecar:` with a kind of obligation.
func describeCarrier(dimension, carried string) string {
	kind, hasObligation := strings.CutPrefix(carried, "sidecar:")
	switch {
	case hasObligation && obligation.IsExecuted(kind, dimension):
		return "the sidecar, as obligation `" + kind + "`; what is not declared is configured with what is required, but for addresses and contacts, which only people know"
	case hasObligation && obligation.ListExecutedLevels(kind, dimension) != nil:
		return "the sidecar, as obligation `" + kind + "`, if the value is `" + strings.Join(obligation.ListExecutedLevels(kind, dimension), "` or `") +
			"` and the declaration does not leave it to the app; otherwise the team that runs the chatbot"
	case hasObligation:
		return "the team that runs the chatbot; this version of Chaperone only shows the obligation `" + kind + "` in statuses and reports"
	}
	return map[string]string{
		"declaration": "people, who answer for what they declare",
		"workload":    "rules about pods and what is added to them",
		"report":      "no part of Chaperone: it is only shown to people",
	}[carried]
}

func formatResources(resources []bundle.Resource) string {
	var links []string
	for _, r := range resources {
		links = append(links, formatLink(r.Description, r.URL))
	}
	return strings.Join(links, "<br>")
}

// writeLaw writes a section with the points of all places and sectors about the dimension of a rule. It writes nothing if the rule has no
// dimension.
func (b *Book) writeLaw(out *strings.Builder, r *bundle.Rule) {
	if r.Dimension == nil {
		return
	}
	statements := b.findStatements(r.ID)
	out.WriteString("## What the law says\n\n")
	if len(statements) == 0 {
		out.WriteString("No place and no sector sets it yet.\n\n")
		return
	}
	fmt.Fprintf(out, "Set by %d places and sectors. %s\n\n", countPlaces(statements), confidenceNote)
	rows := [][]string{{"where", "value", "source", "force", "applies", "only if", "confidence", "note"}}
	for _, s := range statements {
		source := formatLink(s.Act+", "+s.Article, s.URL)
		if s.ReadAt != "" {
			source += ", " + formatLink("*read at* "+hostOf(s.ReadAt), s.ReadAt)
		}
		rows = append(rows, []string{
			s.law.Name + " (`" + s.law.Code + "`)", describeValue(r, s.Value), source, describeForce(s.Point), formatPeriod(s.Point), formatConditions(s.Point), "**" + s.Confidence + "**", s.Note,
		})
	}
	writeTable(out, rows...)
}

// describeValue returns what a point requires, in words.
func describeValue(r *bundle.Rule, value any) string {
	return report.Describe(r.ID, r.Dimension.Type, r.Dimension.Unit, value)
}

// explainWords returns each word that the field of a dimension takes, between marks, with what it stands for if that is not the same.
func explainWords(r *bundle.Rule, mark string) []string {
	texts := make([]string, 0, len(r.Dimension.Allowed))
	for _, word := range r.Dimension.Allowed {
		text := mark + word + mark
		if meaning := report.Word(r.ID, word); meaning != "" && meaning != word {
			text += " (" + meaning + ")"
		}
		texts = append(texts, text)
	}
	return texts
}

// describeForce returns the force of a point, and whether its act is only a draft or adopted for later.
func describeForce(p bundle.Point) string {
	if p.Status == "adopted" || p.Status == "proposed" {
		return p.Force + ", " + p.Status
	}
	return p.Force
}

// formatPeriod returns the days between which a point applies; "" if it has no first and no last day.
func formatPeriod(p bundle.Point) string {
	switch {
	case p.From != "" && p.Until != "":
		return p.From + " to " + p.Until
	case p.From != "":
		return "from " + p.From
	case p.Until != "":
		return "until " + p.Until
	}
	return ""
}

// formatConditions returns the conditions of a point, joined by semicolons. The point applies only if all of them are met.
func formatConditions(p bundle.Point) string {
	var conditions []string
	for _, key := range sortedKeys(p.When) {
		text := key
		if p.When[key] != true { // A condition that is true is only named.
			text += ": " + formatValue(p.When[key])
		}
		conditions = append(conditions, text)
	}
	if len(p.Jurisdictions) > 0 {
		conditions = append(conditions, "served: "+strings.Join(p.Jurisdictions, ", "))
	}
	if p.Direct { // The point does not apply to declarations of a part of the place.
		conditions = append(conditions, "declared itself, not as a parent")
	}
	return strings.Join(conditions, "; ")
}

// writeRelations writes a section with the goals that the rule serves, and one with the parts of frameworks to which it is related.
func (b *Book) writeRelations(out *strings.Builder, r *bundle.Rule) {
	out.WriteString("## Goals\n\n")
	for _, id := range r.Goals {
		fmt.Fprintf(out, "- [%s](../coverage.md): %s\n", id, b.findGoal(id).Text)
	}
	out.WriteString("\n## Related frameworks\n\n" + frameworkNote + "\n\n")
	rows := [][]string{{"framework", "part"}}
	for _, f := range listFrameworks() {
		if parts := r.Frameworks[f.key]; len(parts) > 0 {
			rows = append(rows, []string{f.title, strings.Join(parts, ", ")})
		}
	}
	writeTable(out, rows...)
}
