package machine

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
)

// folding finds the registers of one block of a function that only ever hold one constant, such as the sets and objects that a rule writes
// out. A plan makes such a value step by step each time; a program makes it once.
//
// A register holds a constant if one statement makes its value, all that is added are constants, in the block of this statement, and no other
// statement sets it. So setBy must name every statement that sets a register. Registers have other uses in other blocks of a function, except
// for the one in which the function collects its result.
type folding struct {
	compiler  *compiler
	registers map[ir.Local]*register
	// folded are the statements that make a constant, which need not run.
	folded map[ir.Stmt]bool
}

// register is what the block does with a register.
type register struct {
	// writes is the number of statements that set the register.
	writes int
	// maker is the statement that makes its value, in the block where.
	maker ir.Stmt
	where *ir.Block
	// additions are the statements that add to its value; elsewhere is true if one of them is in another block than the maker.
	additions []ir.Stmt
	elsewhere bool

	isKnown  bool
	constant operand
	isFolded bool
}

func newFolding(planned *ir.Block, c *compiler) *folding {
	f := &folding{compiler: c, registers: map[ir.Local]*register{}, folded: map[ir.Stmt]bool{}}
	f.collect(planned)
	return f
}

// isFolded reports whether a statement only makes a constant.
func (f *folding) isFolded(stmt ir.Stmt) bool {
	if made, ok := madeBy(stmt); ok {
		f.constant(made)
	}
	return f.folded[stmt]
}

// madeBy returns the register whose value the statement makes or adds to.
func madeBy(stmt ir.Stmt) (ir.Local, bool) {
	switch s := stmt.(type) {
	case *ir.MakeNullStmt:
		return s.Target, true
	case *ir.MakeNumberIntStmt:
		return s.Target, true
	case *ir.MakeNumberRefStmt:
		return s.Target, true
	case *ir.MakeArrayStmt:
		return s.Target, true
	case *ir.MakeObjectStmt:
		return s.Target, true
	case *ir.MakeSetStmt:
		return s.Target, true
	}
	return addedBy(stmt)
}

// addedBy returns the register whose value the statement adds to.
func addedBy(stmt ir.Stmt) (ir.Local, bool) {
	switch s := stmt.(type) {
	case *ir.ArrayAppendStmt:
		return s.Array, true
	case *ir.ObjectInsertStmt:
		return s.Object, true
	case *ir.ObjectInsertOnceStmt:
		return s.Object, true
	case *ir.SetAddStmt:
		return s.Set, true
	}
	return 0, false
}

// setBy returns the registers that any other statement sets.
func setBy(stmt ir.Stmt) []ir.Local {
	switch s := stmt.(type) {
	case *ir.CallStmt:
		return []ir.Local{s.Result}
	case *ir.CallDynamicStmt:
		return []ir.Local{s.Result}
	case *ir.DotStmt:
		return []ir.Local{s.Target}
	case *ir.LenStmt:
		return []ir.Local{s.Target}
	case *ir.ScanStmt:
		return []ir.Local{s.Key, s.Value}
	case *ir.ObjectMergeStmt:
		return []ir.Local{s.Target}
	case *ir.WithStmt:
		return []ir.Local{s.Local}
	}
	return assignedBy(stmt)
}

// assignedBy returns the register to which the statement assigns a value.
func assignedBy(stmt ir.Stmt) []ir.Local {
	switch s := stmt.(type) {
	case *ir.AssignIntStmt:
		return []ir.Local{s.Target}
	case *ir.AssignVarStmt:
		return []ir.Local{s.Target}
	case *ir.AssignVarOnceStmt:
		return []ir.Local{s.Target}
	case *ir.ResetLocalStmt:
		return []ir.Local{s.Target}
	}
	return nil
}

// nestedIn returns the blocks that a statement holds.
func nestedIn(stmt ir.Stmt) []*ir.Block {
	switch s := stmt.(type) {
	case *ir.BlockStmt:
		return s.Blocks
	case *ir.NotStmt:
		return []*ir.Block{s.Block}
	case *ir.ScanStmt:
		return []*ir.Block{s.Block}
	case *ir.WithStmt:
		return []*ir.Block{s.Block}
	}
	return nil
}

func (f *folding) register(local ir.Local) *register {
	found := f.registers[local]
	if found == nil {
		found = &register{}
		f.registers[local] = found
	}
	return found
}

func (f *folding) collect(planned *ir.Block) {
	for _, stmt := range planned.Stmts {
		if added, ok := addedBy(stmt); ok {
			r := f.register(added)
			r.additions = append(r.additions, stmt)
			r.elsewhere = r.elsewhere || r.where != planned
		} else if made, ok := madeBy(stmt); ok {
			r := f.register(made)
			r.writes++
			r.maker, r.where = stmt, planned
		}
		for _, local := range setBy(stmt) {
			f.register(local).writes++
		}
		for _, nested := range nestedIn(stmt) {
			f.collect(nested)
		}
	}
}

// constant returns the constant that a register always holds.
func (f *folding) constant(local ir.Local) (operand, bool) {
	r := f.registers[local]
	if r == nil {
		return 0, false
	}
	if !r.isKnown {
		r.isKnown = true
		f.fold(local, r)
	}
	return r.constant, r.isFolded
}

// fold makes the constant of a register, if it has one. The register in which a function collects its result is filled by several blocks.
func (f *folding) fold(local ir.Local, r *register) {
	if r.writes != 1 || r.maker == nil || r.elsewhere || local == f.compiler.returned {
		return
	}
	value, ok := f.makeValue(r)
	if !ok {
		return
	}
	r.constant, r.isFolded = value, true
	f.folded[r.maker] = true
	for _, stmt := range r.additions {
		f.folded[stmt] = true
	}
}

func (f *folding) makeValue(r *register) (operand, bool) {
	c := f.compiler
	switch s := r.maker.(type) {
	case *ir.MakeNullStmt:
		return c.addConstant(ast.InternedNullTerm), true
	case *ir.MakeNumberIntStmt:
		return c.number(fmt.Sprint(s.Value)), true
	case *ir.MakeNumberRefStmt:
		return c.number(c.plan.Static.Strings[s.Index].Value), true
	}
	var members []*ast.Term
	for _, stmt := range r.additions {
		added, ok := f.members(stmt)
		if !ok {
			return 0, false
		}
		members = append(members, added...)
	}
	switch r.maker.(type) {
	case *ir.MakeArrayStmt:
		return c.addConstant(ast.ArrayTerm(members...)), true
	case *ir.MakeSetStmt:
		return c.addConstant(ast.SetTerm(members...)), true
	}
	object := ast.NewObject()
	for i := 0; i < len(members); i += 2 {
		object.Insert(members[i], members[i+1])
	}
	return c.addConstant(ast.NewTerm(object)), true
}

// members returns the constants that a statement adds to a value: one, or a key and a value.
func (f *folding) members(stmt ir.Stmt) ([]*ast.Term, bool) {
	var values []ir.Operand
	switch s := stmt.(type) {
	case *ir.ArrayAppendStmt:
		values = []ir.Operand{s.Value}
	case *ir.SetAddStmt:
		values = []ir.Operand{s.Value}
	case *ir.ObjectInsertStmt:
		values = []ir.Operand{s.Key, s.Value}
	default:
		return nil, false
	}
	var terms []*ast.Term
	for _, value := range values {
		if local, ok := value.Value.(ir.Local); ok {
			if _, ok := f.constant(local); !ok {
				return nil, false
			}
		}
		terms = append(terms, f.compiler.program.constants[^f.compiler.operand(value)])
	}
	return terms, true
}
