package shape

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	shapeName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	parameter = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,31}$`)
)

// faults collects what is wrong with a shape.
type faults []error

// add adds a fault. where is the path of the key, what a clause with the value that was found, and remedy a sentence.
func (f *faults) add(where, what, remedy string) {
	*f = append(*f, fmt.Errorf("%s: %s. %s", where, what, remedy))
}

// addIf adds a fault if there is one.
func (f *faults) addIf(isFault bool, where, what, remedy string) {
	if isFault {
		f.add(where, what, remedy)
	}
}

// checkOneOf adds a fault if the value is not in the list.
func (f *faults) checkOneOf(where, value string, list []string) {
	if !slices.Contains(list, value) {
		f.add(where, fmt.Sprintf("%q is not known", value), "Use one of "+strings.Join(list, ", ")+".")
	}
}

// checkFilled adds a fault if the value is empty.
func (f *faults) checkFilled(where, value string) {
	if strings.TrimSpace(value) == "" {
		f.add(where, "it is empty", "Fill it in.")
	}
}

// minBytes and maxBytes bound the limits of bodies that a shape names. They are those of the declaration for answers.
const (
	minBytes = 1 << 10
	maxBytes = 64 << 20
)

// checkBytes adds a fault if the value is neither 0 nor a limit of bodies.
func (f *faults) checkBytes(where string, value int) {
	if value != 0 && (value < minBytes || value > maxBytes) {
		f.add(where, fmt.Sprintf("it is %d", value), fmt.Sprintf("Use %d to %d bytes, or leave it out.", minBytes, maxBytes))
	}
}

// check returns all faults of the shape as one error.
func (s *Shape) check() error {
	if s.isTooLarge {
		return fmt.Errorf("shape %q: %w", s.Name, errTooLarge)
	}
	var f faults
	if !s.isBare {
		s.checkOrigin(&f)
	}
	f.checkFilled("title", s.Title)
	if s.Revision < 1 {
		f.add("revision", fmt.Sprintf("it is %d", s.Revision), "Begin with 1, and raise it whenever the meaning changes.")
	}
	if s.Side != "" {
		f.checkOneOf("side", s.Side, []string{SidePorts, SideProcessors})
	}
	f.checkBytes("requestBytes", s.RequestBytes)
	f.checkBytes("answerBytes", s.AnswerBytes)
	s.checkRoutes(&f)
	s.checkSignature(&f)
	s.checkDocuments(&f)
	s.checkEgress(&f)
	for i := range s.Examples {
		s.checkExample(&f, fmt.Sprintf("examples[%d]", i), &s.Examples[i])
	}
	s.checkRefusal(&f)
	s.checkSays(&f)
	return f.join(s.Name)
}

// join returns the faults of the shape with the name as one error, or nil if there are none.
func (f faults) join(name string) error {
	if len(f) == 0 {
		return nil
	}
	return fmt.Errorf("shape %q: %w", name, errors.Join(f...))
}

// checkOrigin checks the name, the evidence and the examples.
func (s *Shape) checkOrigin(f *faults) {
	if !shapeName.MatchString(s.Name) {
		f.add("shape", fmt.Sprintf("%q is not a name", s.Name), "Use up to 63 lower-case letters, digits and hyphens, a letter first.")
	}
	checkEvidence(f, "evidence", s.Evidence)
	s.checkExamples(f)
}

func checkEvidence(f *faults, at string, e Evidence) {
	f.checkFilled(at+".source", e.Source)
	f.checkFilled(at+".versions", e.Versions)
	f.checkOneOf(at+".sureness", e.Sureness, []string{"A", "B", "C"})
	if _, err := time.Parse(time.DateOnly, e.Read); err != nil {
		f.add(at+".read", fmt.Sprintf("%q is not a day", e.Read), "Write the day on which the source was read, as 2006-01-02.")
	}
}

// find returns the place with the selector, or nil.
func (d *Document) find(selector string) *Place {
	for i := range d.Places {
		if slices.Contains(d.Places[i].At, selector) {
			return &d.Places[i]
		}
	}
	return nil
}

// checkRefusal checks the templates of refusals.
func (s *Shape) checkRefusal(f *faults) {
	checkRefusalTemplate(f, "refusal.body", s.Refusal.Body)
	if len(s.Refusal.Stream) == 0 && !s.Stream.isEmpty() {
		f.add("refusal.stream", "it is empty", "Give the events that tell a client of a stream that the answer is refused.")
	}
	for i, text := range s.Refusal.Stream {
		if !s.isDone(text) {
			checkRefusalTemplate(f, fmt.Sprintf("refusal.stream[%d]", i), text)
		}
	}
}

// isDone reports whether a text is the data of the event that ends a stream, and no template.
func (s *Shape) isDone(text string) bool {
	ends := func(stream Stream) bool { return stream.Done == text }
	return text != "" && (ends(s.Stream) || slices.ContainsFunc(slices.Collect(maps.Values(s.Streams)), ends))
}

func checkRefusalTemplate(f *faults, where, text string) {
	if _, err := ParseTemplate(text, RefusalVariables()); err != nil {
		f.add(where, err.Error(), "Correct the template.")
	}
}

// checkSays checks the templates of answers with a text of the sidecar.
func (s *Shape) checkSays(f *faults) {
	if s.Say != nil {
		s.checkSay(f, "say", s.Say)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Says)) {
		say := s.Says[name]
		s.checkSay(f, "says."+name, &say)
	}
}

// checkSay checks the templates at the key.
func (s *Shape) checkSay(f *faults, at string, say *Say) {
	f.checkOneOf(at+".refusals", say.Refusals, []string{RefusalsAsAnswers, RefusalsAsErrors})
	if say.Body == "" && len(say.Stream) == 0 {
		f.add(at, "it has neither a body nor a stream", "Write at least one of them.")
	}
	isFetched := strings.Contains(say.Body, "${"+VarSession+"}") && slices.ContainsFunc(s.Routes, func(r Route) bool { return r.Fetches && r.Use == UseTurn })
	if say.Body != "" && !checkSayTemplate(f, at+".body", say.Body) && !isFetched {
		f.add(at+".body", "it has no ${text}", "Put the text into it.")
	}
	s.checkSaidEvents(f, at+".stream", say.Stream)
}

// checkSaidEvents checks the templates of a streamed answer with a text of the sidecar.
func (s *Shape) checkSaidEvents(f *faults, at string, stream []string) {
	hasText := false
	for i, text := range stream {
		if !s.isDone(text) {
			hasText = checkSayTemplate(f, fmt.Sprintf("%s[%d]", at, i), text) || hasText
		}
	}
	if len(stream) > 0 && !hasText {
		f.add(at, "no event has ${text}", "Put the text into one.")
	}
}

// checkSayTemplate checks a template, and reports whether it has the text or cannot be parsed.
func checkSayTemplate(f *faults, where, text string) bool {
	t, err := ParseTemplate(text, SayVariables())
	if err != nil {
		f.add(where, err.Error(), "Correct the template.")
	}
	return err != nil || t.Has(VarText)
}
