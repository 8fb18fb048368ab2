// Command sampledesk serves the sample handoff desk for tests.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/chaperone-dev/chaperone/test/drain"
	"github.com/chaperone-dev/chaperone/test/sampledesk/desk"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sampledesk:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("sampledesk", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:8080", "listen address")
	keep := flags.Int("keep", desk.DefaultKeep, "how many ids of handoffs to retain")
	limit := flags.Duration("drain", drain.Default, "how long open requests have to finish after SIGTERM")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("parse flags: %w", err)
	}
	listeners, err := drain.Listen(ctx, []string{*listen})
	if err != nil {
		return err
	}
	fmt.Println("sampledesk listens on", listeners[0].Addr())
	return drain.Serve(ctx, desk.Handler(*keep), listeners, *limit)
}
