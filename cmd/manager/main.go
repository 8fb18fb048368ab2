// Command manager runs the operator: the controllers and the admission webhooks, with one policy engine for both.
package main

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"os"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/chaperone-dev/chaperone/controllers"
	"github.com/chaperone-dev/chaperone/internal/cgroup"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
	"github.com/chaperone-dev/chaperone/internal/keyring"
	"github.com/chaperone-dev/chaperone/internal/review"
	"github.com/chaperone-dev/chaperone/internal/webhook"
	"github.com/chaperone-dev/chaperone/policies"
)

func main() {
	// The engine starts this program again as the worker that runs the organisation's Rego modules.
	if worker.IsRequested(os.Args) {
		// Serve runs until it fails. When the engine closes the pipe, that is an error too.
		log.Fatal(worker.Serve(os.Stdin, os.Stdout))
	}
	limitHeap(os.Getenv, cgroup.Open())
	o, err := parseOptions(os.Args[0], os.Args[1:], os.Getenv, os.Stderr)
	if err == nil {
		setLogger(o, os.Stderr)
		err = run(ctrl.SetupSignalHandler(), o)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "manager: %v\n", err)
		os.Exit(1)
	}
}

// run builds the manager and runs it until ctx is canceled and the shutdown delay has passed.
func run(ctx context.Context, o options) error {
	command, err := worker.Command()
	if err != nil {
		return err
	}
	engine, err := engine.New(ctx, openBundle(o), engine.WithWorker(command))
	if err != nil {
		return err
	}
	// Await makes every decision Undecided until the organisation controller has read the organisation, which may forbid what the law
	// allows.
	engine.Await()
	shutdown := newShutdown(o.shutdownDelay, clock.RealClock{})
	mgr, certificates, err := newManager(o, shutdown)
	if err != nil {
		return err
	}
	keys := &keyring.Holder{}
	reviewer, err := review.New(review.Options{
		Engine: engine, Image: o.sidecarImage, Resources: o.sidecarResources, Keys: sidecarKeys(keys, clock.RealClock{}),
	})
	if err != nil {
		return fmt.Errorf("build reviewer: %w", err)
	}
	kinds, err := readKinds(o)
	if err != nil {
		return err
	}
	registered, err := newRegistration(o, kinds)
	if err != nil {
		return err
	}
	if err := controllers.Add(mgr, controllers.Options{
		Engine: engine, Reviewer: reviewer, Image: o.sidecarImage, Clock: clock.RealClock{}, Metrics: metrics.Registry,
		Registration: registered, Certificates: certificates, Keys: keys, Namespace: o.namespace,
	}); err != nil {
		return err
	}
	if err := webhook.Register(mgr, webhook.Options{Engine: engine, Reviewer: reviewer, Image: o.sidecarImage, Kinds: kinds, Clock: clock.RealClock{}}); err != nil {
		return fmt.Errorf("register webhooks: %w", err)
	}
	if err := addChecks(mgr, shutdown); err != nil {
		return err
	}
	mgr.GetLogger().Info("Starting manager", "policyRevision", engine.Revision())
	return start(ctx, mgr, shutdown)
}

// start runs the manager until ctx is canceled and the shutdown delay has passed. If the clock of the machine is wrong, it returns an error,
// at once or with the same delay.
func start(ctx context.Context, mgr manager.Manager, s *shutdown) error {
	running, end := context.WithCancelCause(ctx)
	defer end(nil)
	guard, err := newClockGuard(mgr, end)
	if err != nil {
		return err
	}
	if err := guard.compare(ctx); err != nil {
		return err
	}
	if err := mgr.Add(guard); err != nil {
		return fmt.Errorf("compare clocks: %w", err)
	}
	if err := mgr.Start(s.DelayCancellation(running)); err != nil {
		return fmt.Errorf("run manager: %w", err)
	}
	if ctx.Err() == nil {
		return context.Cause(running)
	}
	return nil
}

// openBundle returns the policy bundle: the folder that a flag names, or else the bundle that is embedded in the binary.
func openBundle(o options) fs.FS {
	if o.policyDir != "" {
		return os.DirFS(o.policyDir)
	}
	return policies.FS
}
