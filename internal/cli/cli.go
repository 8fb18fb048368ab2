// Package cli holds the use cases of kubectl-chaperone. It reads files and writes text: the objects come from
// internal/cli/manifest, the decisions from internal/engine, the text from internal/report. Only `assess --namespace` and `observe` read a
// cluster, and only `uninstall` writes to one.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"
	"k8s.io/utils/clock"

	"github.com/chaperone-dev/chaperone/internal/engine"
)

// The exit codes.
const (
	// ExitPassed: every object that was judged is allowed, with or without warnings.
	ExitPassed = 0
	// ExitRefused: an object is denied or undecided, or the program could not decide although its input can be used.
	ExitRefused = 1
	// ExitBadInput: an argument or a file cannot be used. The message says which of them, and what to do.
	ExitBadInput = 2
)

// Options are what the commands work with. All fields but Engine are needed.
type Options struct {
	In       io.Reader
	Out, Err io.Writer
	// IsTerminal is true if a person at a terminal reads Err and answers in In. Only then init asks questions, and commands show what takes long.
	IsTerminal bool
	// Clock gives the day to decide for when --as-of is not set.
	Clock clock.PassiveClock
	// Policies is the bundle of rules and legal data.
	Policies fs.FS
	// Engine is an engine that has loaded Policies and has no organisation. Run does not close it. If it is nil, Run makes one and closes it.
	Engine *engine.Engine
	// Cases are the cases of the conformance corpus, which explain shows as examples.
	Cases fs.FS
	// Worker is the command that starts the worker for the modules of organisations (engine.WithWorker).
	Worker []string
	// Definitions are the CustomResourceDefinitions of Chaperone's kinds, as YAML.
	Definitions [][]byte
	// Version is the version of the program.
	Version string
}

// errRefused says that an object is denied or undecided. Run does not print it, because the report says why.
var errRefused = errors.New("refused")

// noDecisionError wraps an error with which Run exits with ExitRefused although the arguments and the files can be used: the policy does
// not load, the output cannot be written, or a conflict has no split.
type noDecisionError struct{ err error }

func (e *noDecisionError) Error() string { return e.err.Error() }

func (e *noDecisionError) Unwrap() error { return e.err }

// Run runs the command line (without the name of the program) and returns the exit code. Errors are written to o.Err.
func Run(ctx context.Context, args []string, o Options) int {
	root := newRoot(args, o)
	root.SetArgs(args)
	root.SetIn(o.In)
	root.SetOut(o.Out)
	root.SetErr(o.Err)
	err := root.ExecuteContext(ctx)
	var noDecision *noDecisionError
	switch {
	case err == nil:
		return ExitPassed
	case errors.Is(err, errRefused), errors.As(err, &noDecision):
		printErrors(o.Err, err)
		return ExitRefused
	}
	printErrors(o.Err, err)
	return ExitBadInput
}

// openEngine returns the engine that decides, and a function that the caller must call when it no longer uses the engine. That function
// does nothing for o.Engine, which stays open. The error is a *noDecisionError.
func (o Options) openEngine(ctx context.Context) (*engine.Engine, func(), error) {
	if o.Engine != nil {
		return o.Engine, func() {}, nil
	}
	defer o.showProgress("Preparing the law of all places")()
	opened, err := engine.New(ctx, o.Policies, engine.WithWorker(o.Worker))
	if err != nil {
		return nil, nil, &noDecisionError{err}
	}
	return opened, opened.Close, nil
}

// showProgress tells a person at a terminal what the program does, and returns a function that takes the line away. It writes nothing elsewhere.
func (o Options) showProgress(doing string) (done func()) {
	if !o.IsTerminal {
		return func() {}
	}
	const eraseLine = "\r\x1b[K"
	_, _ = fmt.Fprint(o.Err, doing+" …")
	return func() { _, _ = fmt.Fprint(o.Err, eraseLine) }
}

// newRoot returns the command of the program, with its subcommands. args are the arguments of the program: the command check looks for
// --output in them if it cannot read its flags.
func newRoot(args []string, o Options) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-chaperone",
		Short: "Check AI chatbots against the law of the places they serve",
		Long: `kubectl-chaperone says whether chatbots on Kubernetes comply with the law of the places that they serve. It needs no cluster.

It is a plugin of kubectl: when it is on the PATH, run it as "kubectl chaperone check FILE".`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl chaperone"},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(addHelpHint)
	root.AddCommand(newCheck(args, o), newAssess(o), newPreview(o), newSplit(o), newExplain(o), newInit(o), newObserve(o), newShapes(o), newUninstall(o), newVersion(o))
	return root
}

// addHelpHint returns an error about a flag with a hint: the command line that lists the flags of the command.
func addHelpHint(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%w: `%s --help` lists the flags", err, cmd.CommandPath())
}

// takesNoArguments returns a check that refuses arguments. Its error ends with the text `instead`, which says what the user can do.
func takesNoArguments(instead string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return fmt.Errorf("%q is not expected: `%s` takes no arguments; %s", args[0], cmd.CommandPath(), instead)
	}
}

func newVersion(o Options) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program and the revision of its policy",
		Args:  takesNoArguments("leave it out"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			engine, closeEngine, err := o.openEngine(cmd.Context())
			if err != nil {
				return err
			}
			defer closeEngine()
			_, err = fmt.Fprintf(o.Out, "kubectl-chaperone %s\npolicy %s\n", o.Version, engine.Revision())
			return err
		},
	}
}

// printErrors writes an error for people. It writes each error that is joined in err on its own line, and leaves out errRefused.
func printErrors(w io.Writer, err error) {
	var joined interface{ Unwrap() []error } // What errors.Join returns.
	if !errors.As(err, &joined) {
		if errors.Is(err, errRefused) {
			return
		}
		_, _ = fmt.Fprintf(w, "error: %s\n", formatError(err))
		return
	}
	for _, e := range joined.Unwrap() {
		printErrors(w, e)
	}
}
