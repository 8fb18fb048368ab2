package shape

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// isEmpty reports whether there is no stream.
func (s *Stream) isEmpty() bool { return s.Framing == "" && len(s.Places) == 0 }

// check checks a stream at the key.
func (s *Stream) check(f *faults, at string) {
	checkDocument(f, OfStream, at, s.Document, s.Flushes)
	s.checkTexts(f, at)
	s.checkEnds(f, at)
	s.checkRevised(f, at)
	s.checkBetween(f, at)
	f.checkOneOf(at+".framing", s.Framing, framings())
	f.checkFilled(at+".needsFault", s.NeedsFault)
	if s.Done != "" && s.Framing == FramingJSONArray {
		f.add(at+".done", fmt.Sprintf("%q ends no array", s.Done), "Remove it.")
	}
	if s.Name != "" && s.find(s.Name) == nil {
		f.add(at+".name", fmt.Sprintf("%q is not a place of the stream", s.Name), "List it in stream.places.")
	}
	if s.Name != "" {
		s.checkEventName(f, at)
	}
	s.checkBeats(f, at)
	s.checkType(f, at)
	s.checkInsert(f, at)
	if s.TraceableDepth < 1 {
		f.add(at+".traceableDepth", fmt.Sprintf("it is %d", s.TraceableDepth), "Use 1 or more.")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Flushes)) {
		where := at + ".flushes." + name
		t, err := ParseTemplate(s.Flushes[name], FlushVariables())
		switch {
		case err != nil:
			f.add(where, err.Error(), "Correct the template.")
		case !t.Has(VarText):
			f.add(where, "it has no ${text}", "Put the rest of the text into it.")
		}
	}
}

// checkTexts checks that the shape says of texts that people read how they grow, or that they are whole in their event.
func (s *Stream) checkTexts(f *faults, at string) {
	for i := range s.Places {
		p := &s.Places[i]
		isRead := p.Is == Prose || p.Is == Decline || p.Is == Signed
		if isRead && p.Flush == "" && p.Grows != GrowsWhole {
			f.add(fmt.Sprintf("%s.places[%d].grows", at, i), fmt.Sprintf("a %s of a stream does not grow", p.Is),
				"Write `grows: append`, or `grows: whole` for texts that are complete in their event.")
		}
	}
}

// checkEnds checks that something ends the answers of a socket that arrive in pieces. Without it, the ends of texts would be held back for as
// long as the connection is open.
func (s *Stream) checkEnds(f *faults, at string) {
	grows := func(p Place) bool { return p.growsByEvents() }
	ends := func(p Place) bool { return len(p.Last)+len(p.Closes) > 0 }
	if s.IsSocket() && slices.ContainsFunc(s.Places, grows) && !slices.ContainsFunc(s.Places, ends) {
		f.add(at+".places", "no value ends an answer", "Say with `last` which one does, or write `grows: whole` if each frame has whole texts.")
	}
}

// checkBetween checks that a stream with parts says what can stand between two of them, and that only such a stream does.
func (s *Stream) checkBetween(f *faults, at string) {
	has := func(is func(p Place) bool) bool { return slices.ContainsFunc(s.Places, is) }
	hasBetween := has(func(p Place) bool { return len(p.Between) > 0 })
	hasJoins := has(func(p Place) bool { return p.Grows == GrowsAppend && p.Joins })
	hasProse := has(func(p Place) bool { return p.Grows == GrowsAppend && p.Is == Prose })
	hasParts := has(func(p Place) bool { return p.Is == Block }) && has(func(p Place) bool { return len(p.Closes) > 0 }) && (hasJoins || hasProse)
	if hasBetween && !hasParts {
		f.add(at+".places", "values stand between parts of a message (between), and the stream has no parts",
			"Write `is: block`, say with `closes` what ends a part, and write `is: prose` or `joins: true` at a text with `grows: append`.")
	}
	if hasJoins && !hasBetween {
		f.add(at+".places", "a text with `grows: append` has joins, and nothing stands between two parts of a message",
			"Say with `between` which events can, or remove joins.")
	}
}

// checkRevised checks that the template of a text that has pieces and wholes does not name a member, because members of several names hold
// the text, and that no signature covers it.
func (s *Stream) checkRevised(f *faults, at string) {
	for _, name := range slices.Sorted(maps.Keys(s.Flushes)) {
		has := func(grows string) bool {
			return slices.ContainsFunc(s.Places, func(p Place) bool { return p.Flush == name && p.Grows == grows })
		}
		if !has(GrowsAppend) || !has(GrowsCumulative) {
			continue
		}
		where := at + ".flushes." + name
		if t, err := ParseTemplate(s.Flushes[name], FlushVariables()); err == nil && t.Has(VarName) {
			f.add(where, "it has ${name}, and places with pieces and places with whole texts name it", "Write the name of one member.")
		}
		if slices.ContainsFunc(s.Places, func(p Place) bool { return p.Flush == name && p.Is == Signed }) {
			f.add(where, "a signed text has pieces and whole texts", "Use a template for each of the two.")
		}
	}
}

// checkEventName checks that the name of an event can stand in a line of its own: that it is a top member of the event.
func (s *Stream) checkEventName(f *faults, at string) {
	steps, err := ParseSelector(s.Name)
	isTopMember := err == nil && len(steps) == 1 && steps[0].Kind == ToMember
	if s.Framing != FramingSSE || !isTopMember {
		f.add(at+".name", fmt.Sprintf("%q cannot name events", s.Name),
			"Use the framing sse and a member of the event itself.")
	}
}

// checkBeats checks that each text that keeps connections open is short and fits on one line, and that the framing of the stream can have
// such texts.
func (s *Stream) checkBeats(f *faults, at string) {
	const maxBeats, maxBeat = 8, 32
	isFramed := s.Framing == FramingSSE || s.Framing == FramingWebSocket
	if len(s.Beats) > maxBeats || len(s.Beats) > 0 && !isFramed {
		f.add(at+".beats", fmt.Sprintf("there are %d, in the framing %q", len(s.Beats), s.Framing),
			fmt.Sprintf("List at most %d, and only in the framing sse or websocket.", maxBeats))
	}
	for i, beat := range s.Beats {
		isPrintable := !strings.ContainsFunc(beat, func(c rune) bool { return c < ' ' || c > '~' })
		if len(beat) > maxBeat || !isPrintable {
			f.add(fmt.Sprintf("%s.beats[%d]", at, i), fmt.Sprintf("%q is not a beat", beat), fmt.Sprintf("Use at most %d ASCII characters on one line.", maxBeat))
		}
	}
}
