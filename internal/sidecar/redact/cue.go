package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// cueAfterBytes is how far after an identifier a cue can stand, in bytes of the folded text.
	cueAfterBytes = 40
	// maxCueWords is the most words of a cue.
	maxCueWords = 3
)

// cues tell which words announce which identifiers.
type cues struct {
	// words maps a cue, of one to maxCueWords words with a space between two, to the identifiers that it announces.
	words map[string][]*nationalID
	// signs are the cues in scripts that write no spaces between words.
	signs []signCue
}

// signCue is a cue in a script that writes no spaces between words.
type signCue struct {
	text string
	of   *nationalID
}

// add adds the cues of an identifier.
func (c *cues) add(id *nationalID) {
	if c.words == nil {
		c.words = map[string][]*nationalID{}
	}
	for _, cue := range id.Cues {
		first, _ := utf8.DecodeRuneInString(cue)
		if unicode.In(first, spaceless...) {
			c.signs = append(c.signs, signCue{cue, id})
			continue
		}
		c.words[cue] = append(c.words[cue], id)
	}
}

// announces reports whether a cue announces the identifier.
func (c *cues) announces(cue string, id *nationalID) bool {
	for _, of := range c.words[cue] {
		if of == id {
			return true
		}
	}
	return false
}

// readCue decides whether the words around an identifier allow it to be one: for a form that is found alone, no word such as "order" is
// directly before it; for other forms, a cue precedes or follows. i is the trigger.
func (v *view) readCue(start, i, end int, form *idForm, forms *idForms) verdict {
	switch v.readCueBefore(start, i, form.of, &forms.cues) {
	case telephoneHint: // A cue precedes.
		return yes
	case referenceHint:
		return no
	}
	if form.isAlone {
		return yes
	}
	return v.readCueAfter(start, end, form.of, &forms.cues)
}

// readCueBefore returns what the words before the index start say about an identifier: telephoneHint if a cue announces it, and
// referenceHint if a word such as "order" does. It reads at most lookBytes before the trigger i.
func (v *view) readCueBefore(start, i int, id *nationalID, all *cues) hint {
	text := v.readText(v.offset(i)-lookBytes, v.offset(start))
	if all.hasSign(text, id) {
		return telephoneHint
	}
	return findCueBefore(text, id, all)
}

// findCueBefore does the work of readCueBefore for cues of words. Of the words, the last one comes first.
func findCueBefore(text string, id *nationalID, all *cues) hint {
	if isEnd := strings.LastIndexAny(text, "!?;"); isEnd >= 0 {
		text = text[isEnd+1:]
	}
	words := strings.FieldsFunc(text, isNoLetter)
	for last := len(words); last > 0; last-- {
		for first := max(0, last-maxCueWords); first < last; first++ {
			if all.announces(strings.Join(words[first:last], " "), id) {
				return telephoneHint
			}
		}
		switch findMeaning([]byte(words[last-1])) {
		case referenceWord, articleWord, referencesWord, phoneWord:
			if words[last-1] != "id" {
				return referenceHint
			}
		}
	}
	return noHint
}

// readCueAfter decides whether a cue follows the identifier from start to end, in the same sentence and before another number.
func (v *view) readCueAfter(start, end int, id *nationalID, all *cues) verdict {
	last := v.findCuesEnd(end)
	if v.isOpen(start, last) && last-end < cueAfterBytes {
		return needsMore
	}
	if v.offset(last)-v.offset(start) > openBytes {
		return no
	}
	text := v.readText(v.offset(end), v.offset(last))
	isOfNext := last < len(v.folded) && (isDigitByte(v.folded[last]) || v.folded[last] == ':') // The words announce what follows.
	if all.hasSign(text, id) || !isOfNext && all.hasWords(text, id) {
		return yes
	}
	return no
}

// findCuesEnd returns where the cues after an identifier that ends before the index end can end.
func (v *view) findCuesEnd(end int) int {
	last := end
	for last < len(v.folded) && last-end < cueAfterBytes && !endsCues(v.folded[last]) {
		last++
	}
	return last
}

// hasSign reports whether a text has a cue of a script without spaces that announces the identifier.
func (c *cues) hasSign(text string, id *nationalID) bool {
	for _, sign := range c.signs {
		if sign.of == id && strings.Contains(text, sign.text) {
			return true
		}
	}
	return false
}

// hasWords reports whether a text has a cue of words that announces the identifier.
func (c *cues) hasWords(text string, id *nationalID) bool {
	words := strings.FieldsFunc(text, isNoLetter)
	for first := range words {
		for end := first + 1; end <= min(len(words), first+maxCueWords); end++ {
			if c.announces(strings.Join(words[first:end], " "), id) {
				return true
			}
		}
	}
	return false
}

// endsCues reports whether a cue can no longer follow after a character.
func endsCues(c byte) bool {
	return c == '\n' || c == '!' || c == '?' || c == ';' || c == ':' || c == '.' || isDigitByte(c)
}

// readText returns the original text from one offset to another, in lower case. It begins with the first whole character.
func (v *view) readText(from, to int) string {
	from = v.offset(v.findIndex(max(from, 0)))
	return strings.ToLower(string(v.original[min(from, to):to]))
}

// isNoLetter reports whether a character separates words. Accents that follow their letter belong to it.
func isNoLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }
