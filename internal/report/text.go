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

// textColumns is the width of the text report; only a word that is longer by itself (an address) goes beyond it.
const textColumns = 100

// shownChanges bounds the changes ahead that a report lists for an object.
const shownChanges = 8

// WriteText writes the items for people, in the given order: per object a heading with the outcome, the findings grouped by action
// (the strongest first), what the law requires in sum, and when the decision can change. It returns the error of the writer.
func WriteText(w io.Writer, items []Item) error {
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString("\n")
		}
		writeItem(&b, item)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func writeItem(b *strings.Builder, item Item) {
	fmt.Fprintf(b, "%s %s/%s: %s\n", clean(item.Kind), clean(item.Namespace), clean(item.Name), formatHeadline(item))
	if item.Outcome() == policy.OutcomeUndecided {
		WriteParagraph(b, "  ", "No decision was reached, so a cluster would refuse it: "+cmp.Or(clean(item.Verdict.Reason), "no reason is known")+".")
	}
	for _, action := range listActions() {
		writeFindings(b, action, item.Verdict.Findings)
	}
	for _, line := range formatSummary(item) {
		WriteParagraph(b, "  ", line)
	}
}

// listActions are listed strongest first.
func listActions() []policy.Action {
	return []policy.Action{policy.ActionDeny, policy.ActionQuarantine, policy.ActionWarn, policy.ActionAudit, policy.ActionWaived}
}

// formatHeadline is the outcome and how many findings of each action there are.
func formatHeadline(item Item) string {
	var counts []string
	for _, action := range listActions() {
		if n := len(filterByAction(item.Verdict.Findings, action)); n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, action))
		}
	}
	if len(counts) == 0 {
		return string(item.Outcome())
	}
	return fmt.Sprintf("%s (%s)", item.Outcome(), strings.Join(counts, ", "))
}

func filterByAction(findings []policy.Finding, action policy.Action) []policy.Finding {
	var found []policy.Finding
	for _, f := range findings {
		if f.Action == action {
			found = append(found, f)
		}
	}
	return found
}

func writeFindings(b *strings.Builder, action policy.Action, findings []policy.Finding) {
	for _, f := range filterByAction(findings, action) {
		WriteParagraph(b, "  "+string(action)+": ", formatProblem(f, textBounds()))
		WriteParagraph(b, "    ", describeWaiver(f)+describeParty(f)+clean(f.Remedy))
		for _, s := range f.Sources {
			WriteParagraph(b, "    - ", strings.TrimSpace(clean(s.Code)+": "+formatSource(s)))
		}
	}
}

// describeWaiver names the exceptions that waive a finding.
func describeWaiver(f policy.Finding) string {
	if f.WaivedBy == "" {
		return ""
	}
	return "Waived by PolicyException " + clean(f.WaivedBy) + ". "
}

// describeParty names who must act, unless it is the deployer: then it is the reader.
func describeParty(f policy.Finding) string {
	if f.Party == "" || f.Party == "deployer" {
		return ""
	}
	return "For the " + clean(f.Party) + ": "
}

// formatSummary says in sum what is required, which obligations follow, and when and by what policy was decided.
func formatSummary(item Item) []string {
	v := item.Verdict
	var lines []string
	if len(v.Requirements) > 0 {
		lines = append(lines, fmt.Sprintf("Requirements merged from %s: %d.", strings.Join(listRequiringCodes(v.Requirements), ", "), len(v.Requirements)))
	}
	if obligations := v.Obligations.Entries(); len(obligations) > 0 {
		lines = append(lines, "Obligations: "+strings.Join(formatKinds(obligations), ", ")+".")
	}
	if len(item.Unexecuted) > 0 {
		lines = append(lines, "Not carried out by this version of the sidecar, so yours to see to: "+strings.Join(item.Unexecuted, ", ")+".")
	}
	shown := len(v.Upcoming)
	if shown > shownChanges+1 { // A line that counts one change takes the place of that change.
		shown = shownChanges
	}
	for _, change := range v.Upcoming[:shown] {
		lines = append(lines, "Ahead: "+Change(change))
	}
	if more := len(v.Upcoming) - shown; more > 0 {
		lines = append(lines, formatMore("Ahead: %d more change", more)+".")
	}
	decided := fmt.Sprintf("Decided as of %s by policy %s.", cmp.Or(clean(v.AsOf), "no date"), cmp.Or(clean(v.Revision), "unknown"))
	if v.NextEvaluation != "" {
		decided += " The decision can change on " + clean(v.NextEvaluation) + "."
	}
	return append(lines, decided)
}

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

// WriteParagraph writes the text wrapped to textColumns; the lead stands before the first line, the same width in spaces before
// the others (at most four more than the lead's own indent).
func WriteParagraph(b *strings.Builder, lead, text string) {
	WriteHanging(b, lead, text, min(countRunes(lead), 6))
}

// WriteHanging writes the text wrapped to textColumns, with the lead before the first line and spaces before the others.
func WriteHanging(b *strings.Builder, lead, text string, spaces int) {
	indent := strings.Repeat(" ", spaces)
	line := lead
	width := countRunes(lead)
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && width+1+countRunes(word) > textColumns {
			b.WriteString(line + "\n")
			line, width, empty = indent, countRunes(indent), true
		}
		if !empty {
			line, width = line+" ", width+1
		}
		line, width, empty = line+word, width+countRunes(word), false
	}
	if !empty {
		b.WriteString(line + "\n")
	}
}
