package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
)

// input is what a command works on: the objects of its arguments, ready to be judged.
type input struct {
	options Options
	objects []manifest.Object
	judge   *judge
	// bad joins what is wrong with the input; what could be read is judged all the same.
	bad   error
	notes []string
}

// read reads the arguments of a command and takes the organisation in them into an engine. The error is about the command line, or a
// *noDecisionError.
func read(ctx context.Context, o Options, asOf string, paths []string) (*input, error) {
	day, err := readDay(o, asOf)
	if err != nil {
		return nil, err
	}
	validator, err := schema.New(o.Definitions...)
	if err != nil {
		return nil, &noDecisionError{err}
	}
	reader, err := manifest.NewReader(o.In, validator)
	if err != nil {
		return nil, &noDecisionError{err}
	}
	found, unread := reader.Read(ctx, paths)
	engine, err := engine.New(ctx, o.Policies, engine.WithWorker(o.Worker))
	if err != nil {
		return nil, &noDecisionError{err}
	}
	unusable := adopt(ctx, engine, found.Objects)
	in := &input{options: o, objects: found.Objects, judge: newJudge(engine, day, found.Objects)}
	in.notes = slices.Concat(found.Skipped, idle(engine, found.Objects))
	in.bad = errors.Join(unread, unusable, badExceptions(engine, found.Objects, day), in.judge.badSelectors(found.Objects),
		unknownCodes(engine.Codes(), found.Objects))
	return in, nil
}

// note writes what people should know about the input, and more.
func (in *input) note(more []string) {
	for _, note := range append(in.notes, more...) {
		_, _ = fmt.Fprintf(in.options.Err, "note: %s\n", report.Plain(note, maxErrorRunes))
	}
}

// addAsOf adds the flag --as-of to a command.
func addAsOf(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "as-of", "", "day for which is decided, as YYYY-MM-DD in UTC (default today)")
}

func readDay(o Options, asOf string) (time.Time, error) {
	if asOf == "" {
		return o.Clock.Now(), nil
	}
	day, err := time.Parse(policy.DateFormat, asOf)
	if err != nil {
		return time.Time{}, fmt.Errorf("--as-of is %q: give a day as YYYY-MM-DD", asOf)
	}
	return day, nil
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
