package machine

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/ir"
)

// errMixedMembers is the error of rules of one name of which some give members of an object as values, and others add to sets that are members:
// a plan would add to a value that belongs to others.
var errMixedMembers = errors.New("some rules give values and others add to sets")

// checkMembers returns errMixedMembers if the rules of a function are such.
func checkMembers(planned *ir.Func) error {
	hasValues, hasSets := false, false
	for _, b := range planned.Blocks {
		members := findMembers(b)
		walkStatements([]*ir.Block{b}, func(stmt ir.Stmt) {
			switch s := stmt.(type) {
			case *ir.SetAddStmt:
				hasSets = hasSets || members[s.Set]
			case *ir.ObjectInsertOnceStmt:
				hasValues = hasValues || s.Object == planned.Return || members[s.Object]
			}
		})
	}
	if hasValues && hasSets {
		return errMixedMembers
	}
	return nil
}

// findMembers returns the registers of a block that hold a member of an object, or a set or an object that is made where there is none.
func findMembers(planned *ir.Block) map[ir.Local]bool {
	read, members := map[ir.Local]bool{}, map[ir.Local]bool{}
	walkStatements([]*ir.Block{planned}, func(stmt ir.Stmt) {
		switch s := stmt.(type) {
		case *ir.DotStmt:
			read[s.Target] = true
		case *ir.MakeSetStmt:
			members[s.Target] = read[s.Target]
		case *ir.MakeObjectStmt:
			members[s.Target] = read[s.Target]
		}
	})
	return members
}

// walkStatements visits all statements of the blocks, each before those that it holds.
func walkStatements(blocks []*ir.Block, visit func(ir.Stmt)) {
	for _, b := range blocks {
		for _, stmt := range b.Stmts {
			visit(stmt)
			walkStatements(nestedIn(stmt), visit)
		}
	}
}
