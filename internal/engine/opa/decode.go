package opa

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Members maps the name of each member that an object may have to its decoder. A member that is not listed is an error, so that
// what the policy says and what Go understands cannot drift apart.
type Members[T any] map[string]func(*T, *Term) error

// Decode reads an object. The error begins with the path of the member at fault.
func (m Members[T]) Decode(into *T, term *Term) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	return object.Iter(func(key, member *Term) error {
		name, ok := key.Value.(ast.String)
		if !ok {
			return fmt.Errorf("a key is not a string")
		}
		decode, ok := m[string(name)]
		if !ok {
			return fmt.Errorf("unknown field %q", string(name))
		}
		if err := decode(into, member); err != nil {
			return fmt.Errorf("%s: %w", string(name), err)
		}
		return nil
	})
}

// Ignore decodes nothing.
func Ignore[T any](*T, *Term) error { return nil }

// DecodeText reads a string.
func DecodeText[S ~string](into *S, term *Term) error {
	s, ok := term.Value.(ast.String)
	if !ok {
		return fmt.Errorf("not a string")
	}
	*into = S(s)
	return nil
}

// DecodeBool reads a boolean.
func DecodeBool(into *bool, term *Term) error {
	b, ok := term.Value.(ast.Boolean)
	if !ok {
		return fmt.Errorf("not a boolean")
	}
	*into = bool(b)
	return nil
}

// DecodeJSON reads any value as JSON has it: numbers become json.Number, sets sorted lists.
func DecodeJSON(into *any, term *Term) error {
	value, err := ast.JSON(term.Value)
	*into = value
	return err
}

// DecodeJSONText reads any value as compact JSON. Sets become sorted lists.
func DecodeJSONText(into *[]byte, term *Term) error {
	value, err := ast.JSON(term.Value)
	if err != nil {
		return err
	}
	*into, err = json.Marshal(value)
	return err
}

// DecodeTextMap reads an object of strings.
func DecodeTextMap(into *map[string]string, term *Term) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	*into = make(map[string]string, object.Len())
	return object.Iter(func(key, member *Term) error {
		var name, value string
		err := cmp.Or(DecodeText(&name, key), DecodeText(&value, member))
		(*into)[name] = value
		return err
	})
}

// DecodeSet reads a set, whose terms stay as they are.
func DecodeSet(into *Set, term *Term) error {
	s, ok := term.Value.(ast.Set)
	if !ok {
		return fmt.Errorf("not a set")
	}
	*into = s
	return nil
}

// DecodeList reads an array or a set of objects, in its order.
func DecodeList[T any](into *[]T, term *Term, members Members[T]) error {
	collection, ok := term.Value.(interface {
		Len() int
		Iter(func(*Term) error) error
	})
	if !ok {
		return fmt.Errorf("not a list")
	}
	*into = make([]T, 0, collection.Len())
	return collection.Iter(func(member *Term) error {
		var item T
		if err := members.Decode(&item, member); err != nil {
			return err
		}
		*into = append(*into, item)
		return nil
	})
}

// DecodeObject reads an object whose keys are not known before. It calls decode for each key and member.
func DecodeObject(term *Term, decode func(key, member *Term) error) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	return object.Iter(decode)
}

// Member returns a member of an object, nil when it has none of this name.
func Member(term *Term, name string) (*Term, error) {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("not an object")
	}
	return object.Get(ast.InternedTerm(name)), nil
}

// FindWords returns the sorted strings of the set at a key of an object. No such key is an error.
func FindWords(value Value, key string) ([]string, error) {
	found, err := value.Find(ast.Ref{ast.InternedTerm(key)})
	if err != nil {
		return nil, err
	}
	var members Set
	if err := DecodeSet(&members, ast.NewTerm(found)); err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	words := make([]string, members.Len())
	for i, term := range members.Slice() {
		if err := DecodeText(&words[i], term); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return words, nil
}
