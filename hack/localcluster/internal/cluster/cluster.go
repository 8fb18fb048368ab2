// Package cluster runs one control plane in the foreground: etcd, the API server
// with RBAC and all default admission plugins, and the controller manager, each
// a child process on loopback. A cluster keeps everything in its data folder and
// shares nothing with another one, so that several run beside each other. There
// is no node: pods are made and stay Pending.
package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/process"
)

const (
	// startTimeout bounds the start of one program. An idle machine needs four
	// seconds for the slowest; one that compiles on every core needs thirty.
	startTimeout = 2 * time.Minute
	// pollInterval is how often a starting program is asked whether it is ready.
	pollInterval = 50 * time.Millisecond
)

// Options say what to run and where.
type Options struct {
	// Data is the cluster's own folder; it must be new, empty, or left by an
	// earlier cluster, which is then removed.
	Data string
	// Keep leaves Data there at the end, to read it. The next Up starts afresh.
	Keep bool
	// Assets finds the programs.
	Assets *assets.Set
	// Out gets the progress and, at last, the line "ready in N s".
	Out io.Writer
}

// component is one program of the cluster. The order of start is the order of
// the list that components returns; the order of stop is the reverse.
type component struct {
	name string
	args []string
	// ports are held until just before the start, so that nobody takes them.
	ports []*port
	// readyURL answers 200 to the administrator once the program can be used.
	readyURL string
}

// Up runs a cluster until ctx ends and then stops it in reverse order. It
// returns an error when the cluster could not be started, or when a program
// ended by itself: that error names it and quotes its log, and the logs stay.
func Up(ctx context.Context, o Options) (err error) {
	started := time.Now()
	d, err := openData(o.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close(o.Keep, err != nil)) }()
	l, err := newLayout(d, started)
	if err != nil {
		return fmt.Errorf("prepare cluster: %w", err)
	}
	r := &runner{options: o, data: d, client: l.client()}
	r.ctx, r.fail = context.WithCancelCause(ctx)
	defer r.stop()
	for _, c := range l.components() {
		if err := r.start(c); err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s is up\n", c.name)
	}
	seconds := time.Since(started).Seconds()
	if err := d.write("ready", fmt.Appendf(nil, "%.1f\n", seconds), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "KUBECONFIG=%s\nready in %.1f s: Kubernetes %s at %s, ends with process %d\n",
		d.path("kubeconfig"), seconds, o.Assets.Version(), l.server(), os.Getpid())
	<-r.ctx.Done()
	if ctx.Err() != nil {
		fmt.Fprintln(o.Out, "stopping")
		return nil
	}
	return context.Cause(r.ctx)
}

// runner holds the running programs of one cluster.
type runner struct {
	options Options
	data    *data
	client  *http.Client
	// ctx ends when the caller's does, or with the failure of a program.
	ctx      context.Context
	fail     context.CancelCauseFunc
	children []*process.Child
}

// start runs one program and waits until it is ready, as long as every other
// program runs too.
func (r *runner) start(c component) error {
	path, err := r.options.Assets.Program(c.name)
	if err != nil {
		return err
	}
	for _, p := range c.ports {
		p.release()
	}
	child, err := process.Start(path, c.args, r.data.dir, r.data.path("logs", c.name+".log"))
	if err != nil {
		return err
	}
	r.children = append(r.children, child)
	// Ends with the child, at the latest in stop.
	go func() {
		<-child.Done()
		r.fail(child.Failure())
	}()
	return r.await(c)
}

// await polls the program until it answers that it is ready.
func (r *runner) await(c component) error {
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	var last error
	for {
		select {
		case <-r.ctx.Done():
			return fmt.Errorf("start %s: %w", c.name, context.Cause(r.ctx))
		case <-timeout.C:
			return fmt.Errorf("start %s: not ready after %s (%w), see %s",
				c.name, startTimeout, last, r.data.path("logs", c.name+".log"))
		case <-ticker.C:
		}
		if last = r.ready(c.readyURL); last == nil {
			return nil
		}
	}
}

func (r *runner) ready(url string) error {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", request.URL.Path, response.Status)
	}
	return nil
}

// stop ends the programs, the last one first, and returns when all are gone.
func (r *runner) stop() {
	r.client.CloseIdleConnections()
	for i := len(r.children) - 1; i >= 0; i-- {
		r.children[i].Stop()
	}
}

// newClient makes a client that trusts the cluster and is its administrator.
func newClient(authority []byte, admin tls.Certificate) *http.Client {
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority)
	return &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs:      trusted,
			Certificates: []tls.Certificate{admin},
			MinVersion:   tls.VersionTLS12,
		}},
	}
}
