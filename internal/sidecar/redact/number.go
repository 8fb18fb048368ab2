package redact

import "bytes"

const (
	// maxDigits is one more than the longest payment card number has (ISO/IEC 7812-1: 19), to tell a longer number apart.
	maxDigits = 20
	// maxGap is the longest run of separators inside a number: ` - ` or `) `.
	maxGap = 3
)

// group is one run of digits of a number. Its indexes are relative to the number's first digit.
type group struct {
	start, end uint16
	// digits is how many digits the number has up to the end of the group.
	digits uint8
}

// size returns how many digits the group has, without invisible characters between them.
func (g group) size() int { return int(g.end - g.start) }

// number is a sequence of groups of digits, from the group at a trigger to the last that belongs to it.
type number struct {
	// from is the index of the first digit in the folded text.
	from int
	// waiting is true if the number, or the two characters after it, have not arrived completely. Those two characters can show a decimal
	// comma or an extension.
	waiting bool
	// digit holds the values 0 to 9 of the digits of the groups.
	digit  [maxDigits]byte
	groups [maxDigits]group
	n      int
}

// digits returns how many digits the number has up to the end of a group.
func (n *number) digits(last int) int { return int(n.groups[last].digits) }

// end returns the index in the folded text after a group.
func (n *number) end(last int) int { return n.from + int(n.groups[last].end) }

// collect reads the groups of the number at i.
func (n *number) collect(v *view, i int) {
	n.from = i
	digits, at := 0, i
	for {
		first := at
		for digits < maxDigits && v.is(at, isDigit) && (at == first || v.isJoined(at)) && v.offset(at)-v.offset(i) <= openBytes {
			n.digit[digits] = v.norm[at] - '0'
			digits++
			at++
		}
		if v.isOpen(i, at) {
			n.waiting = true
			return
		}
		if digits == maxDigits {
			// The number continues. Leave out the last group, which may not be complete.
			return
		}
		n.groups[n.n] = group{start: uint16(first - i), end: uint16(at - i), digits: uint8(digits)}
		n.n++
		next := v.skipGap(i, at)
		if next < 0 {
			n.waiting = true
			return
		}
		if next == at {
			return
		}
		at = next
	}
}

// skipShort returns the end of a number at i that has too few digits for any detector, with all its groups. It returns i when the
// number is longer, or when its end has not arrived. Most dates, prices and order numbers thus
// never reach the detectors. The last group can begin a card number whose groups are joined, so it is not skipped before a joint.
func (v *view) skipShort(i int) int {
	digits, gap := 0, 0
	for at := i; at < len(v.norm); at++ {
		c := classes[v.norm[at]]
		switch {
		case c&isDigit != 0:
			gap = 0
			if digits++; digits == minSpoken {
				return i
			}
		case c&isGap == 0 && v.norm[at] != '[' && v.norm[at] != ']' || gap == maxGap:
			if group := at - joinedSize; group > i && v.isJoint(at) && v.is(group, isDigit) {
				return group
			}
			return at
		default:
			gap++
		}
	}
	return i
}

// isJoint reports whether the character at i can join two groups of a card number.
func (v *view) isJoint(i int) bool { return i < len(v.norm) && (v.norm[i] == ',' || v.norm[i] == '_') }

// skipGap returns the start of the next group after the separators at i, or i when no group follows, or -1 when it needs more text
// to tell.
func (v *view) skipGap(start, i int) int {
	next := v.skipSeparators(start, i)
	if next < len(v.norm) && v.norm[next] == '[' {
		next = v.skipTrunk(start, next)
	}
	if next < 0 || v.isOpen(start, next) {
		return -1
	}
	if next > i && v.is(next, isDigit) && v.offset(next)-v.offset(start) <= openBytes {
		return next
	}
	// The two characters after the number can show a decimal comma or an extension.
	if v.isOpen(start, i+1) {
		return -1
	}
	return i
}

// skipSeparators returns the index after at most maxGap separators from i on.
func (v *view) skipSeparators(start, i int) int {
	next := i
	for next-i < maxGap && v.is(next, isGap) && v.offset(next)-v.offset(start) <= openBytes {
		next++
	}
	return next
}

// skipTrunk returns the index after a trunk prefix in square brackets at i, `[0]`, and after the separators that follow. It returns i
// when there is none, and -1 when it needs more text to tell.
func (v *view) skipTrunk(start, i int) int {
	at := i
	for _, want := range []byte("[0]") {
		if v.isOpen(start, at) {
			return -1
		}
		if v.readAfter(at, start) != want {
			return i
		}
		at++
	}
	return v.skipSeparators(start, at)
}

// findNumberStart returns the index of the first character that belongs to the number with its first digit at i: a plus sign or an
// opening parenthesis before it, at most two characters, or a percent-encoded plus.
func (v *view) findNumberStart(i int) int {
	if i > v.minStart && toLower(v.norm[i-1]) == 'b' {
		if plus := i - len("%2B"); plus >= v.minStart && v.readContext(plus, i) == '%' && v.norm[plus+1] == '2' {
			return plus
		}
		return i
	}
	start := i
	for start > v.minStart && i-start < 2 && v.readContext(start-1, i) != 0 && (v.norm[start-1] == '+' || v.norm[start-1] == '(') {
		start--
	}
	return start
}

// isContinuation reports whether the number at i is the rest of a longer number, or the end of a name such as ORD-0123.
func (v *view) isContinuation(i int) bool {
	at := v.skipGapBack(i)
	if at < v.minStart {
		return false
	}
	c := v.readContext(at, i)
	if at == i-1 {
		return isGlued(c) || c == '#'
	}
	if isDigitByte(c) {
		return bytes.IndexByte(v.norm[at:i], '\t') < 0
	}
	glue := v.norm[i-1]
	return at == i-2 && (glue == '-' || glue == '/') && classes[c]&isLetter != 0
}

// skipGapBack skips the separators before i, at most maxGap, and returns the index of the character before them.
func (v *view) skipGapBack(i int) int {
	at := i - 1
	for at >= v.minStart && i-at <= maxGap && v.readContext(at, i) != 0 && v.is(at, isGap) {
		at--
	}
	return at
}

// readDecimalMark returns the point or comma between the digit at i and a digit before it, or 0. Text that has been replaced has no digits.
func (v *view) readDecimalMark(i int) byte {
	c := v.readContext(i-1, i)
	if c != '.' && c != ',' || i-2 < v.minStart || !isDigitByte(v.readContext(i-2, i)) {
		return 0
	}
	return c
}

// isGlued reports whether a number next to the character is part of something else: a name, an address or an amount.
func isGlued(c byte) bool {
	return classes[c]&(isLetter|isDigit|isAt) != 0 || c == '_' || c == '$' || c == '%'
}

func isDigitByte(c byte) bool { return c >= '0' && c <= '9' }
