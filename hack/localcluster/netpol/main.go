// Command netpol enforces the NetworkPolicies of a local cluster that has one
// node, by nftables, in the network namespace that it is started in. It is a
// test fixture and no network plugin; internal/netpol says what it covers.
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

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/chaperone-dev/chaperone/hack/localcluster/internal/netpol"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "netpol: %v\n", err)
		os.Exit(1)
	}
}

// run is the program without its process.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("netpol", flag.ContinueOnError)
	o := netpol.Options{Out: out}
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig of a user who may watch pods, namespaces and networkpolicies")
	flags.StringVar(&o.NFT, "nft", "nft", "the nft program: a path, or a name in PATH")
	flags.StringVar(&o.Table, "table", netpol.DefaultTable, "name of the nft table, which is replaced as a whole")
	flags.StringVar(&o.ReadyFile, "ready-file", "", "file to write when the first rules are in force")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *kubeconfig == "" {
		return errors.New("--kubeconfig is needed")
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return fmt.Errorf("load kubeconfig: %w", err)
	}
	if o.Client, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("make client: %w", err)
	}
	return netpol.Enforce(ctx, o)
}
