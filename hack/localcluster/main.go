// Command localcluster builds and runs a real Kubernetes cluster from Go
// modules: etcd, kube-apiserver, kube-controller-manager and kubectl, on
// loopback, without containers or root; and on Linux, as root, a whole node
// beside them, with container runtime, pod network and Services. It uses the
// standard library only, so that `go run` starts it at once; the programs that it
// runs are pinned in go.mod and runtime/go.mod as tools.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/assets"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/cluster"
	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/node"
)

const usage = `usage:
  localcluster build [--node] [--dir DIR]                     build what is missing into DIR/<version>
  localcluster path  [--dir DIR]                              print the folder for KUBEBUILDER_ASSETS
  localcluster check [--data DIR]                             say whether this machine can run a node
  localcluster up    --data DIR [--node] [--keep] [--dir DIR] run a cluster until SIGTERM or SIGINT
  localcluster load  --data DIR ARCHIVE…                      import image archives into the node
  localcluster shell --data DIR [COMMAND…]                    run a command inside the node (default: sh)
  localcluster curl  ARGUMENT…                                run curl, the system's or the one that build brought

build makes what a node needs too, where this machine can run one; --node makes it fail where it cannot.
DIR of --dir is bin/localcluster of the repository unless given; relative folders start at the working
directory, which "go run -C" moves. --network 10.X.0.0/16, or LOCALCLUSTER_NETWORK in the environment, names the
network in which a node takes its subnets.
`

// networkVariable is the environment variable for those who start a node through make.
const networkVariable = "LOCALCLUSTER_NETWORK"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// From the first signal on, a second one ends this process at once.
	context.AfterFunc(ctx, stop)
	if code, err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "localcluster: %v\n", err)
		os.Exit(max(code, 1))
	} else if code != 0 {
		os.Exit(code)
	}
}

// invocation is what the command line says.
type invocation struct {
	dir, data, network string
	node, keep         bool
	slot               int
	args               []string
	out                io.Writer
	set                *assets.Set
	base               netip.Prefix
}

// commands are the program's, by name. Those of package node are for the program itself.
func commands() map[string]func(context.Context, invocation) (int, error) {
	return map[string]func(context.Context, invocation) (int, error){
		"build": build, "path": path, "check": check, "up": up, "load": load, "shell": shell, "curl": curl,
		cluster.CommandRun: runOnNode,
	}
}

// run is the program without its process: args start at the command's name. It returns the exit code.
func run(ctx context.Context, args []string, out io.Writer) (int, error) {
	if len(args) == 0 {
		return 1, fmt.Errorf("no command\n%s", usage)
	}
	if code, done, err := inside(args); done {
		return code, err
	}
	command, known := commands()[args[0]]
	if !known {
		return 1, fmt.Errorf("unknown command %q\n%s", args[0], usage)
	}
	i, err := parse(args, out)
	if err != nil {
		return 1, fmt.Errorf("%s: %w", args[0], err)
	}
	return command(ctx, i)
}

// inside runs the commands as which package node starts this program itself.
func inside(args []string) (code int, done bool, err error) {
	switch args[0] {
	case node.CommandInit:
		code, err = node.Init()
		return code, true, err
	case node.CommandProbe:
		for _, problem := range node.Probe(args[1]) {
			fmt.Println(problem)
			code = 1
		}
		return code, true, nil
	case node.CommandSweep:
		signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
		return 0, true, node.Sweep(args[1], os.Stdin)
	}
	return 0, false, nil
}

func parse(args []string, out io.Writer) (invocation, error) {
	i := invocation{out: out}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	flags.StringVar(&i.dir, "dir", "", "folder of the built programs")
	flags.StringVar(&i.data, "data", "", "folder of the cluster's own data")
	flags.StringVar(&i.network, "network", cmp.Or(os.Getenv(networkVariable), node.DefaultBase.String()), "network in which a node takes its subnets")
	flags.BoolVar(&i.node, "node", false, "with a node")
	flags.BoolVar(&i.keep, "keep", false, "leave the data there at the end")
	flags.IntVar(&i.slot, "slot", 0, "place of a node in its network")
	takesArguments := args[0] == "load" || args[0] == "shell" || args[0] == "curl"
	if args[0] == "curl" {
		i.args = args[1:]
	} else {
		if err := flags.Parse(args[1:]); err != nil {
			return i, err
		}
		i.args = flags.Args()
	}
	if len(i.args) > 0 && !takesArguments {
		return i, fmt.Errorf("unexpected argument %q\n%s", i.args[0], usage)
	}
	var err error
	if i.base, err = node.ParseBase(i.network); err != nil {
		return i, err
	}
	i.set, err = assets.Open(i.dir, assets.Node)
	return i, err
}

func build(ctx context.Context, i invocation) (int, error) {
	err := cluster.CheckNode(i.set, i.base, i.set.Root())
	if err == nil {
		return 0, i.set.Build(ctx, i.out)
	}
	if i.node {
		return 1, fmt.Errorf("this machine cannot run a node:\n%w", err)
	}
	fmt.Fprintf(i.out, "Building no node: %v\n", err)
	alone, err := assets.Open(i.dir, assets.ControlPlane)
	if err != nil {
		return 1, err
	}
	return 0, alone.Build(ctx, i.out)
}

func path(_ context.Context, i invocation) (int, error) {
	_, err := fmt.Fprintln(i.out, i.set.Path())
	return 0, err
}

// check prints its finding on the output, for scripts: the exit code is 3 when the machine cannot run a node.
func check(_ context.Context, i invocation) (int, error) {
	folder := i.data
	if folder == "" {
		folder = i.set.Root()
	}
	if err := cluster.CheckNode(i.set, i.base, folder); err != nil {
		_, printed := fmt.Fprintln(i.out, err)
		return 3, printed
	}
	_, err := fmt.Fprintln(i.out, "This machine can run a node.")
	return 0, err
}

func up(ctx context.Context, i invocation) (int, error) {
	o := cluster.Options{Data: i.data, Keep: i.keep, Assets: i.set, Out: i.out}
	if i.node {
		return 0, cluster.UpOnNode(ctx, o, i.base)
	}
	return 0, cluster.Up(ctx, o)
}

func runOnNode(ctx context.Context, i invocation) (int, error) {
	o := cluster.Options{Data: i.data, Assets: i.set, Out: i.out}
	return 0, cluster.RunOnNode(ctx, o, node.Network{Base: i.base, Slot: i.slot})
}

func load(ctx context.Context, i invocation) (int, error) {
	if len(i.args) == 0 {
		return 1, errors.New("load: no archive named")
	}
	data, err := filepath.Abs(i.data)
	if err != nil {
		return 1, err
	}
	return 0, cluster.Load(ctx, i.set, data, i.args)
}

// shell replaces this process, so that the command has the terminal.
func shell(ctx context.Context, i invocation) (int, error) {
	data, err := filepath.Abs(i.data)
	if err != nil {
		return 1, err
	}
	args := i.args
	if len(args) == 0 {
		args = []string{"sh"}
	}
	cmd, err := node.Enter(ctx, data, i.set.SearchPath(), args...)
	if err != nil {
		return 1, err
	}
	if cmd.Err != nil {
		return 1, fmt.Errorf("shell: %w", cmd.Err)
	}
	return 1, fmt.Errorf("shell: %w", syscall.Exec(cmd.Path, cmd.Args, cmd.Environ()))
}

func curl(_ context.Context, i invocation) (int, error) {
	program, err := i.set.System("curl")
	if err != nil {
		return 1, err
	}
	return 1, fmt.Errorf("curl: %w", syscall.Exec(program, append([]string{"curl"}, i.args...), os.Environ()))
}
