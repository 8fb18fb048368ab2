package shaped_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// BenchmarkPreset measures each preset on its first example of each kind: an exchange is the request and the answer that is not streamed,
// and cpu-ns/event and allocs/event are for one event or frame of the stream, with its opening and end.
func BenchmarkPreset(b *testing.B) {
	presets, err := shape.Presets()
	if err != nil {
		b.Fatal(err)
	}
	counts := new(redact.Counts)
	for _, s := range presets {
		request, answer, stream := findExample(b, s, shape.OfRequest), findExample(b, s, shape.OfAnswer), findExample(b, s, shape.OfStream)
		b.Run(s.Name+"/exchange", func(b *testing.B) {
			var out []byte
			measureCPU(b, "op", 1, func() (err error) {
				if out, _, err = request.Request(out[:0], request.in, counts); err == nil && answer.in != nil {
					out, _, err = answer.Answer(out[:0], answer.in, "", counts)
				}
				return err
			})
		})
		if stream.in == nil {
			continue
		}
		b.Run(s.Name+"/stream", func(b *testing.B) {
			var out []byte
			measureCPU(b, "event", stream.countEvents(b), func() (err error) {
				opened := stream.Stream("", counts)
				if out, err = opened.Write(out[:0], stream.in); err == nil {
					out, err = opened.Close(out)
				}
				return err
			})
		})
	}
}

// measureCPU reports the processor time of each of the parts of an operation.
func measureCPU(b *testing.B, part string, parts int, operate func() error) {
	b.Helper()
	start := cpuTime(b)
	for b.Loop() {
		if err := operate(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N*parts), "cpu-ns/"+part)
	b.ReportMetric(float64(parts), "parts/op")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// measured is what an example of a preset reads, and the codec for it.
type measured struct {
	codec
	in []byte
}

// findExample returns the first example of the kind; one without in if there is none.
func findExample(b *testing.B, s *shape.Shape, of string) measured {
	b.Helper()
	i := slices.IndexFunc(s.Examples, func(e shape.Example) bool { return e.Of == of && e.Type == "" })
	if i < 0 {
		return measured{}
	}
	in := s.Examples[i].In
	if of == shape.OfStream && s.Stream.Framing == shape.FramingAWS { // Each line of the example is an event.
		in = framings[shape.FramingAWS].write(strings.Split(strings.TrimSpace(in), "\n"))
	}
	return measured{newCodecOfExample(b, s, s.Examples[i]), []byte(in)}
}

// countEvents returns the number of events of the stream.
func (m measured) countEvents(b *testing.B) (events int) {
	b.Helper()
	count := func([]byte) error { events++; return nil }
	split := m.format.OpenStream()
	if err := split.Split(m.in, count); err != nil {
		b.Fatal(err)
	}
	if err := split.Close(count); err != nil {
		b.Fatal(err)
	}
	return events
}
