package report

import (
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Change returns the text about a change of what is required, on one line of at most MaxLineRunes runes: the day, what changes, and the
// sources.
//
//	From 2027-08-02 eu requires [eu-high-risk-database] (accountability.registrations). [AI Act Art. 49, …]
func Change(c policy.Change) string {
	text := fmt.Sprintf("From %s %s (%s).", clean(c.Date), describeChange(c), clean(c.Rule)) + describeMemory(c.Sources)
	if sources := formatCitation(c.Sources, maxSourceRunes); sources != "" {
		text += " [" + sources + "]"
	}
	return cut(text, MaxLineRunes)
}

// describeChange returns what changes: which assessment or PolicyException ends, or which codes require what.
func describeChange(c policy.Change) string {
	switch c.Kind {
	case "assessment":
		return "the " + clean(c.Subject) + " no longer counts"
	case "exception":
		return "PolicyException " + clean(c.Subject) + " no longer counts for it"
	}
	values, _ := c.Value.([]any) // The new value is the only item. The list is empty when the requirement ends.
	if len(values) == 0 {
		return "nothing is required any longer"
	}
	codes := listCodes(c.Sources)
	verb := "require "
	if len(codes) == 1 {
		verb = "requires "
	}
	value := formatValue(values[0], maxRemedyRunes) // The text has no remedy, so the value may be as long as a remedy.
	return joinBounded(codes, lineBounds().codes) + " " + verb + value
}
