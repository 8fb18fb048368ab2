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
	if len(os.Args) == 3 && os.Args[1] == roleApp {
		exit(serveApp(os.Args[2]))
	}
	if len(os.Args) == 4 && os.Args[1] == roleBare {
		exit(serveBare(os.Args[2], os.Args[3]))
	}
	rounds := flag.Int("rounds", 5, "rounds; a ratio is the median over them")
	requests := flag.Int("requests", 8000, "exchanges per round and variant in the closed loop")
	binary := flag.String("sidecar", "", "sidecar binary; empty builds one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := compare(ctx, plan{rounds: *rounds, requests: *requests, binary: *binary})
	stop()
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}
