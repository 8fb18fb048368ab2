package openaichat_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/openaichat"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// codec is the format under a transform, as a port uses it: what comes out is what goes over the wire.
type codec struct{ *transform.Transform }

func (c codec) Request(dst, body []byte, counts *redact.Counts) ([]byte, transform.Request, error) {
	return c.Transform.Request(dst, body, openaichat.Format{}, counts)
}

func (c codec) Answer(dst, body []byte, statement string, counts *redact.Counts) ([]byte, bool, error) {
	return c.Transform.Answer(dst, body, openaichat.Format{}, statement, counts)
}

func (c codec) Stream(statement string, counts *redact.Counts) *transform.Stream {
	return c.Transform.Stream(openaichat.Format{}, statement, counts)
}

// newCodec has all detectors and two statements.
func newCodec(t testing.TB) codec {
	t.Helper()
	return newCodecWith(t, []string{"email", "phone", "payment-card", "iban"})
}

// newBareCodec has no detectors.
func newBareCodec(t testing.TB) codec {
	t.Helper()
	return newCodecWith(t, nil)
}

func newCodecWith(t testing.TB, detectors []string) codec {
	t.Helper()
	set, err := redact.NewSet(detectors)
	if err != nil {
		t.Fatal(err)
	}
	return codec{transform.New(set, "You chat with an AI.", "Sie chatten mit einer KI.")}
}
