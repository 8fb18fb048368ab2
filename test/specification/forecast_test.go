package specification_test

import (
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// forecast returns the nearest later day on which a point begins or has ended, or an assessment no longer counts; empty if there is none. A point
// counts if its place is reached and its conditions hold today.
func (l *law) forecast(spec *v1alpha1.ChatbotDeploymentSpec, day string) string {
	c := newChatbot(l, spec, day)
	days := c.endsOfAssessments()
	for _, d := range l.documents {
		for _, p := range d.Points {
			if c.isReached(p) && c.conditionsOf(p) != no {
				days = append(days, p.changes()...)
			}
		}
	}
	slices.Sort(days)
	for _, change := range days {
		if change > day {
			return change
		}
	}
	return ""
}

// endsOfAssessments are the days on which the declared assessments no longer count: they are older than what is required, or expired.
func (c *chatbot) endsOfAssessments() []string {
	required, _ := c.requirements(c.listPoints())["accountability.assessments"].Value.(map[string]float64)
	var days []string
	for i := range c.spec.Assessments {
		stated := &c.spec.Assessments[i]
		oldest, isRequired := required[string(stated.Type)]
		last := string(stated.Expires)
		if stated.Completed != "" {
			last = earlier(last, dayAfter(string(stated.Completed), int(oldest)))
		}
		if isRequired && last != "" {
			days = append(days, dayAfter(last, 1))
		}
	}
	return days
}

// earlier returns the earlier of two days, of which the first can be empty.
func earlier(a, b string) string {
	if a == "" {
		return b
	}
	return min(a, b)
}

// isAssessed tells whether an assessment of the type is completed, not expired, and not older than a number of days.
func (c *chatbot) isAssessed(kind string, oldest float64) bool {
	return slices.ContainsFunc(c.spec.Assessments, func(stated v1alpha1.Assessment) bool {
		completed, expires := string(stated.Completed), string(stated.Expires)
		return string(stated.Type) == kind && completed != "" && completed <= c.day && c.day <= dayAfter(completed, int(oldest)) &&
			(expires == "" || c.day <= expires)
	})
}

// changes are the first day of a point and the day after the last.
func (p *point) changes() []string {
	changes := []string{p.From}
	if p.Until != "" {
		changes = append(changes, dayAfter(p.Until, 1))
	}
	return changes
}
