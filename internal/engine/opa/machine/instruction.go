package machine

import "github.com/open-policy-agent/opa/v1/ast"

// The functions below are handlers. They read operand a, and b if there are two, and set the register target.

func getMember(r *run, in *instruction, registers []*ast.Term) outcome {
	found := member(r.read(in.a, registers), r.read(in.b, registers))
	registers[in.target] = found
	return goOnIf(found != nil)
}

func getLength(r *run, in *instruction, registers []*ast.Term) outcome {
	found := length(r.read(in.a, registers))
	registers[in.target] = found
	return goOnIf(found != nil)
}

func isEqual(r *run, in *instruction, registers []*ast.Term) outcome {
	return goOnIf(equal(r.read(in.a, registers), r.read(in.b, registers)))
}

func isUnequal(r *run, in *instruction, registers []*ast.Term) outcome {
	return goOnIf(!equal(r.read(in.a, registers), r.read(in.b, registers)))
}

func isDefined(r *run, in *instruction, registers []*ast.Term) outcome {
	return goOnIf(r.read(in.a, registers) != nil)
}

func isUndefined(r *run, in *instruction, registers []*ast.Term) outcome {
	return goOnIf(r.read(in.a, registers) == nil)
}

func isArray(r *run, in *instruction, registers []*ast.Term) outcome {
	return goOnIf(isOf[*ast.Array](r.read(in.a, registers)))
}

func isObject(r *run, in *instruction, registers []*ast.Term) outcome {
	return goOnIf(isOf[ast.Object](r.read(in.a, registers)))
}

func isSet(r *run, in *instruction, registers []*ast.Term) outcome {
	return goOnIf(isOf[ast.Set](r.read(in.a, registers)))
}

func goOnIf(isDefined bool) outcome {
	if isDefined {
		return completed
	}
	return undefined
}

func assign(r *run, in *instruction, registers []*ast.Term) outcome {
	registers[in.target] = r.read(in.a, registers)
	return completed
}

func reset(_ *run, in *instruction, registers []*ast.Term) outcome {
	registers[in.target] = nil
	return completed
}

// assignOnce fails if the register has another value.
func assignOnce(r *run, in *instruction, registers []*ast.Term) outcome {
	value := r.read(in.a, registers)
	if old := registers[in.target]; old == nil {
		registers[in.target] = value
	} else if !equal(old, value) {
		return r.fail(in, errAssignedTwice)
	}
	return completed
}

// assignAndLeave is assignOnce of a constant to the result of a rule, after which the rest of the body cannot change anything.
func assignAndLeave(r *run, in *instruction, registers []*ast.Term) outcome {
	if ended := assignOnce(r, in, registers); ended != completed {
		return ended
	}
	return left
}

func breakOut(_ *run, in *instruction, _ []*ast.Term) outcome { return outcome(in.index) }

func leaveFunction(r *run, in *instruction, registers []*ast.Term) outcome {
	r.output = r.read(in.a, registers)
	return returned
}

func call(r *run, in *instruction, registers []*ast.Term) outcome {
	result := r.call(r.program.functions[in.index], in.args, registers)
	registers[in.target] = result
	if r.err != nil {
		return failed
	}
	return goOnIf(result != nil)
}

// blocksAroundDynamicCall is the number of blocks around a call by a path that hold the alternative to the function, which is the data at this
// path, and what follows the call. The planner lays them out (planRefData), and OPA's own compiler of plans counts on it (compileCallDynamicStmt).
const blocksAroundDynamicCall = 3

// callDynamic ends the block where there is no such function, and the blocks around it too where the function is undefined.
func callDynamic(r *run, in *instruction, registers []*ast.Term) outcome {
	index, ok := in.dispatch.find(r, registers)
	if !ok {
		return undefined
	}
	result := r.call(r.program.functions[index], in.args, registers)
	registers[in.target] = result
	if r.err != nil {
		return failed
	}
	if result == nil {
		return undefined + blocksAroundDynamicCall
	}
	return completed
}

func (d *dispatch) find(r *run, registers []*ast.Term) (int, bool) {
	key := ""
	for i, part := range d.dynamic {
		value := r.read(part, registers)
		if value == nil {
			return 0, false
		}
		text, ok := value.Value.(ast.String)
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

func callBuiltin(r *run, in *instruction, registers []*ast.Term) outcome {
	// A builtin function can take long, so each call asks whether there is time left.
	if r.poll(); r.err != nil {
		return failed
	}
	operands := r.args[:len(in.args)]
	for i, arg := range in.args {
		operands[i] = r.read(arg, registers)
	}
	result := in.builtin(r, operands)
	registers[in.target] = result
	if r.err != nil {
		return r.fail(in, r.err)
	}
	return goOnIf(result != nil)
}

func runBlocks(r *run, in *instruction, registers []*ast.Term) outcome {
	for _, b := range in.blocks {
		if ended := r.runBlock(b, registers); ended > 0 {
			return ended - 1
		} else if ended < completed {
			return ended
		}
	}
	return completed
}

// runOrdered runs the bodies of a rule with else. One that has its result leaves the rest to the others, which find that there is one, and the
// last of which takes it over.
func runOrdered(r *run, in *instruction, registers []*ast.Term) outcome {
	whole := completed
	for _, b := range in.blocks {
		switch ended := r.runBlock(b, registers); {
		case ended == left:
			whole = left
		case ended > 0:
			return ended - 1
		case ended < completed:
			return ended
		}
	}
	return whole
}

func runNot(r *run, in *instruction, registers []*ast.Term) outcome {
	switch ended := r.runBlock(in.blocks[0], registers); {
	case ended == completed:
		return undefined
	case ended > 0:
		return ended - 1
	case ended < 0:
		return ended
	}
	return completed
}

func runWith(r *run, in *instruction, registers []*ast.Term) outcome {
	saved := registers[in.target]
	registers[in.target] = replace(saved, in.path, r.read(in.a, registers))
	before := len(r.worlds)
	ended := r.runBlock(in.blocks[0], registers)
	registers[in.target], r.worlds = saved, r.worlds[:before]
	if ended > 0 {
		return ended - 1
	}
	return ended
}

// scan runs a block for each element of a composite value. It ends early where the block ends blocks around it. A plan counts a scan as two, a
// loop and a block around it.
func scan(r *run, in *instruction, registers []*ast.Term) outcome {
	ended := completed
	visit := func(key, value *ast.Term) bool {
		registers[in.b], registers[in.target] = key, value
		if r.isStopped() {
			ended = failed
			return true
		}
		if ended = r.runBlock(in.blocks[0], registers); ended == undefined {
			ended = completed
		}
		return ended != completed
	}
	visitMembers(r.read(in.a, registers), visit)
	switch {
	case ended == 1:
		return completed
	case ended > 1:
		return ended - 2
	}
	return ended
}

// Below are the handlers that make a value or add to one. Only the running function knows a value while it is made.

func makeArray(_ *run, in *instruction, registers []*ast.Term) outcome {
	registers[in.target] = ast.NewTerm(ast.NewArray())
	return completed
}

func makeObject(_ *run, in *instruction, registers []*ast.Term) outcome {
	registers[in.target] = ast.NewTerm(ast.NewObject())
	return completed
}

func makeSet(_ *run, in *instruction, registers []*ast.Term) outcome {
	registers[in.target] = ast.NewTerm(ast.NewSet())
	return completed
}

func appendElement(r *run, in *instruction, registers []*ast.Term) outcome {
	registers[in.target] = ast.NewTerm(registers[in.target].Value.(*ast.Array).Append(r.read(in.a, registers)))
	return completed
}

func addElement(r *run, in *instruction, registers []*ast.Term) outcome {
	registers[in.target].Value.(ast.Set).Add(r.read(in.a, registers))
	return completed
}

func insertMember(r *run, in *instruction, registers []*ast.Term) outcome {
	r.insert(registers[in.target].Value.(ast.Object), r.read(in.a, registers), r.read(in.b, registers))
	return completed
}

// insertNewMember fails if the object has another value at the key.
func insertNewMember(r *run, in *instruction, registers []*ast.Term) outcome {
	object, key, value := registers[in.target].Value.(ast.Object), r.read(in.a, registers), r.read(in.b, registers)
	old := object.Get(key)
	if old == nil {
		object.Insert(key, value)
	} else if !equal(old, value) {
		return r.fail(in, errInsertedTwice)
	}
	return completed
}

func mergeObjects(r *run, in *instruction, registers []*ast.Term) outcome {
	a, b := r.read(in.a, registers), r.read(in.b, registers)
	if !isOf[ast.Object](a) || !isOf[ast.Object](b) {
		return r.fail(in, errInsertedTwice)
	}
	merged, ok := a.Value.(ast.Object).Merge(b.Value.(ast.Object))
	if !ok {
		return r.fail(in, errInsertedTwice)
	}
	registers[in.target] = ast.NewTerm(merged)
	return completed
}
