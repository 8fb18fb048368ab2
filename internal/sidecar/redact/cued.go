package redact

const (
	// maxLinks is how many words, with the signs around them, can stand between a cue and what it announces, and maxSigns how many signs.
	maxLinks, maxSigns = 4, 6
)

// valueEnds has, by Kind, the function that returns the end of what a cue of the kind announces at index i; 0 if it is none.
var valueEnds = [kindCount]func(r *reader, i int) int{
	Password: readPassword, PIN: readPIN, OneTimeCode: readOneTimeCode, SecurityCode: readSecurityCode, BankAccount: readAccount,
}

// startsCue reports whether a cue can begin at index i: the character begins a word, or belongs to a script without spaces.
func (w *cueWords) startsCue(v *view, i int) bool {
	c := v.folded[i]
	return w.starts[c] && (c == otherCharacter || !v.hasClassBefore(i-1, i, isLetter|isDigit))
}

// match decides whether a cue begins at index i and announces personal data.
func (w *cueWords) match(v *view, i int) match {
	r := &reader{v: v, from: i}
	node, end := w.cues.read(r, i)
	if node == 0 {
		return r.decide(false, 0, 0, 0)
	}
	start := w.skipLinks(r, end)
	for _, kind := range w.cues[node].kinds {
		if valueEnd := valueEnds[kind](r, start); start > end && valueEnd > 0 {
			return r.decide(true, kind, start, valueEnd)
		}
	}
	m := r.decide(false, 0, 0, 0)
	m.end = end
	return m
}

// skipLinks returns the index after the signs and words that can stand between a cue and what it announces, from index i on.
func (w *cueWords) skipLinks(r *reader, i int) int {
	for range maxLinks {
		for range maxSigns {
			if !isLinkSign(r.at(i)) {
				break
			}
			i++
		}
		node, end := w.links.read(r, i)
		isSpaced := isLinkSign(r.at(end)) || end > 0 && r.v.folded[end-1] == otherCharacter
		if node == 0 || !isSpaced {
			break
		}
		i = end
	}
	return i
}

// isLinkSign reports whether a sign can stand between a cue and what it announces.
func isLinkSign(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\r', ':', '=', '"', '\'', '`', '#', '(', '*', '>', '-':
		return true
	}
	return c == otherCharacter
}
