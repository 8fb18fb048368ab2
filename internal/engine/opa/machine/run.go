package machine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
	"github.com/open-policy-agent/opa/v1/topdown/cache"
)

// ErrCanceled is the error of a run that was ended by its Cancel.
var ErrCanceled = errors.New("the evaluation was canceled")

// Options are what a run needs besides its input and data.
type Options struct {
	// Stop ends the run: it polls it.
	Stop topdown.Cancel
	// Patterns keeps compiled regular expressions.
	Patterns cache.InterQueryValueCache
}

// run is one evaluation of a document.
type run struct {
	program *Program
	context topdown.BuiltinContext
	stop    topdown.Cancel
	// stack has the registers of the running functions, of which the first `used` are in use.
	stack []*ast.Term
	used  int
	// worlds are the pairs of input and data under which documents were evaluated, with their results; `with` makes new ones.
	worlds []*world
	steps  int
	err    error
	// output is what the last builtin function returned, through keep.
	output *ast.Term
	keep   func(*ast.Term) error
	args   [maxOperands]*ast.Term
	// touched are the objects that functions are making, with a member that was changed where it is.
	touched map[ast.Object]bool
}

// world has the results of documents for one input and data. Equal values at another address are another world.
type world struct {
	input, data *ast.Term
	results     []*ast.Term
}

// noResult stands for the result of a document that is not defined.
var noResult = ast.StringTerm("no result")

// outcome is how a block ends: undefined if a statement is, undefined + n if n blocks around it end too, or one of those below.
type outcome int

const undefined outcome = 0

const (
	// completed is at the end of the block.
	completed outcome = -1 - iota
	// returned ends the function.
	returned
	// failed ends the run, with its error.
	failed
	// left ends the body of a rule that has its result.
	left
)

const (
	// maxOperands is the most operands that a call of a builtin function has.
	maxOperands = 8
	// stackSize is the number of registers of all running functions for which there is room without allocating more.
	stackSize = 1 << 13
	// pollEvery is the number of calls and elements after which a run looks whether it has to stop.
	pollEvery = 1 << 10
)

var stacks = sync.Pool{New: func() any { stack := make([]*ast.Term, stackSize); return &stack }}

// Run evaluates the document at a reference such as `data.entrypoints.workload.verdict`. It returns nil if the document is undefined. The
// input and the data are not changed.
func (p *Program) Run(ctx context.Context, ref string, input, data *ast.Term, o Options) (*ast.Term, error) {
	index, ok := p.byName[nameOf(ref)]
	if !ok {
		return nil, fmt.Errorf("no document %s", ref)
	}
	stack := stacks.Get().(*[]*ast.Term)
	r := &run{program: p, stop: o.Stop, stack: *stack, context: topdown.BuiltinContext{
		Context: ctx, Metrics: metrics.NoOp(), Cancel: o.Stop, Cache: builtins.Cache{}, InterQueryBuiltinValueCache: o.Patterns,
	}}
	r.keep = func(term *ast.Term) error {
		r.output = term
		return nil
	}
	result := r.call(p.functions[index], []operand{operand(ir.Input), operand(ir.Data)}, []*ast.Term{input, data})
	// After a panic, the stack is not empty and must not be used again.
	stacks.Put(stack)
	return result, r.err
}

// call runs a function with arguments from the registers of its caller. It returns the result: nil if it is undefined, or if it sets the
// error of the run.
func (r *run) call(f *function, args []operand, caller []*ast.Term) *ast.Term {
	var memory **ast.Term
	if f.document >= 0 {
		memory = &r.world(r.read(args[ir.Input], caller), r.read(args[ir.Data], caller)).results[f.document]
		if *memory == noResult {
			return nil
		}
		if *memory != nil {
			return *memory
		}
	}
	if r.isStopped() {
		return nil
	}
	registers, isOwn := r.allocate(f.registers)
	for i, arg := range args {
		registers[f.parameters[i]] = r.read(arg, caller)
	}
	result := r.runFunction(f, registers)
	clear(registers)
	if isOwn {
		r.used -= f.registers
	}
	if memory != nil && r.err == nil {
		if *memory = result; result == nil {
			*memory = noResult
		}
	}
	return result
}

// allocate returns empty registers, and whether they are on the stack.
func (r *run) allocate(count int) ([]*ast.Term, bool) {
	if r.used+count > len(r.stack) {
		return make([]*ast.Term, count), false
	}
	r.used += count
	return r.stack[r.used-count : r.used : r.used], true
}

func (r *run) world(input, data *ast.Term) *world {
	for _, w := range r.worlds {
		if w.input == input && w.data == data {
			return w
		}
	}
	w := &world{input: input, data: data, results: make([]*ast.Term, r.program.documents)}
	r.worlds = append(r.worlds, w)
	return w
}

// isStopped reports whether the run ends, and polls whether it must.
func (r *run) isStopped() bool {
	if r.steps++; r.steps%pollEvery == 0 {
		r.poll()
	}
	return r.err != nil
}

// poll sets the error of the run if it must stop.
func (r *run) poll() {
	if r.err == nil && r.stop != nil && r.stop.Cancelled() {
		r.err = ErrCanceled
	}
}

func (r *run) read(o operand, registers []*ast.Term) *ast.Term {
	if o < 0 {
		return r.program.constants[^o]
	}
	return registers[o]
}

// runBlock runs the instructions of a block until one of them ends it.
func (r *run) runBlock(b block, registers []*ast.Term) outcome {
	for i := range b {
		if ended := b[i].do(r, &b[i], registers); ended != completed {
			return ended
		}
	}
	return completed
}

// runFunction runs the blocks of a function: those of rules one after the other, then the one that returns.
func (r *run) runFunction(f *function, registers []*ast.Term) *ast.Term {
	for _, b := range f.blocks {
		switch r.runBlock(b, registers) {
		case returned:
			return r.renew(r.output)
		case left:
			if f.onlyValue != nil {
				return f.onlyValue
			}
		case failed:
			return nil
		}
	}
	return nil
}

// insert sets the member of an object at a key. A plan that collects objects and sets in an object changes a member where it is and inserts
// this very member again. OPA would hash all members for each of these inserts; here the object has a wrong hash until renew makes it anew.
func (r *run) insert(object ast.Object, key, value *ast.Term) {
	if object.Get(key) != value {
		object.Insert(key, value)
		return
	}
	if r.touched == nil {
		r.touched = map[ast.Object]bool{}
	}
	r.touched[object] = true
}

// renew returns a value without touched objects: with copies of them, which have the right hash.
func (r *run) renew(value *ast.Term) *ast.Term {
	if value == nil || len(r.touched) == 0 {
		return value
	}
	object, ok := value.Value.(ast.Object)
	if !ok || !r.touched[object] {
		return value
	}
	delete(r.touched, object)
	renewed := ast.NewObject()
	object.Foreach(func(k, v *ast.Term) { renewed.Insert(k, r.renew(v)) })
	return ast.NewTerm(renewed)
}

// fail sets the error of the run, with the place of the statement in its file.
func (r *run) fail(in *instruction, err error) outcome {
	if r.err == nil {
		r.err = err
	}
	if in.location != (location{}) {
		r.err = fmt.Errorf("%s:%d: %w", r.program.files[in.location.file], in.location.row, r.err)
	}
	return failed
}

var (
	errAssignedTwice = errors.New("a rule has two values")
	errInsertedTwice = errors.New("an object has two values for a key")
)
