// Package blank knows the fields of a declaration that only people can answer. A draft leaves them blank: their value is null. An API
// server drops such a field as if it were not declared, and refuses the draft only if the field is required. The package finds all blanks,
// and has a question for each.
package blank

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

//go:embed questions.yaml
var questionsFile []byte

// Blank is a field of a declaration that is left blank.
type Blank struct {
	// Field is the path of the field below spec, for example `processors[0].country`.
	Field string
	// Question asks for the value.
	Question string
}

// String returns `spec.processors[0].country: In which country …`.
func (b Blank) String() string { return "spec." + b.Field + ": " + b.Question }

// list returns the questions in their order, each with its field, which has `[]` for each index.
var list = sync.OnceValue(func() []Blank {
	var list []Blank
	_ = yaml.UnmarshalStrict(questionsFile, &list) // A test shows that the file can be read.
	return list
})

// questions returns the question by field, with `[]` for each index.
var questions = sync.OnceValue(func() map[string]string {
	byField := map[string]string{}
	for _, q := range list() {
		byField[q.Field] = q.Question
	}
	return byField
})

// index matches the index of an item in a field, such as `[0]`.
var index = regexp.MustCompile(`\[\d+\]`)

// Ask returns the question for a field below spec that drafts leave blank; "" for any other field.
func Ask(field string) string { return questions()[index.ReplaceAllString(field, "[]")] }

// Find returns the blanks of a specification in the order of the questions (questions.yaml), those of one field of spec together, and then
// those without a question of their own, which describe says in words: it returns what a field below spec means.
func Find(spec map[string]any, describe func(field string) string) []Blank {
	found := find(spec, "")
	for i, b := range found {
		if b.Question == "" {
			found[i].Question = askGenerally(describe(b.Field))
		}
	}
	slices.SortStableFunc(found, func(a, b Blank) int { return cmp.Compare(position(a.Field), position(b.Field)) })
	return found
}

// askGenerally returns the question for a field of which only the description is known; it is empty if declarations have no such field.
func askGenerally(description string) string {
	if description == "" {
		return "A declaration has no such field: remove it"
	}
	return "What is true of the chatbot? " + description + ". Remove the field if there is nothing to say"
}

// position returns the position of the first question about the field of spec that a path leads into; the number of questions if there is none.
func position(path string) int {
	if i := slices.IndexFunc(list(), func(q Blank) bool { return top(q.Field) == top(path) }); i >= 0 {
		return i
	}
	return len(list())
}

// top returns the field of spec that a path leads into: `processors` for `processors[0].country`.
func top(path string) string {
	if end := strings.IndexAny(path, ".["); end >= 0 {
		return path[:end]
	}
	return path
}

// find returns the blanks at and below a value, which is at the path.
func find(value any, path string) []Blank {
	var found []Blank
	switch value := value.(type) {
	case nil:
		return []Blank{{Field: path, Question: Ask(path)}}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			found = append(found, find(value[key], strings.TrimPrefix(path+"."+key, "."))...)
		}
	case []any:
		for i, item := range value {
			found = append(found, find(item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return found
}
