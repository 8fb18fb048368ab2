package redact

const (
	// maxIdentifierSize bounds the characters of a form, with what separates them.
	maxIdentifierSize = 24
	// centurySigns are the signs of the century in the Finnish identity code.
	centurySigns = "-+ABCDEFUVWXY"
)

// matchNationalID decides whether the digit at index i is the first digit of an identifier of one of the forms.
func (v *view) matchNationalID(i int, forms *idForms) match {
	if forms == nil {
		return match{}
	}
	run := v.countRun(i)
	if v.isOpen(i, i+run) && run < len(forms.byRun) { // More digits can follow.
		return match{verdict: needsMore, start: v.findIDStart(i)}
	}
	if run >= len(forms.byRun) {
		return match{}
	}
	for f := range forms.byRun[run] {
		if m := v.matchIDForm(i, &forms.byRun[run][f], forms); m.verdict != no {
			return m
		}
	}
	return match{}
}

// countRun returns how many digits follow each other from index i on, but at most one more than a form begins with.
func (v *view) countRun(i int) int {
	run := 0
	for run <= maxRun+1 && v.hasClass(i+run, isDigit) && v.isWithinLook(i, i+run) {
		run++
	}
	return run
}

// findIDStart returns where an identifier whose first digit is at index i can begin: the letters, hyphens and single spaces before it that
// the window has not written.
func (v *view) findIDStart(i int) int { return v.findTail(i) }

// matchIDForm decides whether an identifier in the form begins at its first digit, which is at index i.
func (v *view) matchIDForm(i int, form *idForm, forms *idForms) match {
	start := i - form.first
	if !v.canReadID(start, i) {
		return match{}
	}
	characters, verdict := v.readIDForm(v.idMemory[:0], i, start, form.text)
	if verdict != yes {
		return v.decideID(verdict, i, start, start)
	}
	if !form.of.holds(characters) || !v.canBeginID(start, i, form) {
		return match{}
	}
	end := start + len(form.text)
	if verdict = v.readIDEnd(start, end, form); verdict == yes {
		verdict = v.readCue(start, i, end, form, forms)
	}
	return v.decideID(verdict, i, start, end)
}

// canReadID reports whether an identifier whose first digit is at index i can begin at index start: the window has not written what is there.
func (v *view) canReadID(start, i int) bool {
	return start >= v.minStart && (start == i || v.readBefore(start, i) != 0 && start >= v.findTail(i))
}

// decideID returns the decision about an identifier from start to end, whose first digit is at index i.
func (v *view) decideID(verdict verdict, i, start, end int) match {
	switch verdict {
	case yes:
		return match{verdict: yes, kind: NationalID, start: start, end: end}
	case needsMore:
		return match{verdict: needsMore, start: v.findIDStart(i)}
	}
	return match{}
}

// holds reports whether characters satisfy all checks of the identifier.
func (id *nationalID) holds(characters []byte) bool {
	for c := range id.Checks {
		if !id.Checks[c].holds(characters) {
			return false
		}
	}
	return true
}

// readIDForm appends the digits and capital letters of the text from index start on to dst, if it has the form. i is the trigger.
func (v *view) readIDForm(dst []byte, i, start int, form string) ([]byte, verdict) {
	for at := range len(form) {
		index := start + at
		if v.isOpen(i, index) {
			return dst, needsMore
		}
		c := v.readAfter(index, i)
		if index < i {
			c = v.folded[index]
		}
		switch form[at] {
		case '#', 'A', '*':
			if !isOfForm(form[at], c) {
				return dst, no
			}
			dst = append(dst, toUpper(c))
		default:
			if !isSeparatorOf(form[at], c) {
				return dst, no
			}
		}
	}
	return dst, yes
}

// isOfForm reports whether a digit or letter can stand where the form has a sign for one.
func isOfForm(sign, c byte) bool {
	isLetterByte := classes[c]&isLetter != 0 && c != foreignLetter
	switch sign {
	case '#':
		return isDigitByte(c)
	case 'A':
		return isLetterByte
	}
	return isDigitByte(c) || isLetterByte
}

// isSeparatorOf reports whether a character can separate groups where the form has a sign for that.
func isSeparatorOf(sign, c byte) bool {
	switch sign {
	case '_':
		return c == ' ' || c == '-' || c == '.' || c == '/'
	case '?':
		for i := range len(centurySigns) {
			if toUpper(c) == centurySigns[i] {
				return true
			}
		}
		return false
	}
	return c == sign
}

// canBeginID reports whether the text before the index start allows an identifier to begin there. i is the trigger.
func (v *view) canBeginID(start, i int, form *idForm) bool {
	if start == v.minStart {
		return true
	}
	c := v.readBefore(start-1, i)
	before := v.readBefore(start-2, i)
	switch {
	case isGlued(c), c == '#', c == '+', c == '\\':
		return false
	case c == '-', c == '/', c == '.':
		return classes[before]&(isDigit|isLetter) == 0
	case c == ' ' && form.hasGaps && form.first == 0:
		return !isDigitByte(before) || start-1 <= v.minStart
	}
	return true
}

// readIDEnd decides whether an identifier that begins at index start can end before index end, by the two characters that follow.
func (v *view) readIDEnd(start, end int, form *idForm) verdict {
	if v.isOpen(start, end) {
		return needsMore
	}
	c := v.readAfter(end, start)
	if isGlued(c) {
		return no
	}
	if isJoining := c == '-' || c == '/' || c == '.' || c == ' ' && form.hasGaps; !isJoining {
		return yes
	}
	if v.isOpen(start, end+1) {
		return needsMore
	}
	if v.hasClass(end+1, isDigit) && v.offset(end+1)-v.offset(start) <= openBytes {
		return no
	}
	return yes
}
