package machine

import "github.com/open-policy-agent/opa/v1/ast"

// equal reports whether two values are equal. Undefined equals only undefined.
func equal(a, b *ast.Term) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	return ast.ValueEqual(a.Value, b.Value)
}

// member returns the member of a composite value at a key: of a set, the element itself. It returns nil if there is none.
func member(source, key *ast.Term) *ast.Term {
	if source == nil || key == nil {
		return nil
	}
	switch v := source.Value.(type) {
	case ast.Object:
		return v.Get(key)
	case *ast.Array:
		return v.Get(key)
	case ast.Set:
		if v.Contains(key) {
			return key
		}
	}
	return nil
}

// isOf reports whether a value has a type. Undefined has none.
func isOf[T ast.Value](value *ast.Term) bool {
	if value == nil {
		return false
	}
	_, ok := value.Value.(T)
	return ok
}

// length returns the number of members of a composite value, and nil for any other value.
func length(source *ast.Term) *ast.Term {
	if source == nil {
		return nil
	}
	if sized, ok := source.Value.(interface{ Len() int }); ok {
		return ast.InternedTerm(sized.Len())
	}
	return nil
}

// visitMembers calls visit for the members of a composite value in their order, until it returns true: with the key and the value of a
// member of an object, the index and the value of an element of an array, and twice the element of a set.
func visitMembers(source *ast.Term, visit func(key, value *ast.Term) bool) {
	if source == nil {
		return
	}
	switch v := source.Value.(type) {
	case *ast.Array:
		for i := range v.Len() {
			if visit(ast.InternedTerm(i), v.Elem(i)) {
				return
			}
		}
	case ast.Set:
		v.Until(func(element *ast.Term) bool { return visit(element, element) })
	case ast.Object:
		v.Until(visit)
	}
}

// replace returns a value with another value at a path of keys, and objects on the way where there are none. It does not change the value.
func replace(value *ast.Term, path []*ast.Term, replacement *ast.Term) *ast.Term {
	if len(path) == 0 {
		return replacement
	}
	changed := ast.NewObject()
	var old *ast.Term
	if value != nil {
		if object, ok := value.Value.(ast.Object); ok {
			object.Foreach(changed.Insert)
			old = object.Get(path[0])
		}
	}
	changed.Insert(path[0], replace(old, path[1:], replacement))
	return ast.NewTerm(changed)
}
