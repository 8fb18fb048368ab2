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

// check returns all faults of the shape as one error.
func (s *Shape) check() error {
	var f faults
	if !shapeName.MatchString(s.Name) {
		f.add("shape", fmt.Sprintf("%q is not a name", s.Name), "Use up to 63 lower-case letters, digits and hyphens, a letter first.")
	}
	f.checkFilled("title", s.Title)
	if s.Revision < 1 {
		f.add("revision", fmt.Sprintf("it is %d", s.Revision), "Begin with 1, and raise it whenever the meaning changes.")
	}
	s.checkEvidence(&f)
	s.checkRoutes(&f)
	checkDocument(&f, OfRequest, s.Request, nil)
	checkDocument(&f, OfAnswer, s.Answer, nil)
	checkDocument(&f, OfStream, s.Stream.Document, s.Stream.Flushes)
	s.checkStream(&f)
	s.checkRefusal(&f)
	s.checkSay(&f)
	s.checkExamples(&f)
	if len(f) == 0 {
		return nil
	}
	return fmt.Errorf("shape %q: %w", s.Name, errors.Join(f...))
}

func (s *Shape) checkEvidence(f *faults) {
	f.checkFilled("evidence.source", s.Evidence.Source)
	f.checkFilled("evidence.versions", s.Evidence.Versions)
	f.checkOneOf("evidence.sureness", s.Evidence.Sureness, []string{"A", "B", "C"})
	if _, err := time.Parse(time.DateOnly, s.Evidence.Read); err != nil {
		f.add("evidence.read", fmt.Sprintf("%q is not a day", s.Evidence.Read), "Write the day on which the source was read, as 2006-01-02.")
	}
}

// checkRoutes checks the parameters and the routes, of which no two may match the same request.
func (s *Shape) checkRoutes(f *faults) {
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		if !parameter.MatchString(name) {
			f.add("parameters", fmt.Sprintf("%q is not a name", name), "Use up to 32 letters and digits, a lower-case letter first.")
		}
	}
	if len(s.Routes) == 0 {
		f.add("routes", "there is none", "Name the method and the path of at least one turn.")
	}
	for i, route := range s.Routes {
		where := fmt.Sprintf("routes[%d]", i)
		f.checkFilled(where+".name", route.Name)
		f.checkOneOf(where+".method", route.Method, []string{"POST"})
		f.checkOneOf(where+".use", route.Use, []string{UseTurn})
		path := s.checkPath(f, where+".path", route.Path)
		for j, earlier := range s.Routes[:i] {
			if earlier.Method == route.Method && overlap(s.expand(earlier.Path), path) {
				f.add(where, fmt.Sprintf("requests cannot tell it from routes[%d]", j), "Give the routes different methods or paths.")
			}
		}
	}
}

// checkPath checks the path of a route and returns it with the default values of its parameters.
func (s *Shape) checkPath(f *faults, where, path string) string {
	for _, match := range variable.FindAllStringSubmatch(path, -1) {
		if _, found := s.Parameters[match[1]]; !found {
			f.add(where, fmt.Sprintf("the parameter ${%s} does not exist", match[1]), "Give it a default value in parameters.")
		}
	}
	path = s.expand(path)
	if !strings.HasPrefix(path, "/") {
		f.add(where, fmt.Sprintf("%q is not an absolute path", path), "Begin it with a slash.")
	}
	return path
}

// expand returns a path with the default values of the parameters.
func (s *Shape) expand(path string) string {
	return variable.ReplaceAllStringFunc(path, func(use string) string { return s.Parameters[use[2:len(use)-1]] })
}

// overlap reports whether a path exists that both patterns match. `{name}` matches every segment.
func overlap(a, b string) bool {
	one, other := strings.Split(a, "/"), strings.Split(b, "/")
	if len(one) != len(other) {
		return false
	}
	for i := range one {
		isOpen := strings.HasPrefix(one[i], "{") || strings.HasPrefix(other[i], "{")
		if !isOpen && one[i] != other[i] {
			return false
		}
	}
	return true
}

// checkStream checks what a stream has besides places.
func (s *Shape) checkStream(f *faults) {
	f.checkOneOf("stream.framing", s.Stream.Framing, []string{FramingNDJSON, FramingSSE})
	f.checkFilled("stream.needsFault", s.Stream.NeedsFault)
	for i, selector := range append([]string{s.Stream.Name}, s.Stream.Needs...) {
		where := "stream.name"
		if i > 0 {
			where = fmt.Sprintf("stream.needs[%d]", i-1)
		}
		if selector != "" && s.Stream.find(selector) == nil {
			f.add(where, fmt.Sprintf("%q is not a place of the stream", selector), "List it in stream.places.")
		}
	}
	if s.Stream.Name != "" {
		s.checkEventName(f)
	}
	if s.Stream.TraceableDepth < 1 {
		f.add("stream.traceableDepth", fmt.Sprintf("it is %d", s.Stream.TraceableDepth), "Use 1 or more.")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Stream.Flushes)) {
		where := "stream.flushes." + name
		t, err := ParseTemplate(s.Stream.Flushes[name], FlushVariables())
		switch {
		case err != nil:
			f.add(where, err.Error(), "Correct the template.")
		case !t.Has(VarText):
			f.add(where, "it has no ${text}", "Put the rest of the text into it.")
		}
	}
}

// checkEventName checks that the name of an event can stand in a line of its own: that it is a top member with a closed list of values.
func (s *Shape) checkEventName(f *faults) {
	steps, err := ParseSelector(s.Stream.Name)
	isTopMember := err == nil && len(steps) == 1 && steps[0].Kind == ToMember
	place := s.Stream.find(s.Stream.Name)
	if s.Stream.Framing != FramingSSE || !isTopMember || place == nil || len(place.Values) == 0 {
		f.add("stream.name", fmt.Sprintf("%q cannot name events", s.Stream.Name),
			"Use the framing sse and a member of the event itself, and list its values in its place.")
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
	if len(s.Refusal.Stream) == 0 {
		f.add("refusal.stream", "it is empty", "Give the events that tell a client of a stream that the answer is refused.")
	}
	for i, text := range s.Refusal.Stream {
		if text == "" || text != s.Stream.Done {
			checkRefusalTemplate(f, fmt.Sprintf("refusal.stream[%d]", i), text)
		}
	}
}

func checkRefusalTemplate(f *faults, where, text string) {
	if _, err := ParseTemplate(text, RefusalVariables()); err != nil {
		f.add(where, err.Error(), "Correct the template.")
	}
}

// checkSay checks the templates of answers with a text of the sidecar.
func (s *Shape) checkSay(f *faults) {
	if s.Say == nil {
		return
	}
	f.checkOneOf("say.refusals", s.Say.Refusals, []string{RefusalsAsAnswers, RefusalsAsErrors})
	if s.Say.Body == "" && len(s.Say.Stream) == 0 {
		f.add("say", "it has neither a body nor a stream", "Write at least one of them.")
	}
	if s.Say.Body != "" && !checkSayTemplate(f, "say.body", s.Say.Body) {
		f.add("say.body", "it has no ${text}", "Put the text into it.")
	}
	hasText := false
	for i, text := range s.Say.Stream {
		if text == "" || text != s.Stream.Done {
			hasText = checkSayTemplate(f, fmt.Sprintf("say.stream[%d]", i), text) || hasText
		}
	}
	if len(s.Say.Stream) > 0 && !hasText {
		f.add("say.stream", "no event has ${text}", "Put the text into one.")
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

// checkExamples checks that there is an example of each kind of document. A test runs them.
func (s *Shape) checkExamples(f *faults) {
	missing := []string{OfAnswer, OfRequest, OfStream}
	for i, example := range s.Examples {
		where := fmt.Sprintf("examples[%d]", i)
		f.checkFilled(where+".name", example.Name)
		f.checkFilled(where+".in", example.In)
		f.checkOneOf(where+".of", example.Of, []string{OfAnswer, OfRequest, OfStream})
		missing = slices.DeleteFunc(missing, func(of string) bool { return of == example.Of })
	}
	for _, of := range missing {
		f.add("examples", fmt.Sprintf("there is none of a %s", of), "Add one.")
	}
}
