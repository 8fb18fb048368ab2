package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Comparison compares the verdicts on objects before and after a change of the organisation.
type Comparison struct {
	// Before and After are the items of the same objects, in the same order.
	Before, After []Item
}

// difference is what a change does to the verdict on one object.
type difference struct {
	before, after Item
	// added are the findings after the change that were not there before, with their action; removed are those that no longer are.
	added, removed []policy.Finding
}

// listDifferences returns the objects whose outcome or findings change, in their order.
func (c Comparison) listDifferences() []difference {
	var differences []difference
	for i, after := range c.After {
		d := difference{before: c.Before[i], after: after}
		d.added = subtractFindings(after.Verdict.Findings, d.before.Verdict.Findings)
		d.removed = subtractFindings(d.before.Verdict.Findings, after.Verdict.Findings)
		if d.before.Outcome() != after.Outcome() || len(d.added)+len(d.removed) > 0 {
			differences = append(differences, d)
		}
	}
	return differences
}

// subtractFindings returns the findings of a without those that b has with the same rule, field and action.
func subtractFindings(a, b []policy.Finding) []policy.Finding {
	return slices.DeleteFunc(slices.Clone(a), func(f policy.Finding) bool {
		return slices.ContainsFunc(b, func(other policy.Finding) bool { return other.Action == f.Action && isSameSubject(other, f) })
	})
}

// isSameSubject reports whether two findings are about the same field by the same rule.
func isSameSubject(a, b policy.Finding) bool { return a.Rule == b.Rule && a.Field == b.Field }

// isNewlyRefused reports whether the object is refused only after the change.
func (d difference) isNewlyRefused() bool {
	return d.after.Verdict.Refuses() && !d.before.Verdict.Refuses()
}

// isNewlyAdmitted reports whether the object is refused only before the change.
func (d difference) isNewlyAdmitted() bool {
	return d.before.Verdict.Refuses() && !d.after.Verdict.Refuses()
}

// RefusesMore reports whether an object is refused after the change that was not refused before.
func (c Comparison) RefusesMore() bool {
	return slices.ContainsFunc(c.listDifferences(), difference.isNewlyRefused)
}

// WriteComparisonText writes for people what changes: for each object the outcomes and the findings that come and go, and then the counts.
// The error is that of the writer.
func WriteComparisonText(w io.Writer, c Comparison) error {
	var b strings.Builder
	differences := c.listDifferences()
	for _, d := range differences {
		fmt.Fprintf(&b, "%s: %s, after the change %s\n", formatName(d.after), formatHeadline(d.before), formatHeadline(d.after))
		if d.after.Outcome() == policy.OutcomeUndecided {
			WriteParagraph(&b, "  ", clean(d.after.Verdict.Reason)+".")
		}
		d.writeFindings(&b)
	}
	for _, group := range []struct {
		text string
		is   func(difference) bool
	}{
		{"Refused only after the change", difference.isNewlyRefused},
		{"Refused only before it", difference.isNewlyAdmitted},
	} {
		names := nameDifferences(differences, group.is)
		WriteParagraph(&b, "", strings.TrimSuffix(fmt.Sprintf("%s: %d: %s", group.text, len(names), strings.Join(names, ", ")), ": ")+".")
	}
	fmt.Fprintf(&b, "%s before: %s. After: %s. %d unchanged.\n", formatMore("%d object", len(c.After)), formatOutcomes(c.Before), formatOutcomes(c.After),
		len(c.After)-len(differences))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write preview: %w", err)
	}
	return nil
}

// writeFindings writes a paragraph for each finding that is new, that has another action, or that is gone.
func (d difference) writeFindings(b *strings.Builder) {
	for _, f := range d.added {
		lead := fmt.Sprintf("  new, %s: ", f.Action)
		if i := slices.IndexFunc(d.removed, func(other policy.Finding) bool { return isSameSubject(other, f) }); i >= 0 {
			lead = fmt.Sprintf("  %s, before %s: ", f.Action, d.removed[i].Action)
		}
		WriteHanging(b, lead, Full(f), maxIndent)
	}
	for _, f := range d.removed {
		if !slices.ContainsFunc(d.added, func(other policy.Finding) bool { return isSameSubject(other, f) }) {
			WriteHanging(b, fmt.Sprintf("  gone, %s: ", f.Action), formatProblem(f, textBounds()), maxIndent)
		}
	}
}

// formatName returns the kind, namespace and name of the object of an item.
func formatName(i Item) string {
	if i.Namespace == "" {
		return clean(i.Kind) + " " + clean(i.Name)
	}
	return clean(i.Kind) + " " + clean(i.Namespace) + "/" + clean(i.Name)
}

// nameDifferences returns the names of the selected objects.
func nameDifferences(differences []difference, isSelected func(difference) bool) []string {
	names := []string{}
	for _, d := range differences {
		if isSelected(d) {
			names = append(names, formatName(d.after))
		}
	}
	return names
}

// listOutcomes returns the outcomes, the mildest first.
func listOutcomes() []policy.Outcome {
	return []policy.Outcome{policy.OutcomeAllow, policy.OutcomeWarn, policy.OutcomeDeny, policy.OutcomeUndecided}
}

// formatOutcomes returns the number of items by outcome, such as `3 Allow, 1 Deny`.
func formatOutcomes(items []Item) string {
	counts := countOutcomes(items)
	var texts []string
	for _, outcome := range listOutcomes() {
		if counts[outcome] > 0 {
			texts = append(texts, fmt.Sprintf("%d %s", counts[outcome], outcome))
		}
	}
	return strings.Join(texts, ", ")
}

// countOutcomes returns the number of items of each outcome, zeros included.
func countOutcomes(items []Item) map[policy.Outcome]int {
	counts := map[policy.Outcome]int{}
	for _, outcome := range listOutcomes() {
		counts[outcome] = 0
	}
	for _, item := range items {
		counts[item.Outcome()]++
	}
	return counts
}

// jsonComparison is the JSON form of a Comparison. All keys are always present but `errors` and, of an object, `reason`.
type jsonComparison struct {
	Before    jsonSide         `json:"before"`
	After     jsonSide         `json:"after"`
	Refused   []string         `json:"newlyRefused"`
	Admitted  []string         `json:"newlyAdmitted"`
	Unchanged int              `json:"unchanged"`
	Changed   []jsonDifference `json:"changed"`
	Errors    []Problem        `json:"errors,omitempty"`
}

type jsonSide struct {
	Revision string                 `json:"revision"`
	AsOf     string                 `json:"asOf"`
	Outcomes map[policy.Outcome]int `json:"outcomes"`
}

type jsonDifference struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Namespace  string         `json:"namespace"`
	Name       string         `json:"name"`
	Before     policy.Outcome `json:"before"`
	After      policy.Outcome `json:"after"`
	Reason     string         `json:"reason,omitempty"`
	Added      []jsonFinding  `json:"added"`
	Removed    []jsonFinding  `json:"removed"`
}

// WriteComparisonJSON writes the comparison and the problems of the input as one JSON document. The error is that of the writer.
func WriteComparisonJSON(w io.Writer, c Comparison, problems []Problem) error {
	differences := c.listDifferences()
	document := jsonComparison{
		Before: newJSONSide(c.Before), After: newJSONSide(c.After), Unchanged: len(c.After) - len(differences),
		Refused:  nameDifferences(differences, difference.isNewlyRefused),
		Admitted: nameDifferences(differences, difference.isNewlyAdmitted),
		Changed:  mapList(differences, newJSONDifference), Errors: problems,
	}
	if err := EncodeIndented(w, document); err != nil {
		return fmt.Errorf("write preview: %w", err)
	}
	return nil
}

// newJSONSide returns what the items have in common: the revision and the day, and the number of each outcome.
func newJSONSide(items []Item) jsonSide {
	side := jsonSide{Outcomes: countOutcomes(items)}
	if len(items) > 0 {
		side.Revision, side.AsOf = items[0].Verdict.Revision, items[0].Verdict.AsOf
	}
	return side
}

func newJSONDifference(d difference) jsonDifference {
	on := day(d.after.Verdict.AsOf)
	changed := jsonDifference{
		APIVersion: d.after.APIVersion, Kind: d.after.Kind, Namespace: d.after.Namespace, Name: d.after.Name,
		Before: d.before.Outcome(), After: d.after.Outcome(), Added: mapList(d.added, on.newFinding), Removed: mapList(d.removed, on.newFinding),
	}
	if changed.After == policy.OutcomeUndecided {
		changed.Reason = d.after.Verdict.Reason
	}
	return changed
}
