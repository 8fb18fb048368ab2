package machine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
)

// compiler makes a Program of a plan.
type compiler struct {
	plan    *ir.Policy
	program *Program
	// known and numbers have the constants by their text.
	known    map[string]operand
	numbers  map[string]operand
	booleans [2]operand

	// The rest is about the function that is being compiled. result is the register in which the body of a rule leaves its value, -1 if there
	// is none, and returned that of the function. folding is about the block of the function that is being compiled.
	function         *function
	result, returned ir.Local
	folding          *folding
	// values are the values that the bodies of the function leave in result; isVaried is true if one of them is no constant.
	values   []*ast.Term
	isVaried bool
}

func (c *compiler) addConstant(term *ast.Term) operand {
	c.program.constants = append(c.program.constants, term)
	return ^operand(len(c.program.constants) - 1)
}

func (c *compiler) text(index int) operand {
	text := c.plan.Static.Strings[index].Value
	constant, ok := c.known[text]
	if !ok {
		constant = c.addConstant(ast.StringTerm(text))
		c.known[text] = constant
	}
	return constant
}

func (c *compiler) number(text string) operand {
	constant, ok := c.numbers[text]
	if !ok {
		constant = c.addConstant(ast.NewTerm(ast.Number(text)))
		c.numbers[text] = constant
	}
	return constant
}

func (c *compiler) compileFunction(planned *ir.Func) (*function, error) {
	c.function = &function{document: -1}
	if len(planned.Params) == 2 {
		c.function.document = c.program.documents
		c.program.documents++
	}
	for _, parameter := range planned.Params {
		c.function.parameters = append(c.function.parameters, c.reserve(parameter))
	}
	if err := checkMembers(planned); err != nil {
		return nil, err
	}
	c.result, c.returned = findResult(planned), planned.Return
	c.values, c.isVaried = nil, false
	c.reserve(planned.Return)
	for _, planned := range planned.Blocks {
		c.folding = newFolding(planned, c)
		compiled, err := c.compileBlock(planned)
		if err != nil {
			return nil, err
		}
		// The bodies of a rule with else are in a block of their own, of which the last one takes over the result.
		if bodies(planned) != nil {
			compiled[0].do = runOrdered
		}
		c.function.blocks = append(c.function.blocks, compiled)
	}
	if !c.isVaried && len(c.values) > 0 && !slices.ContainsFunc(c.values, func(v *ast.Term) bool { return !equal(v, c.values[0]) }) {
		c.function.onlyValue = c.values[0]
	}
	return c.function, nil
}

// findResult returns the register whose value becomes the value of the function where a body of a rule is true; -1 if there is none. Such a
// block takes the value over if the register has one.
func findResult(planned *ir.Func) ir.Local {
	for _, b := range planned.Blocks {
		if ordered := bodies(b); ordered != nil {
			b = ordered[len(ordered)-1]
		}
		if len(b.Stmts) != 2 {
			continue
		}
		if once, ok := b.Stmts[1].(*ir.AssignVarOnceStmt); ok && once.Target == planned.Return {
			if source, ok := once.Source.Value.(ir.Local); ok {
				return source
			}
		}
	}
	return -1
}

// bodies returns the bodies of a rule with else, which are the only statement of a block of a function; nil for any other block.
func bodies(planned *ir.Block) []*ir.Block {
	if len(planned.Stmts) != 1 {
		return nil
	}
	if nested, ok := planned.Stmts[0].(*ir.BlockStmt); ok {
		return nested.Blocks
	}
	return nil
}

// reserve makes room for a register.
func (c *compiler) reserve(local ir.Local) operand {
	c.function.registers = max(c.function.registers, int(local)+1)
	return operand(local)
}

// read returns the operand of a register: a constant if it only ever holds one.
func (c *compiler) read(local ir.Local) operand {
	if constant, ok := c.folding.constant(local); ok {
		return constant
	}
	return c.reserve(local)
}

func (c *compiler) operand(value ir.Operand) operand {
	switch v := value.Value.(type) {
	case ir.Local:
		return c.read(v)
	case ir.StringIndex:
		return c.text(int(v))
	case ir.Bool:
		if v {
			return c.booleans[1]
		}
		return c.booleans[0]
	}
	panic(fmt.Sprintf("operand of type %T", value.Value))
}

func (c *compiler) operands(values []ir.Operand) []operand {
	list := make([]operand, len(values))
	for i, value := range values {
		list[i] = c.operand(value)
	}
	return list
}

func (c *compiler) compileBlocks(planned []*ir.Block) ([]block, error) {
	list := make([]block, 0, len(planned))
	for _, p := range planned {
		compiled, err := c.compileBlock(p)
		if err != nil {
			return nil, err
		}
		list = append(list, compiled)
	}
	return list, nil
}

func (c *compiler) compileBlock(planned *ir.Block) (block, error) {
	compiled := make(block, 0, len(planned.Stmts))
	for _, stmt := range planned.Stmts {
		if c.folding.isFolded(stmt) {
			continue
		}
		next, err := c.compileStatement(stmt)
		if err != nil {
			return nil, err
		}
		if planned := stmt.GetLocation(); planned != nil {
			next.location = location{file: int32(planned.File), row: int32(planned.Row)}
		}
		compiled = append(compiled, next)
	}
	return compiled, nil
}

func (c *compiler) compileStatement(stmt ir.Stmt) (instruction, error) {
	for _, try := range []func(ir.Stmt) (instruction, bool){c.compileMove, c.compileTest, c.compileConstant, c.compileMake, c.compileAdd} {
		if compiled, ok := try(stmt); ok {
			return compiled, nil
		}
	}
	return c.compileNested(stmt)
}

// compileMove compiles the statements that move a value to a register, or go elsewhere.
func (c *compiler) compileMove(stmt ir.Stmt) (instruction, bool) {
	switch s := stmt.(type) {
	case *ir.ReturnLocalStmt:
		return instruction{do: leaveFunction, a: c.read(s.Source)}, true
	case *ir.BreakStmt:
		return instruction{do: breakOut, index: int(s.Index)}, true
	case *ir.DotStmt:
		return instruction{do: getMember, a: c.operand(s.Source), b: c.operand(s.Key), target: c.reserve(s.Target)}, true
	case *ir.LenStmt:
		return instruction{do: getLength, a: c.operand(s.Source), target: c.reserve(s.Target)}, true
	case *ir.AssignVarStmt:
		return instruction{do: assign, a: c.operand(s.Source), target: c.reserve(s.Target)}, true
	case *ir.AssignVarOnceStmt:
		return c.compileAssignOnce(s), true
	case *ir.ResetLocalStmt:
		return instruction{do: reset, target: c.reserve(s.Target)}, true
	}
	return instruction{}, false
}

// compileTest compiles the statements that ask something of values.
func (c *compiler) compileTest(stmt ir.Stmt) (instruction, bool) {
	switch s := stmt.(type) {
	case *ir.EqualStmt:
		return instruction{do: isEqual, a: c.operand(s.A), b: c.operand(s.B)}, true
	case *ir.NotEqualStmt:
		return instruction{do: isUnequal, a: c.operand(s.A), b: c.operand(s.B)}, true
	case *ir.IsArrayStmt:
		return instruction{do: isArray, a: c.operand(s.Source)}, true
	case *ir.IsObjectStmt:
		return instruction{do: isObject, a: c.operand(s.Source)}, true
	case *ir.IsSetStmt:
		return instruction{do: isSet, a: c.operand(s.Source)}, true
	case *ir.IsDefinedStmt:
		return instruction{do: isDefined, a: c.read(s.Source)}, true
	case *ir.IsUndefinedStmt:
		return instruction{do: isUndefined, a: c.read(s.Source)}, true
	}
	return instruction{}, false
}

// compileConstant compiles the statements that set a register to a constant.
func (c *compiler) compileConstant(stmt ir.Stmt) (instruction, bool) {
	switch s := stmt.(type) {
	case *ir.AssignIntStmt:
		return instruction{do: assign, a: c.number(fmt.Sprint(s.Value)), target: c.reserve(s.Target)}, true
	case *ir.MakeNullStmt:
		return instruction{do: assign, a: c.addConstant(ast.InternedNullTerm), target: c.reserve(s.Target)}, true
	case *ir.MakeNumberIntStmt:
		return instruction{do: assign, a: c.number(fmt.Sprint(s.Value)), target: c.reserve(s.Target)}, true
	case *ir.MakeNumberRefStmt:
		return instruction{do: assign, a: c.number(c.plan.Static.Strings[s.Index].Value), target: c.reserve(s.Target)}, true
	}
	return instruction{}, false
}

// compileMake compiles the statements that make a composite value.
func (c *compiler) compileMake(stmt ir.Stmt) (instruction, bool) {
	switch s := stmt.(type) {
	case *ir.MakeArrayStmt:
		return instruction{do: makeArray, target: c.reserve(s.Target)}, true
	case *ir.MakeObjectStmt:
		return instruction{do: makeObject, target: c.reserve(s.Target)}, true
	case *ir.MakeSetStmt:
		return instruction{do: makeSet, target: c.reserve(s.Target)}, true
	case *ir.ObjectMergeStmt:
		return instruction{do: mergeObjects, a: c.read(s.A), b: c.read(s.B), target: c.reserve(s.Target)}, true
	}
	return instruction{}, false
}

// compileAdd compiles the statements that add to a composite value.
func (c *compiler) compileAdd(stmt ir.Stmt) (instruction, bool) {
	switch s := stmt.(type) {
	case *ir.ArrayAppendStmt:
		return instruction{do: appendElement, a: c.operand(s.Value), target: c.reserve(s.Array)}, true
	case *ir.ObjectInsertStmt:
		return instruction{do: insertMember, a: c.operand(s.Key), b: c.operand(s.Value), target: c.reserve(s.Object)}, true
	case *ir.ObjectInsertOnceStmt:
		return instruction{do: insertNewMember, a: c.operand(s.Key), b: c.operand(s.Value), target: c.reserve(s.Object)}, true
	case *ir.SetAddStmt:
		return instruction{do: addElement, a: c.operand(s.Value), target: c.reserve(s.Set)}, true
	}
	return instruction{}, false
}

// compileNested compiles the statements that call functions or hold other statements.
func (c *compiler) compileNested(stmt ir.Stmt) (instruction, error) {
	var next instruction
	var nested []*ir.Block
	switch s := stmt.(type) {
	case *ir.CallStmt:
		return c.compileCall(s)
	case *ir.CallDynamicStmt:
		return c.compileCallDynamic(s)
	case *ir.BlockStmt:
		next, nested = instruction{do: runBlocks}, s.Blocks
	case *ir.NotStmt:
		next, nested = instruction{do: runNot}, []*ir.Block{s.Block}
	case *ir.ScanStmt:
		next, nested = instruction{do: scan, a: c.read(s.Source), b: c.reserve(s.Key), target: c.reserve(s.Value)}, []*ir.Block{s.Block}
	case *ir.WithStmt:
		next, nested = instruction{do: runWith, target: c.reserve(s.Local), a: c.operand(s.Value)}, []*ir.Block{s.Block}
		for _, index := range s.Path {
			next.path = append(next.path, c.program.constants[^c.text(index)])
		}
	default:
		return next, fmt.Errorf("statement of type %T", stmt)
	}
	var err error
	next.blocks, err = c.compileBlocks(nested)
	return next, err
}

func (c *compiler) compileAssignOnce(s *ir.AssignVarOnceStmt) instruction {
	next := instruction{do: assignOnce, a: c.operand(s.Source), target: c.reserve(s.Target)}
	if s.Target != c.result {
		return next
	}
	if next.a >= 0 {
		c.isVaried = true
		return next
	}
	next.do = assignAndLeave
	c.values = append(c.values, c.program.constants[^next.a])
	return next
}

func (c *compiler) compileCall(s *ir.CallStmt) (instruction, error) {
	next := instruction{args: c.operands(s.Args), target: c.reserve(s.Result)}
	if index, ok := c.program.byName[s.Func]; ok {
		next.do, next.index = call, index
		return next, nil
	}
	found, err := findBuiltin(s.Func)
	if err != nil {
		return next, err
	}
	if len(s.Args) > maxOperands {
		return next, fmt.Errorf("%s has %d operands", s.Func, len(s.Args))
	}
	next.do, next.builtin = callBuiltin, found
	return next, nil
}

func (c *compiler) compileCallDynamic(s *ir.CallDynamicStmt) (instruction, error) {
	next := instruction{do: callDynamic, target: c.reserve(s.Result), dispatch: &dispatch{functions: map[string]int{}}}
	for _, arg := range s.Args {
		next.args = append(next.args, c.read(arg))
	}
	path := c.operands(s.Path)
	for _, part := range path {
		if part >= 0 {
			next.dispatch.dynamic = append(next.dispatch.dynamic, part)
		}
	}
	for index, planned := range c.plan.Funcs.Funcs {
		if key, ok := c.matchPath(path, planned.Path); ok {
			next.dispatch.functions[key] = index
		}
	}
	return next, nil
}

// matchPath reports whether a call of a path can call the function with a path, and then returns what the values of the call must be.
func (c *compiler) matchPath(call []operand, path []string) (string, bool) {
	if len(call) != len(path) {
		return "", false
	}
	var values []string
	for i, part := range call {
		if part >= 0 {
			values = append(values, path[i])
			continue
		}
		if text, ok := c.program.constants[^part].Value.(ast.String); !ok || string(text) != path[i] {
			return "", false
		}
	}
	return strings.Join(values, separator), true
}

// separator stands between the values of a call in a key of dispatch.functions. It is in no name of a rule.
const separator = "\x00"
