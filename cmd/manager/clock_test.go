package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
)

// newTestGuard returns a guard of a manager at noon, and an API server with the header Date.
func newTestGuard(t *testing.T, date string, end func(error)) (*clockGuard, *clocktesting.FakeClock) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil // net/http sets it otherwise.
		if date != "" {
			w.Header().Set("Date", date)
		}
	}))
	t.Cleanup(server.Close)
	clock := clocktesting.NewFakeClock(time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	return &clockGuard{clock: clock, end: end, ask: func(ctx context.Context) (*http.Response, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
		if err != nil {
			return nil, err
		}
		return server.Client().Do(request)
	}}, clock
}

func TestClocksAreCompared(t *testing.T) {
	for date, want := range map[string]string{
		"Mon, 30 Nov 2026 12:00:00 GMT": "",
		"Mon, 30 Nov 2026 12:15:00 GMT": "",
		"Mon, 30 Nov 2026 11:45:00 GMT": "",
		"Mon, 30 Nov 2026 12:15:01 GMT": "15m1s behind",
		"Mon, 30 Nov 2026 11:44:59 GMT": "15m1s ahead of",
		"Sun, 29 Nov 2026 12:00:00 GMT": "24h0m0s ahead of",
		// No time: the API server, or what is in front of it, does not say.
		"": "", "noon": "",
	} {
		guard, _ := newTestGuard(t, date, nil)
		err := guard.compare(t.Context())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", date, err, want)
		}
	}
}

func TestAManagerGoesOnWhileTheAPIServerIsAway(t *testing.T) {
	guard, _ := newTestGuard(t, "", nil)
	guard.ask = func(context.Context) (*http.Response, error) { return nil, errors.New("connection refused") }
	if err := guard.compare(t.Context()); err != nil {
		t.Error(err)
	}
}

// A process that was stopped between its question and the answer has the time of then in its hand.
func TestAStoppedManagerGoesOn(t *testing.T) {
	guard, clock := newTestGuard(t, "Mon, 30 Nov 2026 12:00:00 GMT", nil)
	ask := guard.ask
	guard.ask = func(ctx context.Context) (*http.Response, error) {
		response, err := ask(ctx)
		clock.Step(time.Hour)
		return response, err
	}
	if err := guard.compare(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheManagerEndsWhenItsClockIsWrong(t *testing.T) {
	ended := make(chan error, 1)
	guard, clock := newTestGuard(t, "Mon, 30 Nov 2026 11:00:00 GMT", func(err error) { ended <- err })
	done := make(chan error, 1)
	// Ends when it has ended the manager.
	go func() { done <- guard.Start(t.Context()) }()
	for !clock.HasWaiters() {
		if t.Context().Err() != nil {
			t.Fatal("the guard does not wait")
		}
	}
	clock.Step(clockPeriod)
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "1h0m10s ahead of") {
		t.Errorf("ended with %v", err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
