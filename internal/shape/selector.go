package shape

import (
	"fmt"
	"regexp"
	"strings"
)

// StepKind is the kind of a step of a selector.
type StepKind uint8

// The kinds of steps.
const (
	// ToMember leads to the member with a name.
	ToMember StepKind = iota
	// ToElements leads to every element of an array.
	ToElements
	// ToOthers leads to every member that no other selector names.
	ToOthers
	// ToAll leads to every value below that no other selector names, at any depth. It is the last step.
	ToAll
	// ToCase leads from an object to the same object, if a member of it has a text, or is the boolean that the text names.
	ToCase
)

// Step is a step of a selector, from a value to values below it.
type Step struct {
	Kind StepKind
	// Name is the name of the member, for ToMember and ToCase.
	Name string
	// Text is the text of the member, for ToCase.
	Text string
}

// selectorStep matches the next step of a selector: .name, ['name'], [*], .**, .* or [name=text].
var selectorStep = regexp.MustCompile(
	`^(?:\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^'\\]+)'\]|(\[\*\])|(\.\*\*)|(\.\*)|\[([A-Za-z_][A-Za-z0-9_-]*)=([A-Za-z0-9_.:/-]+)\])`)

// ParseSelector parses a selector such as `$.choices[*].delta.content`. No steps mean the document itself, `$`.
func ParseSelector(selector string) ([]Step, error) {
	rest, hasRoot := strings.CutPrefix(selector, "$")
	if !hasRoot {
		return nil, fmt.Errorf("selector %q does not begin with $", selector)
	}
	var steps []Step
	for rest != "" {
		match := selectorStep.FindStringSubmatch(rest)
		if match == nil {
			return nil, fmt.Errorf("selector %q cannot be read from %q on: write .name, ['name'], [*], [name=text], .* or, at the end, .**", selector, rest)
		}
		rest = rest[len(match[0]):]
		if len(steps) == maxSteps {
			return nil, fmt.Errorf("a selector has more than %d steps", maxSteps)
		}
		step := newStep(match)
		if step.Kind == ToAll && rest != "" {
			return nil, fmt.Errorf("selector %q goes on after .**, which must be its end", selector)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// newStep returns the step that selectorStep has matched.
func newStep(match []string) Step {
	switch {
	case match[3] != "":
		return Step{Kind: ToElements}
	case match[4] != "":
		return Step{Kind: ToAll}
	case match[5] != "":
		return Step{Kind: ToOthers}
	case match[6] != "":
		return Step{Kind: ToCase, Name: match[6], Text: match[7]}
	}
	return Step{Name: match[1] + match[2]}
}
