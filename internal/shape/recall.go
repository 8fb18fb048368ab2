package shape

import (
	"fmt"
	"slices"
)

// Recall describes how a list of messages, in an answer of a history, has after its last message what the sidecar has said in place of the
// chatbot, such as the question for consent. The app does not know that message, and a client that loads the history after each answer would
// take it off the screen. A list whose last message has no identifier gets nothing.
type Recall struct {
	// Element is the template of the element.
	Element string `json:"element"`
	// ID is the name of the member that identifies a message.
	ID string `json:"id"`
	// Before is the name of the member that lists the identifiers of the messages before a message; "" if messages have none.
	Before string `json:"before,omitempty"`
}

// RecallEnding is what the identifier of an element of Recall has after that of the message before it. Place.Recalled takes it away again, so that
// nothing needs to know both.
const RecallEnding = "-chaperone"

// RecallVariables lists the variables of templates of elements of Recall, sorted.
func RecallVariables() []string {
	return []string{VarBefore, VarDate, VarID, VarLast, VarSession, VarText, VarTime}
}

// checkRecall checks the element with what the sidecar has said, at a list of an answer.
func (c *documentCheck) checkRecall(where string, p *Place) {
	c.addIf(p.Recalled && (c.of != OfRequest || p.Is != Identifier), where+".recalled", "the place is no identifier of a request",
		"Remove it, or write `is: identifier`.")
	if p.Recall == nil {
		return
	}
	c.addIf(c.of != OfAnswer, where+".recall", "the place is not in an answer", "Remove it.")
	c.checkFilled(where+".recall.id", p.Recall.ID)
	t, err := ParseTemplate(p.Recall.Element, RecallVariables())
	switch {
	case err != nil:
		c.add(where+".recall.element", err.Error(), "Correct the template.")
	case !t.Has(VarText) || !t.Has(VarID):
		c.add(where+".recall.element", "it has no ${text}, or no ${id}", "Put the text and the identifier into it.")
	}
	c.addIf(p.Recall.Before == "" && t.Has(VarBefore), where+".recall.element", "it has ${before}, and recall.before is missing",
		"Name the member that lists the messages before a message.")
}

// checkRecalled checks that the elements of lists with Recall are messages.
func (c *documentCheck) checkRecalled(at string, d Document) {
	for i := range d.Places {
		p := &d.Places[i]
		for _, selector := range p.At {
			element := c.places[selector+"[*]"]
			c.addIf(p.Recall != nil && (element == nil || element.Is != Message), fmt.Sprintf("%s.places[%d].recall", at, i),
				fmt.Sprintf("the elements of %q are no messages", selector), "Say with `is: message` that they are.")
		}
	}
}

// checkRouteRecall checks that only a history of a conversation that its path names says again what the sidecar has said. The shape is that of
// the route.
func (s *Shape) checkRouteRecall(f *faults, where string, r *Route) {
	f.addIf(s.Answer.recalls() && r.IsRead() && (r.Use != UseHistory || r.FindSession() == 0), where+".answer",
		"it has a recall, and the route is no history, or its path has no "+sessionVariable, "Name another answer, or the conversation in the path.")
}

// recalls reports whether a list of the document has a Recall.
func (d *Document) recalls() bool {
	return slices.ContainsFunc(d.Places, func(p Place) bool { return p.Recall != nil })
}
