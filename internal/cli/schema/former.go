package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// explainUnknown says what to do about a field that the schema does not know, at a path such as `spec.ports[0].api` of the object.
func explainUnknown(object map[string]any, path string) string {
	replaced, isFormer := formerFields()[anyIndex.ReplaceAllString(path, "[]")]
	value := findValue(object, path)
	if !isFormer || value == nil {
		return "remove it or correct its name"
	}
	content, err := json.Marshal(value)
	if err != nil {
		return "remove it: " + replaced.by + " took its place"
	}
	text := string(content)
	if plain, isText := value.(string); isText && isPlainText.MatchString(plain) {
		text = plain
	}
	return fmt.Sprintf("%s took its place, so write `%s` instead", replaced.by, fmt.Sprintf(replaced.line, text))
}

// former is what took the place of a field: the name of the new one, and a line to paste with `%s` for the value.
type former struct{ by, line string }

// formerFields returns, by path, what took the place of the fields that earlier versions of the kinds had.
func formerFields() map[string]former {
	return map[string]former{
		"spec.ports[].api":      {"shape", "shape: %s"},
		"spec.ports[].path":     {"parameters", "parameters: {path: %s}"},
		"spec.processors[].api": {"shape", "shape: %s"},
	}
}

var (
	// anyIndex matches the index of an item in a path, such as `[0]`.
	anyIndex = regexp.MustCompile(`\[\d+\]`)
	// isPlainText matches texts that YAML reads as such without quotes, also within braces.
	isPlainText = regexp.MustCompile(`^[a-z/][A-Za-z0-9._~/-]*$`)
)

// findValue returns the value at a path such as `spec.ports[0].api`; nil if there is none.
func findValue(object map[string]any, path string) any {
	var value any = object
	for element := range strings.SplitSeq(path, ".") {
		name, index, isItem := strings.Cut(strings.TrimSuffix(element, "]"), "[")
		members, _ := value.(map[string]any)
		value = members[name]
		if !isItem {
			continue
		}
		items, _ := value.([]any)
		i, err := strconv.Atoi(index)
		if err != nil || i >= len(items) {
			return nil
		}
		value = items[i]
	}
	return value
}
