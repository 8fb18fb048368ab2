package openaichat

import (
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// maxIndex bounds the indexes of choices and tool calls. Real answers stay far below it, and setWholePlace can compute with an index up to
// it without overflow.
const maxIndex = 1024

// survey reads an event for the first time and notes its choices and tool calls. An event is read twice because the index of a choice may
// follow the text of the choice.
type survey struct {
	// choices says what the event does to each of its choices, in the order of the list.
	choices []dialect.Progress
	// calls holds the indexes of the tool calls of all choices. firstCalls holds, for each choice, the position of its first call in calls.
	calls, firstCalls []int
	// hasChoices and hasFailure report whether the event has the members choices and error.
	hasChoices, hasFailure bool
}

// reset prepares the survey for the next event and reuses its memory.
func (s *survey) reset() {
	*s = survey{choices: s.choices[:0], calls: s.calls[:0], firstCalls: s.firstCalls[:0]}
}

// findCall returns the index of a tool call. choice is the position of the call's choice in the list of choices, and position is the
// position of the call in the choice's list of tool calls.
func (s *survey) findCall(choice, position int) int { return s.calls[s.firstCalls[choice]+position] }

// VisitValue adds an entry for each choice and tool call. The index in the entry is the position in the list, until VisitScalar reads the
// member `index`.
func (s *survey) VisitValue(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	switch p.Field {
	case choices:
		s.hasChoices = true
	case failure:
		s.hasFailure = kind != jsontext.Null
	case choice:
		s.choices = append(s.choices, dialect.Progress{Index: p.Index[0]})
		s.firstCalls = append(s.firstCalls, len(s.calls))
	case call:
		s.calls = append(s.calls, p.Index[1])
	}
	return events.checkKind(p, kind)
}

// VisitKey accepts every name: eventReader checks names.
func (s *survey) VisitKey(*jsontext.Place, []byte) error { return nil }

// VisitText notes whether a text continues or ends the choice that is being read. An empty text does neither: some servers send an empty
// finish_reason in every event. A text before the first choice belongs to none.
func (s *survey) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	if len(text) == 0 || len(s.choices) == 0 {
		return dst, false, nil
	}
	current := &s.choices[len(s.choices)-1]
	current.Ends = current.Ends || p.Field == finish
	current.Continues = current.Continues || findArrival(p) == dialect.InPieces
	return dst, false, nil
}

// VisitScalar sets the index of the choice or tool call that is being read. It keeps every value as it is.
func (s *survey) VisitScalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if p.Field != choiceIndex && p.Field != callIndex {
		return nil, nil
	}
	index, err := strconv.Atoi(string(raw))
	if err != nil || index < 0 || index > maxIndex {
		return nil, refusal.Because(refusal.AnswerMalformed, "An index is out of bounds.")
	}
	if p.Field == choiceIndex {
		s.choices[len(s.choices)-1].Index = index
	} else {
		s.calls[len(s.calls)-1] = index
	}
	return nil, nil
}

// deltaDepth is the number of objects and arrays around the members of a delta: event, choices, choice and delta.
const deltaDepth = 4

// findArrival returns how the text at a place of an event arrives. Unknown members of a delta arrive in pieces, as its known members do.
// Other unknown places, if they are as deep as the members of a delta or deeper, are Untraceable: nothing tells which texts of different
// events are pieces of one text. Unknown places that are less deep, such as unknown members of a choice, are Repeated.
func findArrival(p *jsontext.Place) dialect.Arrival {
	switch {
	case p.Field == unknown && p.Parent == delta:
		return dialect.InPieces
	case p.Field == unknown && p.Depth >= deltaDepth:
		return dialect.Untraceable
	case events.rows[p.Field].arrival == dialect.Whole:
		// Whole is the zero value: the row of the place names no arrival. Each event with a text at such a place should have the same text
		// there.
		return dialect.Repeated
	}
	return events.rows[p.Field].arrival
}
