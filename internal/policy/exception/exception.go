// Package exception tells whether a PolicyException is approved, whether it has expired, and what is wrong with a request for one. It is
// pure. The engine decides what an exception waives.
package exception

import (
	"fmt"
	"time"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// IsApproved reports whether the annotations name a requester and another user as approver. In a cluster, only the webhooks can write the
// user names; the CLI believes those in a file if its user says so (--trust-approvals). An exception that is being deleted counts as not
// approved.
func IsApproved(e *v1alpha1.PolicyException) bool {
	requester, approver := e.Annotations[v1alpha1.AnnotationRequestedBy], e.Annotations[v1alpha1.AnnotationApprovedBy]
	return requester != "" && approver != "" && approver != requester && e.DeletionTimestamp == nil
}

// IsExpired reports whether the exception's last day is before the day of now (in UTC).
func IsExpired(e *v1alpha1.PolicyException, now time.Time) bool {
	// ISO dates compared as texts are in the order of time.
	return string(e.Spec.Expires) < formatDay(now)
}

// Names checks the names that an exception has. Both methods return a text for people, or "" if there is nothing wrong.
type Names interface {
	// ExplainNotWaivable returns why a rule cannot be waived.
	ExplainNotWaivable(rule string) string
	// ExplainUnknownDimension returns why a name is not a dimension of the legal data.
	ExplainUnknownDimension(name string) string
}

// Validate returns the reasons to refuse a request for the exception on the day of now (in UTC); each begins with its field. It returns nil
// if the exception can be requested. known checks the names in it.
func Validate(e *v1alpha1.PolicyException, now time.Time, known Names) []string {
	var problems []string
	for i, rule := range e.Spec.Rules {
		if problem := known.ExplainNotWaivable(string(rule)); problem != "" {
			problems = append(problems, fmt.Sprintf("spec.rules[%d]: %s", i, problem))
		}
	}
	for i, stated := range e.Spec.NotApplicable {
		if problem := known.ExplainUnknownDimension(string(stated.Dimension)); problem != "" {
			problems = append(problems, fmt.Sprintf("spec.notApplicable[%d].dimension: %s", i, problem))
		}
	}
	if problem := checkExpiry(e, now); problem != "" {
		problems = append(problems, problem)
	}
	return problems
}

// checkExpiry returns why spec.expires is refused, or "" if it is a day from today to v1alpha1.MaxExceptionDays ahead, inclusive.
func checkExpiry(e *v1alpha1.PolicyException, now time.Time) string {
	latest := formatDay(now.UTC().AddDate(0, 0, v1alpha1.MaxExceptionDays))
	switch expires := string(e.Spec.Expires); {
	case IsExpired(e, now):
		return fmt.Sprintf("spec.expires is %s, which is past: name a day from %s to %s", expires, formatDay(now), latest)
	case expires > latest:
		return fmt.Sprintf("spec.expires is %s, which is more than %d days ahead: name a day up to %s",
			expires, v1alpha1.MaxExceptionDays, latest)
	}
	return ""
}

func formatDay(t time.Time) string { return t.UTC().Format(policy.DateFormat) }
