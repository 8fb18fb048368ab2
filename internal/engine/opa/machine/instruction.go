package machine

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/ir"
)

// runBlock runs the instructions of a block until one of them ends it.
func (r *run) runBlock(b block, registers []*ast.Term) outcome {
	for i := range b {
		if ended := r.runInstruction(&b[i], registers); ended != completed {
			return ended
		}
	}
	return completed
}

// runInstruction returns completed if the block goes on, 0 if the instruction is undefined, or how the block ends.
func (r *run) runInstruction(in *instruction, registers []*ast.Term) outcome {
	switch in.code {
	case opDot:
		found := dot(r.read(in.a, registers), r.read(in.b, registers))
		registers[in.target] = found
		return endUnless(found != nil)
	case opCall:
		result := r.call(r.program.functions[in.index], in.args, registers, r.read(in.args[ir.Input], registers), r.read(in.args[ir.Data], registers))
		registers[in.target] = result
		if r.err != nil {
			return failed
		}
		return endUnless(result != nil)
	case opBuiltin:
		return r.runBuiltin(in, registers)
	case opEqual:
		return endUnless(equal(r.read(in.a, registers), r.read(in.b, registers)))
	case opNotEqual:
		return endUnless(!equal(r.read(in.a, registers), r.read(in.b, registers)))
	case opAssign:
		registers[in.target] = r.read(in.a, registers)
	case opReset:
		registers[in.target] = nil
	case opIsDefined:
		return endUnless(r.read(in.a, registers) != nil)
	case opIsUndefined:
		return endUnless(r.read(in.a, registers) == nil)
	case opAssignOnce, opAssignAndLeave:
		return r.assignOnce(in, registers)
	case opBreak:
		return outcome(in.index)
	case opReturn:
		r.output = r.read(in.a, registers)
		return returned
	case opScan, opBlock, opNot, opWith, opCallDynamic:
		return r.runNested(in, registers)
	case opIsArray, opIsObject, opIsSet, opLen:
		return inspect(in, r.read(in.a, registers), registers)
	default:
		return r.build(in, registers)
	}
	return completed
}

func endUnless(isDefined bool) outcome {
	if isDefined {
		return completed
	}
	return 0
}

func (r *run) runBuiltin(in *instruction, registers []*ast.Term) outcome {
	operands := r.args[:len(in.args)]
	for i, arg := range in.args {
		operands[i] = r.read(arg, registers)
	}
	result := in.builtin(r, operands)
	registers[in.target] = result
	if r.err != nil {
		return r.fail(in, r.err)
	}
	return endUnless(result != nil)
}

func (r *run) assignOnce(in *instruction, registers []*ast.Term) outcome {
	value := r.read(in.a, registers)
	if old := registers[in.target]; old != nil && !equal(old, value) {
		return r.fail(in, errAssignedTwice)
	}
	registers[in.target] = value
	if in.code == opAssignAndLeave {
		return left
	}
	return completed
}

// runNested runs the instructions that hold blocks, and the calls of functions by a path.
func (r *run) runNested(in *instruction, registers []*ast.Term) outcome {
	switch in.code {
	case opScan:
		return r.scan(in, registers)
	case opNot:
		switch ended := r.runBlock(in.blocks[0], registers); {
		case ended == completed:
			return 0
		case ended > 0:
			return ended - 1
		case ended < 0:
			return ended
		}
		return completed
	case opWith:
		return r.runWith(in, registers)
	case opCallDynamic:
		return r.callDynamic(in, registers)
	}
	for _, b := range in.blocks {
		switch ended := r.runBlock(b, registers); {
		case ended > 0:
			return ended - 1
		case ended == left && in.isOrdered:
			continue
		case ended < completed:
			return ended
		}
	}
	return completed
}

func (r *run) runWith(in *instruction, registers []*ast.Term) outcome {
	saved := registers[in.target]
	registers[in.target] = replace(saved, in.path, r.read(in.a, registers))
	ended := r.runBlock(in.blocks[0], registers)
	registers[in.target] = saved
	if ended > 0 {
		return ended - 1
	}
	return ended
}

// callDynamic ends the block where there is no such function, and the three around it too where the function is undefined: they hold the
// alternatives to the function, and what follows the call.
func (r *run) callDynamic(in *instruction, registers []*ast.Term) outcome {
	index, ok := in.dispatch.find(r, registers)
	if !ok {
		return 0
	}
	result := r.call(r.program.functions[index], in.args, registers, r.read(in.args[ir.Input], registers), r.read(in.args[ir.Data], registers))
	registers[in.target] = result
	if r.err != nil {
		return failed
	}
	if result == nil {
		return 3
	}
	return completed
}

func (d *dispatch) find(r *run, registers []*ast.Term) (int, bool) {
	key := ""
	for i, part := range d.dynamic {
		text, ok := r.read(part, registers).Value.(ast.String)
		if !ok {
			return 0, false
		}
		if i == 0 {
			key = string(text)
		} else {
			key += separator + string(text)
		}
	}
	index, ok := d.functions[key]
	return index, ok
}

// scan runs a block for each element of a composite value, and ends early only where the block ends blocks around it.
func (r *run) scan(in *instruction, registers []*ast.Term) outcome {
	source := r.read(in.a, registers)
	if source == nil {
		return completed
	}
	ended := completed
	visit := func(key, value *ast.Term) bool {
		registers[in.b], registers[in.target] = key, value
		if r.isStopped() {
			ended = failed
			return true
		}
		if ended = r.runBlock(in.blocks[0], registers); ended == 0 {
			ended = completed
		}
		return ended != completed
	}
	switch v := source.Value.(type) {
	case *ast.Array:
		for i := range v.Len() {
			if visit(ast.InternedTerm(i), v.Elem(i)) {
				break
			}
		}
	case ast.Set:
		for _, element := range v.Slice() {
			if visit(element, element) {
				break
			}
		}
	case ast.Object:
		for _, key := range v.Keys() {
			if visit(key, v.Get(key)) {
				break
			}
		}
	}
	switch {
	case ended == 1:
		return completed
	case ended > 1:
		return ended - 2
	}
	return ended
}

// inspect runs the instructions about the type and the length of a value.
func inspect(in *instruction, value *ast.Term, registers []*ast.Term) outcome {
	if value == nil {
		return 0
	}
	is := false
	switch in.code {
	case opIsArray:
		_, is = value.Value.(*ast.Array)
	case opIsObject:
		_, is = value.Value.(ast.Object)
	case opIsSet:
		_, is = value.Value.(ast.Set)
	default:
		registers[in.target] = length(value)
		is = registers[in.target] != nil
	}
	return endUnless(is)
}

// build runs the instructions that make a value or add to one. Only the running function knows a value while it is made.
func (r *run) build(in *instruction, registers []*ast.Term) outcome {
	switch in.code {
	case opMakeArray:
		registers[in.target] = ast.NewTerm(ast.NewArray())
	case opMakeObject:
		registers[in.target] = ast.NewTerm(ast.NewObject())
	case opMakeSet:
		registers[in.target] = ast.NewTerm(ast.NewSet())
	case opAppend:
		registers[in.target] = ast.NewTerm(registers[in.target].Value.(*ast.Array).Append(r.read(in.a, registers)))
	case opAdd:
		registers[in.target].Value.(ast.Set).Add(r.read(in.a, registers))
	case opInsert, opInsertOnce:
		object, key, value := registers[in.target].Value.(ast.Object), r.read(in.a, registers), r.read(in.b, registers)
		if in.code == opInsertOnce {
			if old := object.Get(key); old != nil {
				if !equal(old, value) {
					return r.fail(in, errInsertedTwice)
				}
				return completed
			}
		}
		r.insert(object, key, value)
	case opMerge:
		a, isObject := r.read(in.a, registers).Value.(ast.Object)
		b, areObjects := r.read(in.b, registers).Value.(ast.Object)
		if !isObject || !areObjects {
			return r.fail(in, errInsertedTwice)
		}
		merged, ok := a.Merge(b)
		if !ok {
			return r.fail(in, errInsertedTwice)
		}
		registers[in.target] = ast.NewTerm(merged)
	}
	return completed
}
