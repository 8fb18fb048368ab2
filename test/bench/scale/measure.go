package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/test/bench/proc"
)

const (
	// quietAfter is how long the manager must have done next to nothing until its work counts as done. quietShare is what that is: the share of
	// a core that an idle manager may use, for its lease and its garbage collector.
	quietAfter = 3 * time.Second
	quietShare = 0.08
	// tick is the time between two looks at the manager.
	tick = 250 * time.Millisecond
	// patience is how long one step may take.
	patience = 30 * time.Minute
)

// figures are what one step cost.
type figures struct {
	name string
	// wall is the time until the manager had nothing more to do. cpu is the processor time that it used, and planeCPU that of the API server
	// and etcd.
	wall, cpu, planeCPU time.Duration
	// ready is the time until the manager was ready, for a step that starts it.
	ready  time.Duration
	writes writes
	// own is the number of writes that are the benchmark's own, or that are about no declaration.
	own int
	// peak is the greatest resident memory of the manager's process so far, in MiB.
	peak int
}

// bench measures one manager.
type bench struct {
	options
	*plane
	manager *manager
	list    []figures
}

// measure runs all steps with the manager of the tree at root.
func measure(ctx context.Context, root, name string, o options) ([]figures, error) {
	folder, err := os.MkdirTemp("", "chaperone-scale-"+name+"-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	b := &bench{options: o, manager: &manager{folder: folder}}
	if b.manager.program, err = buildManager(ctx, root, folder); err != nil {
		return nil, err
	}
	objects, err := readInstallation(ctx, root)
	if err != nil {
		return nil, err
	}
	if name != "base" { // A limit could only make the base slower.
		if b.manager.memoryLimit, err = proc.MemoryLimit(root); err != nil {
			return nil, err
		}
	}
	if b.plane, err = startPlane(root); err != nil {
		return nil, err
	}
	defer b.stop()
	if b.manager.webhookAddress, err = proc.FreeAddress(); err != nil {
		return nil, err
	}
	if b.manager.kubeconfig, err = b.writeKubeconfig(folder); err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(b.manager.webhookAddress)
	if err != nil {
		return nil, err
	}
	if err := b.install(ctx, objects, port); err != nil {
		return nil, err
	}
	fmt.Printf("== %s: %d declarations in %d namespaces\n", name, o.declarations, o.namespaces)
	err = b.runSteps(ctx)
	return b.list, errors.Join(err, b.manager.stop())
}

// runSteps runs and measures one step after the other.
func (b *bench) runSteps(ctx context.Context) error {
	turns, err := readSamples()
	if err != nil {
		return err
	}
	if err := b.prepare(ctx, turns); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		// own is figures.own; -1 if it is not known.
		own int
		do  func(ctx context.Context) error
	}{
		{"from empty", 0, b.manager.start},
		{"idle", 0, func(ctx context.Context) error { return sleep(ctx, b.idle) }},
		// The second write is the record of decisions, once for all declarations.
		{"policy: nothing", 2, func(ctx context.Context) error { return b.applyPolicy(ctx, "house", housePolicy(true)) }},
		{"policy: 1 %", 2, func(ctx context.Context) error { return b.applyPolicy(ctx, "one", onePolicy()) }},
		{"pods", -1, func(ctx context.Context) error { return b.createPods(ctx, turns) }},
		// The event of the new leader is about no declaration.
		{"restart", 1, func(ctx context.Context) error { return errors.Join(b.manager.stop(), b.manager.start(ctx)) }},
	} {
		f, err := b.step(ctx, step.name, step.own, step.do)
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		b.list = append(b.list, f)
		fmt.Println(f)
	}
	return b.check(ctx)
}

// prepare creates the declarations, before a manager runs, and then installs the webhooks.
func (b *bench) prepare(ctx context.Context, turns [][]sample) error {
	if err := b.createNamespaces(ctx, b.namespaces); err != nil {
		return err
	}
	if err := b.applyPolicy(ctx, "house", housePolicy(false)); err != nil {
		return err
	}
	err := b.createAll(ctx, b.declarations, func(i int) ([]client.Object, error) {
		c, err := newChatbot(turns, i, b.namespaces)
		return []client.Object{c.declaration}, err
	})
	if err != nil {
		return err
	}
	for _, webhook := range b.webhooks {
		if err := b.apply(ctx, webhook); err != nil {
			return err
		}
	}
	return nil
}

// createPods creates the Services and the pods, which pass the webhooks.
func (b *bench) createPods(ctx context.Context, turns [][]sample) error {
	return b.createAll(ctx, b.declarations, func(i int) ([]client.Object, error) {
		c, err := newChatbot(turns, i, b.namespaces)
		return c.beside, err
	})
}

// step measures what the manager does from the beginning of do until it has nothing more to do.
func (b *bench) step(ctx context.Context, name string, own int, do func(ctx context.Context) error) (figures, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	before, err := b.look(ctx)
	if err != nil {
		return figures{}, err
	}
	f := figures{name: name, own: own}
	previous := b.manager.command
	begin := time.Now()
	if err := do(ctx); err != nil {
		return figures{}, err
	}
	if b.manager.command != previous { // A new process has used nothing before.
		before.cpu, f.ready = 0, time.Since(begin)
	}
	end, err := b.waitQuiet(ctx)
	if err != nil {
		return figures{}, err
	}
	after, err := b.look(ctx)
	if err != nil {
		return figures{}, err
	}
	f.wall, f.cpu, f.planeCPU = max(end.Sub(begin), 0), after.cpu-before.cpu, after.planeCPU-before.planeCPU
	f.writes = after.writes.since(before.writes)
	f.peak, err = readPeak(b.manager.pid())
	return f, err
}

// state is what has been used and written so far.
type state struct {
	cpu, planeCPU time.Duration
	writes        writes
}

// look reads the state. Before the manager runs, it has used nothing.
func (b *bench) look(ctx context.Context) (s state, err error) {
	if s.writes, err = b.readWrites(ctx); err != nil {
		return state{}, err
	}
	if s.planeCPU, err = b.readCPU(); err != nil {
		return state{}, err
	}
	if b.manager.command != nil {
		s.cpu, err = proc.CPU(b.manager.pid())
	}
	return s, err
}

// waitQuiet waits until the manager does next to nothing, and returns since when.
func (b *bench) waitQuiet(ctx context.Context) (time.Time, error) {
	last, err := proc.CPU(b.manager.pid())
	if err != nil {
		return time.Time{}, err
	}
	since, window := time.Now(), time.Now()
	for time.Since(since) < quietAfter {
		if err := sleep(ctx, tick); err != nil {
			return time.Time{}, err
		}
		now, err := proc.CPU(b.manager.pid())
		if err != nil {
			return time.Time{}, err
		}
		if float64(now-last) > quietShare*float64(time.Since(window)) {
			since = time.Now()
		}
		// The clock of the process has steps of 10 ms, so a window is a second.
		if time.Since(window) >= time.Second || time.Since(since) < tick {
			last, window = now, time.Now()
		}
	}
	return since, nil
}

// check returns an error unless every declaration has a status of its own generation. It prints the outcomes, and the size of a status.
func (b *bench) check(ctx context.Context) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(schema.GroupVersionKind{Group: "chaperone.dev", Version: "v1alpha1", Kind: "ChatbotDeploymentList"})
	total, size, outcomes := 0, 0, map[string]int{}
	for isFirst := true; isFirst || list.GetContinue() != ""; isFirst = false {
		if err := b.admin.List(ctx, list, client.Limit(500), client.Continue(list.GetContinue())); err != nil {
			return err
		}
		for i := range list.Items {
			status, _, err := unstructured.NestedMap(list.Items[i].Object, "status")
			if err != nil {
				return err
			}
			if status["observedGeneration"] != list.Items[i].GetGeneration() {
				return fmt.Errorf("the status of %s is not that of its generation", list.Items[i].GetName())
			}
			data, err := json.Marshal(status)
			if err != nil {
				return err
			}
			outcomes[fmt.Sprint(status["outcome"])]++
			size, total = size+len(data), total+1
		}
	}
	fmt.Printf("   outcomes %v, %d bytes of status each\n", outcomes, size/max(total, 1))
	if total != b.declarations {
		return fmt.Errorf("%d declarations of %d", total, b.declarations)
	}
	return nil
}
