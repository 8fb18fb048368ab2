package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/certs"
)

// newClient makes a client that trusts the cluster and is its administrator.
func newClient(authority []byte, admin certs.Pair) (*http.Client, error) {
	pair, err := tls.X509KeyPair(admin.Cert, admin.Key)
	if err != nil {
		return nil, fmt.Errorf("read the administrator's certificate: %w", err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority)
	return &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs:      trusted,
			Certificates: []tls.Certificate{pair},
			MinVersion:   tls.VersionTLS12,
		}},
	}, nil
}

// answers is ready when the URL answers 200 to the administrator.
func (l *layout) answers(url string) func(context.Context) error {
	return func(ctx context.Context) error { return l.read(ctx, url, nil) }
}

// read gets a URL as the administrator, and the JSON of the answer into value
// unless that is nil.
func (l *layout) read(ctx context.Context, url string, value any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := l.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", request.URL.Path, response.Status)
	}
	if value == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(value)
}

// accepts is ready when somebody accepts connections at the address.
func accepts(network, address string) func(context.Context) error {
	return func(ctx context.Context) error {
		connection, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return err
		}
		return connection.Close()
	}
}

// exists is ready when the file is there.
func exists(path string) func(context.Context) error {
	return func(context.Context) error { _, err := os.Stat(path); return err }
}

// nodeReady is ready when the API server has a node that says so.
func (l *layout) nodeReady(ctx context.Context) error {
	var object struct {
		Status struct {
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if err := l.read(ctx, l.api.url("/api/v1/nodes/"+NodeName), &object); err != nil {
		return err
	}
	for _, condition := range object.Status.Conditions {
		if condition.Type != "Ready" {
			continue
		}
		if condition.Status == "True" {
			return nil
		}
		return fmt.Errorf("node %s is not ready: %s", NodeName, condition.Message)
	}
	return errors.New("node " + NodeName + " has not said whether it is ready")
}
