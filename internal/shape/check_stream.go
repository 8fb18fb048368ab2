package shape

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

var mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)

// isEmpty reports whether there is no stream.
func (s *Stream) isEmpty() bool { return s.Framing == "" && len(s.Places) == 0 }

// check checks a stream at the key.
func (s *Stream) check(f *faults, at string) {
	checkDocument(f, OfStream, at, s.Document, s.Flushes)
	f.checkOneOf(at+".framing", s.Framing, framings())
	f.checkFilled(at+".needsFault", s.NeedsFault)
	if s.MediaType != "" && !mediaType.MatchString(s.MediaType) {
		f.add(at+".mediaType", fmt.Sprintf("%q is not a media type", s.MediaType),
			"Write it in lower case and without parameters, such as text/plain.")
	}
	if s.Name != "" && s.find(s.Name) == nil {
		f.add(at+".name", fmt.Sprintf("%q is not a place of the stream", s.Name), "List it in stream.places.")
	}
	if s.Name != "" {
		s.checkEventName(f, at)
	}
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

// checkEventName checks that the name of an event can stand in a line of its own: that it is a top member of the event.
func (s *Stream) checkEventName(f *faults, at string) {
	steps, err := ParseSelector(s.Name)
	isTopMember := err == nil && len(steps) == 1 && steps[0].Kind == ToMember
	if s.Framing != FramingSSE || !isTopMember {
		f.add(at+".name", fmt.Sprintf("%q cannot name events", s.Name),
			"Use the framing sse and a member of the event itself.")
	}
}
