package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/podtemplate"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
	"github.com/chaperone-dev/chaperone/internal/starter"
)

// input is what check, split and assess work on: the objects of their files, with a session that can review them.
type input struct {
	options Options
	objects []manifest.Object
	session *session
	// validator knows the schema of declarations.
	validator *schema.Validator
	// kinds are the kinds of workloads.
	kinds podtemplate.Table
	// problems joins the errors of the input, or is nil. Each is a *manifest.Problem, or a *noDecisionError if the engine failed to adopt
	// the organisation. With problems, check still reviews the objects that could be read, and split writes nothing.
	problems error
	// leftOut has one line for each reason to leave out files of the input, and notes one for each thing that has no effect on the review or
	// that could not be verified.
	leftOut, notes []string
	// day is the day to decide for, and environments has the environment of each namespace.
	day          time.Time
	environments map[string]facts.Environment
	// foreign are the objects that are not judged although pods come from them.
	foreign []manifest.Foreign
	// skipped has the number of objects of each other kind that is not read.
	skipped map[string]int
	// close must be called when the session is no longer used.
	close func()
}

// readInput reads the files of a command and makes a session whose engine has adopted the organisation in them. The problems of the
// files are in input.problems. The error is about the arguments, or is a *noDecisionError.
func readInput(ctx context.Context, o Options, flags inputFlags) (*input, error) {
	if len(flags.paths) == 0 {
		return nil, errors.New(`no file is given: name one or more files, folders, or "-" for standard input`)
	}
	day, err := readDay(o, flags.asOf)
	if err != nil {
		return nil, err
	}
	kinds, err := flags.readKinds()
	if err != nil {
		return nil, err
	}
	// Read the files, with a validator for the objects of Chaperone's kinds in them.
	validator, err := schema.New(o.Definitions...)
	if err != nil {
		return nil, &noDecisionError{err}
	}
	reader, err := manifest.NewReader(o.In, validator, kinds)
	if err != nil {
		return nil, &noDecisionError{err}
	}
	found, fileProblems := reader.Read(ctx, flags.paths, flags.recursive)
	// Make the session. Its engine stays open until the caller of readInput calls input.close.
	engine, closeEngine, err := o.openEngine(ctx)
	if err != nil {
		return nil, err
	}
	adoptProblems := adopt(ctx, engine, found.Objects)
	environments := collectEnvironments(found.Objects, flags)
	in := &input{
		options: o, objects: found.Objects, validator: validator, kinds: kinds, session: newSession(engine, day, found.Objects, environments),
		day: day, environments: environments, foreign: found.Foreign, skipped: found.Skipped, leftOut: found.LeftOut, close: closeEngine,
	}
	in.notes = slices.Concat(noteUnused(engine, found.Objects, flags), noteImages(found.Objects))
	in.problems = errors.Join(fileProblems, adoptProblems,
		checkExceptions(engine, found.Objects, day), checkSelectors(found.Objects), checkCodes(engine.Codes(), found.Objects), checkShapes(found.Objects),
		in.session.checkSystems(found.Objects))
	return in, nil
}

// addWays adds to the item of each declaration that is denied what makes it lawful.
func (in *input) addWays(ctx context.Context, items []report.Item) error {
	searcher := starter.New(in.session.engine, in.validator, in.options.Policies, in.day)
	for _, o := range in.objects {
		if o.Declaration == nil {
			continue
		}
		i := slices.IndexFunc(items, func(item report.Item) bool {
			return item.Kind == o.Kind && item.Namespace == o.Namespace && item.Name == o.Name
		})
		if i < 0 || items[i].Outcome() != policy.OutcomeDeny {
			continue
		}
		ways, err := searcher.FindWays(ctx, facts.NewDeclarationInput(o.Declaration, in.environments[o.Namespace], in.day), items[i].Verdict)
		if err != nil {
			return fmt.Errorf("%s: find the smallest changes: %w", o, err)
		}
		items[i].Ways = &ways
	}
	return nil
}

// writeNotes writes the notes about the input, and then the notes of the review, to the standard error.
func (in *input) writeNotes(reviewNotes []string) {
	notes := slices.Concat(in.leftOut, in.notes, reviewNotes)
	for _, f := range in.foreign {
		notes = append(notes, f.Object.String()+" "+f.Advice)
	}
	if line := report.CountKinds(in.skipped); line != "" {
		notes = append(notes, line)
	}
	in.writeLines(notes)
}

// writeLines writes notes to the standard error.
func (in *input) writeLines(notes []string) {
	for _, note := range notes {
		_, _ = fmt.Fprintf(in.options.Err, "note: %s\n", report.Plain(note, maxErrorRunes))
	}
}

// inputFlags are the flags of a command that reads objects.
type inputFlags struct {
	// paths are the values of --filename. withArguments puts the arguments of the command in front of them.
	paths           []string
	recursive       bool
	asOf            string
	trustsApprovals bool
	// kindsFile is a file with further kinds of workloads; empty for none.
	kindsFile string
}

// addTo adds the flags to a command. --filename and --recursive have the names and the meaning that they have in kubectl.
func (f *inputFlags) addTo(cmd *cobra.Command) {
	cmd.Flags().StringSliceVarP(&f.paths, "filename", "f", nil, `file or folder to read, or "-" for standard input; the same as an argument`)
	cmd.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "read the subfolders of folders too")
	cmd.Flags().BoolVar(&f.trustsApprovals, "trust-approvals", false,
		"let PolicyExceptions waive that a cluster has stored; only for input that you got from a cluster yourself")
	cmd.Flags().StringVar(&f.kindsFile, "workload-kinds", "", "file with further kinds of workloads, and the paths of their pod templates")
	addAsOf(cmd, &f.asOf)
}

// readKinds returns the kinds of workloads: those that are built in, and those of the flag --workload-kinds.
func (f inputFlags) readKinds() (podtemplate.Table, error) {
	kinds, err := podtemplate.BuiltIn()
	if err != nil {
		return kinds, &noDecisionError{err}
	}
	if f.kindsFile == "" {
		return kinds, nil
	}
	content, err := manifest.Load(f.kindsFile, nil)
	if err != nil {
		return kinds, fmt.Errorf("--workload-kinds: %w", err)
	}
	if kinds, err = kinds.Extend(content); err != nil {
		return kinds, fmt.Errorf("--workload-kinds %s: %w", f.kindsFile, err)
	}
	return kinds, nil
}

// withArguments returns the flags with the arguments of the command in front of the paths of --filename.
func (f inputFlags) withArguments(args []string) inputFlags {
	f.paths = slices.Concat(args, f.paths)
	return f
}

// trusts reports whether the approval of an exception counts. A file cannot prove who approved it, so the user has to vouch for the input,
// and the exception has to look like one that a cluster has stored.
func (f inputFlags) trusts(exception manifest.Object) bool {
	return f.trustsApprovals && exception.IsLive()
}

// addAsOf adds the flag --as-of to a command.
func addAsOf(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "as-of", "", "day to decide for, as YYYY-MM-DD in UTC (default today)")
}

// readDay returns the day of --as-of, or now when the flag is not set.
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

// checkSelectors returns a problem for each selector that admission refuses: it is invalid, or could match the same pod as the selector
// of another declaration of the namespace.
func checkSelectors(objects []manifest.Object) error {
	// First collect all declarations: the next loop compares each with the others.
	var index selection.Index
	declared := map[types.NamespacedName]manifest.Object{}
	for _, o := range objects {
		if o.Declaration != nil {
			declared[o.Key()] = o
			index.Put(o.Declaration)
		}
	}
	var problems []error
	for _, o := range objects {
		if o.Declaration == nil {
			continue
		}
		if _, err := selection.Parse(o.Declaration); err != nil {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf("%v: correct it", err)})
		}
		for _, other := range index.FindOverlapping(o.Key()) {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf(
				"spec.selector overlaps with that of %s (%s, document %d): a pod could match both, so narrow one of them",
				declared[other], declared[other].Origin.File, declared[other].Origin.Document)})
		}
	}
	return errors.Join(problems...)
}

// noteImages returns a note for each distinct sidecar image of the live pods in the input. The note says that the image is not verified,
// because only a cluster knows which image its manager injects.
func noteImages(objects []manifest.Object) []string {
	var notes []string
	for _, o := range objects {
		if sidecar := sidecarOf(o); sidecar != nil {
			note := fmt.Sprintf("the image of running sidecars and the keys that they trust are not verified: compare %s with the image that the manager is configured with", sidecar.Image)
			if !slices.Contains(notes, note) {
				notes = append(notes, note)
			}
		}
	}
	return notes
}

// checkCodes returns a problem for each declared code that is not among the known codes, those of the legal data. The policy denies a
// declaration with an unknown code too, but its finding does not list the codes that exist.
func checkCodes(known policy.Codes, objects []manifest.Object) error {
	var problems []error
	for _, o := range objects {
		if o.Declaration == nil {
			continue
		}
		spec := o.Declaration.Spec
		problems = append(problems, checkCodesOf(o, "jurisdictions", known.Jurisdictions, spec.Jurisdictions)...)
		problems = append(problems, checkCodesOf(o, "sectors", known.Sectors, spec.Sectors)...)
	}
	return errors.Join(problems...)
}

// checkCodesOf returns a problem for each code in `spec.<name>` of a declaration that is not among the known codes.
func checkCodesOf[C ~string](o manifest.Object, name string, known []string, declared []C) []error {
	var problems []error
	for i, code := range declared {
		if !slices.Contains(known, strings.ToLower(string(code))) {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fmt.Sprintf(
				"spec.%s[%d] is %q, which is not a code of the legal data: use one of %s", name, i, code, strings.Join(known, ", "))})
		}
	}
	return problems
}
