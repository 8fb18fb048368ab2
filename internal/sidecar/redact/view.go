package redact

// view is a text as the detectors read it.
type view struct {
	// folded is the folded text, one byte per character. It is the text itself when offsets is nil.
	folded []byte
	// offsets holds the offset in the text of each byte of folded, and at its end the size of the text that the view covers.
	offsets []int32
	// final means that no more text follows.
	final bool
	// minStart is the lowest index in folded at which a match can start: the end of the last match.
	minStart int
}

// offset returns the offset in the text of the folded character at index i, which may be len(folded).
func (v *view) offset(i int) int {
	if v.offsets == nil {
		return i
	}
	return int(v.offsets[i])
}

// findIndex is the inverse of offset: it returns the index of the first character at or after an offset in the text.
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

// is reports whether the character at i has one of the classes. It returns false outside the text.
func (v *view) is(i int, c class) bool {
	return i >= 0 && i < len(v.folded) && classes[v.folded[i]]&c != 0
}

// readContext returns the character at i if it is at most lookBytes before the trigger, the index of the character at which a detector
// started. Otherwise it returns 0: a decision must not depend on earlier text, which a window may have dropped.
func (v *view) readContext(i, trigger int) byte {
	if i < 0 || v.offset(trigger)-v.offset(i) > lookBytes {
		return 0
	}
	return v.folded[i]
}

// isInContext reports whether the character at i is at most lookBytes before the trigger and has one of the classes.
func (v *view) isInContext(i, trigger int, c class) bool {
	return classes[v.readContext(i, trigger)]&c != 0
}

// readAfter returns the character at i if it has arrived and is at most openBytes after the start of the candidate, and 0 otherwise. A
// window does not wait for text beyond openBytes, so a decision that reads such text would depend on how much has arrived.
func (v *view) readAfter(i, start int) byte {
	if i >= len(v.folded) || v.offset(i)-v.offset(start) > openBytes {
		return 0
	}
	return v.folded[i]
}

// isWithinLook reports whether the character at i is within lookBytes before the trigger.
func (v *view) isWithinLook(i, trigger int) bool {
	return v.offset(trigger)-v.offset(i) <= lookBytes
}

// isOpen reports whether a candidate that begins at start and has been read up to i can continue in text that has not arrived. No
// candidate continues after openBytes, which bounds the text that a window holds back.
func (v *view) isOpen(start, i int) bool {
	return i == len(v.folded) && !v.final && v.offset(i)-v.offset(start) <= openBytes
}
