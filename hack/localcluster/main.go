// Command localcluster builds and runs a real Kubernetes control plane from Go
// modules: etcd, kube-apiserver, kube-controller-manager and kubectl, on
// loopback, without containers, downloads of binaries or root. It uses the
// standard library only, so that `go run` starts it at once; the control plane
// itself is pinned in go.mod as tools.
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

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/cluster"
)

const usage = `usage:
  localcluster build [--dir DIR]                        build what is missing into DIR/<version>
  localcluster path  [--dir DIR]                        print the folder for KUBEBUILDER_ASSETS
  localcluster up    --data DIR [--keep] [--dir DIR]    run a control plane until SIGTERM or SIGINT

DIR of --dir is bin/localcluster of the repository unless given. Relative
folders start at the working directory, which "go run -C" moves.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// From the first signal on, a second one ends this process at once.
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "localcluster: %v\n", err)
		os.Exit(1)
	}
}

// run is the program without its process: args start at the command's name.
func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("no command\n" + usage)
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	dir := flags.String("dir", "", "folder of the built programs")
	data := flags.String("data", "", "folder of the cluster's own data")
	keep := flags.Bool("keep", false, "leave the data there at the end")
	if err := flags.Parse(args[1:]); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s: unexpected argument %q\n%s", args[0], flags.Arg(0), usage)
	}
	set, err := assets.Open(*dir)
	if err != nil {
		return err
	}
	switch args[0] {
	case "build":
		return set.Build(ctx, out)
	case "path":
		_, err := fmt.Fprintln(out, set.Path())
		return err
	case "up":
		return cluster.Up(ctx, cluster.Options{Data: *data, Keep: *keep, Assets: set, Out: out})
	}
	return fmt.Errorf("unknown command %q\n%s", args[0], usage)
}
