package calls

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// What calls say of the model, compared with the declaration.
const (
	// ModelDeclared is the declared model, as far as the name tells.
	ModelDeclared = "declared"
	// ModelOther is another model, or another version of it.
	ModelOther = "other"
)

// Model is the declared model, whose name people write: `Claude Sonnet 4.5`. It is immutable.
type Model struct {
	name, version []string
}

// sizes are words by which makers name other models of a family.
var sizes = []string{"flash", "haiku", "large", "lite", "max", "medium", "micro", "mini", "nano", "opus", "pro", "small", "sonnet", "tiny", "ultra"}

// NewModel returns the model with a declared name and version, or nil without a name.
func NewModel(name, version string) *Model {
	if m := (&Model{splitWords(name), splitWords(version)}); len(m.name) > 0 {
		return m
	}
	return nil
}

// splitWords returns the words of a name in lower case. Letters and digits that follow each other are one word.
func splitWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// Compare returns ModelDeclared or ModelOther for the identifier of a model in a call, such as `eu.anthropic.claude-sonnet-4-5-20250929-v1:0`, or ""
// for none. The identifier must have the words of the declared name one after the other, with no word before or after them that names another
// size. If numbers follow, the declared version must be among them; an identifier without any says nothing about the version.
func (m *Model) Compare(identifier string) string {
	words := splitWords(identifier)
	if len(words) == 0 {
		return ""
	}
	for at := range words {
		if at+len(m.name) <= len(words) && slices.Equal(words[at:at+len(m.name)], m.name) && m.fits(words[:at], words[at+len(m.name):]) {
			return ModelDeclared
		}
	}
	return ModelOther
}

// fits reports whether the words before and after the name in an identifier are those of the declared version.
func (m *Model) fits(before, after []string) bool {
	isSize := func(word string) bool { return slices.Contains(sizes, word) && !slices.Contains(m.version, word) }
	if len(before) > 0 && isSize(before[len(before)-1]) || len(after) > 0 && isSize(after[0]) {
		return false
	}
	if len(m.version) == 0 || !slices.ContainsFunc(after, beginsWithNumber) {
		return true
	}
	text, version := strings.Join(after, ""), strings.Join(m.version, "")
	return strings.Contains(text, version)
}

func beginsWithNumber(word string) bool {
	return word[0] >= '0' && word[0] <= '9' || len(word) > 1 && word[0] == 'v' && word[1] >= '0' && word[1] <= '9'
}

// FindMember returns the text of a member of the object that a body is, or "". The body is one that jsontext.Rewrite has written.
func FindMember(body []byte, name string) string {
	if len(body) == 0 || body[0] != '{' {
		return ""
	}
	for s := range jsontext.Spans(body, 0) {
		if string(s.Name) == name {
			var text string
			_ = json.Unmarshal(body[s.Value:s.End], &text) // Another kind of value is no name.
			return text
		}
	}
	return ""
}
