package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

const (
	// warmUp is how many exchanges each server answers before it is measured.
	warmUp = 500
	// streamRounds and streamsPerRound are the streams of which none may be cut off.
	streamRounds, streamsPerRound = 10, 500
	// observingBar is what a sidecar that only observes may cost, and how long its exchanges may take, as a multiple of the bare proxy.
	observingBar = 1.15
)

// plan is what one run measures.
type plan struct {
	rounds, requests int
	binary           string
}

// row is one line of the table.
type row struct {
	what       string
	bare, ours string
	value, bar float64
	unit       string
}

// compare runs the benchmark and prints its table.
func compare(ctx context.Context, p plan) (err error) {
	dir, err := os.MkdirTemp("", "bench-sidecar-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if p.binary == "" {
		fmt.Println("Building the sidecar")
		if p.binary, err = buildSidecar(ctx, dir); err != nil {
			return err
		}
	}
	all, err := startAll(ctx, dir, p.binary)
	defer all.stop()
	if err != nil {
		return err
	}
	return p.measure(ctx, all)
}

func (p plan) measure(ctx context.Context, all servers) error {
	bare, governed := all.bare, all.governed
	body, err := question(false)
	if err != nil {
		return err
	}
	streamed, err := question(true)
	if err != nil {
		return err
	}
	table, err := p.sizes(governed)
	if err != nil {
		return err
	}
	if err := check(ctx, bare, governed, body); err != nil {
		return err
	}
	exchanges, err := p.exchanges(ctx, all, body)
	if err != nil {
		return err
	}
	memory, err := openMemory(ctx, bare, governed, streamed)
	if err != nil {
		return err
	}
	fmt.Printf("Streaming %d rounds of %d answers\n", streamRounds, streamsPerRound)
	cutBare, cut := 0, 0
	for range streamRounds {
		cutBare += streams(ctx, bare, streamsPerRound, streamed)
		cut += streams(ctx, governed, streamsPerRound, streamed)
	}
	table = append(append(exchanges, row{
		what: "streams cut off", bare: fmt.Sprint(cutBare), ours: fmt.Sprint(cut), value: float64(cut), bar: 0,
	}, memory), table...)
	show(table)
	if cut > 0 {
		return fmt.Errorf("%d streams were cut off", cut)
	}
	return nil
}

// sizes are taken first, while nothing has happened yet.
func (p plan) sizes(governed *server) ([]row, error) {
	// Memory that the start needed goes back within a moment.
	time.Sleep(time.Second)
	resident, err := governed.resident()
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(p.binary)
	if err != nil {
		return nil, err
	}
	mebi := func(kibi float64) float64 { return kibi / 1024 }
	return []row{
		{what: "memory, idle", value: mebi(float64(resident)), bar: 24, unit: " MiB"},
		{what: "binary", value: mebi(float64(info.Size()) / 1024), bar: 25, unit: " MiB"},
	}, nil
}

func openMemory(ctx context.Context, bare, governed *server, streamed []byte) (row, error) {
	theirs, err := openStreams(ctx, bare, streamsPerRound, streamed)
	if err != nil {
		return row{}, fmt.Errorf("open streams of bare: %w", err)
	}
	ours, err := openStreams(ctx, governed, streamsPerRound, streamed)
	if err != nil {
		return row{}, fmt.Errorf("open streams of sidecar: %w", err)
	}
	return row{
		what: "memory of an open stream", bare: fmt.Sprintf("%d KiB", theirs), ours: fmt.Sprintf("%d KiB", ours),
		value: float64(ours), bar: 64, unit: " KiB",
	}, nil
}

// series are the figures of one variant over the rounds.
type series struct{ closed, median, open []float64 }

// exchanges measures the three in turn, starting with another one in each round.
func (p plan) exchanges(ctx context.Context, of servers, body []byte) ([]row, error) {
	variants := []*server{of.bare, of.governed, of.observing}
	all := map[*server]*series{of.bare: {}, of.governed: {}, of.observing: {}}
	for _, s := range variants {
		if _, err := closedLoop(ctx, s, warmUp, body); err != nil {
			return nil, err
		}
	}
	for round := range p.rounds {
		fmt.Printf("Round %d of %d\n", round+1, p.rounds)
		for i := range variants {
			s := variants[(i+round)%len(variants)]
			if err := p.round(ctx, s, all[s], body); err != nil {
				return nil, err
			}
		}
	}
	theirs, ours, observing := all[of.bare], all[of.governed], all[of.observing]
	return []row{
		ratio("CPU per exchange, closed loop of 8", theirs.closed, ours.closed, 2),
		ratio("CPU per exchange at 500/s", theirs.open, ours.open, 2),
		ratio("median time at 500/s", theirs.median, ours.median, 2),
		ratio("observing: CPU, closed loop of 8", theirs.closed, observing.closed, observingBar),
		ratio("observing: CPU at 500/s", theirs.open, observing.open, observingBar),
		ratio("observing: median time at 500/s", theirs.median, observing.median, observingBar),
	}, nil
}

func (p plan) round(ctx context.Context, s *server, to *series, body []byte) error {
	closed, err := closedLoop(ctx, s, p.requests, body)
	if err != nil {
		return err
	}
	median, open, err := openLoop(ctx, s, body)
	if err != nil {
		return err
	}
	to.closed = append(to.closed, float64(closed.Microseconds()))
	to.median = append(to.median, float64(median.Microseconds()))
	to.open = append(to.open, float64(open.Microseconds()))
	return nil
}

func ratio(what string, bare, ours []float64, bar float64) row {
	ratios := make([]float64, len(bare))
	for i := range bare {
		ratios[i] = ours[i] / bare[i]
	}
	return row{
		what: what, bare: fmt.Sprintf("%.0f µs", middle(bare)), ours: fmt.Sprintf("%.0f µs", middle(ours)),
		value: middle(ratios), bar: bar, unit: " ×",
	}
}

func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func show(table []row) {
	fmt.Printf("\n%-36s %10s %10s %12s %10s\n", "sidecar against a bare proxy", "bare", "sidecar", "figure", "bar")
	for _, r := range table {
		verdict := "ok"
		if r.value > r.bar {
			verdict = "MISSED"
		}
		figure, bar := fmt.Sprintf("%.2f%s", r.value, r.unit), fmt.Sprintf("%.4g%s", r.bar, r.unit)
		fmt.Printf("%-36s %10s %10s %12s %10s  %s\n", r.what, r.bare, r.ours, figure, bar, verdict)
	}
}
