// Package readback asks sidecars which configuration they execute, and sends them the one that they should. What answers is in a pod of a user, so nothing of an answer is trusted further
// than its few fields go: it is small, strictly read, and never in an error or a log.
package readback

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

const (
	// dialTimeout and timeout bound a connection and a whole question. A sidecar in the same cluster answers in milliseconds.
	dialTimeout, timeout = time.Second, 2 * time.Second
	// maxBytes bounds the header and the body of an answer, which has less than 1 KiB.
	maxBytes = 4 << 10
	// statusPath is where the admin port of a sidecar says what it executes.
	statusPath = "/config-status"
)

// Answer is what a sidecar says about its configuration.
type Answer struct {
	// Hash is the hash of the active configuration, as sidecarconfig.Hash returns it.
	Hash string
	// Serial is the serial of its signature; 0 for a sidecar that takes configurations without one.
	Serial int64
	// Expired means that the configuration is no longer valid.
	Expired bool
}

// Client asks sidecars. It is safe for concurrent use.
type Client struct{ http *http.Client }

// NewClient returns a client that uses no proxy, follows no redirect and keeps no connection.
func NewClient() *Client {
	return &Client{&http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext, DisableKeepAlives: true, DisableCompression: true,
			MaxResponseHeaderBytes: maxBytes,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// hashes matches hashes of configurations.
var hashes = regexp.MustCompile(`^[0-9a-f]{16}$`)

// errMalformed is the error for an answer that is not one of a sidecar.
var errMalformed = errors.New("the answer is not one of a sidecar")

// Ask returns what the sidecar says at the address of its admin port, for example `10.0.0.7:23090`.
func (c *Client) Ask(ctx context.Context, address string) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+statusPath, nil)
	if err != nil {
		return Answer{}, fmt.Errorf("ask sidecar: %w", err)
	}
	answer, err := c.do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("ask sidecar: %w", err)
	}
	return answer, nil
}

// Send gives the sidecar a configuration with its signature, which the sidecar verifies, and returns what it says then. An error says that it has
// not taken the configuration: sidecars of earlier versions take none.
func (c *Client) Send(ctx context.Context, address string, config, signature []byte) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+address+contract.SidecarPushPath, bytes.NewReader(config))
	if err != nil {
		return Answer{}, fmt.Errorf("send configuration: %w", err)
	}
	request.Header.Set(contract.SidecarPushHeader, base64.StdEncoding.EncodeToString(signature))
	answer, err := c.do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("send configuration: %w", err)
	}
	return answer, nil
}

func (c *Client) do(request *http.Request) (Answer, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return Answer{}, fmt.Errorf("status %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBytes+1))
	if err != nil || len(body) > maxBytes {
		return Answer{}, errMalformed
	}
	var said struct {
		Active  string
		Serial  int64
		Expired bool
	}
	if err := json.Unmarshal(body, &said); err != nil || !hashes.MatchString(said.Active) || said.Serial < 0 {
		return Answer{}, errMalformed
	}
	return Answer{Hash: said.Active, Serial: said.Serial, Expired: said.Expired}, nil
}
