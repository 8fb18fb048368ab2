package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	k8sschema "k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind says which values a field takes.
type Kind int

// The kinds of fields.
const (
	// KindAny is a field of which the schema says nothing.
	KindAny Kind = iota
	// KindText is a text; KindDay is one that is a day, as YYYY-MM-DD.
	KindText
	KindDay
	// KindNumber is a whole number, and KindFlag is true or false.
	KindNumber
	KindFlag
	// KindList is a list. KindObject is an object with known members, and KindMap one whose keys the user chooses.
	KindList
	KindObject
	KindMap
)

// Field is a field of a kind of objects, or an item of a list, as the schema describes it. Of the zero value, nothing is known.
type Field struct{ structural schema.Structural }

// FindField returns the field at a path such as `spec.processors[0].country`. An index can be left out (`spec.processors[].country`). It
// returns false if objects of the kind cannot have the field, or if the kind is unknown.
func (v *Validator) FindField(gvk k8sschema.GroupVersionKind, path string) (Field, bool) {
	k, known := v.kinds[gvk]
	if !known {
		return Field{}, false
	}
	f := Field{*k.structural}
	for element := range strings.SplitSeq(path, ".") {
		name, _, _ := strings.Cut(element, "[")
		if f, known = f.Member(name); !known {
			return Field{}, false
		}
		for range strings.Count(element, "[") {
			if f.Kind() != KindList {
				return Field{}, false
			}
			f = f.Item()
		}
	}
	return f, true
}

// Describe says in a sentence without a full stop what the field at a path means, and which values it takes; "" if there is no such field.
func (v *Validator) Describe(gvk k8sschema.GroupVersionKind, path string) string {
	f, known := v.FindField(gvk, path)
	switch {
	case !known:
		return ""
	case f.Meaning() == "":
		return "It takes " + f.Allowed()
	}
	return f.Meaning() + ". It takes " + f.Allowed()
}

// Kind says which values the field takes.
func (f Field) Kind() Kind {
	switch f.structural.Type {
	case "array":
		return KindList
	case "boolean":
		return KindFlag
	case "integer":
		return KindNumber
	case "object":
		if len(f.structural.Properties) > 0 {
			return KindObject
		}
		if f.structural.AdditionalProperties != nil {
			return KindMap
		}
	case "string":
		if f.structural.ValueValidation != nil && f.structural.ValueValidation.Format == "date" {
			return KindDay
		}
		return KindText
	}
	return KindAny
}

// Item returns what an item of the list is.
func (f Field) Item() Field {
	if f.structural.Items == nil {
		return Field{}
	}
	return Field{*f.structural.Items}
}

// Member returns the member of an object by its name, or what the value of any key of a map is. It returns false if the object has no such
// member.
func (f Field) Member(name string) (Field, bool) {
	if property, known := f.structural.Properties[name]; known {
		return Field{property}, true
	}
	if additional := f.structural.AdditionalProperties; additional != nil && additional.Structural != nil {
		return Field{*additional.Structural}, true
	}
	anything := f.structural.XPreserveUnknownFields
	return Field{schema.Structural{Extensions: schema.Extensions{XPreserveUnknownFields: anything}}}, anything
}

// ListMembers returns the names of the members of an object: those that it must have first, then the others, each sorted.
func (f Field) ListMembers() []string {
	var required []string
	if f.structural.ValueValidation != nil {
		required = slices.Sorted(slices.Values(f.structural.ValueValidation.Required))
	}
	optional := slices.DeleteFunc(slices.Sorted(maps.Keys(f.structural.Properties)), func(name string) bool { return slices.Contains(required, name) })
	return slices.Concat(required, optional)
}

// IsRequired reports whether an object must have the member.
func (f Field) IsRequired(member string) bool {
	return f.structural.ValueValidation != nil && slices.Contains(f.structural.ValueValidation.Required, member)
}

// ListWords returns the words of a closed list that a text must be one of; nothing if there is no such list.
func (f Field) ListWords() []string {
	var words []string
	if f.structural.ValueValidation == nil {
		return nil
	}
	for _, value := range f.structural.ValueValidation.Enum {
		words = append(words, fmt.Sprint(value.Object))
	}
	return words
}

// Minimum returns the smallest number that the field takes; 0 if the schema does not say it.
func (f Field) Minimum() int64 {
	if v := f.structural.ValueValidation; v != nil && v.Minimum != nil {
		return int64(*v.Minimum)
	}
	return 0
}

// Meaning returns the first sentence of the description of the field, without a full stop; "" if it has none.
func (f Field) Meaning() string {
	text := strings.Join(strings.Fields(f.structural.Description), " ")
	sentence, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(sentence, ".")
}

// Description returns the whole description of the field, in one line; "" if it has none.
func (f Field) Description() string {
	return strings.Join(strings.Fields(f.structural.Description), " ")
}

// Allowed says which values the field takes, such as `one of none, human-decides` or `a list; each item is one of web, voice`.
func (f Field) Allowed() string {
	switch f.Kind() {
	case KindList:
		return "a list; each item is " + f.Item().Allowed()
	case KindFlag:
		return "true or false"
	case KindNumber:
		return "a whole number" + f.describeBounds()
	case KindDay:
		return "a day as YYYY-MM-DD"
	case KindMap:
		value, _ := f.Member("")
		return "a map; each value is " + value.Allowed()
	case KindAny:
		return "any value"
	case KindObject:
		return "an object with members among " + strings.Join(f.ListMembers(), ", ")
	}
	if words := f.ListWords(); len(words) > 0 {
		return "one of " + strings.Join(words, ", ")
	}
	return "a text"
}

// describeBounds returns ` from 0 to 120` for a number; "" if it has no bounds.
func (f Field) describeBounds() string {
	v := f.structural.ValueValidation
	switch {
	case v == nil || v.Minimum == nil && v.Maximum == nil:
		return ""
	case v.Maximum == nil:
		return fmt.Sprintf(" of at least %d", int64(*v.Minimum))
	case v.Minimum == nil:
		return fmt.Sprintf(" of at most %d", int64(*v.Maximum))
	}
	return fmt.Sprintf(" from %d to %d", int64(*v.Minimum), int64(*v.Maximum))
}

// Matches reports whether a text has the form that the field asks for.
func (f Field) Matches(text string) bool {
	v := f.structural.ValueValidation
	if v == nil || v.Pattern == "" {
		return true
	}
	matched, err := regexp.MatchString(v.Pattern, text)
	return err == nil && matched
}
