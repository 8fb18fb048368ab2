package openai

import (
	"slices"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// survey is the first reading of an event: which choices and calls it holds.
type survey struct {
	choices []surveyedChoice
	// hasChoices and hasError report whether the event is of the form that the interface knows.
	hasChoices, hasError bool
}

// surveyedChoice is one choice of an event.
type surveyedChoice struct {
	index int
	// finished: the event says that the choice ends.
	finished bool
	// speaks: the event adds to a text of the choice.
	speaks bool
	// calls are the indexes of the tool calls, in the order of the list.
	calls []int
}

func (s *survey) reset() { *s = survey{choices: s.choices[:0]} }

// isFinished reports whether the event ends the choice with the index.
func (s *survey) isFinished(index int) bool {
	return slices.ContainsFunc(s.choices, func(c surveyedChoice) bool { return c.finished && c.index == index })
}

// Value makes room for each choice and call. Without an index a choice or call has its position.
func (s *survey) Value(p *jsontext.Place, kind jsontext.Kind) (bool, error) {
	if err := checkEventKind(p.Field, kind); err != nil {
		return false, err
	}
	switch p.Field {
	case fieldChoices:
		s.hasChoices = true
	case fieldError:
		s.hasError = kind != jsontext.Null
	case fieldChoice:
		s.choices = append(s.choices, surveyedChoice{index: p.Index[0]})
	case fieldCall:
		c := &s.choices[len(s.choices)-1]
		c.calls = append(c.calls, p.Index[1])
	}
	return keepAnswerValue(p, kind)
}

// checkEventKind refuses a field of an event whose value is of another kind than the form of an event says.
func checkEventKind(field jsontext.Field, kind jsontext.Kind) error {
	switch field {
	case fieldRoot, fieldChoice, fieldCall, fieldDelta:
		if kind != jsontext.Object && (kind != jsontext.Null || field != fieldDelta) {
			return notAnAnswer("An event, choice or tool call is not an object.")
		}
	case fieldGrowing, fieldBeside:
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

// Text notes which choices go on and which end. Some servers send an empty finish_reason in every event.
func (s *survey) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	if len(text) == 0 || len(s.choices) == 0 {
		return dst, false, nil
	}
	c := &s.choices[len(s.choices)-1]
	c.finished = c.finished || p.Field == fieldFinish
	c.speaks = c.speaks || isGrowing(p)
	return dst, false, nil
}

// isGrowing reports whether a text at the place is continued by later events.
func isGrowing(p *jsontext.Place) bool {
	switch p.Field {
	case fieldGrowing, fieldRefusal, fieldBeside, fieldArguments:
		return true
	}
	return p.Field == 0 && p.Parent == fieldDelta
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
	v.enter(p)
	if isCall(p.Field, kind) {
		v.openings.noteCall(v.survey.choices[p.Index[0]].index)
	}
	return keepAnswerValue(p, kind)
}

// Key refuses personal data in names.
func (v *eventVisitor) Key(p *jsontext.Place, name []byte) error {
	v.enter(p)
	return v.inspector.Key(p, name)
}

// enter notes which member of the event is read.
func (v *eventVisitor) enter(p *jsontext.Place) {
	if p.Depth == 1 {
		v.inError = p.Field == fieldError
	}
}

// Text hands a growing text to its window. Any other text of an event is either an error, which comes once and is inspected
// whole, or it stays the same from event to event.
func (v *eventVisitor) Text(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	switch {
	case p.Field == fieldArguments:
		return v.arguments(p, dst, text)
	case isGrowing(p):
		return v.delta(p, dst, text)
	case v.inError:
		out, changed := v.set.Text(dst, text, v.counts)
		return out, changed, nil
	case p.Field == 0 && p.Depth >= deltaDepth:
		// A text at a place of which nothing is known cannot be followed from event to event. Harmless words pass.
		return dst, v.set.Suspects(text), nil
	}
	out, changed := v.steady(p, dst, text)
	if p.Field == fieldHead {
		value := text
		if changed {
			value = out
		}
		v.repeat(p.Key, jsontext.AppendString(nil, value))
	}
	return out, changed, nil
}

// steadyText is a text that stands at the same place of several events: an identifier, the name of a provider.
type steadyText struct {
	depth, index int
	name, text   string
}

// steady inspects a text that does not grow. A client could put two different texts at one place together, so a different
// one passes only if neither could be a piece of personal data, or if both are words of the interface.
func (v *eventVisitor) steady(p *jsontext.Place, dst, text []byte) ([]byte, bool) {
	word := isWord(p.Field) && isToken(text)
	first, found := v.firstText(p)
	switch {
	case !found && len(v.steadies) < maxWindows:
		index := -1
		if p.Arrays > 0 {
			index = p.Index[0]
		}
		v.steadies = append(v.steadies, steadyText{depth: p.Depth, index: index, name: string(p.Key), text: string(text)})
	case !found:
		return dst, !word && v.set.Suspects(text)
	case first == string(text), word && isToken([]byte(first)):
	default:
		return dst, v.set.Suspects(text) || v.set.Suspects([]byte(first))
	}
	if word {
		return dst, false
	}
	return v.set.Text(dst, text, v.counts)
}

// firstText returns what stood at the place first.
func (v *eventVisitor) firstText(p *jsontext.Place) (string, bool) {
	for i := range v.steadies {
		s := &v.steadies[i]
		if s.depth == p.Depth && s.name == string(p.Key) && (p.Arrays == 0 && s.index < 0 || p.Arrays > 0 && s.index == p.Index[0]) {
			return s.text, true
		}
	}
	return "", false
}

// arguments rewrites those of a tool call, or of the older function call.
func (v *eventVisitor) arguments(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	choice := v.survey.choices[p.Index[0]]
	if p.Parent == fieldFunction {
		return v.grow(dst, text, choice.index, choice.calls[p.Index[1]], nil)
	}
	return v.grow(dst, text, choice.index, -1, []byte(functionArguments))
}

// delta rewrites a member of a delta (the content, a refusal, thoughts), or the text next to it.
func (v *eventVisitor) delta(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	choice := v.survey.choices[p.Index[0]].index
	if p.Field == fieldBeside {
		return v.grow(dst, text, choice, -1, []byte(besideDelta))
	}
	if v.opening != "" && v.openings.open(p.Field, choice, text) {
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
	if v.closing && v.survey.isFinished(choice) {
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
