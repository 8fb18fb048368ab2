// Package cluster runs one cluster in the foreground: etcd, the API server with
// RBAC and all default admission plugins, and the controller manager, each a
// child process. Without a node they listen on loopback, pods are made and stay
// Pending. With a node (package node) they and the programs of the node run in
// namespaces of their own, and pods run. A cluster keeps everything in its data
// folder and shares nothing with another one, so that several run beside each
// other.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
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
	// prepare, if any, is done just before the start.
	prepare func(context.Context) error
	// ready returns nil once the program can be used. It is asked again and again.
	ready func(context.Context) error
	// restarts tells that the program is started again when it ends, as the init
	// system of a node does; the end of any other ends the cluster.
	restarts bool
}

// maxRestarts bounds how often one program is started again.
const maxRestarts = 10

// Up runs a control plane until ctx ends and then stops it in reverse order. It
// returns an error when the cluster could not be started, or when a program
// ended by itself: that error names it and quotes its log, and the logs stay.
func Up(ctx context.Context, o Options) (err error) {
	d, err := openData(o.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close(o.Keep, err != nil)) }()
	fmt.Fprintf(o.Out, "control plane on loopback; ends with process %d\n", os.Getpid())
	return run(ctx, o, d, nil)
}

// run starts everything in the data folder and waits. The network is that of
// the node on which it all runs, nil for a control plane alone.
func run(ctx context.Context, o Options, d *data, network *node.Network) error {
	started := time.Now()
	l, err := newLayout(d, o.Assets, network, started)
	if err != nil {
		return fmt.Errorf("prepare cluster: %w", err)
	}
	r := &runner{options: o, data: d}
	r.ctx, r.fail = context.WithCancelCause(ctx)
	defer l.client.CloseIdleConnections()
	defer r.stop()
	for _, c := range l.components() {
		begun := time.Now()
		if err := r.start(c); err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s is up (%.1f s)\n", c.name, time.Since(begun).Seconds())
	}
	seconds := time.Since(started).Seconds()
	if err := d.write("ready", fmt.Appendf(nil, "%.1f\n", seconds)); err != nil {
		return err
	}
	fmt.Fprintf(o.Out, "KUBECONFIG=%s\nready in %.1f s: Kubernetes %s at %s\n",
		d.path("kubeconfig"), seconds, o.Assets.Version(), l.server())
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
	// ctx ends when the caller's does, or with the failure of a program.
	ctx  context.Context
	fail context.CancelCauseFunc

	mu       sync.Mutex
	stopped  bool
	children []*process.Child
}

// start runs one program and waits until it is ready, as long as every other
// program runs too.
func (r *runner) start(c component) error {
	path, err := r.options.Assets.Program(c.name)
	if err != nil {
		return err
	}
	if c.prepare != nil {
		if err := c.prepare(r.ctx); err != nil {
			return fmt.Errorf("prepare %s: %w", c.name, err)
		}
	}
	for _, p := range c.ports {
		p.release()
	}
	if err := r.spawn(c, path, 0); err != nil {
		return err
	}
	return r.await(c)
}

// spawn starts the program and watches it.
func (r *runner) spawn(c component, path string, restarts int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return context.Canceled
	}
	child, err := process.Start(path, c.args, r.data.dir, r.data.path("logs", c.name+".log"))
	if err != nil {
		return err
	}
	r.children = append(r.children, child)
	// Ends with the child, at the latest in stop.
	go func() {
		<-child.Done()
		if !c.restarts || restarts == maxRestarts || r.spawn(c, path, restarts+1) != nil {
			r.fail(child.Failure())
		}
	}()
	return nil
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
		if last = c.ready(r.ctx); last == nil {
			return nil
		}
	}
}

// stop ends the programs, the last one first, and returns when all are gone.
func (r *runner) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	for i := len(r.children) - 1; i >= 0; i-- {
		r.children[i].Stop()
	}
}
