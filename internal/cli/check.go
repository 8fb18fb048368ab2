package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/chaperone-dev/chaperone/internal/report"
)

// maxErrorRunes bounds one error message: it may quote a value of the input.
const maxErrorRunes = 2000

const checkHelp = `Judge ChatbotDeployments, the pods and workloads that they govern, and the Services that lead to those, as they would be
judged on a cluster.

A FILE holds YAML or JSON documents; a folder stands for the YAML and JSON files in it; "-" is standard input. Pods and the
pod templates of workloads are judged as they would be admitted, with the sidecar in them, by the ChatbotDeployment of
the same namespace in the input whose selector matches; a Service is judged when it leads to such pods. Objects without a
namespace are taken to be in "default". JurisdictionProfiles, GovernancePolicies, PolicyExceptions and Namespaces of the input
are taken into account as on a cluster that holds them.

Exit code: 0 everything is allowed, maybe with warnings; 1 something is denied or could not be decided; 2 bad input.`

const checkExamples = `  # Is the chatbot compliant today?
  kubectl chaperone check chatbot.yaml

  # Will it still be on the first of January 2028?
  kubectl chaperone check chatbot.yaml --as-of 2028-01-01

  # What a pipeline renders, as JSON
  kustomize build . | kubectl chaperone check - -o json

  # What runs now
  kubectl get chatbotdeployments -A -o yaml | kubectl chaperone check -`

type check struct {
	options Options
	output  string
	asOf    string
}

func newCheck(o Options) *cobra.Command {
	c := &check{options: o}
	cmd := &cobra.Command{
		Use:     "check FILE...",
		Short:   "Judge declarations and workloads offline",
		Long:    checkHelp,
		Example: checkExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New(`no file is given: name one or more files, folders, or "-" for standard input`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	cmd.Flags().StringVarP(&c.output, "output", "o", "text", "format of the report: text or json")
	addAsOf(cmd, &c.asOf)
	return cmd
}

// run reads everything, judges what could be read, writes the report, and then says what is bad about the input.
func (c *check) run(ctx context.Context, paths []string) error {
	write, err := c.writer()
	if err != nil {
		return err
	}
	in, err := read(ctx, c.options, c.asOf, paths)
	if err != nil {
		return err
	}
	items, notes := in.judge.all(ctx, in.objects)
	in.note(notes)
	if len(items) > 0 {
		if err := write(c.options.Out, items); err != nil {
			return &noDecisionError{err}
		}
	}
	if in.bad != nil {
		return in.bad
	}
	return refusal(items)
}

func (c *check) writer() (func(io.Writer, []report.Item) error, error) {
	switch c.output {
	case "text":
		return report.Text, nil
	case "json":
		return report.JSON, nil
	}
	return nil, fmt.Errorf("--output is %q: use text or json", c.output)
}

// refusal is errRefused when an object is kept out; the report says why. Nothing judged is no pass either.
func refusal(items []report.Item) error {
	if len(items) == 0 {
		return errors.New("nothing was judged: give a ChatbotDeployment, and with it the pods and workloads that it governs")
	}
	if slices.ContainsFunc(items, func(i report.Item) bool { return i.Verdict.Refuses() }) {
		return errRefused
	}
	return nil
}

func oneLine(err error) string { return report.Plain(err.Error(), maxErrorRunes) }
