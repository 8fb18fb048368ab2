package truth

import "strings"

// jsonMode says whether a text is a JSON document.
type jsonMode uint8

const (
	// unknownJSON is that of a text of which only blanks have been read, and maybeJSON that of one that begins with a bracket.
	unknownJSON jsonMode = iota
	maybeJSON
	isJSON
	noJSON
)

// jsonContext follows the strings of a JSON document. Only those that are values are read.
type jsonContext struct {
	mode  jsonMode
	first rune
	// inString means that the character stands in a string, and isName that the string is the name of a member.
	inString, isName bool
	// before is the latest bracket, colon or comma outside of strings.
	before rune
	// objects has a bit for each bracket that is open, from the lowest on the innermost one: 1 for an object.
	objects uint64
}

// isRead reports whether what stands here can be read by people.
func (j *jsonContext) isRead() bool { return j.mode != isJSON || j.inString && !j.isName }

// isOutside reports whether the character stands outside of all strings of a document.
func (j *jsonContext) isOutside() bool { return j.mode == isJSON && !j.inString }

// hasEscapes reports whether a backslash begins an escape here.
func (j *jsonContext) hasEscapes() bool { return j.mode == isJSON && j.inString }

// pass takes a character that no escape stands for, and reports whether it begins or ends a string.
func (j *jsonContext) pass(r rune) (isEdge bool) {
	if j.mode == noJSON || strings.ContainsRune(" \t\r\n", r) {
		return false
	}
	if j.mode != isJSON && !j.begin(r) {
		return false
	}
	if r == '"' {
		j.inString = !j.inString
		inObject := j.objects&1 == 1
		j.isName = j.inString && inObject && j.before != ':'
		return true
	}
	if !j.inString {
		j.structure(r)
	}
	return false
}

// begin takes the first two characters of a text, and reports whether the second one tells that the text is a document.
func (j *jsonContext) begin(r rune) bool {
	isFirst := j.mode == unknownJSON
	second := map[rune]string{'{': `"`, '[': `{["`}[j.first]
	switch {
	case isFirst && (r == '{' || r == '['):
		j.mode, j.first = maybeJSON, r
		return false
	case isFirst, !strings.ContainsRune(second, r):
		j.mode = noJSON
		return false
	}
	j.mode = isJSON
	j.structure(j.first)
	return true
}

// structure takes a character outside of strings.
func (j *jsonContext) structure(r rune) {
	switch r {
	case '{':
		j.objects = j.objects<<1 | 1
	case '[':
		j.objects <<= 1
	case '}', ']':
		j.objects >>= 1
	case ':', ',':
	default:
		return
	}
	j.before = r
}
