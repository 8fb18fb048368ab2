// Command demo shows Chaperone at work on one machine. Where the machine can run a node, it starts a real cluster with one,
// installs config/default as users do, and chats with pods through Services. Elsewhere it starts a control plane, and the
// manager and a sidecar as processes. Every step is checked; the exit code is 0 only when all of them held. With --stay it does
// the set-up and stays up.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	root := flag.String("root", ".", "root folder of the repository")
	stay := flag.Bool("stay", false, "do the set-up only, print the KUBECONFIG to use, and stay up until interrupted")
	node := flag.String("node", nodeAuto, "run on a real node: auto (where the machine can), always, never")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *root, *node, *stay)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, node string, stay bool) (err error) {
	s, err := newStage(root)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.showLogs()
		}
		s.stopAll()
	}()
	acts, err := s.chooseActs(ctx, node)
	if err != nil {
		return err
	}
	if err := s.play(ctx, acts.setUp); err != nil {
		return err
	}
	if stay {
		return s.waitForStop(ctx)
	}
	if err := s.play(ctx, acts.story); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "\nAll %d steps held, in %.0f s.\n", s.done, time.Since(s.started).Seconds())
	return nil
}

// Values of --node.
const (
	nodeAuto   = "auto"
	nodeAlways = "always"
	nodeNever  = "never"
)

// acts are the steps of the demo: setUp, which `make demo` and `make run` share, and story, which only the demo shows.
type acts struct{ setUp, story []step }

// chooseActs returns the steps for a cluster with a node or without one, as --node says. For `auto`, it prints why the machine cannot run a
// node.
func (s *stage) chooseActs(ctx context.Context, node string) (acts, error) {
	onProcesses := acts{setUp: setUp(), story: story()}
	switch node {
	case nodeNever:
		return onProcesses, nil
	case nodeAuto, nodeAlways:
	default:
		return acts{}, fmt.Errorf("--node=%s: want %s, %s or %s", node, nodeAuto, nodeAlways, nodeNever)
	}
	answer, code, err := s.runProgram(ctx, "localcluster-run", "check", "--dir", filepath.Join(s.bin, "localcluster"), "--data", s.data)
	switch {
	case err != nil:
		return acts{}, err
	case code == 0:
		return acts{setUp: setUpOnNode(), story: storyOnNode()}, nil
	case node == nodeAlways:
		return acts{}, fmt.Errorf("this machine cannot run a node: %s", answer)
	}
	s.say("This machine cannot run a node, so the manager, a sidecar and a chatbot run as processes next to a control plane.")
	s.say("%s", answer)
	s.say("Left out: pods that run, Services, NetworkPolicy, probes, and what happens while no manager runs.")
	return onProcesses, nil
}
