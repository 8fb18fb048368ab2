package posture

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// horizons are the days within which changes are counted. The last is the one within which they are listed.
var horizons = []struct {
	label string
	days  int
}{{"1", 1}, {"7", 7}, {"30", 30}}

const day = 24 * time.Hour

// count returns the series at the time now.
func (o *objects) count(now time.Time) []series {
	counted := []series{{declarations, float64(len(o.declarations.Items)), nil}}
	counted = append(counted, o.countStates()...)
	counted = append(counted, o.countChanges(now)...)
	counted = append(counted, o.countExceptions(now)...)
	counted = append(counted, o.countOrganisation()...)
	listedChatbots, moreChatbots := limit(o.listChatbots(now))
	listedExceptions, moreExceptions := limit(o.listExceptions(now))
	counted = append(append(counted, listedChatbots...), listedExceptions...)
	return append(counted, series{omitted, float64(moreChatbots + moreExceptions), nil})
}

// countStates counts chatbots, findings and pods.
func (o *objects) countStates() []series {
	states, reasons, actions, podStates := newTally(chatbots), newTally(suspended), newTally(findings), newTally(pods)
	for i := range o.declarations.Items {
		s := &o.declarations.Items[i].Status
		ready := metav1.ConditionUnknown
		if c := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady); c != nil {
			ready = c.Status
		}
		states.add(1, cmp.Or(string(s.Enforcement), "None"), cmp.Or(s.Outcome, "None"), string(ready))
		if c := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionSuspended); c != nil && c.Status == metav1.ConditionTrue {
			reasons.add(1, c.Reason)
		}
		for _, f := range s.Findings {
			actions.add(1, f.Action)
		}
		if more := int(s.FindingsTotal) - len(s.Findings); more > 0 {
			actions.add(float64(more), "unlisted")
		}
		podStates.add(float64(s.Workloads.Governed), "selected")
		podStates.add(float64(s.Workloads.Injected), "injected")
		podStates.add(float64(s.Workloads.Unverified), "unverified")
		podStates.add(float64(s.Workloads.Stale), "stale")
		podStates.add(float64(s.Workloads.Blocked), "refused")
	}
	return slices.Concat(states.counted, reasons.counted, actions.counted, podStates.counted)
}

// countChanges counts the chatbots whose decision can change within each horizon.
func (o *objects) countChanges(now time.Time) []series {
	changes := newTally(nextChanges)
	for _, h := range horizons {
		changes.add(0, h.label)
		for i := range o.declarations.Items {
			if at := parseDay(o.declarations.Items[i].Status.NextEvaluation); isWithin(at, now, h.days) {
				changes.add(1, h.label)
			}
		}
	}
	return changes.counted
}

func (o *objects) countExceptions(now time.Time) []series {
	states := newTally(exceptions)
	for i := range o.exceptions.Items {
		switch e := &o.exceptions.Items[i]; {
		case exception.IsExpired(e, now):
			states.add(1, "expired")
		case !exception.IsApproved(e):
			states.add(1, "not_approved")
		case o.isForAnother(e):
			states.add(1, "for_another")
		default:
			states.add(1, "active")
		}
	}
	return states.counted
}

func (o *objects) countOrganisation() []series {
	states := newTally(ownObjects)
	for i := range o.policies.Items {
		states.add(1, "GovernancePolicy", describe(o.policies.Items[i].Status.Conditions))
	}
	for i := range o.profiles.Items {
		states.add(1, "JurisdictionProfile", describe(o.profiles.Items[i].Status.Conditions))
	}
	for i := range o.shapes.Items {
		states.add(1, "ChatShape", describe(o.shapes.Items[i].Status.Conditions))
	}
	return states.counted
}

// describe returns the state of an object of the organization.
func describe(conditions []metav1.Condition) string {
	switch c := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); {
	case c == nil:
		return "not_seen"
	case c.Status == metav1.ConditionTrue:
		return "ready"
	default:
		return "not_ready"
	}
}

// listChatbots returns the series of each chatbot about which something is to be said, by its name.
func (o *objects) listChatbots(now time.Time) map[string][]series {
	listed := map[string][]series{}
	for i := range o.declarations.Items {
		d := &o.declarations.Items[i]
		name := d.Namespace + "/" + d.Name
		for _, c := range d.Status.Conditions {
			if isProblem(c) {
				listed[name] = append(listed[name], series{problems, float64(c.LastTransitionTime.Unix()), []string{d.Namespace, d.Name, c.Type, c.Reason}})
			}
		}
		missing := d.Status.Workloads.Governed - d.Status.Workloads.Injected
		if missing > 0 && meta.IsStatusConditionFalse(d.Status.Conditions, v1alpha1.ConditionWorkloadsGoverned) {
			listed[name] = append(listed[name], series{ungoverned, float64(missing), []string{d.Namespace, d.Name}})
		}
		if at := parseDay(d.Status.NextEvaluation); isWithin(at, now, horizons[len(horizons)-1].days) {
			listed[name] = append(listed[name], series{nextChange, float64(at.Unix()), []string{d.Namespace, d.Name}})
		}
	}
	return listed
}

// isProblem reports whether a condition says that something is wrong. Ready and Reconciling only repeat others.
func isProblem(c metav1.Condition) bool {
	switch c.Type {
	case v1alpha1.ConditionStalled, v1alpha1.ConditionSuspended:
		return c.Status == metav1.ConditionTrue
	case v1alpha1.ConditionPolicyCompliant, v1alpha1.ConditionSidecarConfigured, v1alpha1.ConditionWorkloadsGoverned, v1alpha1.ConditionServicesGoverned,
		v1alpha1.ConditionHandoffAvailable:
		return c.Status != metav1.ConditionTrue
	}
	return false
}

// listExceptions returns the series of each active exception that ends soon, by its name.
func (o *objects) listExceptions(now time.Time) map[string][]series {
	listed := map[string][]series{}
	for i := range o.exceptions.Items {
		e := &o.exceptions.Items[i]
		// The last day belongs to the exception.
		end := parseDay(string(e.Spec.Expires)).Add(day)
		isActive := exception.IsApproved(e) && !exception.IsExpired(e, now) && !o.isForAnother(e)
		if isActive && isWithin(end, now, horizons[len(horizons)-1].days) {
			listed[e.Namespace+"/"+e.Name] = []series{{expiry, float64(end.Unix()), []string{e.Namespace, e.Spec.Chatbot, e.Name}}}
		}
	}
	return listed
}

// limit returns the series of at most maxListed names, the first in the alphabet, and the number of the others.
func limit(listed map[string][]series) (shown []series, more int) {
	names := make([]string, 0, len(listed))
	for name := range listed {
		names = append(names, name)
	}
	slices.SortFunc(names, strings.Compare)
	for _, name := range names[:min(len(names), maxListed)] {
		shown = append(shown, listed[name]...)
	}
	return shown, max(len(names)-maxListed, 0)
}

// parseDay returns the beginning of a day in UTC; the zero time if the text is not a date.
func parseDay(text string) time.Time {
	at, err := time.Parse(policy.DateFormat, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// isWithin reports whether at is not zero and comes within some days.
func isWithin(at, now time.Time, days int) bool {
	return !at.IsZero() && at.Before(now.Add(time.Duration(days)*day))
}
