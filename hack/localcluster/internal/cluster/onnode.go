package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
)

// CommandRun is the command by which the node runs the cluster inside. It is not for users.
const CommandRun = "node-run"

// CheckNode returns an error that joins everything that keeps this machine from running a node with images and containers in
// the folder, each with what to do.
func CheckNode(set *assets.Set, base netip.Prefix, folder string) error {
	problems := node.Check(node.Requirements{Folder: folder, Base: base, SearchPath: set.SearchPath()})
	return errors.Join(append(problems, set.MissingSystemPrograms()...)...)
}

// UpOnNode runs a cluster with a node until ctx ends, and returns when nothing of it is left. Errors as for Up, and those of
// CheckNode.
func UpOnNode(ctx context.Context, o Options, base netip.Prefix) (err error) {
	folder, err := filepath.Abs(o.Data)
	if err != nil {
		return err
	}
	if err := CheckNode(o.Assets, base, folder); err != nil {
		return fmt.Errorf("this machine cannot run a node:\n%w", err)
	}
	d, err := openData(o.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close(o.Keep, err != nil)) }()
	m, err := node.Start(node.Options{
		Data: d.dir, Base: base, SearchPath: o.Assets.SearchPath(),
		Run: func(n node.Network) []string {
			return []string{CommandRun, "--data", d.dir, "--dir", o.Assets.Root(), "--network", n.Base.String(), "--slot", strconv.Itoa(n.Slot)}
		},
	})
	if err != nil {
		return fmt.Errorf("start node: %w", err)
	}
	defer m.Stop()
	fmt.Fprintf(o.Out, "node %s: pods in %s, Services in %s, this machine is %s; ends with process %d\n",
		m.Network.Node(), m.Network.Pods(), m.Network.Services(), m.Network.Host(), os.Getpid())
	select {
	case <-ctx.Done():
		fmt.Fprintln(o.Out, "stopping")
		if _, err := os.Stat(d.path("ready")); err != nil {
			return errors.New("interrupted before the cluster was ready")
		}
		return nil
	case <-m.Done():
		return m.Failure()
	}
}

// RunOnNode is what UpOnNode has the node run inside.
func RunOnNode(ctx context.Context, o Options, n node.Network) error {
	return run(ctx, o, &data{dir: o.Data}, &n)
}
