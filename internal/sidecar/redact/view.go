package redact

// view is a text as the detectors read it: folded, which means that invisible characters are dropped, and characters that look like ASCII
// characters are replaced by these.
type view struct {
	// folded is the text after folding, with one byte for each character. It is the original text itself when offsets is nil.
	folded []byte
	// original is the text before folding.
	original []byte
	// offsets holds, for each byte of folded, the offset in the original text of the character that it comes from, and at its end the size of
	// the original text that the view covers. It is nil if folding would change nothing.
	offsets []int32
	// final means that no more text follows.
	final bool
	// minStart is the lowest index in folded at which personal data can begin: the end of what was replaced last.
	minStart int
	// identifierEnd is the index in folded after the identifier that was found last, or 0.
	identifierEnd int
	// holdsCapitals means that a word of few capital letters, and a space after it, can begin personal data.
	holdsCapitals bool
	// plans are the numbering plans of the declared places; nil if there are none.
	plans *phonePlans
	// idMemory is memory for the characters of an identifier, and cuesBefore and cuesAfter are the cues that were read last.
	idMemory              [maxIdentifierSize]byte
	cuesBefore, cuesAfter readCues
	// number is the number that was read last (readNumber), if hasNumber is true.
	number    number
	hasNumber bool
	// foldedMemory and offsetMemory are the memory of folded and offsets in a later scan.
	foldedMemory []byte
	offsetMemory []int32
}

// offset returns the offset in the original text of the character at index i of the folded text. i may also be the length of the folded
// text.
func (v *view) offset(i int) int {
	if v.offsets == nil {
		return i
	}
	return int(v.offsets[i])
}

// findIndex is the inverse of the method offset: it returns the index in the folded text of the first character at or after an offset in
// the original text.
func (v *view) findIndex(offset int) int {
	if v.offsets == nil {
		return offset
	}
	low, high := 0, len(v.folded)
	for low < high {
		middle := (low + high) / 2
		if int(v.offsets[middle]) < offset {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// hasClass reports whether the character at index i of the folded text has one of the classes. It returns false outside the text.
func (v *view) hasClass(i int, c class) bool {
	return i >= 0 && i < len(v.folded) && classes[v.folded[i]]&c != 0
}

// readBefore returns the character at index i of the folded text if it is at most 64 bytes (lookBytes) before the trigger, the index of
// the character at which a detector started. Otherwise it returns 0: a decision must not depend on earlier text, which a window may have
// dropped.
func (v *view) readBefore(i, trigger int) byte {
	if i < 0 || v.offset(trigger)-v.offset(i) > lookBytes {
		return 0
	}
	return v.folded[i]
}

// hasClassBefore reports whether the character at index i has one of the classes and is at most lookBytes before the trigger, the index of
// the character at which a detector started. Earlier text must not count, because a window may have dropped it.
func (v *view) hasClassBefore(i, trigger int, c class) bool {
	return classes[v.readBefore(i, trigger)]&c != 0
}

// readAfter returns the character at index i if it has arrived and is at most 256 bytes (openBytes) after start, the index at which the
// candidate begins. Otherwise it returns 0: a window does not wait for text farther from start, so a decision that reads such text would
// depend on how much of the text has arrived.
func (v *view) readAfter(i, start int) byte {
	if i >= len(v.folded) || v.offset(i)-v.offset(start) > openBytes {
		return 0
	}
	return v.folded[i]
}

// isWithinLook reports whether the character at index i is at most 64 bytes (lookBytes) before the trigger, the index of the character at
// which a detector started.
func (v *view) isWithinLook(i, trigger int) bool {
	return v.offset(trigger)-v.offset(i) <= lookBytes
}

// isOpen reports whether a candidate that begins at index start and has been read up to index i can continue in text that has not arrived,
// so that the detector must wait. It never waits for more than 256 bytes (openBytes) from start on, which bounds the text that a window
// holds back.
func (v *view) isOpen(start, i int) bool {
	return i == len(v.folded) && !v.final && v.offset(i)-v.offset(start) <= openBytes
}
