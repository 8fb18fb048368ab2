// Command sidecar is the governance proxy in front of a chatbot. It executes the configuration that the operator writes and
// follows its changes. Audit records go to standard output, one JSON object per line; log messages go to standard error.
//
// The exit code is 0 when the process was told to terminate and every exchange has its record, also those that it refused after --drain.
// It is 1 when the sidecar could not start and when exchanges have no record.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"path"
	"syscall"
	"time"

	"github.com/chaperone-dev/chaperone/internal/cgroup"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
)

// reloadEvery is the interval at which the sidecar reads the configuration file again. The kubelet takes up to a minute to update a
// mounted ConfigMap, so one more second hardly matters.
const reloadEvery = time.Second

func main() {
	// A write to a closed standard output then returns an error, which the sidecar handles, and does not end the process.
	signal.Ignore(syscall.SIGPIPE)
	// net/http writes surplus bytes of a response, which may be texts of people, to the standard logger and has no setting for it. The
	// sidecar's own log does not use that logger.
	log.SetOutput(io.Discard)
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sidecar:", err)
		os.Exit(1)
	}
}

// run serves until the process is told to terminate, and then until its open exchanges have ended. After the time --drain it refuses those
// that are left.
func run(args []string) error {
	flags := flag.NewFlagSet("sidecar", flag.ContinueOnError)
	configPath := flags.String("config", path.Join(contract.SidecarConfigFolder, contract.SidecarConfigKey), "configuration file; the sidecar applies its changes")
	admin := flags.String("admin", contract.ListenAddress(contract.SidecarAdminPort), "listen address of probes and metrics")
	egress := flags.String("egress", contract.SidecarEgressAddress, "listen address of the app's calls to its models")
	host := flags.String("listen-host", "", "host for listen addresses without one; empty means all interfaces")
	drain := flags.Duration("drain", sidecar.DefaultDrain, "how long open exchanges may continue after a termination signal")
	memory := flags.Int64("memory-bytes", 0, "memory that the process may use; 0 means the limit of the container, or 128 MiB without one")
	readTrust := addTrust(flags)
	upstreams := upstreams{}
	flags.Var(upstreams, "upstream", "name=port: number of the port on which the app listens, by the name of the declared port; repeat for each port")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("parse flags: %w", err)
	}
	trust, err := readTrust()
	if err != nil {
		return fmt.Errorf("parse flags: %w", err)
	}
	files, err := sidecar.ReadFiles(*configPath)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	memoryBytes := findMemory(*memory, cgroup.Open())
	limitHeap(memoryBytes)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := sidecar.New(ctx, files.Config, sidecar.Options{
		Trust: trust, Signature: files.Signature,
		Admin: *admin, Egress: *egress, Upstreams: upstreams, Drain: *drain, MemoryBytes: memoryBytes, Pod: findPod(os.Getenv, os.Hostname),
		Listen: makeListen(*host), Audit: os.Stdout, Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	// This goroutine ends with the context.
	go server.Watch(ctx, *configPath, ticker.C)
	return server.Run(ctx)
}
