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
	c.function = &function{name: planned.Name, document: -1}
	if len(planned.Params) == 2 {
		c.function.document = c.program.documents
		c.program.documents++
	}
	for _, parameter := range planned.Params {
		c.function.parameters = append(c.function.parameters, c.reserve(parameter))
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
		if len(compiled) == 1 && compiled[0].code == opBlock {
			compiled[0].isOrdered = true
		}
		c.function.blocks = append(c.function.blocks, compiled)
	}
	if !c.isVaried && len(c.values) > 0 && !slices.ContainsFunc(c.values, func(v *ast.Term) bool { return !equal(v, c.values[0]) }) {
		c.function.only = c.values[0]
	}
	return c.function, nil
}

// findResult returns the register whose value becomes the value of the function where a body of a rule is true; -1 if there is none.
func findResult(planned *ir.Func) ir.Local {
	for _, b := range planned.Blocks {
		stmts := b.Stmts
		if nested, ok := stmts[0].(*ir.BlockStmt); ok && len(stmts) == 1 {
			stmts = nested.Blocks[len(nested.Blocks)-1].Stmts
		}
		if once, ok := stmts[len(stmts)-1].(*ir.AssignVarOnceStmt); ok && once.Target == planned.Return {
			if source, ok := once.Source.Value.(ir.Local); ok && len(stmts) == 2 {
				return source
			}
		}
	}
	return -1
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
		if location := stmt.GetLocation(); location != nil {
			next.location = location
		}
		compiled = append(compiled, next)
	}
	return compiled, nil
}

func (c *compiler) compileStatement(stmt ir.Stmt) (instruction, error) {
	switch s := stmt.(type) {
	case *ir.ReturnLocalStmt:
		return instruction{code: opReturn, a: c.read(s.Source)}, nil
	case *ir.BreakStmt:
		return instruction{code: opBreak, index: int(s.Index)}, nil
	case *ir.DotStmt:
		return instruction{code: opDot, a: c.operand(s.Source), b: c.operand(s.Key), target: c.reserve(s.Target)}, nil
	case *ir.LenStmt:
		return instruction{code: opLen, a: c.operand(s.Source), target: c.reserve(s.Target)}, nil
	case *ir.AssignVarStmt:
		return instruction{code: opAssign, a: c.operand(s.Source), target: c.reserve(s.Target)}, nil
	case *ir.AssignIntStmt:
		return instruction{code: opAssign, a: c.number(fmt.Sprint(s.Value)), target: c.reserve(s.Target)}, nil
	case *ir.AssignVarOnceStmt:
		return c.compileAssignOnce(s), nil
	case *ir.ResetLocalStmt:
		return instruction{code: opReset, target: c.reserve(s.Target)}, nil
	case *ir.EqualStmt:
		return instruction{code: opEqual, a: c.operand(s.A), b: c.operand(s.B)}, nil
	case *ir.NotEqualStmt:
		return instruction{code: opNotEqual, a: c.operand(s.A), b: c.operand(s.B)}, nil
	case *ir.IsArrayStmt:
		return instruction{code: opIsArray, a: c.operand(s.Source)}, nil
	case *ir.IsObjectStmt:
		return instruction{code: opIsObject, a: c.operand(s.Source)}, nil
	case *ir.IsSetStmt:
		return instruction{code: opIsSet, a: c.operand(s.Source)}, nil
	case *ir.IsDefinedStmt:
		return instruction{code: opIsDefined, a: c.read(s.Source)}, nil
	case *ir.IsUndefinedStmt:
		return instruction{code: opIsUndefined, a: c.read(s.Source)}, nil
	}
	if made, ok := c.compileMake(stmt); ok {
		return made, nil
	}
	return c.compileNested(stmt)
}

// compileMake compiles the statements that make a value or add to one.
func (c *compiler) compileMake(stmt ir.Stmt) (instruction, bool) {
	switch s := stmt.(type) {
	case *ir.MakeNullStmt:
		return instruction{code: opAssign, a: c.addConstant(ast.InternedNullTerm), target: c.reserve(s.Target)}, true
	case *ir.MakeNumberIntStmt:
		return instruction{code: opAssign, a: c.number(fmt.Sprint(s.Value)), target: c.reserve(s.Target)}, true
	case *ir.MakeNumberRefStmt:
		return instruction{code: opAssign, a: c.number(c.plan.Static.Strings[s.Index].Value), target: c.reserve(s.Target)}, true
	case *ir.MakeArrayStmt:
		return instruction{code: opMakeArray, index: int(s.Capacity), target: c.reserve(s.Target)}, true
	case *ir.MakeObjectStmt:
		return instruction{code: opMakeObject, target: c.reserve(s.Target)}, true
	case *ir.MakeSetStmt:
		return instruction{code: opMakeSet, target: c.reserve(s.Target)}, true
	case *ir.ArrayAppendStmt:
		return instruction{code: opAppend, a: c.operand(s.Value), target: c.reserve(s.Array)}, true
	case *ir.ObjectInsertStmt:
		return instruction{code: opInsert, a: c.operand(s.Key), b: c.operand(s.Value), target: c.reserve(s.Object)}, true
	case *ir.ObjectInsertOnceStmt:
		return instruction{code: opInsertOnce, a: c.operand(s.Key), b: c.operand(s.Value), target: c.reserve(s.Object)}, true
	case *ir.ObjectMergeStmt:
		return instruction{code: opMerge, a: c.read(s.A), b: c.read(s.B), target: c.reserve(s.Target)}, true
	case *ir.SetAddStmt:
		return instruction{code: opAdd, a: c.operand(s.Value), target: c.reserve(s.Set)}, true
	}
	return instruction{}, false
}

// compileNested compiles the statements that call functions or hold other statements.
func (c *compiler) compileNested(stmt ir.Stmt) (instruction, error) {
	switch s := stmt.(type) {
	case *ir.CallStmt:
		return c.compileCall(s)
	case *ir.CallDynamicStmt:
		return c.compileCallDynamic(s)
	case *ir.BlockStmt:
		blocks, err := c.compileBlocks(s.Blocks)
		return instruction{code: opBlock, blocks: blocks}, err
	case *ir.NotStmt:
		blocks, err := c.compileBlocks([]*ir.Block{s.Block})
		return instruction{code: opNot, blocks: blocks}, err
	case *ir.ScanStmt:
		next := instruction{code: opScan, a: c.read(s.Source), b: c.reserve(s.Key), target: c.reserve(s.Value)}
		var err error
		next.blocks, err = c.compileBlocks([]*ir.Block{s.Block})
		return next, err
	case *ir.WithStmt:
		next := instruction{code: opWith, target: c.reserve(s.Local), a: c.operand(s.Value)}
		for _, index := range s.Path {
			next.path = append(next.path, c.program.constants[^c.text(index)])
		}
		var err error
		next.blocks, err = c.compileBlocks([]*ir.Block{s.Block})
		return next, err
	}
	return instruction{}, fmt.Errorf("statement of type %T", stmt)
}

func (c *compiler) compileAssignOnce(s *ir.AssignVarOnceStmt) instruction {
	next := instruction{code: opAssignOnce, a: c.operand(s.Source), target: c.reserve(s.Target)}
	if s.Target != c.result {
		return next
	}
	if next.a >= 0 {
		c.isVaried = true
		return next
	}
	next.code = opAssignAndLeave
	c.values = append(c.values, c.program.constants[^next.a])
	return next
}

func (c *compiler) compileCall(s *ir.CallStmt) (instruction, error) {
	next := instruction{args: c.operands(s.Args), target: c.reserve(s.Result)}
	if index, ok := c.program.byName[s.Func]; ok {
		next.code, next.index = opCall, index
		return next, nil
	}
	found, err := findBuiltin(s.Func)
	if err != nil {
		return next, err
	}
	next.code, next.builtin = opBuiltin, found
	return next, nil
}

func (c *compiler) compileCallDynamic(s *ir.CallDynamicStmt) (instruction, error) {
	next := instruction{code: opCallDynamic, target: c.reserve(s.Result), dispatch: &dispatch{functions: map[string]int{}}}
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
