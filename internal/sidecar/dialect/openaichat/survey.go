package openaichat

import (
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// maxIndex bounds the indexes of choices and tool calls.
const maxIndex = 1024

// survey is the first reading of an event. An event is read twice because the index of a choice may follow its text.
type survey struct {
	// choices says what the event does to each of its choices, in the order of the list.
	choices []dialect.Progress
	// calls are the indexes of the tool calls of all choices; firstCalls holds the position of the first call of each choice.
	calls, firstCalls []int
	// hasChoices and hasFailure say whether the event has a form that the OpenAI API knows.
	hasChoices, hasFailure bool
}

func (s *survey) reset() {
	*s = survey{choices: s.choices[:0], calls: s.calls[:0], firstCalls: s.firstCalls[:0]}
}

// findCall returns the index of the call at a position of the list of a choice.
func (s *survey) findCall(choice, position int) int { return s.calls[s.firstCalls[choice]+position] }

// Value adds an entry for each choice and call. The index of one that states none is its position.
func (s *survey) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
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

// Key leaves names to the second reading.
func (s *survey) Key(*jsontext.Place, []byte) error { return nil }

// Text notes which choices continue and which end. Some servers send an empty finish_reason in every event.
func (s *survey) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	if len(text) == 0 || len(s.choices) == 0 {
		return dst, false, nil
	}
	c := &s.choices[len(s.choices)-1]
	c.Ends = c.Ends || p.Field == finish
	c.Continues = c.Continues || findGrowth(p) == dialect.Appends
	return dst, false, nil
}

// Scalar notes an index.
func (s *survey) Scalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if p.Field != choiceIndex && p.Field != callIndex {
		return nil, nil
	}
	index, err := strconv.Atoi(string(raw))
	if err != nil || index < 0 || index > maxIndex {
		return nil, refusal.Because(refusal.AnswerMalformed, "An index is out of bounds.")
	}
	if p.Field == choiceIndex {
		s.choices[len(s.choices)-1].Index = index
		return nil, nil
	}
	s.calls[len(s.calls)-1] = index
	return nil, nil
}

// deltaDepth is how many objects and arrays are around the members of a delta: event, choices, choice, delta.
const deltaDepth = 4

// findGrowth returns how the texts at a place arrive. Each event appends to the texts of a delta. At unknown, deeper places findGrowth
// cannot tell which pieces of different events belong to one text.
func findGrowth(p *jsontext.Place) dialect.Growth {
	switch {
	case p.Field == unknown && p.Parent == delta:
		return dialect.Appends
	case p.Field == unknown && p.Depth >= deltaDepth:
		return dialect.Unfollowed
	case events.rows[p.Field].growth == dialect.Whole:
		return dialect.Repeats
	}
	return events.rows[p.Field].growth
}
