// Command samplebot is the sample chatbot of the demo and of tests on a cluster. Its images contain no shell, so it is also the
// client that tests run inside pods.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/chaperone-dev/chaperone/test/samplebot/client"
)

const usage = `usage:
  samplebot [serve] [options]                 serve the chatbot until SIGTERM
  samplebot get     [options] URL             send one request, print status, headers and body
  samplebot healthy [options] URL             print nothing when the status is 2xx; for probes
  samplebot ask     [options] URL MESSAGE     send one chat message, print the answer

get and ask exit 0 on 2xx, 22 on another status, 7 without a complete response; healthy exits 0 or 1. All exit 2 on bad arguments.
`

// Exit codes. 7 and 22 are curl's.
const (
	exitFailed     = 1
	exitArguments  = 2
	exitNoResponse = 7
	exitStatus     = 22
)

// errArguments marks an error in the command line.
var errArguments = errors.New("bad arguments")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "samplebot:", err)
	}
	os.Exit(exitCode(err))
}

// run runs the command that the first argument names, or serves if it names none.
func run(ctx context.Context, args []string, out io.Writer) error {
	commands := map[string]func(context.Context, []string, io.Writer) error{"serve": serve, "get": get, "healthy": checkHealth, "ask": ask}
	if len(args) > 0 {
		if command, ok := commands[args[0]]; ok {
			return command(ctx, args[1:], out)
		}
	}
	return serve(ctx, args, out)
}

// exitCode returns the exit code for an error.
func exitCode(err error) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errArguments):
		return exitArguments
	case errors.Is(err, client.ErrNoResponse):
		return exitNoResponse
	case errors.Is(err, client.ErrStatus):
		return exitStatus
	}
	return exitFailed
}

// parse parses the flags in args, and requires exactly as many words after them.
func parse(flags *flag.FlagSet, args []string, words int) error {
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage, "\noptions:\n"); flags.PrintDefaults() }
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w: %w", errArguments, err)
	}
	if flags.NArg() != words {
		return fmt.Errorf("%w: %d words after the options, want %d\n%s", errArguments, flags.NArg(), words, usage)
	}
	return nil
}
