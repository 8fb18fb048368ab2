// Command admission measures what a governed pod costs at admission: the CPU of the webhook's server per request, as a ratio to
// a no-op webhook of controller-runtime that decodes the pod and allows it.
//
// Four servers run as processes of their own, over HTTPS with keep-alive: the no-op, Chaperone's validating webhook asked
// about templates that it never saw, the same asked about one template, and the same asked about 200 templates of 40 declarations, with one
// in ten that it never saw. Each is checked to answer right before it is
// measured. Every round measures each in turn, beginning one further, at concurrency 1 and 8; ratios are taken within a round,
// and the median over the rounds is printed beside its bar. Only ratios of one run mean something.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	kind := flag.String("serve", "", "run one server (noop or chaperone) instead of the benchmark; used by the benchmark itself")
	address := flag.String("listen", "", "host:port of that server")
	certificates := flag.String("certificates", "", "folder of its certificate")
	rounds := flag.Int("rounds", 7, "rounds, each of which measures every server")
	requests := flag.Int("requests", 1000, "requests per measurement")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var err error
	if *kind != "" {
		err = serve(ctx, *kind, *address, *certificates)
	} else {
		err = compare(ctx, *rounds, *requests)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "admission benchmark:", err)
		os.Exit(1)
	}
}
