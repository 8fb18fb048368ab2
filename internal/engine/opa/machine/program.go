package machine

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
)

// Program is a plan that has been made ready to run.
type Program struct {
	constants []*ast.Term
	functions []*function
	// byName has the index of each function by its name in the plan, such as `g0.data.entrypoints.workload.verdict`.
	byName map[string]int
	// files are the names of the files that locations number.
	files []string
	// documents is the number of functions without arguments, whose results are remembered.
	documents int
}

// function is a rule, or a function that is defined by rules.
type function struct {
	// parameters are the registers of the parameters, of which the first two are the input and the data.
	parameters []operand
	// registers is the number of registers.
	registers int
	blocks    []block
	// onlyValue is the single value that its rules can give, if there is one: the first rule that gives it decides.
	onlyValue *ast.Term
	// document is the number of a function without arguments, which has one result for an input and data; -1 for other functions.
	document int
}

// block is a list of instructions, of which the first that is undefined ends the block.
type block []instruction

// operand names a register (from 0) or a constant (^operand).
type operand int32

// instruction is one statement of a plan. Which fields are set depends on what it does.
type instruction struct {
	do     handler
	target operand
	a, b   operand
	// index is the levels of a break, or the index of a called function.
	index    int
	args     []operand
	blocks   []block
	builtin  builtin
	path     []*ast.Term
	dispatch *dispatch
	location location
}

// location is where a statement is written: the number of the file in Program.files, and the line, from 1; the zero value if it is not known. It is
// a copy, because the location in the plan would keep the plan in memory.
type location struct{ file, row int32 }

// handler does what an instruction says. It returns completed if the block goes on, 0 if the instruction is undefined, or how the block
// ends.
type handler func(r *run, in *instruction, registers []*ast.Term) outcome

// dispatch finds the function of a call whose path has values that are known at run time only.
type dispatch struct {
	dynamic   []operand
	functions map[string]int
}

// Compile makes a program of a plan. It returns an error for a statement or a builtin function that it does not know.
func Compile(plan *ir.Policy) (*Program, error) {
	c := &compiler{
		plan: plan, program: &Program{byName: map[string]int{}}, known: map[string]operand{}, numbers: map[string]operand{},
	}
	for _, file := range plan.Static.Files {
		c.program.files = append(c.program.files, file.Value)
	}
	c.booleans[0] = c.addConstant(ast.InternedTerm(false))
	c.booleans[1] = c.addConstant(ast.InternedTerm(true))
	for i, planned := range plan.Funcs.Funcs {
		c.program.byName[planned.Name] = i
	}
	for _, planned := range plan.Funcs.Funcs {
		compiled, err := c.compileFunction(planned)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", planned.Name, err)
		}
		c.program.functions = append(c.program.functions, compiled)
	}
	return c.program, nil
}

// Has reports whether the program has the document at a reference such as `data.entrypoints.workload.verdict`.
func (p *Program) Has(ref string) bool {
	_, ok := p.byName[nameOf(ref)]
	return ok
}

// nameOf returns the name in a plan of the function that computes a document.
func nameOf(ref string) string { return "g0." + ref }
