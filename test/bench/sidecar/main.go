// Command sidecar (a benchmark) compares the sidecar with a bare reverse proxy in one run: CPU per exchange, median time at a
// fixed rate, streams that are cut off, memory and size. It prints a table of ratios with their bars.
//
// The bare proxy is tuned: it reads the request first and has its own buffers and connections. The servers are processes of
// their own, so that a figure is the server's CPU alone; variants are measured in turn, ratios are taken within a round, the
// table shows their median. A missed bar is printed, not an error: the figures of a busy machine decide nothing. A wrong
// answer or a cut stream of the sidecar is an error.
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
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == roleApp {
		return serveApp(args[1])
	}
	if len(args) == 3 && args[0] == roleBare {
		return serveBare(args[1], args[2])
	}
	flags := flag.NewFlagSet("sidecar", flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "rounds; a ratio is the median over them")
	requests := flags.Int("requests", 8000, "exchanges per round and variant in the closed loop")
	binary := flags.String("sidecar", "", "sidecar binary; empty builds one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return compare(ctx, plan{rounds: *rounds, requests: *requests, binary: *binary})
}
