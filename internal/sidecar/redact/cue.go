package redact

import (
	"slices"
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

// readCues are the cues that stand before or after an index of the view, for one list of cues.
type readCues struct {
	of *cues
	at int
	// announced are the identifiers that the cues announce.
	announced []*nationalID
	// isReference means that a word such as "order" stands before the index, and after the cues that count.
	isReference bool
	// verdict is needsMore if more text can have a cue.
	verdict verdict
}

// announces reports whether a cue announces the identifier.
func (r *readCues) announces(id *nationalID) bool { return slices.Contains(r.announced, id) }

// addSigns adds what the cues of scripts without spaces in the text announce.
func (r *readCues) addSigns(text string) {
	for _, sign := range r.of.signs {
		if strings.Contains(text, sign.text) {
			r.announced = append(r.announced, sign.of)
		}
	}
}

// addWords adds what cues of words announce, of which the last one ends with the last of the words.
func (r *readCues) addWords(words []string) {
	for first := max(0, len(words)-maxCueWords); first < len(words); first++ {
		r.announced = append(r.announced, r.of.words[strings.Join(words[first:], " ")]...)
	}
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
	r := &v.cuesBefore
	if r.of != all || r.at != start {
		*r = readCues{of: all, at: start, announced: r.announced[:0]}
		v.findCuesBefore(r, v.offset(i)-lookBytes, v.offset(start))
	}
	switch {
	case r.announces(id):
		return telephoneHint
	case r.isReference:
		return referenceHint
	}
	return noHint
}

// findCuesBefore reads the cues between two offsets of the original text. Of the words, the last one comes first.
func (v *view) findCuesBefore(r *readCues, from, to int) {
	if !hasLetters(v.original[max(from, 0):to]) {
		return
	}
	text := v.readText(from, to)
	r.addSigns(text)
	if isEnd := strings.LastIndexAny(text, "!?;"); isEnd >= 0 {
		text = text[isEnd+1:]
	}
	words := strings.FieldsFunc(text, isNoLetter)
	for last := len(words); last > 0 && !r.isReference; last-- {
		r.addWords(words[:last])
		switch findMeaning([]byte(words[last-1])) {
		case referenceWord, articleWord, referencesWord, phoneWord:
			r.isReference = words[last-1] != "id"
		}
	}
}

// hasLetters reports whether a text has a letter, or a character beyond ASCII.
func hasLetters(text []byte) bool { return collectClasses(text)&(isLetter|isWide) != 0 }

// readCueAfter decides whether a cue follows the identifier from start to end, in the same sentence and before another number.
func (v *view) readCueAfter(start, end int, id *nationalID, all *cues) verdict {
	r := &v.cuesAfter
	if r.of != all || r.at != end {
		*r = readCues{of: all, at: end, announced: r.announced[:0]}
		v.findCuesAfter(r, start, end)
	}
	if r.announces(id) {
		return yes
	}
	return r.verdict
}

// findCuesAfter reads the cues after the identifier from start to end.
func (v *view) findCuesAfter(r *readCues, start, end int) {
	last := v.findCuesEnd(end)
	switch {
	case v.isOpen(start, last) && last-end < cueAfterBytes:
		r.verdict = needsMore
		return
	case v.offset(last)-v.offset(start) > openBytes, !hasLetters(v.original[v.offset(end):v.offset(last)]):
		return
	}
	text := v.readText(v.offset(end), v.offset(last))
	r.addSigns(text)
	if last < len(v.folded) && (isDigitByte(v.folded[last]) || v.folded[last] == ':') {
		return // The words announce what follows.
	}
	words := strings.FieldsFunc(text, isNoLetter)
	for last := range words {
		r.addWords(words[:last+1])
	}
}

// findCuesEnd returns where the cues after an identifier that ends before the index end can end.
func (v *view) findCuesEnd(end int) int {
	last := end
	for last < len(v.folded) && last-end < cueAfterBytes && !endsCues(v.folded[last]) {
		last++
	}
	return last
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
