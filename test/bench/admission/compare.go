package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/cert"

	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

// warmUp is how many requests each server answers before it is measured.
const warmUp = 500

func concurrencies() []int { return []int{1, 8} }

// compare runs the benchmark and prints its table. Errors: a server that does not run, answers wrong, or is not asked what it
// should be. A missed bar is printed, not returned: the figures of a busy machine decide nothing.
func compare(ctx context.Context, rounds, requests int) (err error) {
	variants := []*variant{
		{name: "no-op, pod decoded", kind: kindNoop},
		{name: "template never seen", kind: kindChaperone, fresh: true, bar: 3},
		{name: "known template", kind: kindChaperone, bar: 1.5},
		{name: "200 templates, 1/10 new", kind: kindChaperone, isMixed: true, bar: 1.5},
	}
	folder, err := os.MkdirTemp("", "chaperone-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	roots, err := writeCertificate(folder)
	if err != nil {
		return err
	}
	pods, err := injected(ctx)
	if err != nil {
		return err
	}
	reviews, err := bodies(pods)
	if err != nil {
		return err
	}
	for _, v := range variants {
		if err := v.start(ctx, folder, roots); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, v.stop()) }()
		if err := v.check(ctx, pods[0], reviews); err != nil {
			return err
		}
	}
	fmt.Printf("AdmissionReview of %d bytes; %d rounds of %d requests at concurrency %v; every server answers right\n",
		len(reviews[0]), rounds, requests, concurrencies())
	measured, err := measure(ctx, variants, reviews, rounds, requests)
	if err != nil {
		return err
	}
	show(variants, measured)
	return checkLookups(ctx, variants)
}

func writeCertificate(folder string) (*x509.CertPool, error) {
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	if err := errors.Join(
		os.WriteFile(filepath.Join(folder, "tls.crt"), certificate, 0o600),
		os.WriteFile(filepath.Join(folder, "tls.key"), key, 0o600),
	); err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(certificate) {
		return nil, errors.New("the certificate that was just made is none")
	}
	return roots, nil
}

// check asks for right answers: the good pod passes, and Chaperone refuses every broken one.
func (v *variant) check(ctx context.Context, pod *corev1.Pod, reviews [][]byte) error {
	if err := v.load(ctx, reviews, warmUp, 1); err != nil {
		return err
	}
	if v.kind == kindNoop {
		return nil
	}
	bad := broken(pod)
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		wrong, err := body(bad[name])
		if err != nil {
			return err
		}
		response, err := v.ask(ctx, v.next(wrong))
		if err != nil {
			return err
		}
		if response.Allowed || response.Result.Code != 403 {
			return fmt.Errorf("%s does not refuse a pod with %s (code %d)", v.name, name, response.Result.Code)
		}
	}
	return nil
}

// measure returns, by concurrency and variant, the server's CPU per request in each round.
func measure(ctx context.Context, variants []*variant, reviews [][]byte, rounds, requests int) (map[int][][]time.Duration, error) {
	measured := map[int][][]time.Duration{}
	for _, concurrency := range concurrencies() {
		measured[concurrency] = make([][]time.Duration, len(variants))
	}
	for round := range rounds {
		for _, concurrency := range concurrencies() {
			for turn := range variants {
				i := (round + turn) % len(variants)
				used, err := variants[i].measure(ctx, reviews, requests, concurrency)
				if err != nil {
					return nil, err
				}
				measured[concurrency][i] = append(measured[concurrency][i], used)
			}
		}
	}
	return measured, nil
}

func (v *variant) measure(ctx context.Context, reviews [][]byte, requests, concurrency int) (time.Duration, error) {
	before, err := proc.CPU(v.process.Process.Pid)
	if err != nil {
		return 0, err
	}
	if err := v.load(ctx, reviews, requests, concurrency); err != nil {
		return 0, err
	}
	after, err := proc.CPU(v.process.Process.Pid)
	return (after - before) / time.Duration(requests/concurrency*concurrency), err
}

func show(variants []*variant, measured map[int][][]time.Duration) {
	fmt.Printf("\n%-24s %11s %16s %14s %6s\n", "server", "concurrency", "CPU per request", "to the no-op", "bar")
	for _, concurrency := range concurrencies() {
		floor := measured[concurrency][0]
		for i, v := range variants {
			ratios := make([]float64, 0, len(floor))
			for round, used := range measured[concurrency][i] {
				ratios = append(ratios, float64(used)/float64(floor[round]))
			}
			fmt.Printf("%-24s %11d %16s %14.2f %s\n", v.name, concurrency,
				median(measured[concurrency][i]).Round(time.Microsecond), median(ratios), verdict(median(ratios), v.bar))
		}
	}
}

func verdict(ratio, bar float64) string {
	switch {
	case bar == 0:
		return ""
	case ratio <= bar:
		return fmt.Sprintf("≤ %.1f  reached", bar)
	}
	return fmt.Sprintf("≤ %.1f  MISSED", bar)
}

func median[T ~int64 | ~float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// brokenPods is how many decisions check asks for beside that about the good pod.
const brokenPods = 7

// checkLookups makes sure that the variants were what their names say.
func checkLookups(ctx context.Context, variants []*variant) error {
	for _, v := range variants {
		if v.kind != kindChaperone {
			continue
		}
		hits, misses, err := v.lookups(ctx)
		if err != nil {
			return err
		}
		isWrong := misses > 1+brokenPods
		switch {
		case v.fresh:
			isWrong = hits > 0
		case v.isMixed:
			isWrong = misses < (hits+misses)/newEvery || hits == 0
		}
		if isWrong {
			return fmt.Errorf("%s: %d hits and %d misses of the cache", v.name, hits, misses)
		}
		fmt.Printf("%s: %d decisions found, %d made\n", v.name, hits, misses)
	}
	return nil
}
