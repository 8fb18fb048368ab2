package report

import (
	"fmt"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// Change returns the text about a change of what is required, on one line of at most MaxLineRunes runes: the day, what changes, which facts
// could rule it out, and the sources.
//
//	From 2027-08-02 eu requires these filings or registrations: eu-high-risk-database (accountability.registrations). It applies unless …
func Change(c policy.Change) string {
	text := fmt.Sprintf("From %s %s (%s).", clean(c.Date), describeChange(c), clean(c.Rule)) + describeDoubt(c.Unstated) + describeMemory(c.Sources)
	if sources := formatCitation(c.Sources, maxSourceRunes); sources != "" {
		text += " [" + sources + "]"
	}
	return cut(text, MaxLineRunes)
}

// describeDoubt returns a sentence, after a space, with the facts that a declaration leaves open; "" if there are none.
func describeDoubt(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return " Whether it applies depends on what the declaration does not state: " + joinBounded(fields, maxRemedyRunes) + "."
}

// describeChange returns what changes: which assessment begins or ends, which PolicyException ends, or which codes begin or cease to require what.
func describeChange(c policy.Change) string {
	switch c.Kind {
	case "begins":
		return "the " + clean(c.Subject) + " counts"
	case "assessment":
		return "the " + clean(c.Subject) + " no longer counts"
	case "exception":
		return "PolicyException " + clean(c.Subject) + " no longer counts for it"
	}
	k := kind{c.Rule, c.Type, c.Unit}
	wide := bounds{codes: lineBounds().codes, required: maxRemedyRunes} // The text has no remedy, so a value may be as long as a remedy.
	var begun, over []legal.Source
	for _, s := range c.Sources {
		if s.From == c.Date {
			begun = append(begun, s)
		} else {
			over = append(over, s)
		}
	}
	merged, _ := c.Value.([]any) // The merged value is the only item. The list is empty if nothing is required any longer.
	if len(begun) > 0 {
		if texts := k.listByCode(begun, nil, nil, wide); len(texts) > 0 {
			return cut(strings.Join(texts, "; "), maxRemedyRunes)
		}
		if len(merged) > 0 {
			return k.begin(listCodes(begun), areDefaults(begun), wide.codes) + k.format(merged[0], wide.required)
		}
	}
	codes := listCodes(over)
	if len(codes) == 0 {
		return "nothing is required any longer"
	}
	text := joinBounded(codes, wide.codes) + " " + agree(len(codes), "does", "do") + " not require it any longer"
	if len(merged) > 0 {
		return text + ", and what is left is " + k.format(merged[0], wide.required)
	}
	return text
}
