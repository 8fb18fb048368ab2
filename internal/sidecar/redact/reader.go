package redact

import (
	"unicode"
	"unicode/utf8"
)

// reader reads a view forward from a trigger. What it reads lies at most 256 bytes (openBytes) after the trigger.
type reader struct {
	v *view
	// from is the index of the trigger.
	from int
	// isShort means that text was read that has not arrived, so that the decision must wait.
	isShort bool
}

// at returns the character at index i; 0 if there is none.
func (r *reader) at(i int) byte {
	if r.v.isOpen(r.from, i) {
		r.isShort = true
		return 0
	}
	return r.v.readAfter(i, r.from)
}

// has reports whether the character at index i has one of the classes.
func (r *reader) has(i int, c class) bool { return classes[r.at(i)]&c != 0 }

// isWord reports whether the character at index i is a letter or a digit.
func (r *reader) isWord(i int) bool { return r.has(i, isLetter|isDigit) }

// character returns the character at index i in lower case, as the original text has it, and the index after it. It is 0 at the end.
func (r *reader) character(i int) (rune, int) {
	c := r.at(i)
	if c < utf8.RuneSelf {
		return unicode.ToLower(rune(c)), i + 1
	}
	text := r.v.original[r.v.offset(i):]
	found, _ := utf8.DecodeRune(text)
	if found == '\\' {
		found, _ = decodeEscape(text)
	}
	return unicode.ToLower(found), i + 1
}

// canEndWord reports whether a word can end before index i.
func (r *reader) canEndWord(i int) bool {
	return !r.isWord(i) || r.v.folded[i-1] == otherCharacter
}

// decide returns a decision about the text from start to end.
func (r *reader) decide(isFound bool, kind Kind, start, end int) match {
	switch {
	case r.isShort:
		return match{verdict: needsMore, start: r.from}
	case isFound:
		return match{verdict: yes, kind: kind, start: start, end: end}
	}
	return match{}
}
