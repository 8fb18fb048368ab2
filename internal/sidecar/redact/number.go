package redact

import "bytes"

const (
	// maxDigits is how many digits of a number are read: one more than the longest payment card number has (ISO/IEC 7812-1: 19), to
	// notice that a number is longer.
	maxDigits = 20
	// maxGap is the longest run of separators inside a number: ` - ` or `) `.
	maxGap = 3
)

// group is a run of digits in a number. Its indexes in the folded text are relative to the first digit of the number.
type group struct {
	start, end uint16
	// digits is how many digits the number has from its start to the end of the group.
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

// digitCount returns how many digits the number has. The number has at least one group.
func (n *number) digitCount() int { return n.digitsUpTo(n.groupCount - 1) }

// hasSizes reports whether each of the first count groups has size digits. The number must have at least count groups.
func (n *number) hasSizes(count, size int) bool {
	for _, g := range n.groups[:count] {
		if g.size() != size {
			return false
		}
	}
	return true
}

// endOf returns the index in the folded text of the character after a group.
func (n *number) endOf(group int) int { return n.first + int(n.groups[group].end) }

// readGroups fills the number with the groups of digits from index i on. The character at i is a digit.
func (n *number) readGroups(v *view, i int) {
	n.first = i
	digits := 0 // of all groups
	groupStart := i
	for {
		end := n.readDigits(v, groupStart, digits)
		digits += end - groupStart
		if v.isOpen(i, end) {
			n.waiting = true
			return
		}
		if digits == maxDigits {
			// The number is longer than any detector looks for. Leave out the last group, which may not be complete.
			return
		}
		n.groups[n.groupCount] = group{start: uint16(groupStart - i), end: uint16(end - i), digits: uint8(digits)}
		n.groupCount++
		next := v.skipGap(i, end)
		if next < 0 {
			n.waiting = true
			return
		}
		if next == end {
			return // No group follows.
		}
		groupStart = next
	}
}

// readDigits adds the digits of the group at start to the number, which has count digits before them, and returns the index after them.
// It reads at most maxDigits digits of a number, and none beyond openBytes, because a window does not wait for text beyond openBytes.
func (n *number) readDigits(v *view, start, count int) (end int) {
	at := start
	for count < maxDigits && v.is(at, isDigit) && (at == start || v.isJoined(at)) && v.offset(at)-v.offset(n.first) <= openBytes {
		n.digit[count] = v.folded[at] - '0'
		count++
		at++
	}
	return at
}

// skipShort returns where the scan continues after a number at i that has too few digits for the detectors of cards and telephones, so
// that most dates, prices and order numbers never reach these detectors. It returns i when the number has enough digits, or when the text
// ends in it.
func (v *view) skipShort(i int) int {
	digits, gap := 0, 0
	for at := i; at < len(v.folded); at++ {
		c := v.folded[at]
		if classes[c]&isDigit != 0 {
			gap = 0
			if digits++; digits == minAnnounced {
				return i
			}
			continue
		}
		// Square brackets enclose a trunk prefix: [0].
		isSeparator := classes[c]&isGap != 0 || c == '[' || c == ']'
		if !isSeparator || gap == maxGap { // The number ends here.
			return v.skipToJoined(i, at)
		}
		gap++
	}
	return i
}

// skipToJoined returns where the scan continues after a short number from i to end. Usually that is the end. If the last group of the
// number can be the first of a card number with joined groups, the scan continues at that group, for the detector matchJoinedCard.
func (v *view) skipToJoined(i, end int) int {
	group := end - joinedSize
	if group > i && v.isJoint(end) && v.is(group, isDigit) {
		return group
	}
	return end
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
	// No group follows. To decide about the number still takes the two characters after it, which can be a decimal comma and a digit.
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

// findNumberStart returns where the number begins whose first digit is at i. A plus sign and an opening parenthesis before the digit, or a
// percent-encoded plus (%2B), belong to the number.
func (v *view) findNumberStart(i int) int {
	if i > v.minStart && toLower(v.folded[i-1]) == 'b' { // can be the end of %2B
		plus := i - len("%2B")
		if plus >= v.minStart && v.readContext(plus, i) == '%' && v.folded[plus+1] == '2' {
			return plus
		}
		return i
	}
	lowest := max(v.minStart, i-len("+(")) // The two signs can be in either order.
	start := i
	for start > lowest && v.readContext(start-1, i) != 0 && (v.folded[start-1] == '+' || v.folded[start-1] == '(') {
		start--
	}
	return start
}

// isContinuation reports whether the number at i is the rest of a longer number, or the end of a name such as ORD-0123.
func (v *view) isContinuation(i int) bool {
	before := v.skipGapBack(i)
	if before < v.minStart {
		return false // The number is at the start of the text, or directly after a match.
	}
	c := v.readContext(before, i)
	if before == i-1 { // No separator stands in between.
		return isGlued(c) || c == '#' // #0123 is the number of a ticket.
	}
	if isDigitByte(c) {
		// A tab separates columns of a table, so it ends a number.
		return bytes.IndexByte(v.folded[before:i], '\t') < 0
	}
	separator := v.folded[i-1]
	isHyphenated := before == i-2 && (separator == '-' || separator == '/') // the only separator: ORD-0123
	return isHyphenated && classes[c]&isLetter != 0
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

// readDecimalMark returns the point or comma that separates the digit at i from a digit before it, or 0 when there is none. If the earlier
// digit is the end of a match, it also returns 0: the digit at i then begins another number.
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
