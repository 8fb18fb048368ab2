package netpol

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// DefaultTable is the name of the nft table, in the family ip.
const DefaultTable = "chaperone-netpol"

// nftTimeout bounds one run of nft, which takes some 10 ms.
const nftTimeout = 10 * time.Second

// Options say what to watch and where to enforce it.
type Options struct {
	// Client may list and watch pods, namespaces and networkpolicies.
	Client kubernetes.Interface
	// NFT is the nft program: a path, or a name to look for in PATH.
	NFT string
	// Table is the name of the table, which belongs to this program alone.
	Table string
	// ReadyFile is written when the first ruleset is in force, and removed at
	// the start. Empty means no file.
	ReadyFile string
	// Out gets the line "enforcing" at the same moment.
	Out io.Writer
}

// Validate names what is missing or cannot be used.
func (o Options) Validate() error {
	if !regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]{0,63}$`).MatchString(o.Table) {
		return fmt.Errorf("table is %q; want a letter, then up to 63 letters, digits, hyphens and underscores", o.Table)
	}
	if _, err := exec.LookPath(o.NFT); err != nil {
		return fmt.Errorf("find nft: %w", err)
	}
	return nil
}

// Enforce keeps the table in step with the cluster until ctx ends, and leaves it
// in force then, so that a restart opens nothing. Until everything has been
// listed once it changes nothing. A failure of nft is logged and tried again; an
// error is returned for bad options and a ready file that cannot be written.
func Enforce(ctx context.Context, o Options) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if o.ReadyFile != "" {
		if err := os.Remove(o.ReadyFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove old ready file: %w", err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	factory := informers.NewSharedInformerFactory(o.Client, 0)
	defer factory.Shutdown()
	defer cancel()
	l := &loop{changed: make(chan struct{}, 1), apply: o.apply, enforcing: o.enforcing}
	l.ruleset = func() (string, error) {
		cluster, err := gather(factory)
		return Ruleset(o.Table, cluster), err
	}
	if err := watch(factory, l.notify); err != nil {
		return fmt.Errorf("watch the cluster: %w", err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	if ctx.Err() != nil {
		return nil
	}
	return l.run(ctx)
}

// watch calls changed for every change of what a ruleset is computed from.
func watch(factory informers.SharedInformerFactory, changed func()) error {
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { changed() },
		UpdateFunc: func(any, any) { changed() },
		DeleteFunc: func(any) { changed() },
	}
	for _, informer := range []cache.SharedIndexInformer{
		// Addresses, labels, phases and ports.
		factory.Core().V1().Pods().Informer(),
		// Labels, for namespaceSelector.
		factory.Core().V1().Namespaces().Informer(),
		factory.Networking().V1().NetworkPolicies().Informer(),
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	return nil
}

// gather reads the cluster from the caches.
func gather(factory informers.SharedInformerFactory) (Cluster, error) {
	pods, errPods := factory.Core().V1().Pods().Lister().List(labels.Everything())
	namespaces, errNamespaces := factory.Core().V1().Namespaces().Lister().List(labels.Everything())
	policies, errPolicies := factory.Networking().V1().NetworkPolicies().Lister().List(labels.Everything())
	return Cluster{Pods: pods, Namespaces: namespaces, Policies: policies}, errors.Join(errPods, errNamespaces, errPolicies)
}

// apply runs nft, for which a script is one transaction.
func (o Options) apply(ctx context.Context, ruleset string) error {
	ctx, cancel := context.WithTimeout(ctx, nftTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.NFT, "-f", "-")
	cmd.Stdin = strings.NewReader(ruleset)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

func (o Options) enforcing() error {
	if o.ReadyFile != "" {
		if err := os.WriteFile(o.ReadyFile, []byte("enforcing\n"), 0o644); err != nil {
			return fmt.Errorf("write ready file: %w", err)
		}
	}
	fmt.Fprintln(o.Out, "enforcing")
	return nil
}
