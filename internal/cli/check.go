package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// maxErrorRunes bounds an error message or a note, in runes, because the text may quote a long value of the input.
const maxErrorRunes = 2000

// outputJSON is the value of --output for a report in JSON.
const outputJSON = "json"

const checkHelp = `Judge ChatbotDeployments, the pods and workloads that they govern, and the Services and NetworkPolicies that select those
pods. No cluster is needed: the verdicts are those of a cluster that has the objects of the input.

A FILE holds YAML or JSON documents. A folder stands for its YAML and JSON files, with -R also for those in its subfolders;
"-" is standard input. Objects without a namespace belong to "default".

A ChatbotDeployment governs the pods of its namespace that its selector matches. Pods and pod templates are judged with the
sidecar that admission would add; a pod from a cluster (it has a UID) is judged as it is. JurisdictionProfiles,
GovernancePolicies and Namespaces of the input apply as on a cluster. ChatShapes are checked with their examples.

A PolicyException waives nothing, because a file cannot prove who approved it. With --trust-approvals, exceptions that a
cluster has stored waive as they do there: use it only for input that you got from a cluster yourself.

Exit code: 0 everything is allowed, maybe with warnings; 1 something is denied or could not be decided; 2 bad input.`

const checkExamples = `  # Is the chatbot compliant today?
  kubectl chaperone check chatbot.yaml

  # Which laws change what it needs, and when? Will it still be compliant on the first of January 2028?
  kubectl chaperone check chatbot.yaml --ahead
  kubectl chaperone check chatbot.yaml --as-of 2028-01-01

  # What is the least that has to change?
  kubectl chaperone check chatbot.yaml --explain

  # What a pipeline renders, as JSON
  kubectl kustomize . | kubectl chaperone check - -o json

  # All manifests of a repository
  kubectl chaperone check -R -f deploy/

  # What runs now
  kubectl get chatbotdeployments,chatshapes,pods,services,policyexceptions -A -o yaml | kubectl chaperone check - --trust-approvals`

type check struct {
	options Options
	output  string
	ahead   bool
	explain bool
	flags   inputFlags
}

// newCheck returns the command `check`. programArgs are all arguments of the program. If they ask for a JSON report, an error about a flag
// is written as a JSON report.
func newCheck(programArgs []string, o Options) *cobra.Command {
	c := &check{options: o}
	cmd := &cobra.Command{
		Use:     "check FILE...",
		Short:   "Judge declarations and workloads without a cluster",
		Long:    checkHelp,
		Example: checkExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.Context(), c.flags.withArguments(args))
		},
	}
	cmd.Flags().StringVarP(&c.output, "output", "o", outputText, "format of the report: text or json")
	cmd.Flags().BoolVar(&c.ahead, "ahead", false, "list what will change without an edit, and when")
	cmd.Flags().BoolVar(&c.explain, "explain", false, "for each declaration that is denied, find the smallest changes that make it lawful")
	c.flags.addTo(cmd)
	// After an error about a flag, cobra does not call run, and c.output may not be set yet: look for --output in programArgs.
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		err = addHelpHint(cmd, err)
		if !requestsJSON(programArgs) {
			return err
		}
		c.output = outputJSON
		return c.report(nil, err)
	})
	return cmd
}

// run reads the input, reviews the objects that could be read, and writes the report. It returns the problems of the input, or errRefused
// when an object is refused.
func (c *check) run(ctx context.Context, flags inputFlags) error {
	if c.output != outputText && c.output != outputJSON {
		return fmt.Errorf("--output is %q: use text or json", c.output)
	}
	items, err := c.review(ctx, flags)
	if err == nil {
		err = checkOutcomes(items)
	}
	return c.report(items, err)
}

// requestsJSON reports whether the arguments of the program ask for a JSON report. It finds --output also when another flag is wrong.
func requestsJSON(args []string) bool {
	for i, arg := range args {
		switch arg {
		case "-o", "--output":
			if i+1 < len(args) && args[i+1] == outputJSON {
				return true
			}
		case "-ojson", "-o=json", "--output=json":
			return true
		}
	}
	return false
}

// report writes the report and returns err. If the report cannot be written, the result is a *noDecisionError that wraps err and the error
// of the writer. A JSON report contains err, for programs that read only the report.
func (c *check) report(items []report.Item, err error) error {
	if writeErr := c.write(items, err); writeErr != nil {
		return &noDecisionError{errors.Join(err, writeErr)}
	}
	return err
}

// review reads and reviews the objects of the input. The error joins the problems of the arguments and of the input, or is a
// *noDecisionError. With problems of the input, review also returns the objects that it could review.
func (c *check) review(ctx context.Context, flags inputFlags) ([]report.Item, error) {
	in, err := readInput(ctx, c.options, flags)
	if err != nil {
		return nil, err
	}
	defer in.close()
	items, notes, err := in.session.review(ctx, in.objects)
	if err != nil {
		return nil, &noDecisionError{err}
	}
	if c.explain {
		if err := in.addWays(ctx, items); err != nil {
			return nil, &noDecisionError{err}
		}
	}
	in.writeNotes(notes)
	return items, in.problems
}

// write writes the report in the format of --output. err holds the problems, which only a JSON report contains.
func (c *check) write(items []report.Item, err error) error {
	if c.output == outputJSON {
		return report.WriteJSON(c.options.Out, items, listProblems(err))
	}
	return report.WriteText(c.options.Out, items, report.TextOptions{Ahead: c.ahead})
}

// listProblems returns a problem for each error that is joined in err, for a JSON report. It leaves out errRefused, which is never joined
// with other errors, because the findings of the report say why an object is refused.
func listProblems(err error) []report.Problem {
	if err == nil || errors.Is(err, errRefused) {
		return nil
	}
	var joined interface{ Unwrap() []error } // What errors.Join returns.
	if errors.As(err, &joined) {
		var problems []report.Problem
		for _, e := range joined.Unwrap() {
			problems = append(problems, listProblems(e)...)
		}
		return problems
	}
	var p *manifest.Problem
	if !errors.As(err, &p) {
		return []report.Problem{{Message: formatError(err)}}
	}
	return []report.Problem{{
		File: p.Origin.File, Document: p.Origin.Document, Object: p.Object, Message: report.Plain(p.Message, maxErrorRunes),
	}}
}

// checkOutcomes returns errRefused if an object is denied or undecided. It returns another error if there is no item, so that a check
// of nothing does not pass.
func checkOutcomes(items []report.Item) error {
	if len(items) == 0 {
		return errors.New("nothing was judged: give a ChatbotDeployment, and with it the pods and workloads that it governs, or a ChatShape")
	}
	if slices.ContainsFunc(items, func(i report.Item) bool { return i.Verdict.Refuses() }) {
		return errRefused
	}
	return nil
}

// formatError returns the text of an error on one line of at most maxErrorRunes runes.
func formatError(err error) string { return report.Plain(err.Error(), maxErrorRunes) }
