package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
)

// textColumns is the maximum width of the text report, in runes. Only headings and a single word that does not fit, such as an address,
// exceed it.
const textColumns = 100

// TextOptions say what a text report has besides the findings.
type TextOptions struct {
	// Ahead lists each upcoming change. Without it, one line has their number.
	Ahead bool
}

// WriteText writes the items for people, in the given order. For each object it writes a heading with the outcome, the findings grouped by
// action (the strongest first) with those of the group hygiene last, a summary of what the law requires, and the day on which the decision
// can change. The error is that of the writer.
func WriteText(w io.Writer, items []Item, o TextOptions) error {
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString("\n")
		}
		writeItem(&b, item, o)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// writeItem writes the part of the report about one object.
func writeItem(b *strings.Builder, item Item, o TextOptions) {
	name := clean(item.Name)
	if item.Namespace != "" { // Without one, the kind is cluster-scoped.
		name = clean(item.Namespace) + "/" + name
	}
	fmt.Fprintf(b, "%s %s: %s\n", clean(item.Kind), name, formatHeadline(item))
	if item.Outcome() == policy.OutcomeUndecided {
		WriteParagraph(b, "  ", "No decision was reached, so a cluster would refuse it: "+cmp.Or(clean(item.Verdict.Reason), "no reason is known")+".")
	}
	hygiene, others := splitHygiene(item.Verdict.Findings)
	for _, action := range ListActions() {
		writeFindings(b, action, others)
	}
	if len(hygiene) > 0 {
		WriteParagraph(b, "  ", "Hygiene, on which the governance does not rest:")
	}
	for _, action := range ListActions() {
		writeFindings(b, action, hygiene)
	}
	for _, line := range append(formatWays(item.Ways), formatSummary(item, o)...) {
		WriteParagraph(b, "  ", line)
	}
}

// splitHygiene returns the findings of the group hygiene, and the others, each in their order.
func splitHygiene(findings []policy.Finding) (hygiene, others []policy.Finding) {
	for _, f := range findings {
		if f.Group == policy.GroupHygiene {
			hygiene = append(hygiene, f)
		} else {
			others = append(others, f)
		}
	}
	return hygiene, others
}

// ListActions returns the actions that a finding can have, strongest first.
func ListActions() []policy.Action { return policy.ListActions() }

// formatHeadline returns the outcome with the number of findings by action, such as `Deny (1 deny, 2 warn)`.
func formatHeadline(item Item) string {
	var counts []string
	for _, action := range ListActions() {
		if count := len(filterByAction(item.Verdict.Findings, action)); count > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", count, action))
		}
	}
	if len(counts) == 0 {
		return string(item.Outcome())
	}
	return fmt.Sprintf("%s (%s)", item.Outcome(), strings.Join(counts, ", "))
}

// filterByAction returns the findings with the action, in their order.
func filterByAction(findings []policy.Finding, action policy.Action) []policy.Finding {
	var found []policy.Finding
	for _, f := range findings {
		if f.Action == action {
			found = append(found, f)
		}
	}
	return found
}

// writeFindings writes the findings with the action: for each the problem, the remedy and the sources.
func writeFindings(b *strings.Builder, action policy.Action, findings []policy.Finding) {
	for _, f := range filterByAction(findings, action) {
		WriteParagraph(b, "  "+string(action)+": ", formatProblem(f, textBounds()))
		WriteParagraph(b, "    ", describeWaiver(f)+describeParty(f)+clean(f.Remedy)+describeAlso(f)+describeMemory(f.Sources))
		for _, s := range f.Sources {
			WriteParagraph(b, "    - ", strings.TrimSpace(clean(s.Code)+": "+formatSource(s, areFromMemory(f.Sources))))
			if s.Note != "" {
				WriteParagraph(b, "      ", "Note: "+strings.TrimSuffix(clean(s.Note), ".")+".")
			}
		}
	}
}

// describeWaiver returns a sentence with what takes a finding its effect, and a space: the exceptions that waive it, or the reason why its
// dimension does not apply. It also says which approval such a reason lacks. It returns "" if there is nothing of this.
func describeWaiver(f policy.Finding) string {
	switch {
	case f.WaivedBy != "":
		return "Waived by PolicyException " + clean(f.WaivedBy) + ". "
	case f.AwaitsApproval != "":
		return fmt.Sprintf("The declaration says that it does not apply, but no approval is there, which GovernancePolicy %s demands: ask for a "+
			"PolicyException with the same words in spec.notApplicable; another user with the verb approve on policyexceptions approves it. ", clean(f.AwaitsApproval))
	case f.Reason != "":
		return "It does not apply, says the declaration: " + strings.TrimSuffix(clean(f.Reason), ".") + ". "
	}
	return ""
}

// describeAlso returns a sentence, after a space, with the other rules that the same fact breaks; "" if there are none.
func describeAlso(f policy.Finding) string {
	if len(f.Also) == 0 {
		return ""
	}
	return " The same fact breaks " + clean(strings.Join(f.Also, ", ")) + "."
}

// describeParty returns who must act on a finding, as a lead for the remedy: `For the developer: `. It returns "" for the deployer, who is
// the reader.
func describeParty(f policy.Finding) string {
	if f.Party == "" || f.Party == "deployer" {
		return ""
	}
	return "For the " + clean(f.Party) + ": "
}

// formatSummary returns the last lines about an object: how much is required, which obligations follow, what changes on which day, and the
// day and the policy of the decision.
func formatSummary(item Item, o TextOptions) []string {
	v := item.Verdict
	lines := slices.Concat(formatUnstated(v.Findings), formatNotApplicable(v), formatUnneeded(item.Unneeded))
	if len(v.Requirements) > 0 {
		lines = append(lines, fmt.Sprintf("Requirements merged from %s: %d.", strings.Join(listRequiringCodes(v.Requirements), ", "), len(v.Requirements)))
	}
	if obligations := v.Obligations.Entries(); len(obligations) > 0 {
		lines = append(lines, "Obligations: "+strings.Join(formatKinds(obligations), ", ")+".")
	}
	if len(item.Unexecuted) > 0 {
		lines = append(lines, "Not carried out by this version of the sidecar, so yours to see to: "+strings.Join(item.Unexecuted, ", ")+".")
	}
	if item.AsksForConsent {
		lines = append(lines, Asked)
	}
	if item.Redacted != nil {
		lines = append(lines, "Redacted in messages: "+Redacted(item.Redacted))
	}
	if len(item.Unredacted) > 0 {
		lines = append(lines, "Not redacted, because no detector knows it, so yours to see to: "+clean(strings.Join(item.Unredacted, ", "))+".")
	}
	if n := len(item.Unread); n > 0 {
		lines = append(lines, fmt.Sprintf("Passed on unread, as the shapes say (%d): %s. What passes there is not read.", n, strings.Join(item.Unread, "; ")))
	}
	if len(item.NotCovered) > 0 {
		lines = append(lines, "Not in the legal data, so not judged: "+clean(strings.Join(item.NotCovered, "; "))+".")
	}
	lines = append(lines, formatOutlook(v.Upcoming, o)...)
	decided := fmt.Sprintf("Decided as of %s by policy %s.", cmp.Or(clean(v.AsOf), "no date"), cmp.Or(clean(v.Revision), "unknown"))
	if v.NextEvaluation != "" {
		decided += " The decision can change on " + clean(v.NextEvaluation) + "."
	}
	return append(lines, decided)
}

// formatNotApplicable returns a line with the dimensions that do not apply, as the declaration says, and the number of findings about each; none if
// all apply.
func formatNotApplicable(v policy.Verdict) []string {
	var texts []string
	for dimension, n := range v.CountNotApplicable() {
		texts = append(texts, fmt.Sprintf("%s (%s)", clean(dimension), countFindings(n)))
	}
	if len(texts) == 0 {
		return nil
	}
	slices.Sort(texts)
	return []string{"Not applicable, as the declaration says: " + strings.Join(texts, ", ") + "."}
}

// formatUnneeded returns a line with the entries that are not needed; none if all are.
func formatUnneeded(unneeded []policy.Unneeded) []string {
	if len(unneeded) == 0 {
		return nil
	}
	var texts []string
	for _, u := range unneeded {
		texts = append(texts, fmt.Sprintf("%s (%s)", u.Field, clean(u.About)))
	}
	return []string{"Not needed, because there is no finding about it: " + strings.Join(texts, ", ") + "."}
}

// formatOutlook returns the lines about upcoming changes, which are sorted by date.
func formatOutlook(upcoming []policy.Change, o TextOptions) []string {
	if len(upcoming) == 0 {
		return nil
	}
	if !o.Ahead {
		return []string{fmt.Sprintf("%s, from %s on; --ahead lists what changes.", formatMore("Ahead: %d change", len(upcoming)), clean(upcoming[0].Date))}
	}
	lines := make([]string, 0, len(upcoming))
	for _, change := range upcoming {
		lines = append(lines, "Ahead: "+Change(change))
	}
	return lines
}

// Asked says that the sidecar asks people for their consent to the recording.
const Asked = "Asked in the chat, before anything else of a conversation is passed on: whether it may be recorded. If the app or its page asks, " +
	"state spec.consent.recordingAskedBy: app."

// Redacted says what detectors replace in messages, as the rest of a sentence.
func Redacted(detectors []string) string {
	if len(detectors) == 0 {
		return "nothing, because neither spec.personalData.redact nor the law of these places names a category with a detector."
	}
	return strings.Join(detectors, ", ") + "."
}

// listRequiringCodes returns the distinct codes of the sources of all requirements, sorted.
func listRequiringCodes(requirements []policy.Requirement) []string {
	var sources []legal.Source
	for _, r := range requirements {
		sources = append(sources, r.Sources...)
	}
	return listCodes(sources)
}

// formatKinds returns a text for each kind of obligation, with the number of its dimensions: `redact (2)`. The texts are sorted.
func formatKinds(obligations []obligation.Entry) []string {
	counts := map[string]int{}
	for _, o := range obligations {
		counts[clean(o.Kind)]++
	}
	texts := make([]string, 0, len(counts))
	for kind, n := range counts {
		texts = append(texts, fmt.Sprintf("%s (%d)", kind, n))
	}
	slices.Sort(texts)
	return texts
}

// maxIndent bounds the indent of the second and later lines of a paragraph, in spaces. Without it, a long first word would make them short.
const maxIndent = 6

// WriteParagraph writes the text wrapped to textColumns, with the lead before the first line. The other lines are indented by the width of
// the lead, at most by maxIndent.
func WriteParagraph(b *strings.Builder, lead, text string) {
	WriteHanging(b, lead, text, min(countRunes(lead), maxIndent))
}

// WriteHanging writes the text wrapped to textColumns, with the lead before the first line and the given number of spaces before each other
// line. It writes nothing for a text without words.
func WriteHanging(b *strings.Builder, lead, text string, spaces int) {
	indent := strings.Repeat(" ", spaces)
	line := lead
	width := countRunes(lead)
	isEmpty := true // Whether the line has no word yet.
	for word := range strings.FieldsSeq(text) {
		if !isEmpty && width+1+countRunes(word) > textColumns {
			b.WriteString(line + "\n")
			line, width, isEmpty = indent, countRunes(indent), true
		}
		if !isEmpty {
			line, width = line+" ", width+1
		}
		line, width, isEmpty = line+word, width+countRunes(word), false
	}
	if !isEmpty {
		b.WriteString(line + "\n")
	}
}
