package shape

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Matches reports whether a text is the value, or begins as a value that ends in `*` says.
func Matches(value, text string) bool {
	start, isOpen := strings.CutSuffix(value, "*")
	return value == text || isOpen && strings.HasPrefix(text, start)
}

// HasEnding reports whether a text has the ending, or one with digits in place of a `*` at its end.
func HasEnding(text []byte, ending string) bool {
	start, isNumbered := strings.CutSuffix(ending, "*")
	rest := bytes.TrimRight(text, "0123456789")
	if !isNumbered || len(rest) == len(text) {
		return bytes.HasSuffix(text, []byte(ending))
	}
	return bytes.HasSuffix(rest, []byte(start))
}

// checkUnits checks the messages or blocks of a stream: all that grows, ends or tells them apart is inside of one.
func (c *documentCheck) checkUnits(units []string) {
	where := c.at + ".places"
	if len(c.list(Message)) > 0 && len(c.list(Block)) > 0 {
		c.add(where, "some places are messages, and others are blocks: "+strings.Join(units, ", "), "Write one of the two.")
	}
	for _, unit := range units {
		if unit != "$" && !strings.HasSuffix(unit, "[*]") {
			c.add(where, fmt.Sprintf("%q cannot be a message or block", unit), "Use $, or the elements of a list such as $.choices[*].")
		}
	}
	for _, selector := range slices.Sorted(maps.Keys(c.places)) {
		isInside := slices.ContainsFunc(units, func(unit string) bool { return strings.HasPrefix(selector, unit) })
		if len(units) > 0 && !isInside && needsUnit(c.places[selector]) {
			c.add(where, fmt.Sprintf("%q grows, ends or counts outside of %s", selector, strings.Join(units, ", ")),
				"Move it below, or say less about it.")
		}
	}
	c.checkCalls()
	c.checkRestated()
	c.checkEither()
}

// checkEither checks that a text that grows in either way is in no list, because the names of members alone tell such texts apart.
func (c *documentCheck) checkEither() {
	for _, selector := range slices.Sorted(maps.Keys(c.places)) {
		if c.places[selector].Grows == GrowsEither && strings.Contains(selector, "[*]") {
			c.add(c.at+".places", fmt.Sprintf("%q grows either way inside of a list", selector), "Write `grows: append`, or `grows: cumulative`.")
		}
	}
}

// checkRestated checks that a stream with texts that are restated has one block, the event, in which each text ends by itself.
func (c *documentCheck) checkRestated() {
	isRestated := func(p *Place) bool { return p.Grows == GrowsRestated }
	hasRestated := slices.ContainsFunc(slices.Collect(maps.Values(c.places)), isRestated)
	for _, selector := range slices.Sorted(maps.Keys(c.places)) {
		switch p := c.places[selector]; {
		case hasRestated && (p.Grows == GrowsCumulative || p.Grows == GrowsEither):
			c.add(c.at+".places", fmt.Sprintf("%q is %s in a stream with restated texts", selector, p.Grows), "Use one of the two.")
		case p.Grows == GrowsRestated && (c.places["$"] == nil || c.places["$"].Is != Block):
			c.add(c.at+".places", fmt.Sprintf("%q is restated in an event that is no block", selector), "Write `is: block` at $.")
		case p.Grows == GrowsRestated && p.Is == Signed:
			c.add(c.at+".places", fmt.Sprintf("%q is restated and signed", selector), "Read the restatement as opaque.")
		}
	}
}

// growsByEvents reports whether several events have parts of the text, so that the end of it may be held back.
func (p *Place) growsByEvents() bool {
	return p.Grows == GrowsAppend || p.Grows == GrowsCumulative || p.Grows == GrowsEither
}

// needsUnit reports whether the place says something about a message or block.
func needsUnit(p *Place) bool {
	return p.growsByEvents() || p.Is == Index || p.Is == Key || len(p.Ends)+len(p.Closes)+len(p.Opens)+len(p.Continues)+len(p.Between) > 0
}

// checkInsert checks the events that carry a statement into a stream.
func (s *Stream) checkInsert(f *faults, at string) {
	if s.Insert == nil {
		return
	}
	if len(s.Insert.Before) > 0 && s.Type == "" {
		f.add(at+".insert.before", "the events have no type", "Name in stream.type the member that tells them apart.")
	}
	hasText := false
	for i, text := range s.Insert.Events {
		hasText = checkInsertTemplate(f, fmt.Sprintf("%s.insert.events[%d]", at, i), text) || hasText
	}
	if !hasText {
		f.add(at+".insert.events", "none of them has ${text}", "Put the statement into one.")
	}
}

// checkInsertTemplate checks a template that may hold a statement, and reports whether it does.
func checkInsertTemplate(f *faults, where, text string) bool {
	t, err := ParseTemplate(text, InsertVariables())
	if err != nil {
		f.add(where, err.Error(), "Correct the template.")
	}
	return t.Has(VarText)
}

// checkType checks the member that tells events of different types apart, and the templates that repeat it.
func (s *Stream) checkType(f *faults, at string) {
	steps, err := ParseSelector(s.Type)
	if s.Type != "" && (err != nil || len(steps) != 1 || steps[0].Kind != ToMember || s.find(s.Type) == nil) {
		f.add(at+".type", fmt.Sprintf("%q cannot tell events apart", s.Type), "Use a member of the event itself, and list it in stream.places.")
	}
	if !slices.ContainsFunc(s.Places, func(p Place) bool { return p.Is == Key }) {
		s.checkKeyless(f, at)
	}
}

// checkKeyless checks that no template of a stream without keys has one.
func (s *Stream) checkKeyless(f *faults, at string) {
	for _, name := range slices.Sorted(maps.Keys(s.Flushes)) {
		t, err := ParseTemplate(s.Flushes[name], FlushVariables())
		if err == nil && (t.Has(VarKey) || t.Has(VarType)) {
			f.add(at+".flushes."+name, "it has ${key} or ${type}, and no place is a key", "Say with `is: key` what tells the texts apart.")
		}
	}
}
