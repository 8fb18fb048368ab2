// Package calibration measures how fast a machine is at the moment, for bars that are ratios: one machine took 4.0 ms where another
// took 1.8 ms for the same decision, and the same machine drifts by a factor of two within minutes.
package calibration

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"
)

// document is JSON of a fixed size and shape: a hundred objects of the shape of a finding, some 40 KiB. A change of it changes the
// meaning of every bar in hack/bench.sh.
func document() []byte {
	type source struct {
		Code, Act, Article, From, Confidence string
	}
	type finding struct {
		Rule, Dimension, Action, Field string
		Found                          int
		Required                       []string
		Remedy                         string
		Sources                        []source
	}
	findings := make([]finding, 100)
	for i := range findings {
		findings[i] = finding{
			Rule: fmt.Sprintf("topic.rule%d", i), Dimension: "topic.dimension", Action: "deny", Field: fmt.Sprintf("spec.field[%d].member", i),
			Found: i, Required: []string{"first", "second", "third"}, Remedy: "Set the field to a value that the law of the place allows.",
			Sources: []source{{"eu", "Act", "Art. 1", "2026-01-01", "sourced"}, {"us-ca", "Code", "§ 1", "2026-01-01", "recalled"}},
		}
	}
	content, err := json.Marshal(findings)
	if err != nil {
		panic(err)
	}
	return content
}

// BenchmarkCalibration decodes the document. It allocates and chases pointers as an evaluation does.
func BenchmarkCalibration(b *testing.B) {
	content := document()
	b.ReportAllocs()
	start := cpuTime(b)
	for b.Loop() {
		var decoded any
		if err := json.Unmarshal(content, &decoded); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
