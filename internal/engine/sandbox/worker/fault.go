package worker

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// maxFaults is the maximum number of faults in one error, so that they fit into a status.
const maxFaults = 50

// place is the position of a fault: the index of the module among the modules of the source, and the row and column, counted from 1. The
// index is -1 for a fault of the policy as a whole.
type place struct {
	module, row, column int
}

// wholePolicy is the place of a fault of the policy as a whole, which has no position in a module.
var wholePolicy = place{module: -1}

// fault is one thing that is wrong with a source.
type fault struct {
	place
	text string
}

// faults collects the faults of a source.
type faults []fault

// add adds a fault at a place.
func (f *faults) add(at place, format string, args ...any) {
	*f = append(*f, fault{place: at, text: fmt.Sprintf(format, args...)})
}

// addErrors adds a fault for each error of OPA. moduleNames are the names of the source's modules, in their order; the location of an error
// has the name of its module.
func (f *faults) addErrors(errs ast.Errors, moduleNames []string) {
	for _, err := range errs {
		at := wholePolicy
		if err.Location != nil {
			// The error about an empty module has row 0.
			at = place{module: slices.Index(moduleNames, err.Location.File), row: max(err.Location.Row, 1), column: err.Location.Col}
		}
		f.add(at, "%s", err.Message)
	}
}

// toError returns the faults, sorted by place, as a *sandbox.CompileError. It returns nil if there are none. moduleNames are the names of
// the source's modules, in their order.
func (f faults) toError(moduleNames []string) error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	})
	e := &sandbox.CompileError{}
	for i, reported := range f {
		if i == maxFaults {
			e.Faults = append(e.Faults, fmt.Sprintf("and %d more", len(f)-maxFaults))
			break
		}
		e.Faults = append(e.Faults, reported.format(moduleNames))
	}
	return e
}

// format returns the fault as `<module>:<row>: <text>`, or only the text if the fault is of the policy as a whole.
func (f fault) format(moduleNames []string) string {
	text := sandbox.Shorten(f.text)
	if f.module < 0 {
		return text
	}
	return fmt.Sprintf("%s:%d: %s", moduleNames[f.module], f.row, text)
}

// addParseError adds the faults in an error of OPA's parser. The parser returns a list of errors, a single error, or an error of another
// type, which has no position.
func (f *faults) addParseError(err error, moduleNames []string) {
	var list ast.Errors
	var single *ast.Error
	switch {
	case errors.As(err, &list):
		f.addErrors(list, moduleNames)
	case errors.As(err, &single):
		f.addErrors(ast.Errors{single}, moduleNames)
	default:
		f.add(wholePolicy, "%v", err)
	}
}
