package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

func TestShutdownInOrder(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	s := newShutdown(3*time.Second, clock)
	ctx, cancel := context.WithCancel(t.Context())
	running := s.DelayCancellation(ctx)
	if err := s.Check(nil); err != nil || running.Err() != nil {
		t.Fatalf("before the signal: ready %v, running %v", err, running.Err())
	}

	cancel()
	for !clock.HasWaiters() {
		if t.Context().Err() != nil {
			t.Fatal("shutdown does not begin")
		}
	}
	if s.Check(nil) == nil {
		t.Error("still ready")
	}
	if running.Err() != nil {
		t.Error("stopped before the delay")
	}
	clock.Step(3 * time.Second)
	<-running.Done()
}

func TestConnectionsEndWithTheirNextResponse(t *testing.T) {
	s := newShutdown(0, clocktesting.NewFakeClock(time.Time{}))
	mux := http.NewServeMux()
	server := &webhookServer{Server: webhook.NewServer(webhook.Options{WebhookMux: mux}), shutdown: s, lanes: newLanes()}
	server.Register("/hook", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }))
	send := func() *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		mux.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/hook", nil))
		return recorder
	}
	if got := send(); got.Code != http.StatusAccepted || got.Header().Get("Connection") != "" {
		t.Errorf("while running: want 202 and a kept connection, got %d and %q", got.Code, got.Header().Get("Connection"))
	}
	s.hasBegun.Store(true)
	if got := send(); got.Code != http.StatusAccepted || got.Header().Get("Connection") != "close" {
		t.Errorf("while ending: want 202 and a closed connection, got %d and %q", got.Code, got.Header().Get("Connection"))
	}
}
