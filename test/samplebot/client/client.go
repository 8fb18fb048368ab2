// Package client sends one request, or one chat message, and prints what came back: what tests run inside pods whose images
// hold neither a shell nor curl. It follows no redirect and uses no proxy, so that what is printed is what the named server said.
package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

var (
	// ErrNoAnswer means that no whole answer came: no connection, a time-out, or an answer that was cut off.
	ErrNoAnswer = errors.New("no answer")
	// ErrStatus means that a whole answer came with a status other than 2xx.
	ErrStatus = errors.New("status is not 2xx")
)

// Request is one exchange.
type Request struct {
	// Method is GET when empty.
	Method string
	URL    string
	// Header may be nil. A body without Content-Type is sent as JSON.
	Header http.Header
	Body   []byte
	// Timeout bounds the whole exchange; it must be above 0.
	Timeout time.Duration
}

// Print sends a request and prints the status line, the headers but Date in the order of their names, an empty line and the
// body as it comes. The error is ErrNoAnswer, ErrStatus, or one about the request itself.
func Print(ctx context.Context, r Request, out io.Writer) error {
	return r.exchange(ctx, func(res *http.Response) error {
		fmt.Fprintln(out, res.Proto, res.Status)
		for _, name := range slices.Sorted(maps.Keys(res.Header)) {
			for _, value := range res.Header[name] {
				// The time is different in each answer, and tests compare.
				if name != "Date" {
					fmt.Fprintf(out, "%s: %s\n", name, value)
				}
			}
		}
		fmt.Fprintln(out)
		_, err := io.Copy(out, res.Body)
		return err
	})
}

// exchange sends a request and hands the answer to read, whose error means that the answer is not whole.
func (r Request) exchange(ctx context.Context, read func(*http.Response) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	req, err := r.build(ctx)
	if err != nil {
		return err
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := read(res); err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("%w: %s %s: %s", ErrStatus, req.Method, r.URL, res.Status)
	}
	return nil
}

// build makes the request as net/http wants it.
func (r Request) build(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	// net/http takes the host from the request alone.
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	if len(r.Body) > 0 && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
