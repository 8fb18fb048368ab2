package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/chaperone-dev/chaperone/test/drain"
	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// addresses is the value of a flag that can be repeated.
type addresses []string

// String returns the values, separated by commas.
func (a *addresses) String() string { return strings.Join(*a, ",") }

// Set adds a value.
func (a *addresses) Set(value string) error {
	*a = append(*a, value)
	return nil
}

// serve runs the command "serve", which is the default.
func serve(ctx context.Context, args []string, out io.Writer) error {
	var o bot.Options
	var also addresses
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:8080", "listen address")
	flags.Var(&also, "also", "another listen address of the same chatbot; repeated for each")
	grpcHealth := flags.String("grpc-health", "", "listen address of the gRPC health service; empty disables it")
	limit := flags.Duration("drain", drain.Default, "how long open requests have to finish after SIGTERM")
	flags.IntVar(&o.CutBytes, "cut", 0, "stream in pieces of this many bytes; 0 streams word by word")
	flags.DurationVar(&o.Pause, "pause", 0, "time between two pieces of a stream")
	if err := parse(flags, args, 0); err != nil {
		return err
	}
	if *grpcHealth != "" {
		stop, err := startHealth(ctx, *grpcHealth)
		if err != nil {
			return err
		}
		defer stop()
	}
	listeners, err := drain.Listen(ctx, append([]string{*listen}, also...))
	if err != nil {
		return err
	}
	for _, listener := range listeners {
		fmt.Fprintln(out, "samplebot listens on", listener.Addr())
	}
	return drain.Serve(ctx, bot.Handler(o), listeners, *limit)
}

// startHealth serves the gRPC health protocol until the caller calls stop. The health service reports NOT_SERVING after the context ends.
func startHealth(ctx context.Context, address string) (stop func(), err error) {
	listeners, err := drain.Listen(ctx, []string{address})
	if err != nil {
		return nil, fmt.Errorf("gRPC health: %w", err)
	}
	service, server := health.NewServer(), grpc.NewServer()
	healthv1.RegisterHealthServer(server, service)
	context.AfterFunc(ctx, service.Shutdown)
	// The caller ends the goroutine with stop.
	go func() { _ = server.Serve(listeners[0]) }()
	return server.Stop, nil
}
