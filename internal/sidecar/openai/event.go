package openai

import (
	"slices"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// survey is the first reading of an event: which choices and calls it speaks of.
type survey struct {
	choices []surveyed
}

// surveyed is one choice of an event.
type surveyed struct {
	index    int
	finished bool
	// calls are the indexes of the tool calls, in the order of the list.
	calls []int
}

func (s *survey) reset() { s.choices = s.choices[:0] }

// finished reports whether the event ends the choice with the index.
func (s *survey) finished(index int) bool {
	return slices.ContainsFunc(s.choices, func(c surveyed) bool { return c.finished && c.index == index })
}

// Value makes room for each choice and call. Without an index a choice or call has its position.
func (s *survey) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	if err := eventKind(p.Field, kind); err != nil {
		return false, err
	}
	switch p.Field {
	case fieldChoice:
		s.choices = append(s.choices, surveyed{index: p.Index[0]})
	case fieldCall:
		c := &s.choices[len(s.choices)-1]
		c.calls = append(c.calls, p.Index[1])
	}
	return answerValue(p, kind)
}

// eventKind refuses a field of an event whose value is of another kind than the form of an event says.
func eventKind(field jsontext.Field, kind jsontext.Kind) error {
	switch field {
	case fieldRoot, fieldChoice, fieldCall, fieldDelta:
		if kind != jsontext.Object && (kind != jsontext.Null || field != fieldDelta) {
			return notAnAnswer("An event, choice or tool call is not an object.")
		}
	case fieldGrowing:
		if kind != jsontext.String && kind != jsontext.Null {
			return notAnAnswer("The content of an event is not a text.")
		}
	case fieldChoiceIndex, fieldCallIndex:
		if kind != jsontext.Number {
			return notAnAnswer("An index is not a number.")
		}
	}
	return nil
}

// Key is for the second reading.
func (s *survey) Key(*jsontext.Place, []byte) error { return nil }

// Text notes the end of a choice.
func (s *survey) Text(p *jsontext.Place, dst, _ []byte) ([]byte, bool, error) {
	if p.Field == fieldFinish {
		s.choices[len(s.choices)-1].finished = true
	}
	return dst, false, nil
}

// Scalar notes an index.
func (s *survey) Scalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if p.Field != fieldChoiceIndex && p.Field != fieldCallIndex {
		return nil, nil
	}
	index, err := strconv.Atoi(string(raw))
	if err != nil || index < 0 || index > maxIndex {
		return nil, notAnAnswer("An index is out of bounds.")
	}
	c := &s.choices[len(s.choices)-1]
	if p.Field == fieldChoiceIndex {
		c.index = index
		return nil, nil
	}
	c.calls[len(c.calls)-1] = index
	return nil, nil
}

// eventVisitor is the second reading of an event: it rewrites the texts.
type eventVisitor Stream

// deltaDepth is how many objects and arrays are around the members of a delta: event, choices, choice, delta.
const deltaDepth = 4

// Value refuses sound and takes out probabilities.
func (v *eventVisitor) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	return answerValue(p, kind)
}

// Text hands a growing text to its window, and inspects any other as a whole.
func (v *eventVisitor) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	switch {
	case p.Field == fieldArguments:
		return v.arguments(p, dst, text)
	case p.Field == fieldGrowing, p.Field == 0 && p.Parent == fieldDelta:
		return v.delta(p, dst, text)
	case p.Field == 0 && p.Depth >= deltaDepth:
		// A text at a place of which nothing is known cannot be followed from event to event. Harmless words pass.
		return dst, v.set.Suspects(text), nil
	}
	out, changed := v.text(p, dst, text)
	if p.Field == fieldHead {
		value := text
		if changed {
			value = out
		}
		v.repeat(p.Key, jsontext.AppendString(nil, value))
	}
	return out, changed, nil
}

// arguments rewrites those of a tool call, or of the older function call.
func (v *eventVisitor) arguments(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	choice := v.survey.choices[p.Index[0]]
	if p.Parent == fieldFunction {
		return v.grow(dst, text, choice.index, choice.calls[p.Index[1]], nil)
	}
	return v.grow(dst, text, choice.index, -1, []byte(functionArguments))
}

// delta rewrites a member of a delta: the content, a refusal, thoughts.
func (v *eventVisitor) delta(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	choice := v.survey.choices[p.Index[0]].index
	if v.opening != "" && p.Field == fieldGrowing && !slices.Contains(v.opened, choice) {
		v.opened = append(v.opened, choice)
		dst = append(dst, v.opening...)
		dst = append(dst, separator...)
	}
	return v.grow(dst, text, choice, -1, p.Key)
}

func (v *eventVisitor) grow(dst, text []byte, choice, call int, name []byte) ([]byte, bool, error) {
	g, err := (*Stream)(v).window(choice, call, name)
	if err != nil {
		return dst, false, err
	}
	dst = g.window.Write(dst, text, v.counts)
	if v.survey.finished(choice) {
		dst = g.window.Close(dst, v.counts)
	}
	return dst, true, nil
}

// Scalar keeps members for the events that we make, and inspects long numbers.
func (v *eventVisitor) Scalar(p *jsontext.Place, raw []byte) ([]byte, error) {
	if p.Field == fieldHead {
		v.repeat(p.Key, raw)
	}
	return v.inspector.Scalar(p, raw)
}

// repeat keeps a member for the events that we make.
func (v *eventVisitor) repeat(name, value []byte) {
	v.head = jsontext.AppendString(v.head, name)
	v.head = append(v.head, ':')
	v.head = append(v.head, value...)
	v.head = append(v.head, ',')
}
