package report

import (
	"cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Item is one reviewed object with the verdict about it.
type Item struct {
	// APIVersion, Kind, Namespace and Name identify the object.
	APIVersion, Kind, Namespace, Name string
	// Verdict is the verdict about the object.
	Verdict policy.Verdict
	// Unexecuted has the dimensions of the obligations that this version of Chaperone does not carry out. The text report lists them.
	Unexecuted []string
	// AsksForConsent is true if the sidecar asks people for their consent to the recording. The text report says so.
	AsksForConsent bool
	// Redacted has the detectors that replace personal data in the messages of a declared chatbot; it is empty if none does, and nil for
	// other objects. The text report lists them.
	Redacted []string
	// Unredacted has the categories of personal data that should be redacted in messages and that no detector knows. The text report lists them.
	Unredacted []string
	// Unread has descriptions of what the sidecar passes on unread because the shapes of the declaration say so. The text report lists them.
	Unread []string
	// NotCovered has law of the declared places and sectors that the legal data is known to lack, each with its code. The report lists it.
	NotCovered []string
	// Unneeded has the entries of spec.notApplicable and spec.confirmed that have no effect. The report lists them.
	Unneeded []policy.Unneeded
	// Ways are what makes a denied declaration lawful; nil if nobody asked.
	Ways *Ways
}

// Outcome returns the outcome of the verdict; Undecided for the zero value of a verdict.
func (i Item) Outcome() policy.Outcome {
	return cmp.Or(i.Verdict.Outcome, policy.OutcomeUndecided)
}
