package shaped_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

func BenchmarkRequest(b *testing.B) {
	c := newCodec(b)
	body := []byte(`{"model":"m","messages":[` + strings.Repeat(`{"role":"user","content":"Where is my parcel 4711?"},`, 20) + `{"role":"user","content":"Hi"}]}`)
	out := make([]byte, 0, 2*len(body))
	var counts redact.Counts
	for b.Loop() {
		_, _, _ = c.Request(out, body, &counts)
	}
}

func BenchmarkAnswer(b *testing.B) {
	c := newCodec(b)
	body := []byte(`{"id":"c1","created":1,"choices":[{"index":0,"message":{"role":"assistant","content":"` + strings.Repeat("Your parcel 4711 is on its way. ", 20) + `"},"finish_reason":"stop"}]}`)
	out := make([]byte, 0, 2*len(body))
	var counts redact.Counts
	for b.Loop() {
		_, _, _ = c.Answer(out, body, "AI.", &counts)
	}
}
