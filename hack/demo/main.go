// Command demo shows Chaperone at work on one machine: it starts a real Kubernetes control plane and the manager as
// processes, applies the shipped manifests and samples with kubectl, and sends a real chat through a real sidecar. Every
// step is checked; the exit code is 0 only when all of them held. With --stay it does the set-up and stays up.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	root := flag.String("root", ".", "root folder of the repository")
	stay := flag.Bool("stay", false, "do the set-up only, print the KUBECONFIG to use, and stay up until interrupted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *root, *stay)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, stay bool) (err error) {
	s, err := newStage(root)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.showLogs()
		}
		s.tearDown()
	}()
	if err := s.play(ctx, setUp()); err != nil {
		return err
	}
	if stay {
		return s.stayUp(ctx)
	}
	if err := s.play(ctx, story()); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "\nAll %d steps held.\n", s.done)
	return nil
}
