package facts

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Surroundings are what the decision about a declaration depends on beside itself, the law and the organisation.
type Surroundings struct {
	// NamespaceLabels are the labels of its namespace.
	NamespaceLabels map[string]string
	// Exceptions are the PolicyExceptions of its namespace, also those for other chatbots.
	Exceptions []v1alpha1.PolicyException
}

// Exception is an approved PolicyException of one declaration.
type Exception struct {
	Name string `json:"name"`
	// Rules are the ids that it waives.
	Rules []string `json:"rules"`
	// Expires is the last day on which it counts (ISO date, UTC).
	Expires string `json:"expires"`
}

func exceptions(chatbot string, all []v1alpha1.PolicyException) []Exception {
	var found []Exception
	for i := range all {
		if e := &all[i]; e.Spec.Chatbot == chatbot && Approved(e) {
			rules := make([]string, 0, len(e.Spec.Rules))
			for _, rule := range e.Spec.Rules {
				rules = append(rules, string(rule))
			}
			found = append(found, Exception{Name: e.Name, Rules: rules, Expires: string(e.Spec.Expires)})
		}
	}
	slices.SortFunc(found, func(a, b Exception) int { return cmp.Compare(a.Name, b.Name) })
	return found
}

// Approved reports whether somebody other than its requester has approved the exception. The webhooks vouch for the names.
func Approved(e *v1alpha1.PolicyException) bool {
	approver, requester := e.Annotations[v1alpha1.AnnotationApprovedBy], e.Annotations[v1alpha1.AnnotationRequestedBy]
	return approver != "" && requester != "" && approver != requester && e.DeletionTimestamp == nil
}

// Expired reports whether the exception counts no more on the day of now (taken in UTC).
func Expired(e *v1alpha1.PolicyException, now time.Time) bool {
	return string(e.Spec.Expires) < now.UTC().Format(policy.DateFormat)
}

// ExceptionProblems says what keeps an exception from being asked for today: waivable returns an empty text for a rule that may be
// waived, and else what is wrong with it.
func ExceptionProblems(e *v1alpha1.PolicyException, now time.Time, waivable func(rule string) string) []string {
	var problems []string
	for i, rule := range e.Spec.Rules {
		if problem := waivable(string(rule)); problem != "" {
			problems = append(problems, fmt.Sprintf("spec.rules[%d]: %s", i, problem))
		}
	}
	today := now.UTC()
	latest := today.AddDate(0, 0, v1alpha1.MaxExceptionDays).Format(policy.DateFormat)
	switch expires := string(e.Spec.Expires); {
	case Expired(e, now):
		problems = append(problems, fmt.Sprintf("spec.expires is %s, which is past: name a day from %s to %s", expires, today.Format(policy.DateFormat), latest))
	case expires > latest:
		problems = append(problems, fmt.Sprintf("spec.expires is %s, which is more than %d days ahead: name a day up to %s",
			expires, v1alpha1.MaxExceptionDays, latest))
	}
	return problems
}
