package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/metadata"

	"github.com/chaperone-dev/chaperone/internal/cli/uninstall"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

const uninstallHelp = `Take Chaperone out of the cluster, also while no manager runs: webhooks, policies, declarations with their finalizers, what it has written in the
namespaces of chatbots, the labels of these namespaces, its roles and its own namespace. Without --yes it only shows what it would do.

Pods that run keep the sidecar that they have, and nothing governs new ones. If a NetworkPolicy of Chaperone closes the other ports of running pods,
--release-pods is needed too: without it, these ports are open to other pods. To avoid that, scale the workloads to zero first.

Declarations are deleted, because one that stays would say that its chatbot is governed. To keep them:

  kubectl get chatbotdeployments,chatshapes,governancepolicies,jurisdictionprofiles,policyexceptions -A -o yaml > declarations.yaml`

const uninstallExamples = `  kubectl chaperone uninstall
  kubectl chaperone uninstall --yes`

const (
	// uninstallQPS is how many requests a second are sent: thousands of declarations can have finalizers.
	uninstallQPS = 200
	// uninstallTimeout is how long it is tried by default. It bounds the wait for objects that other programs keep.
	uninstallTimeout = 10 * time.Minute
	// shownItems bounds the objects that are named of each step.
	shownItems = 20
)

type uninstallCommand struct {
	options           Options
	cluster           clusterFlags
	isConfirmed       bool
	mayReleaseRunning bool
	timeout           time.Duration
}

func newUninstall(o Options) *cobra.Command {
	c := &uninstallCommand{options: o}
	cmd := &cobra.Command{
		Use: "uninstall", Short: "Take Chaperone out of a cluster", Long: uninstallHelp, Example: uninstallExamples,
		Args: takesNoArguments("it shows what it would do, and --yes does it"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.cluster.addTo(cmd, contract.OperatorNamespace, "namespace of Chaperone itself")
	cmd.Flags().BoolVar(&c.isConfirmed, "yes", false, "do it")
	cmd.Flags().BoolVar(&c.mayReleaseRunning, "release-pods", false, "also if ports of running pods are open afterwards")
	cmd.Flags().DurationVar(&c.timeout, "timeout", uninstallTimeout, "how long to try")
	return cmd
}

// run shows what is there and what becomes of pods that run, and removes it if the flags say so.
func (c *uninstallCommand) run(ctx context.Context) error {
	config, err := c.cluster.load()
	if err != nil {
		return err
	}
	config.QPS, config.Burst = uninstallQPS, uninstallQPS
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("--namespace %s: %w", c.cluster.namespace, err)
	}
	installation := uninstall.Installation{Client: client, Namespace: c.cluster.namespace}
	steps, err := installation.Find(ctx)
	if err != nil {
		return &noDecisionError{err}
	}
	running, err := installation.FindRunning(ctx, steps)
	if err != nil {
		return &noDecisionError{err}
	}
	if len(steps) == 0 {
		_, _ = fmt.Fprintln(c.options.Out, "Nothing of Chaperone is installed.")
		return nil
	}
	writeSteps(c.options.Out, steps)
	opens := writeRunning(c.options.Out, running)
	switch {
	case !c.isConfirmed:
		_, _ = fmt.Fprintln(c.options.Out, "\nNothing was changed. To do it, add --yes"+describeRelease(opens)+".")
		return nil
	case opens && !c.mayReleaseRunning:
		return &noDecisionError{errors.New("ports of running pods would be open, see above; nothing was changed. Scale the workloads to zero first, or add --release-pods")}
	}
	return c.remove(ctx, installation)
}

// remove removes the installation.
func (c *uninstallCommand) remove(ctx context.Context, installation uninstall.Installation) error {
	defer c.options.showProgress("Uninstalling")()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if err := installation.Remove(ctx); err != nil {
		return &noDecisionError{err}
	}
	_, _ = fmt.Fprintln(c.options.Out, "\nChaperone is uninstalled.")
	return nil
}

func describeRelease(opens bool) string {
	if opens {
		return " and --release-pods"
	}
	return ""
}

// writeSteps writes what each step is about. It counts what is beyond the first items.
func writeSteps(w io.Writer, steps []uninstall.Step) {
	for _, step := range steps {
		_, _ = fmt.Fprintf(w, "%s:\n", step.Title)
		for n, item := range step.Items {
			if n == shownItems {
				_, _ = fmt.Fprintf(w, "  and %d more\n", len(step.Items)-shownItems)
				break
			}
			_, _ = fmt.Fprintf(w, "  %s\n", item)
		}
	}
}

// writeRunning writes what becomes of pods that run, and reports whether ports of them are open afterwards.
func writeRunning(w io.Writer, running []uninstall.Running) (opens bool) {
	if len(running) == 0 {
		return false
	}
	_, _ = fmt.Fprintln(w, "\nPods that run, and that nothing governs afterwards. Each keeps its sidecar, which takes no new configuration and refuses what it"+
		" governs in less than seven days. Restart their workloads to run them without it:")
	for _, r := range running {
		_, _ = fmt.Fprintf(w, "  %s/%s: %d%s\n", r.Namespace, r.Chatbot, r.Pods, describeOpening(r))
		opens = opens || r.IsClosed
	}
	return opens
}

func describeOpening(r uninstall.Running) string {
	if r.IsClosed {
		return ", whose app can then be reached around the sidecar: its NetworkPolicy goes"
	}
	return ""
}
