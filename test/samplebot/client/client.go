// Package client sends one request, or one chat message, and prints the response. Tests run it inside pods whose images contain
// neither a shell nor curl. It follows no redirect and uses no proxy, so that it prints the response of the named server.
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
	// ErrNoResponse means that there is no complete response: no connection, a timeout, or a response that is cut off.
	ErrNoResponse = errors.New("no response")
	// ErrStatus means that a complete response has a status other than 2xx.
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

// Print sends a request and prints the status line, the headers except Date in the order of their names, an empty line and the
// unchanged body. The error is ErrNoResponse, ErrStatus, or one about the request itself.
func Print(ctx context.Context, r Request, out io.Writer) error {
	return r.send(ctx, func(res *http.Response) error {
		fmt.Fprintln(out, res.Proto, res.Status)
		for _, name := range slices.Sorted(maps.Keys(res.Header)) {
			for _, value := range res.Header[name] {
				// The time differs in each response, and tests compare them.
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

// send sends the request and calls read with the response. An error of read means that the response is incomplete. After that, a status
// other than 2xx is ErrStatus.
func (r Request) send(ctx context.Context, read func(*http.Response) error) error {
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
		return fmt.Errorf("%w: %w", ErrNoResponse, err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := read(res); err != nil {
		return fmt.Errorf("%w: %w", ErrNoResponse, err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("%w: %s %s: %s", ErrStatus, req.Method, r.URL, res.Status)
	}
	return nil
}

// build returns the request as one of net/http.
func (r Request) build(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("build request: %w", err)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	// net/http ignores a Host header; it takes the host from this field.
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	if len(r.Body) > 0 && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
