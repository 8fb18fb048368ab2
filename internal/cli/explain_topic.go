package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/rulebook"
)

// topics are what explain knows besides the pages of rules: the fields of a declaration, by the schema, and the words that they take.
type topics struct {
	book      *rulebook.Book
	validator *schema.Validator
}

// declarationKind is the kind of object whose fields are topics.
var declarationKind = v1alpha1.GroupVersion.WithKind("ChatbotDeployment")

// specPrefix begins the paths of all fields that a declaration states.
const specPrefix = "spec."

// describedColumn is the column in which the texts about a topic begin.
const describedColumn = 17

// mostCodes bounds the places and sectors that are listed as those whose law names a word.
const mostCodes = 12

// format returns the page of a field, or of a word, or of both if both have the name. For a name that neither has, it returns the page of the
// only field whose description has it: `kill switch`.
func (t *topics) format(name string) (text string, ok bool) {
	var pages []string
	if field, exists := t.findField(name); exists {
		pages = append(pages, t.formatField(field))
	}
	if page := t.formatWord(name); page != "" {
		pages = append(pages, page)
	}
	if described := t.listDescribed(name); len(pages) == 0 && len(described) == 1 {
		pages = append(pages, t.formatField(described[0]))
	}
	return strings.Join(pages, "\n"), len(pages) > 0
}

// listFields returns the paths of the fields that a declaration can state, without the items of lists.
func (t *topics) listFields() []string {
	fields := t.validator.ListFields(declarationKind, "spec")
	fields = slices.DeleteFunc(fields, func(field string) bool { return strings.HasSuffix(field, "[]") || strings.HasSuffix(field, "*") })
	for i := range fields {
		fields[i] = specPrefix + fields[i]
	}
	return fields
}

// findField returns the path of the field with a name: the path itself, with or without spec, or the end of the only path that ends so.
func (t *topics) findField(name string) (path string, ok bool) {
	for _, path := range []string{name, specPrefix + name} {
		if _, known := t.validator.FindField(declarationKind, path); known && strings.HasPrefix(path, specPrefix) {
			return path, true
		}
	}
	for _, end := range []string{"." + name, upperFirst(name)} { // A field, or the last word of one: basis of lawfulBasis.
		matching := slices.DeleteFunc(t.listFields(), func(field string) bool { return !strings.HasSuffix(field, end) })
		if len(matching) == 1 && name != "" {
			return matching[0], true
		}
	}
	return "", false
}

// listDescribed returns the paths of the fields whose description has the words, in upper or lower case.
func (t *topics) listDescribed(words string) []string {
	return slices.DeleteFunc(t.listFields(), func(path string) bool {
		field, _ := t.validator.FindField(declarationKind, path)
		return len(words) < 3 || !strings.Contains(strings.ToLower(field.Description()), strings.ToLower(words))
	})
}

func upperFirst(name string) string {
	return strings.ToUpper(name[:min(1, len(name))]) + name[min(1, len(name)):]
}

// formatField returns the page of a field: what it means, which values it takes, and which rules are about it.
func (t *topics) formatField(path string) string {
	field, _ := t.validator.FindField(declarationKind, path)
	var out strings.Builder
	out.WriteString(path + "\n\n")
	report.WriteParagraph(&out, "", field.Description())
	out.WriteString("\n")
	writeDescribed(&out, "Takes", field.Allowed())
	members := field
	if field.Kind() == schema.KindList {
		members = field.Item()
	}
	for _, name := range members.ListMembers() {
		if member, known := members.Member(name); known {
			writeDescribed(&out, "- "+name, member.Meaning())
		}
	}
	rules := t.book.ListRules(path)
	writeDescribed(&out, "Rules", strings.Join(rules, ", "))
	if len(rules) > 0 {
		out.WriteString("\n`kubectl chaperone explain RULE` says what each requires, by which law.\n")
	}
	return out.String()
}

// formatWord returns the page of a word: what it means, which fields take it, and whose law names it; "" if it is no word of a declaration.
func (t *topics) formatWord(word string) string {
	var out strings.Builder
	for _, m := range t.book.ListMeanings(word) {
		out.WriteString("\n")
		writeDescribed(&out, "Is", m.Kind)
		writeDescribed(&out, "Means", m.Text)
		writeDescribed(&out, "Field", m.Field)
		writeDescribed(&out, "Rule", m.Rule)
		writeDescribed(&out, "Named by", joinSome(m.Codes, mostCodes))
	}
	for _, path := range t.listTaking(word) {
		out.WriteString("\n")
		writeDescribed(&out, "Is", "a value of a field")
		writeDescribed(&out, "Field", path)
		field, _ := t.validator.FindField(declarationKind, path)
		writeDescribed(&out, "About", field.Description())
	}
	if out.Len() == 0 {
		return ""
	}
	return word + "\n" + out.String()
}

// listTaking returns the fields of which the schema names a word as a value, and which ListMeanings does not know.
func (t *topics) listTaking(word string) []string {
	known := t.book.ListMeanings(word)
	var taking []string
	for _, path := range t.listFields() {
		field, _ := t.validator.FindField(declarationKind, path)
		if field.Kind() == schema.KindList {
			field = field.Item()
		}
		isKnown := slices.ContainsFunc(known, func(m rulebook.Meaning) bool { return m.Field != "" && strings.HasPrefix(path, m.Field) })
		if !isKnown && slices.Contains(field.ListWords(), word) {
			taking = append(taking, path)
		}
	}
	return taking
}

// listNames returns what can be explained: rules, fields and words.
func (t *topics) listNames() []string {
	return slices.Concat(t.book.List(), t.listFields(), t.book.ListWords())
}

// mostFields bounds the fields of one object that are suggested for a name.
const mostFields = 6

// suggest returns the names that are nearest to one that does not exist: fields of the same object that contain the last part of the name, names
// that contain it, or else those with the fewest edits.
func (t *topics) suggest(name string) []code {
	var known, beside, containing []code
	word := strings.ToLower(strings.TrimPrefix(name, specPrefix))
	last := strings.LastIndex(word, ".") + 1
	for _, topic := range t.listNames() {
		known = append(known, code{code: topic})
		lower := strings.ToLower(topic)
		if len(word) > 2 && strings.Contains(lower, word) {
			containing = append(containing, code{code: topic})
		}
		if rest, isBelow := strings.CutPrefix(lower, specPrefix+word[:last]); isBelow && last > 0 && strings.Contains(rest, word[last:]) {
			beside = append(beside, code{code: topic})
		}
	}
	switch {
	case len(beside) > 0 && len(beside) <= mostFields:
		return beside
	case len(containing) > 0:
		return findNearest(word, containing)
	}
	return findNearest(strings.ToLower(name), known)
}

// writeDescribed writes a name and what is said of it; nothing if nothing is.
func writeDescribed(out *strings.Builder, name, text string) {
	if text != "" {
		report.WriteHanging(out, fmt.Sprintf("%-*s ", describedColumn-1, name+":"), text, describedColumn)
	}
}

// joinSome returns at most so many items, and the number of the others.
func joinSome(items []string, most int) string {
	if len(items) <= most {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s, and %d more", strings.Join(items[:most], ", "), len(items)-most)
}
