package specification_test

import (
	"math"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// forecast returns the nearest later day on which a point begins or has ended, or an assessment begins to count or no longer counts; empty if there
// is none. A point counts if its place is reached and its conditions hold today, for the whole declaration or a place with values of its own.
func (l *law) forecast(spec *v1alpha1.ChatbotDeploymentSpec, day string) string {
	days := newChatbot(l, spec, day).daysOfChange()
	for _, part := range divide(spec) {
		days = append(days, newChatbot(l, part.spec, day).daysOfChange()...)
	}
	slices.Sort(days)
	for _, change := range days {
		if change > day {
			return change
		}
	}
	return ""
}

func (c *chatbot) daysOfChange() []string {
	days := c.turnsOfAssessments()
	for _, d := range c.documents {
		for _, p := range d.Points {
			if c.isReached(p) && c.conditionsOf(p) != no {
				days = append(days, p.changes()...)
			}
		}
	}
	return days
}

// turnsOfAssessments are the days on which the declared assessments begin to count for a point, because they are completed, and on which they no
// longer count for it, because they are older than what it requires, or expired.
func (c *chatbot) turnsOfAssessments() []string {
	var days []string
	for _, p := range c.listPoints() {
		if p.Dimension != "accountability.assessments" {
			continue
		}
		for kind, oldest := range c.valueOf(p.point).(limits) {
			for i := range c.spec.Assessments {
				if stated := &c.spec.Assessments[i]; string(stated.Type) == kind && stated.Completed != "" {
					days = append(days, turns(stated, oldest)...)
				}
			}
		}
	}
	return days
}

func turns(stated *v1alpha1.Assessment, oldest float64) []string {
	last := string(stated.Expires)
	if !math.IsInf(oldest, 1) {
		last = earlier(last, dayAfter(string(stated.Completed), int(oldest)))
	}
	if last == "" {
		return []string{string(stated.Completed)}
	}
	return []string{string(stated.Completed), dayAfter(last, 1)}
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
		return string(stated.Type) == kind && completed != "" && completed <= c.day && isRecent(completed, c.day, oldest) &&
			(expires == "" || c.day <= expires)
	})
}

func isRecent(completed, day string, oldest float64) bool {
	return math.IsInf(oldest, 1) || day <= dayAfter(completed, int(oldest))
}

// changes are the first day of a point and the day after the last.
func (p *point) changes() []string {
	changes := []string{p.From}
	if p.Until != "" {
		changes = append(changes, dayAfter(p.Until, 1))
	}
	return changes
}
