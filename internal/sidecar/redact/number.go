package redact

import "bytes"

const (
	// maxDigits is one more than the longest payment card number has (ISO/IEC 7812-1: 19), to tell a longer number apart.
	maxDigits = 20
	// maxGap is the longest run of separators inside a number: ` - ` or `) `.
	maxGap = 3
)

// group is a run of digits in a number. Its indexes in the folded text are relative to the first digit of the number.
type group struct {
	start, end uint16
	// digits is how many digits the number has up to the end of the group.
	digits uint8
}

// size returns how many digits the group has.
func (g group) size() int { return int(g.end - g.start) }

// number is a sequence of groups of digits with separators between them, from the group at a trigger on.
type number struct {
	// first is the index of the first digit in the folded text.
	first int
	// waiting is true when more text can still change the number or the two characters after it, which can be a decimal comma and a digit.
	waiting bool
	// digit holds the values 0 to 9 of the digits of all groups.
	digit [maxDigits]byte
	// groups holds groupCount groups.
	groups     [maxDigits]group
	groupCount int
}

// digitsUpTo returns how many digits the number has up to the end of a group.
func (n *number) digitsUpTo(group int) int { return int(n.groups[group].digits) }

// endOf returns the index in the folded text of the character after a group.
func (n *number) endOf(group int) int { return n.first + int(n.groups[group].end) }

// readGroups fills the number with the groups of digits from index i on, whose first character is a digit.
func (n *number) readGroups(v *view, i int) {
	n.first = i
	digits, at := 0, i
	for {
		first := at
		for digits < maxDigits && v.is(at, isDigit) && (at == first || v.isJoined(at)) && v.offset(at)-v.offset(i) <= openBytes {
			n.digit[digits] = v.folded[at] - '0'
			digits++
			at++
		}
		if v.isOpen(i, at) {
			n.waiting = true
			return
		}
		if digits == maxDigits {
			// The number is longer than any detector looks for. Leave out the last group, which may not be complete.
			return
		}
		n.groups[n.groupCount] = group{start: uint16(first - i), end: uint16(at - i), digits: uint8(digits)}
		n.groupCount++
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

// skipShort returns the end of a number at i that has too few digits for the detectors of cards and telephones. It returns i when the
// number has enough digits, or when its end has not arrived. Most dates, prices and order numbers thus never reach these detectors. If the
// last group can begin a card number with joined groups, skipShort returns the start of that group.
func (v *view) skipShort(i int) int {
	digits, gap := 0, 0
	for at := i; at < len(v.folded); at++ {
		c := classes[v.folded[at]]
		switch {
		case c&isDigit != 0:
			gap = 0
			if digits++; digits == minAnnounced {
				return i
			}
		case c&isGap == 0 && v.folded[at] != '[' && v.folded[at] != ']' || gap == maxGap:
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

// isJoint reports whether the character at i is a comma or underscore, which can join two groups of a card number.
func (v *view) isJoint(i int) bool {
	return i < len(v.folded) && (v.folded[i] == ',' || v.folded[i] == '_')
}

// skipGap returns the start of the group that follows the separators at i in a number that begins at start. It returns i when no group
// follows, and -1 when more text is needed to tell.
func (v *view) skipGap(start, i int) int {
	next := i
	if v.is(i, isGap) {
		next = v.skipSeparators(start, i)
	}
	if next < len(v.folded) && v.folded[next] == '[' {
		next = v.skipTrunk(start, next)
	}
	if next < 0 || v.isOpen(start, next) {
		return -1
	}
	if next > i && v.is(next, isDigit) && v.offset(next)-v.offset(start) <= openBytes {
		return next
	}
	// The two characters after the number can be a decimal comma and a digit.
	if v.isOpen(start, i+1) {
		return -1
	}
	return i
}

// skipSeparators returns the index after the separators from i on, at most maxGap of them.
func (v *view) skipSeparators(start, i int) int {
	next := i
	for next-i < maxGap && v.is(next, isGap) && v.offset(next)-v.offset(start) <= openBytes {
		next++
	}
	return next
}

// skipTrunk returns the index after a trunk prefix in square brackets at i (`[0]`) and the separators after it. It returns i when there is
// none, and -1 when more text is needed to tell.
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

// findNumberStart returns the index of the first character of the number whose first digit is at i: that of a plus sign and an opening
// parenthesis before the digit, of a percent-encoded plus (%2B), or i.
func (v *view) findNumberStart(i int) int {
	if i > v.minStart && toLower(v.folded[i-1]) == 'b' {
		if plus := i - len("%2B"); plus >= v.minStart && v.readContext(plus, i) == '%' && v.folded[plus+1] == '2' {
			return plus
		}
		return i
	}
	start := i
	for start > v.minStart && i-start < 2 && v.readContext(start-1, i) != 0 && (v.folded[start-1] == '+' || v.folded[start-1] == '(') {
		start--
	}
	return start
}

// isContinuation reports whether the number at i is the rest of a longer number, or the end of a name such as ORD-0123. A tab separates
// columns of a table, so it ends a number.
func (v *view) isContinuation(i int) bool {
	before := v.skipGapBack(i)
	if before < v.minStart {
		return false
	}
	c := v.readContext(before, i)
	if before == i-1 {
		return isGlued(c) || c == '#'
	}
	if isDigitByte(c) {
		return bytes.IndexByte(v.folded[before:i], '\t') < 0
	}
	separator := v.folded[i-1]
	return before == i-2 && (separator == '-' || separator == '/') && classes[c]&isLetter != 0
}

// skipGapBack returns the index of the character before the separators that precede i, at most maxGap of them. The index can be below
// v.minStart.
func (v *view) skipGapBack(i int) int {
	before := i - 1
	for before >= v.minStart && i-before <= maxGap && v.readContext(before, i) != 0 && v.is(before, isGap) {
		before--
	}
	return before
}

// readDecimalMark returns the point or comma that separates the digit at i from a digit before it, or 0 when there is none. A digit of a
// match does not count: the match ends there.
func (v *view) readDecimalMark(i int) byte {
	c := v.readContext(i-1, i)
	if c != '.' && c != ',' || i-2 < v.minStart || !isDigitByte(v.readContext(i-2, i)) {
		return 0
	}
	return c
}

// isGlued reports whether a number with the character c directly before or after it is part of a name, an address or an amount.
func isGlued(c byte) bool {
	return classes[c]&(isLetter|isDigit|isAt) != 0 || c == '_' || c == '$' || c == '%'
}

func isDigitByte(c byte) bool { return c >= '0' && c <= '9' }
