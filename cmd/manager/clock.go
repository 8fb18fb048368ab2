package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

const (
	// maxClockDifference is how far the clock of the manager may be from that of the API server. Laws, approvals and signatures begin and end
	// by the manager's clock, so all of them are wrong by at most this time. It is well below the hour by which certificates and signatures
	// are backdated, so that three quarters of an hour are left for the clocks of nodes.
	maxClockDifference = 15 * time.Minute
	// clockPeriod is the time between two comparisons, and clockTimeout how long the API server may take to answer.
	clockPeriod  = 10 * time.Second
	clockTimeout = 5 * time.Second
)

// clockGuard ends a manager whose clock differs too much from that of the API server. Another replica can then lead, and admit pods. Every
// replica runs it.
type clockGuard struct {
	// ask sends a request to the API server.
	ask   func(context.Context) (*http.Response, error)
	clock clock.Clock
	// end ends the manager with a reason.
	end func(error)
}

var _ manager.LeaderElectionRunnable = &clockGuard{}

// newClockGuard returns a guard that asks the API server of the manager for its version, which every client may read.
func newClockGuard(mgr ctrl.Manager, end func(error)) (*clockGuard, error) {
	address, _, err := rest.DefaultServerUrlFor(mgr.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("find the API server: %w", err)
	}
	url := address.JoinPath("version").String()
	return &clockGuard{clock: clock.RealClock{}, end: end, ask: func(ctx context.Context) (*http.Response, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return nil, err
		}
		return mgr.GetHTTPClient().Do(request)
	}}, nil
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (g *clockGuard) NeedLeaderElection() bool { return false }

// Start implements manager.Runnable. It compares the clocks until ctx is canceled, and ends the manager once they differ too much.
func (g *clockGuard) Start(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-g.clock.After(clockPeriod):
		}
		if err := g.compare(ctx); err != nil {
			ctrl.Log.Error(err, "Ending")
			g.end(err)
			return nil
		}
	}
}

// compare returns an error if the clock differs too much from that of the API server. It returns nil if the API server does not tell its time:
// a manager that cannot reach it decides by what it knows, and its clock was right before.
func (g *clockGuard) compare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clockTimeout)
	defer cancel()
	asked := g.clock.Now()
	response, err := g.ask(ctx)
	if err != nil {
		return nil //nolint:nilerr // See above.
	}
	defer func() { _ = response.Body.Close() }()
	answered := g.clock.Now()
	told, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return nil //nolint:nilerr // See above.
	}
	// The API server told its time between the two. A process can be stopped in between.
	ahead, behind := asked.Sub(told), told.Sub(answered)
	switch {
	case ahead > maxClockDifference:
		return newClockError(ahead, "ahead of")
	case behind > maxClockDifference:
		return newClockError(behind, "behind")
	}
	return nil
}

func newClockError(difference time.Duration, direction string) error {
	return fmt.Errorf("the clock of this machine is %s %s that of the API server, and may differ by %s: laws, approvals and signatures begin and "+
		"end by it; set the clocks of the nodes right (NTP)", difference.Round(time.Second), direction, maxClockDifference)
}
