package redact

// view is a text as the detectors read it.
type view struct {
	// norm is the folded text, one byte per character. It is the text itself when off is nil.
	norm []byte
	// off is the offset in the text of each byte of norm, and at its end the size of the text that the view covers.
	off []int32
	// final means that no more text follows.
	final bool
	// minStart is the lowest index in norm at which a match can start.
	minStart int
}

// offset returns the offset in the text of the character at index i, which may be len(norm).
func (v *view) offset(i int) int {
	if v.off == nil {
		return i
	}
	return int(v.off[i])
}

// findIndex is the inverse of offset: it returns the index of the first character at or after an offset in the text.
func (v *view) findIndex(offset int) int {
	if v.off == nil {
		return offset
	}
	low, high := 0, len(v.norm)
	for low < high {
		middle := (low + high) / 2
		if int(v.off[middle]) < offset {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// is reports whether the character at i is of the class. It returns false outside the text.
func (v *view) is(i int, c class) bool {
	return i >= 0 && i < len(v.norm) && classes[v.norm[i]]&c != 0
}

// readContext returns the character at i if it is within lookBytes before the trigger, the position from which a detector looks back.
// Otherwise it returns 0: a decision must not depend on earlier text, which a window may have dropped.
func (v *view) readContext(i, trigger int) byte {
	if i < 0 || v.offset(trigger)-v.offset(i) > lookBytes {
		return 0
	}
	return v.norm[i]
}

// readAfter returns the character at i if it is within openBytes after the start of the candidate, and 0 otherwise.
func (v *view) readAfter(i, start int) byte {
	if i >= len(v.norm) || v.offset(i)-v.offset(start) > openBytes {
		return 0
	}
	return v.norm[i]
}
