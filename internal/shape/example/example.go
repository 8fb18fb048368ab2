// Package example runs the examples of shapes through the dialects that the sidecar compiles from them: admission, the CLI and the test of
// the presets find out with it whether a shape reads what its author says. It does not read configurations and connects to nothing.
package example

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// Detectors returns the kinds of personal data that are redacted in examples.
func Detectors() []string { return []string{"email", "phone", "payment-card", "iban"} }

// Check compiles the dialect of the shape and of each of its routes, with the default values of its parameters, and runs the examples. Its
// error has one line for each fault: a dialect that does not compile, texts that are not those of the example, and another result.
func Check(s *shape.Shape) error {
	usual, err := s.With(nil)
	if err != nil {
		return err
	}
	format, err := shaped.Compile(usual.Textual())
	if err != nil {
		return fmt.Errorf("compile shape %q: %w", s.Name, err)
	}
	for i := range usual.Routes {
		if _, err := shaped.Compile(usual.Of(&usual.Routes[i])); err != nil {
			return fmt.Errorf("compile route %q of shape %q: %w", usual.Routes[i].Name, s.Name, err)
		}
	}
	set, err := redact.NewSet(Detectors())
	if err != nil {
		return fmt.Errorf("prepare detectors: %w", err)
	}
	own := runner{format: format, transform: transform.New(set)}
	var faults []error
	for i, e := range s.Examples {
		if err := own.checkRoutes(usual, e); err != nil {
			faults = append(faults, fmt.Errorf("examples[%d] (%s): %w", i, e.Name, err))
		}
	}
	return errors.Join(faults...)
}

// FormatOf compiles the dialect that reads the document of a route of the shape, whose variables have values, for examples.
func FormatOf(s *shape.Shape, route string) (*shaped.Format, error) {
	for i := range s.Routes {
		if s.Routes[i].Name == route {
			return shaped.Compile(s.Of(&s.Routes[i]).Textual())
		}
	}
	return nil, fmt.Errorf("shape %q has no route %q", s.Name, route)
}

// checkRoutes runs the example with the documents of each route that it names, and otherwise with those of the shape.
func (r runner) checkRoutes(s *shape.Shape, e shape.Example) error {
	if len(e.Route) == 0 {
		return r.check(e)
	}
	for _, name := range e.Route {
		format, err := FormatOf(s, name)
		if err != nil {
			return err
		}
		if err := (runner{format, r.transform}).check(e); err != nil {
			return fmt.Errorf("route %s: %w", name, err)
		}
	}
	return nil
}

// runner runs examples with one dialect.
type runner struct {
	format    dialect.Format
	transform *transform.Transform
}

// check returns in what the result of the example differs from what the example says. The texts of examples are in the shape, so that an
// error can quote them.
func (r runner) check(e shape.Example) error {
	texts, err := FindTexts(r.format, e)
	if err != nil {
		return fmt.Errorf("the %s cannot be read: %w. Correct the example or the places", e.Of, err)
	}
	if !slices.Equal(texts, e.Texts) {
		return fmt.Errorf("the texts found are %q, and not %q. Correct the example or the places", texts, e.Texts)
	}
	out, err := r.rewrite(e)
	if err != nil {
		return fmt.Errorf("the %s cannot be redacted: %w. Correct the example or the places", e.Of, err)
	}
	if string(out) != e.Out {
		at, found, want := findDifference(string(out), e.Out)
		return fmt.Errorf("the %s becomes, from byte %d on, %q, and not %q. Correct the example or the places", e.Of, at, found, want)
	}
	return nil
}

// maxShown is the number of bytes that an error shows of each of two texts that differ.
const maxShown = 80

// findDifference returns the position of the first byte in which two texts differ, and at most maxShown bytes of each from there on.
func findDifference(a, b string) (at int, restOfA, restOfB string) {
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	return at, a[at:min(len(a), at+maxShown)], b[at:min(len(b), at+maxShown)]
}

// FindTexts returns the texts that the format finds in an example.
func FindTexts(format dialect.Format, e shape.Example) ([]string, error) {
	var found textFinder
	var err error
	switch e.Of {
	case shape.OfRequest:
		_, _, err = format.RewriteRequest(nil, []byte(e.In), &found)
	case shape.OfAnswer:
		_, err = findAnswer(format, e).RewriteAnswer(nil, []byte(e.In), &found)
	case shape.OfStream:
		s := format.OpenStream()
		take := func(data []byte) error {
			if _, err := s.Scan(data); err != nil {
				return err
			}
			_, err := s.Rewrite(nil, data, false, &found)
			return err
		}
		if err = s.Split([]byte(e.In), take); err == nil {
			err = s.Close(take)
		}
	}
	return found.texts, err
}

// findAnswer returns what reads the answer of an example.
func findAnswer(format dialect.Format, e shape.Example) dialect.AnswerRewriter {
	if r, isShown := format.ReaderOf(e.Type); isShown {
		return r
	}
	return format
}

// rewrite returns what becomes of an example.
func (r runner) rewrite(e shape.Example) ([]byte, error) {
	counts := new(redact.Counts)
	switch e.Of {
	case shape.OfRequest:
		out, _, err := r.transform.Request(nil, []byte(e.In), r.format, counts)
		return out, err
	case shape.OfAnswer:
		out, _, err := r.transform.Answer(nil, []byte(e.In), findAnswer(r.format, e), "", counts)
		if err != nil || e.Said == "" {
			return out, err
		}
		return r.recall(out, e.Said)
	}
	s := r.transform.Stream(r.format, "", counts)
	out, err := s.Write(nil, []byte(e.In))
	if err != nil {
		return nil, err
	}
	return s.Close(out)
}

// recall returns the answer with what the sidecar has said.
func (r runner) recall(answer []byte, said string) ([]byte, error) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	out, ok := r.format.AppendRecalled(nil, answer, dialect.Said{Text: said, Session: "c1", At: at})
	if !ok {
		return nil, errors.New("the answer has no list of messages, or the last message has no identifier")
	}
	return out, nil
}

// textFinder collects the texts of a document, and puts the pieces of a text of a stream together.
type textFinder struct {
	texts  []string
	places []dialect.Place
}

// VisitSegment adds the text of a segment that has one. It changes nothing.
func (f *textFinder) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	isText := s.Kind == dialect.Text || s.Kind == dialect.Prose || s.Kind == dialect.Decline || s.Kind == dialect.Phone
	if !isText || len(s.Text) == 0 {
		return dst, false, nil
	}
	if s.Arrival == dialect.InPieces {
		for i, place := range f.places {
			if place == s.Place {
				f.texts[i] += string(s.Text)
				return dst, false, nil
			}
		}
	}
	f.texts, f.places = append(f.texts, string(s.Text)), append(f.places, s.Place)
	return dst, false, nil
}

// VisitMessage does nothing: examples do not state authors.
func (*textFinder) VisitMessage(dialect.Message) {}
