package opa

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Members decodes an object into a T: it maps the name of each member that the object may have to the decoder of that member. Any other
// member is an error, so that the results of the policy and the Go types cannot drift apart. No member is required.
type Members[T any] map[string]func(*T, *Term) error

// Decode decodes an object. The error begins with the path of the member at fault.
func (m Members[T]) Decode(target *T, term *Term) error {
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
		if err := decode(target, member); err != nil {
			return fmt.Errorf("%s: %w", string(name), err)
		}
		return nil
	})
}

// Ignore is the decoder of a member that Go does not read.
func Ignore[T any](*T, *Term) error { return nil }

// DecodeText decodes a string.
func DecodeText[S ~string](target *S, term *Term) error {
	s, ok := term.Value.(ast.String)
	if !ok {
		return fmt.Errorf("not a string")
	}
	*target = S(s)
	return nil
}

// DecodeBool decodes a boolean.
func DecodeBool(target *bool, term *Term) error {
	b, ok := term.Value.(ast.Boolean)
	if !ok {
		return fmt.Errorf("not a boolean")
	}
	*target = bool(b)
	return nil
}

// DecodeJSON decodes any value like encoding/json does. Numbers become json.Number, and sets become sorted lists.
func DecodeJSON(target *any, term *Term) error {
	value, err := ast.JSON(term.Value)
	*target = value
	return err
}

// DecodeJSONText decodes any value to compact JSON text. Sets become sorted lists.
func DecodeJSONText(target *[]byte, term *Term) error {
	value, err := ast.JSON(term.Value)
	if err != nil {
		return err
	}
	*target, err = json.Marshal(value)
	return err
}

// DecodeTexts decodes a set or an array of strings, in its order.
func DecodeTexts(target *[]string, term *Term) error {
	list, ok := term.Value.(interface {
		Iter(func(*Term) error) error
	})
	if !ok {
		return fmt.Errorf("not a list")
	}
	return list.Iter(func(item *Term) error {
		var text string
		if err := DecodeText(&text, item); err != nil {
			return err
		}
		*target = append(*target, text)
		return nil
	})
}

// DecodeTextMap decodes an object whose values are strings.
func DecodeTextMap(target *map[string]string, term *Term) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	*target = make(map[string]string, object.Len())
	return object.Iter(func(key, member *Term) error {
		var name, value string
		if err := cmp.Or(DecodeText(&name, key), DecodeText(&value, member)); err != nil {
			return err
		}
		(*target)[name] = value
		return nil
	})
}

// DecodeSet decodes a set. Its members remain terms.
func DecodeSet(target *Set, term *Term) error {
	s, ok := term.Value.(ast.Set)
	if !ok {
		return fmt.Errorf("not a set")
	}
	*target = s
	return nil
}

// DecodeList decodes an array or a set of objects. The result has the order of the array, or the sort order of the set.
func DecodeList[T any](target *[]T, term *Term, members Members[T]) error {
	// Both ast.Set and *ast.Array have these methods.
	collection, ok := term.Value.(interface {
		Len() int
		Iter(func(*Term) error) error
	})
	if !ok {
		return fmt.Errorf("not a list")
	}
	*target = make([]T, 0, collection.Len())
	return collection.Iter(func(member *Term) error {
		var item T
		if err := members.Decode(&item, member); err != nil {
			return err
		}
		*target = append(*target, item)
		return nil
	})
}

// DecodeObject decodes an object with any keys: it calls decode with each key and its value.
func DecodeObject(term *Term, decode func(key, member *Term) error) error {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return fmt.Errorf("not an object")
	}
	return object.Iter(decode)
}

// Member returns the named member of an object, or nil if the object does not have it. It returns an error if the term is not an object.
func Member(term *Term, name string) (*Term, error) {
	object, ok := term.Value.(ast.Object)
	if !ok {
		return nil, fmt.Errorf("not an object")
	}
	return object.Get(ast.InternedTerm(name)), nil
}

// FindWords returns the strings in the set at a key of an object, in sorted order. It returns an error if the object does not have the key.
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
	// Slice returns the members of a set in sorted order.
	for i, term := range members.Slice() {
		if err := DecodeText(&words[i], term); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return words, nil
}
