package readers

import (
	"context"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

var (
	// began is when the series of tests begin. They have a value each minute.
	began  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	syntax = parser.NewParser(parser.Options{})
	engine = promql.NewEngine(promql.EngineOpts{
		Logger: slog.New(slog.DiscardHandler), MaxSamples: 1e6, Timeout: time.Minute, LookbackDelta: 5 * time.Minute, Parser: syntax,
	})
)

// sample is a value at a time in milliseconds.
type sample struct {
	at    int64
	value float64
}

func (s sample) T() int64                      { return s.at }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.value }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return nil }
func (s sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample           { return s }

// memory holds series for the engine of Prometheus.
type memory []storage.Series

// newMemory returns series in the notation of promtool: `name{label="x"} 1x20` has 21 times the value 1.
func newMemory(t *testing.T, descriptions []string) memory {
	t.Helper()
	var m memory
	for _, description := range descriptions {
		name, values, err := syntax.ParseSeriesDesc(description)
		if err != nil {
			t.Fatalf("%s: %v", description, err)
		}
		var samples []chunks.Sample
		for i, v := range values {
			if !v.Omitted {
				samples = append(samples, sample{began.Add(time.Duration(i) * time.Minute).UnixMilli(), v.Value})
			}
		}
		m = append(m, storage.NewListSeries(name, samples))
	}
	return m
}

func (m memory) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		found := &seriesSet{next: -1}
		for _, s := range m {
			if matchesAll(s.Labels(), matchers) {
				found.series = append(found.series, s)
			}
		}
		return found
	}}, nil
}

func matchesAll(name labels.Labels, matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if !m.Matches(name.Get(m.Name)) {
			return false
		}
	}
	return true
}

type seriesSet struct {
	series []storage.Series
	next   int
}

func (s *seriesSet) Next() bool                        { s.next++; return s.next < len(s.series) }
func (s *seriesSet) At() storage.Series                { return s.series[s.next] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// query evaluates the expression each minute, as the rules are, and returns the series of the result by their labels. Points in time without a value
// are NaN.
func (m memory) query(t *testing.T, expression string, duration time.Duration) map[string][]float64 {
	t.Helper()
	q, err := engine.NewRangeQuery(context.Background(), m, nil, expression, began, began.Add(duration), time.Minute)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	defer q.Close()
	matrix, err := q.Exec(context.Background()).Matrix()
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	found := map[string][]float64{}
	for _, s := range matrix {
		values := make([]float64, int(duration/time.Minute)+1)
		for i := range values {
			values[i] = math.NaN()
		}
		for _, p := range s.Floats {
			values[(p.T-began.UnixMilli())/time.Minute.Milliseconds()] = p.F
		}
		found[s.Metric.String()] = values
	}
	return found
}

// fires reports whether the alert fires at some time: its expression has a value at every evaluation for as long as the rule says.
func (m memory) fires(t *testing.T, r rule, duration time.Duration) bool {
	t.Helper()
	for _, values := range m.query(t, r.Expr, duration) {
		lasting := 0
		for _, v := range values {
			lasting++
			if math.IsNaN(v) {
				lasting = 0
			}
			if lasting > 0 && time.Duration(lasting-1)*time.Minute >= r.lasts {
				return true
			}
		}
	}
	return false
}
