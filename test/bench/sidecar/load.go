package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

const (
	// workers of the closed loop.
	workers = 8
	// rate and rateTime of the open loop.
	rate     = 500
	rateTime = 2 * time.Second
)

var client = &http.Client{Transport: &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, DisableCompression: true}}

// question is a request of about 1 KiB.
func question(streamed bool) ([]byte, error) {
	return json.Marshal(map[string]any{
		"model": "m", "temperature": 0.2, "stream": streamed,
		"messages": []map[string]string{
			{"role": "system", "content": "You help customers of a shop with their orders."},
			{"role": "user", "content": "Where is my parcel? " + personal + strings.Repeat(sentence, 8)},
		},
	})
}

func post(ctx context.Context, address string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+chatPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "de-DE,de;q=0.9,en;q=0.5")
	return client.Do(req)
}

// exchange sends a question and reads the whole answer.
func exchange(ctx context.Context, address string, body []byte) ([]byte, error) {
	res, err := post(ctx, address, body)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %s", res.StatusCode, answer)
	}
	return answer, nil
}

// closedLoop sends n questions with all workers and returns the server's CPU per exchange.
func closedLoop(ctx context.Context, s *server, n int, body []byte) (time.Duration, error) {
	before, err := proc.CPU(s.cmd.Process.Pid)
	if err != nil {
		return 0, err
	}
	var left atomic.Int64
	left.Store(int64(n))
	var wait sync.WaitGroup
	failed := make([]error, workers)
	for i := range workers {
		wait.Go(func() {
			for left.Add(-1) >= 0 && failed[i] == nil {
				_, failed[i] = exchange(ctx, s.address, body)
			}
		})
	}
	wait.Wait()
	if err := errors.Join(failed...); err != nil {
		return 0, fmt.Errorf("ask %s: %w", s.name, err)
	}
	after, err := proc.CPU(s.cmd.Process.Pid)
	return (after - before) / time.Duration(n), err
}

// openLoop asks at the rate and returns the median time of an exchange and the server's CPU per exchange.
func openLoop(ctx context.Context, s *server, body []byte) (median, cpu time.Duration, err error) {
	before, err := proc.CPU(s.cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	n := int(rate * rateTime / time.Second)
	times, failed := make([]time.Duration, n), make([]error, n)
	var wait sync.WaitGroup
	every := time.NewTicker(time.Second / rate)
	defer every.Stop()
	for i := range n {
		<-every.C
		wait.Go(func() {
			begun := time.Now()
			_, failed[i] = exchange(ctx, s.address, body)
			times[i] = time.Since(begun)
		})
	}
	wait.Wait()
	if err := errors.Join(failed...); err != nil {
		return 0, 0, fmt.Errorf("ask %s: %w", s.name, err)
	}
	after, err := proc.CPU(s.cmd.Process.Pid)
	slices.Sort(times)
	return times[n/2], (after - before) / time.Duration(n), err
}

// streams asks for n streamed answers, a hundred at once, and returns how many were cut off.
func streams(ctx context.Context, s *server, n int, body []byte) int {
	var left, cut atomic.Int64
	left.Store(int64(n))
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() {
			for left.Add(-1) >= 0 {
				answer, err := exchange(ctx, s.address, body)
				if err != nil || !bytes.HasSuffix(answer, []byte("data: [DONE]\n\n")) || !bytes.Contains(answer, []byte("word39 ")) {
					cut.Add(1)
				}
			}
		})
	}
	wait.Wait()
	return int(cut.Load())
}

// openStreams holds n streams open and returns how much memory the server takes for one, in KiB.
func openStreams(ctx context.Context, s *server, n int, body []byte) (int, error) {
	before, err := s.resident()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range n {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+chatPath, bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(openHeader, "1")
		res, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		defer func() { _ = res.Body.Close() }()
		if _, err := io.ReadFull(res.Body, make([]byte, 64)); err != nil {
			return 0, err
		}
	}
	after, err := s.resident()
	return (after - before) / n, err
}

// check sees that both answer right before they are measured.
func check(ctx context.Context, bare, governed *server, body []byte) error {
	plain, err := exchange(ctx, bare.address, body)
	if err != nil {
		return fmt.Errorf("check bare: %w", err)
	}
	if !bytes.Contains(plain, []byte(personal)) {
		return fmt.Errorf("check bare: it answered %s", plain)
	}
	answer, err := exchange(ctx, governed.address, body)
	if err != nil {
		return fmt.Errorf("check sidecar: %w", err)
	}
	if !bytes.Contains(answer, []byte(redacted)) || !bytes.Contains(answer, []byte("Sie chatten mit einem KI-System.")) {
		return fmt.Errorf("check sidecar: it answered %s", answer)
	}
	return nil
}
