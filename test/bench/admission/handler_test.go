package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

// recorder is a minimal http.ResponseWriter that keeps the body.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
func (r *recorder) WriteHeader(int)             {}

// BenchmarkHandler calls the handlers of the benchmark in this process, without network and TLS, so that a profile shows them alone. The
// bars stand in the command, which measures servers.
func BenchmarkHandler(b *testing.B) {
	log.SetLogger(logr.Discard())
	pods, err := injected(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	review, err := body(pods[0])
	if err != nil {
		b.Fatal(err)
	}
	ignoring, err := noop()
	if err != nil {
		b.Fatal(err)
	}
	deciding, _, err := chaperone(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		handler http.Handler
		fresh   bool
	}{{"Noop", ignoring, false}, {"Known", deciding, false}, {"Fresh", deciding, true}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			number := uint32(1 << 20)
			start := cpuTime(b)
			for b.Loop() {
				number++
				template := uint32(0)
				if c.fresh {
					template = number
				}
				sent := fill(review, number, template)
				request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "https://webhook", io.NopCloser(bytes.NewReader(sent)))
				if err != nil {
					b.Fatal(err)
				}
				request.Header.Set("Content-Type", "application/json")
				request.ContentLength = int64(len(sent))
				response := recorder{header: http.Header{}}
				c.handler.ServeHTTP(&response, request)
				if !bytes.Contains(response.body.Bytes(), []byte(`"allowed":true`)) {
					b.Fatalf("the good pod is refused: %s", response.body.String())
				}
			}
			b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpuTime returns the processor time that this process has used so far, in steps of 10 ms.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	used, err := proc.CPU(os.Getpid())
	if err != nil {
		b.Fatal(err)
	}
	return used
}
