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

// dot returns the member of a composite value at a key: of a set, the element itself. It returns nil if there is none.
func dot(source, key *ast.Term) *ast.Term {
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

// length returns the number of members of a composite value, and nil for any other value.
func length(source *ast.Term) *ast.Term {
	switch v := source.Value.(type) {
	case *ast.Array:
		return ast.InternedTerm(v.Len())
	case ast.Object:
		return ast.InternedTerm(v.Len())
	case ast.Set:
		return ast.InternedTerm(v.Len())
	}
	return nil
}

// replace returns a value with another value at a path of keys, and objects on the way where there are none. It does not change the value.
func replace(value *ast.Term, path []*ast.Term, replacement *ast.Term) *ast.Term {
	if len(path) == 0 {
		return replacement
	}
	changed := ast.NewObject()
	var member *ast.Term
	if value != nil {
		if object, ok := value.Value.(ast.Object); ok {
			object.Foreach(changed.Insert)
			member = object.Get(path[0])
		}
	}
	changed.Insert(path[0], replace(member, path[1:], replacement))
	return ast.NewTerm(changed)
}
