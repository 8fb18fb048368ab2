package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/rego"
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
	cmd.Flags().StringVar(&c.asOf, "as-of", "", "day for which is decided, as YYYY-MM-DD in UTC (default today)")
	return cmd
}

// run reads everything, judges what could be read, writes the report, and then says what is bad about the input.
func (c *check) run(ctx context.Context, paths []string) error {
	write, err := c.writer()
	if err != nil {
		return err
	}
	day, err := c.day()
	if err != nil {
		return err
	}
	reader, err := c.reader()
	if err != nil {
		return &noDecisionError{err}
	}
	input, unread := reader.Read(ctx, paths)
	engine, err := rego.New(ctx, c.options.Policies)
	if err != nil {
		return &noDecisionError{err}
	}
	unusable := adopt(ctx, engine, input.Objects)
	j := newJudge(engine, day, input.Objects)
	items, notes := j.all(ctx, input.Objects)
	for _, note := range slices.Concat(input.Skipped, idle(engine, input.Objects), notes) {
		_, _ = fmt.Fprintf(c.options.Err, "note: %s\n", report.Plain(note, maxErrorRunes))
	}
	if len(items) > 0 {
		if err := write(c.options.Out, items); err != nil {
			return &noDecisionError{err}
		}
	}
	bad := errors.Join(unread, unusable, badExceptions(engine, input.Objects, day), j.badSelectors(input.Objects),
		unknownCodes(engine.Codes(), input.Objects))
	if bad != nil {
		return bad
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

func (c *check) day() (time.Time, error) {
	if c.asOf == "" {
		return c.options.Clock.Now(), nil
	}
	day, err := time.Parse(policy.DateFormat, c.asOf)
	if err != nil {
		return time.Time{}, fmt.Errorf("--as-of is %q: give a day as YYYY-MM-DD", c.asOf)
	}
	return day, nil
}

func (c *check) reader() (*manifest.Reader, error) {
	validator, err := schema.New(c.options.Definitions...)
	if err != nil {
		return nil, err
	}
	return manifest.NewReader(c.options.In, validator)
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

// unknownCodes returns a problem for each code that the legal data does not know. The policy refuses it as well; whoever
// misspelt it needs the list of those that exist.
func unknownCodes(known policy.Codes, objects []manifest.Object) error {
	var problems []error
	for _, o := range objects {
		if o.Declaration == nil {
			continue
		}
		spec := o.Declaration.Spec
		problems = append(problems, unknown(o, "jurisdictions", known.Jurisdictions, spec.Jurisdictions)...)
		problems = append(problems, unknown(o, "sectors", known.Sectors, spec.Sectors)...)
	}
	return errors.Join(problems...)
}

func unknown[C ~string](o manifest.Object, name string, known []string, declared []C) []error {
	var problems []error
	for i, code := range declared {
		if !slices.Contains(known, strings.ToLower(string(code))) {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf(
				"spec.%s[%d] is %q, which is not a code of the legal data: use one of %s", name, i, code, strings.Join(known, ", "))})
		}
	}
	return problems
}

func oneLine(err error) string { return report.Plain(err.Error(), maxErrorRunes) }
