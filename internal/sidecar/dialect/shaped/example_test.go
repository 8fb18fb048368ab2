package shaped_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// textFinder collects the texts of a document, and puts the pieces of a text of a stream together.
type textFinder struct {
	texts  []string
	places []dialect.Place
}

func (f *textFinder) VisitSegment(dst []byte, s *dialect.Segment) ([]byte, bool, error) {
	isText := s.Kind == dialect.Text || s.Kind == dialect.Prose || s.Kind == dialect.Decline
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

func (*textFinder) VisitMessage(dialect.Message) {}

// findTexts returns the texts of an example.
func findTexts(t *testing.T, format dialect.Format, e shape.Example) []string {
	t.Helper()
	found := textFinder{texts: []string{}}
	var err error
	switch e.Of {
	case shape.OfRequest:
		_, _, err = format.RewriteRequest(nil, []byte(e.In), &found)
	case shape.OfAnswer:
		_, err = format.RewriteAnswer(nil, []byte(e.In), &found)
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
	if err != nil {
		t.Fatal(err)
	}
	return found.texts
}

// rewriteExample returns what becomes of an example.
func rewriteExample(t *testing.T, c codec, e shape.Example) string {
	t.Helper()
	var out []byte
	var err error
	switch e.Of {
	case shape.OfRequest:
		out, _, err = c.Request(nil, []byte(e.In), new(redact.Counts))
	case shape.OfAnswer:
		out, _, err = c.Answer(nil, []byte(e.In), "", new(redact.Counts))
	case shape.OfStream:
		s := c.Stream("", new(redact.Counts))
		if out, err = s.Write(nil, []byte(e.In)); err == nil {
			out, err = s.Close(out)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestExamplesOfPresets runs the examples in the shapes.
func TestExamplesOfPresets(t *testing.T) {
	presets, err := shape.Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range presets {
		usual, err := s.With(nil)
		if err != nil {
			t.Fatal(err)
		}
		format, err := shaped.Compile(usual.Textual())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range s.Examples {
			t.Run(s.Name+"/"+e.Name, func(t *testing.T) {
				if diff := cmp.Diff(e.Texts, findTexts(t, format, e)); diff != "" {
					t.Errorf("texts (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(e.Out, rewriteExample(t, newCodecOf(t, usual.Textual()), e)); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
			})
		}
	}
}
