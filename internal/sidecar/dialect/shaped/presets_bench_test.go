package shaped_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// BenchmarkPreset measures each preset on its first examples: an exchange is the request and the answer that is not streamed, and
// ns/event is for one event of the stream, with its opening and end.
func BenchmarkPreset(b *testing.B) {
	presets, err := shape.Presets()
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range presets {
		c := newCodecFor(b, s.Name)
		request, answer, stream := findExample(s, shape.OfRequest), findExample(s, shape.OfAnswer), findExample(s, shape.OfStream)
		b.Run(s.Name+"/exchange", func(b *testing.B) {
			counts, out := new(redact.Counts), []byte(nil)
			for b.Loop() {
				if out, _, err = c.Request(out[:0], request, counts); err != nil {
					b.Fatal(err)
				}
				if answer == nil {
					continue
				}
				if out, _, err = c.Answer(out[:0], answer, "", counts); err != nil {
					b.Fatal(err)
				}
			}
		})
		if stream == nil {
			continue
		}
		b.Run(s.Name+"/stream", func(b *testing.B) {
			events := 0
			count := func([]byte) error { events++; return nil }
			split := c.format.OpenStream()
			if err := split.Split(stream, count); err != nil {
				b.Fatal(err)
			}
			if err := split.Close(count); err != nil {
				b.Fatal(err)
			}
			counts, out := new(redact.Counts), []byte(nil)
			for b.Loop() {
				opened := c.Stream("", counts)
				if out, err = opened.Write(out[:0], stream); err != nil {
					b.Fatal(err)
				}
				if out, err = opened.Close(out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*events), "ns/event")
		})
	}
}

// findExample returns what the first example of the kind reads, or nil.
func findExample(s *shape.Shape, of string) []byte {
	i := slices.IndexFunc(s.Examples, func(e shape.Example) bool { return e.Of == of })
	if i < 0 {
		return nil
	}
	in := s.Examples[i].In
	if of == shape.OfStream && s.Stream.Framing == shape.FramingAWS { // Each line of the example is an event.
		in = framings[shape.FramingAWS].write(strings.Split(strings.TrimSpace(in), "\n"))
	}
	return []byte(in)
}
