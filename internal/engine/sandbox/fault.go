package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	// maxFaults bounds the faults that are told at once, so that they fit a status.
	maxFaults = 50
	// maxText bounds one fault or failure, in bytes: it may repeat names and values of the module.
	maxText = 500
)

// CompileError says all that is wrong with a source. Only its author can put it right.
type CompileError struct {
	// Faults are in the order of modules and lines, each `<module>:<line>: <what is wrong>`; those about the policy as a whole
	// come first and name no module. At most 50, then how many more there are.
	Faults []string
}

// Error is one fault per line.
func (e *CompileError) Error() string {
	return strings.Join(e.Faults, "\n")
}

// place is where a fault is; the zero row stands for the policy as a whole.
type place struct {
	module, row, column int
}

var nowhere = place{module: -1}

type fault struct {
	place
	text string
}

// faults collects what is wrong with a source.
type faults []fault

func (f *faults) add(at place, format string, args ...any) {
	*f = append(*f, fault{place: at, text: fmt.Sprintf(format, args...)})
}

// addErrors adds the errors of OPA's parser or compiler. Modules were given to it under their names.
func (f *faults) addErrors(errs ast.Errors, names []string) {
	for _, err := range errs {
		at := nowhere
		if err.Location != nil {
			at = place{module: slices.Index(names, err.Location.File), row: max(err.Location.Row, 1), column: err.Location.Col}
		}
		f.add(at, "%s", err.Message)
	}
}

// err returns all faults as one error, or nil when there are none.
func (f faults) err(names []string) error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	})
	e := &CompileError{}
	for i, one := range f {
		if i == maxFaults {
			e.Faults = append(e.Faults, fmt.Sprintf("and %d more", len(f)-maxFaults))
			break
		}
		e.Faults = append(e.Faults, one.in(names))
	}
	return e
}

func (f fault) in(names []string) string {
	text := shorten(f.text)
	if f.module < 0 {
		return text
	}
	return fmt.Sprintf("%s:%d: %s", names[f.module], f.row, text)
}

// shorten cuts a text that is too long between two characters.
func shorten(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}

// addError adds what the parser returned.
func (f *faults) addError(err error, names []string) {
	var several ast.Errors
	var one *ast.Error
	switch {
	case errors.As(err, &several):
		f.addErrors(several, names)
	case errors.As(err, &one):
		f.addErrors(ast.Errors{one}, names)
	default:
		f.add(nowhere, "%v", err)
	}
}
