package shape

import (
	"fmt"
	"slices"
	"strings"
)

// checkChannel checks the keys of routes for requests between a messaging service and the app. The shape is that of the route.
func (s *Shape) checkChannel(f *faults, where string, r *Route) {
	if r.AnswersElsewhere && r.Use != UseTurn {
		f.add(where+".answersElsewhere", "the route is no turn", "Remove it, or write `use: turn`.")
	}
	s.checkShown(f, where, r)
	if r.Use != UseReply {
		return
	}
	if s.Request.Statement == nil {
		f.add(where+".request", "the request of a reply does not say how the sidecar sends the statement", "Name a document with a statement.")
	}
	isNamed := slices.ContainsFunc(s.Request.Places, func(p Place) bool { return p.Is == Session || p.Is == Address })
	if r.FindSession() == 0 && !isNamed {
		f.add(where, "nothing names the conversation", "Write `is: session` at a place of the request, or {session} in the path.")
	}
}

// checkShown checks that only a messaging service reads answers in other forms than JSON. The shape is that of the route.
func (s *Shape) checkShown(f *faults, where string, r *Route) {
	if !r.AnswersElsewhere && (len(s.Answer.Texts) > 0 || s.Answer.XML != nil) {
		f.add(where+".answer", "it has texts or xml, and the route is not one with answersElsewhere", "Name another answer.")
	}
}

// checkStatement checks how the sidecar sends the statement to a messaging service.
func (c *documentCheck) checkStatement(where string, d Document) {
	if d.Statement == nil {
		return
	}
	if c.of != OfRequest {
		c.add(where, "only a request has one", "Remove it.")
	}
	t, err := ParseTemplate(d.Statement.Members, InsertVariables())
	switch {
	case err != nil:
		c.add(where+".members", err.Error(), "Correct the template.")
	case !t.Has(VarText) || !strings.HasPrefix(d.Statement.Members, "{"):
		c.add(where+".members", "it is not an object with ${text}", "Write an object that has the text of the message.")
	}
	for name, to := range d.Statement.Renames {
		if to == "" || !slices.Contains(d.Statement.Keep, name) {
			c.add(where+".renames", fmt.Sprintf("%q has no new name, or is not in keep", name), "Keep the member, and write its new name.")
		}
	}
	if strings.ContainsAny(d.Statement.Segment, "/?#%{}") {
		c.add(where+".segment", fmt.Sprintf("%q is not a segment of a path", d.Statement.Segment), "Write one segment without slashes and escapes.")
	}
	if d.Statement.Accepted != nil {
		checkCondition(c.faults, where+".accepted", d.Statement.Accepted)
	}
}
