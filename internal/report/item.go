package report

import (
	"cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Item is one judged object.
type Item struct {
	// APIVersion, Kind, Namespace and Name identify the object.
	APIVersion, Kind, Namespace, Name string
	// Verdict is what was decided about it.
	Verdict policy.Verdict
	// Unexecuted are the dimensions of obligations that this version does not carry out; the text report says so.
	Unexecuted []string
}

// Outcome returns the verdict's outcome; the zero value of a verdict counts as undecided.
func (i Item) Outcome() policy.Outcome {
	return cmp.Or(i.Verdict.Outcome, policy.OutcomeUndecided)
}
