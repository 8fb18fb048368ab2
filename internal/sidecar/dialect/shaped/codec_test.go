package shaped_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// codec is a format under a transform, as a port uses it: what comes out is what goes over the wire.
type codec struct {
	*transform.Transform
	format dialect.Format
}

func (c codec) Request(dst, body []byte, counts *redact.Counts) ([]byte, transform.Request, error) {
	return c.Transform.Request(dst, body, c.format, counts)
}

func (c codec) Answer(dst, body []byte, statement string, counts *redact.Counts) ([]byte, bool, error) {
	out, read, err := c.Transform.Answer(dst, body, c.format, statement, counts)
	return out, read.Shown, err
}

func (c codec) Stream(statement string, counts *redact.Counts) *transform.Stream {
	return c.Transform.Stream(c.format, statement, counts)
}

// newCodec has all detectors and two statements, and reads openai-chat.
func newCodec(t testing.TB) codec {
	t.Helper()
	return newCodecFor(t, "openai-chat")
}

// newCodecFor has all detectors and two statements.
func newCodecFor(t testing.TB, preset string) codec {
	t.Helper()
	return newCodecWith(t, preset, []string{"email", "phone", "payment-card", "iban"})
}

// newBareCodec has no detectors.
func newBareCodec(t testing.TB) codec {
	t.Helper()
	return newCodecWith(t, "openai-chat", nil)
}

func newCodecWith(t testing.TB, preset string, detectors []string) codec {
	t.Helper()
	formats, err := shaped.Presets()
	if err != nil {
		t.Fatal(err)
	}
	return newCodecOn(t, formats[preset], detectors)
}

// newCodecOf has all detectors and two statements, and reads a shape whose parameters have values.
func newCodecOf(t testing.TB, s *shape.Shape) codec {
	t.Helper()
	format, err := shaped.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return newCodecOn(t, format, []string{"email", "phone", "payment-card", "iban"})
}

// newCodecOfExample reads what an example of a preset is of: the documents of the first route that it names, or those of the preset.
func newCodecOfExample(t testing.TB, preset *shape.Shape, e shape.Example) codec {
	t.Helper()
	s, err := preset.With(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Routes {
		if len(e.Route) > 0 && s.Routes[i].Name == e.Route[0] {
			return newCodecOf(t, s.Of(&s.Routes[i]))
		}
	}
	return newCodecFor(t, s.Name)
}

func newCodecOn(t testing.TB, format dialect.Format, detectors []string) codec {
	t.Helper()
	set, err := redact.NewSet(detectors)
	if err != nil {
		t.Fatal(err)
	}
	return codec{transform.New(set, "You chat with an AI.", "Sie chatten mit einer KI."), format}
}
