package report

import (
	"fmt"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Ways are what makes a denied declaration lawful: for each finding that denies, the smallest change of those that were tried after which it
// no longer does. Each change was judged, and all of them together.
type Ways struct {
	Ways []Way
	// Outcome is the outcome of the declaration with all changes together.
	Outcome policy.Outcome
}

// Way is the smallest change that was found for one finding.
type Way struct {
	// Rule and Field are those of the finding.
	Rule, Field string
	// Changes are the fields to set or to remove. There are none if no change that was tried helps.
	Changes []FieldChange
	// Claim is the fact that the change states, which helps only whom it is true of, as the rest of a sentence after "if it is true that"; empty if
	// it states none.
	Claim string
}

// FieldChange is a new value of a field of the declaration.
type FieldChange struct {
	// Field is the path of the field (`spec.rights.responseDays`), and Value the value as YAML in one line; "" to remove the field.
	Field string `json:"field"`
	Value string `json:"value"`
	// Add and Remove are the words that come into a list that is there already, and that go.
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
	// Assess are the types of assessments that have to be done and stated with their day, which no proposal can know; then Value is empty.
	Assess []string `json:"assess,omitempty"`
}

// describe returns the change in one line.
func (c FieldChange) describe() string {
	field := clean(c.Field)
	var parts []string
	if len(c.Add) > 0 {
		parts = append(parts, "add "+clean(strings.Join(c.Add, ", "))+" to "+field)
	}
	if len(c.Remove) > 0 {
		parts = append(parts, "remove "+clean(strings.Join(c.Remove, ", "))+" from "+field)
	}
	switch {
	case len(c.Assess) > 0:
		return fmt.Sprintf("do %s, and state in %s the day on which you completed each", clean(strings.Join(c.Assess, ", ")), field)
	case len(parts) > 0:
		return strings.Join(parts, "; ")
	case c.Value == "":
		return "leave out " + field
	}
	return "set " + field + ": " + clean(c.Value)
}

// formatWays returns a line for each way, and one for all of them together; none for nil.
func formatWays(ways *Ways) []string {
	if ways == nil {
		return nil
	}
	lines := []string{"The smallest changes that were found, each judged by itself:"}
	helped := 0
	for _, way := range ways.Ways {
		lines = append(lines, "  "+formatWay(way))
		if len(way.Changes) > 0 {
			helped++
		}
	}
	if helped > 0 {
		lines = append(lines, fmt.Sprintf("With all of them the outcome is %s. State only what is true; values such as addresses are examples: put your own.", ways.Outcome))
	}
	return lines
}

func formatWay(way Way) string {
	if len(way.Changes) == 0 {
		return fmt.Sprintf("%s: no change of a value helps; see its remedy above.", clean(way.Rule))
	}
	var changes []string
	for _, change := range way.Changes {
		changes = append(changes, change.describe())
	}
	condition := ""
	if way.Claim != "" {
		condition = "if it is true that " + clean(way.Claim) + ", "
	}
	return fmt.Sprintf("%s: %s%s", clean(way.Rule), condition, strings.Join(changes, "; "))
}
