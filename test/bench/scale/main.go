// Command scale measures what many declarations cost: how long the manager takes to bring all of them in line, after a start and after
// changes of the organization's policy, what it writes for that, and how much memory it takes.
//
// A real API server with etcd, the manager and this program share the machine. The API server has what an installation has: definitions,
// roles, admission policies and webhooks, and the manager has the rights of its service account. There is no kubelet, so pods wait.
//
// Times mean something only beside those of another manager in the same sitting: -base names a commit, which is built in a worktree and
// measured first, on a control plane of its own with its own manifests.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// options are the values of the flags.
type options struct {
	declarations, namespaces int
	// idle is how long the manager is observed while nothing changes.
	idle time.Duration
	// base is the commit to compare with; empty for none.
	base string
}

func main() {
	var o options
	flag.IntVar(&o.declarations, "declarations", 10000, "number of declarations")
	flag.IntVar(&o.namespaces, "namespaces", 100, "number of namespaces")
	flag.DurationVar(&o.idle, "idle", 30*time.Second, "how long to observe the manager while nothing changes")
	flag.StringVar(&o.base, "base", "", "commit to compare with")
	flag.Parse()

	log.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale benchmark:", err)
		os.Exit(1)
	}
}

// run measures the base, if there is one, and the working tree, and prints both with their ratios and the bars.
func run(ctx context.Context, o options) error {
	folder, err := os.MkdirTemp("", "chaperone-scale-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	var base []figures
	if o.base != "" {
		root, remove, err := checkOut(ctx, folder, o.base)
		if err != nil {
			return err
		}
		defer remove()
		if base, err = measure(ctx, root, "base", o); err != nil {
			return fmt.Errorf("base: %w", err)
		}
	}
	now, err := measure(ctx, ".", "now", o)
	if err != nil {
		return err
	}
	return report(base, now)
}
