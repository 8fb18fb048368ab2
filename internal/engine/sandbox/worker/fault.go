package worker

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// maxFaults bounds the faults that are reported at once, so that they fit a status.
const maxFaults = 50

// place is where a fault is. Module -1 stands for the policy as a whole.
type place struct {
	module, row, column int
}

// nowhere is the place of a fault that has no position in a module.
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

// addErrors adds a fault for each error of OPA. It finds the module of an error by its name in names.
func (f *faults) addErrors(errs ast.Errors, names []string) {
	for _, err := range errs {
		at := nowhere
		if err.Location != nil {
			at = place{module: slices.Index(names, err.Location.File), row: max(err.Location.Row, 1), column: err.Location.Col}
		}
		f.add(at, "%s", err.Message)
	}
}

// toError returns all faults as one error, or nil when there are none.
func (f faults) toError(names []string) error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b fault) int {
		return cmp.Or(cmp.Compare(a.module, b.module), cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	})
	e := &sandbox.CompileError{}
	for i, one := range f {
		if i == maxFaults {
			e.Faults = append(e.Faults, fmt.Sprintf("and %d more", len(f)-maxFaults))
			break
		}
		e.Faults = append(e.Faults, one.format(names))
	}
	return e
}

func (f fault) format(names []string) string {
	text := sandbox.Shorten(f.text)
	if f.module < 0 {
		return text
	}
	return fmt.Sprintf("%s:%d: %s", names[f.module], f.row, text)
}

// addError adds the faults in an error of the parser. An error that is not from OPA becomes one fault without a position. The names are
// the names of the modules.
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
