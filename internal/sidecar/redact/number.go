package redact

import "bytes"

const (
	// maxDigits is the most digits of a number that are read: one more than the longest payment card number has (ISO/IEC 7812-1: 19), to
	// notice that a number is longer.
	maxDigits = 20
	// maxGap is how many separators can stand between two groups of digits of one number: ` - ` has three.
	maxGap = 3
)

// group is a run of digits in a number, without separators. Its start and its end (the index after its last digit) are counted in
// characters of the folded text from the first digit of the number.
type group struct {
	start, end uint16
	// digits is how many digits the number has from its start to the end of this group: the sizes of this and all earlier groups together.
	digits uint8
}

// size returns how many digits the group has.
func (g group) size() int { return int(g.end - g.start) }

// number is a sequence of groups of digits with separators between them, as a detector of cards or telephone numbers considers it. It
// begins at the digit at which the detector started.
type number struct {
	// first is the index of the first digit in the folded text.
	first int
	// waiting means that the detectors must wait for more text: text that has not arrived can still add digits to the number, or be one of
	// the two characters after it, which decide whether a decimal comma and a digit follow.
	waiting bool
	// digit holds the values 0 to 9 of the digits of all groups, and of a last group that readGroups has left out.
	digit [maxDigits]byte
	// groups holds the groups of the number. The first groupCount elements are set, the others are zero.
	groups     [maxDigits]group
	groupCount int
}

// digitsUpTo returns how many digits the number n has from its start to the end of the given group. It returns 0 for a group that n does
// not have.
func (n *number) digitsUpTo(group int) int { return int(n.groups[group].digits) }

// digitCount returns how many digits the number n has in all its groups. n must have at least one group.
func (n *number) digitCount() int { return n.digitsUpTo(n.groupCount - 1) }

// hasSizes reports whether each of the first count groups of n has size digits. n must have at least count groups.
func (n *number) hasSizes(count, size int) bool {
	for _, g := range n.groups[:count] {
		if g.size() != size {
			return false
		}
	}
	return true
}

// endOf returns the index in the folded text of the character after the given group of n.
func (n *number) endOf(group int) int { return n.first + int(n.groups[group].end) }

// readGroups fills the zero number n with the groups of digits of the folded text from index i on. The character at i is a digit. Only
// groups that are read to their end are kept. isOpen and skipGap take i because they look at most 256 bytes (openBytes) beyond it.
func (n *number) readGroups(v *view, i int) {
	n.first = i
	digits := 0 // how many digits have been read, of all groups
	groupStart := i
	for {
		end := n.readDigits(v, groupStart, digits)
		digits += end - groupStart
		if v.isOpen(i, end) { // The group can continue in text that has not arrived.
			n.waiting = true
			return
		}
		if digits == maxDigits {
			// The number has more digits than any detector looks for. Leave out the last group, of which more digits can follow.
			return
		}
		n.groups[n.groupCount] = group{start: uint16(groupStart - i), end: uint16(end - i), digits: uint8(digits)}
		n.groupCount++
		next := v.skipGap(i, end)
		if next < 0 { // A group can follow in text that has not arrived.
			n.waiting = true
			return
		}
		if next == end {
			return // No group follows.
		}
		switch _, verdict := v.readIdentifier(i, next); verdict {
		case yes:
			return // The digits that follow are those of an identifier.
		case needsMore:
			n.waiting = true
			return
		}
		groupStart = next
	}
}

// readDigits adds the digits of the group at index start to the number n, which has count digits before them, and returns the index after
// them. A number gets at most 20 digits (maxDigits), and none more than 256 bytes (openBytes) after its first digit: a window does not hold
// back more text than that.
func (n *number) readDigits(v *view, start, count int) (end int) {
	at := start
	for count < maxDigits && v.hasClass(at, isDigit) && v.offset(at)-v.offset(n.first) <= openBytes {
		if at > start && !v.continuesGroup(at) {
			break // So many invisible characters separate this digit from the one before that it begins another number.
		}
		n.digit[count] = v.folded[at] - '0'
		count++
		at++
	}
	return at
}

// skipShort returns where the scan for personal data continues after a number at index i that has fewer than 7 digits (minAnnounced), too
// few for the detectors of cards and telephone numbers. This keeps most years, times, prices and short order numbers away from these slower
// detectors. It returns i when the number has enough digits, or when the text that has arrived ends in the number.
func (v *view) skipShort(i int) int {
	digits, gap := 0, 0 // digits so far, and separators since the last digit
	for at := i; at < len(v.folded); at++ {
		c := v.folded[at]
		if classes[c]&isDigit != 0 {
			gap = 0
			if digits++; digits == minAnnounced {
				return i
			}
			continue
		}
		// Square brackets can enclose the trunk prefix of a telephone number ([0]), so they do not end the number.
		isSeparator := classes[c]&isGap != 0 || c == '[' || c == ']'
		if !isSeparator || gap == maxGap { // The number ends here.
			return v.skipToJoined(i, at)
		}
		gap++
	}
	return i
}

// skipToJoined returns where the scan for personal data continues after a short number from index i up to index end. Usually that is end.
// If a comma or underscore is at end, the last four digits of the number can be the first group of a card number whose groups such signs
// join (4111_1111_1111_1111). The scan then continues at that group, for the detector matchJoinedCard, which has already been tried at i.
func (v *view) skipToJoined(i, end int) int {
	group := end - cardGroupSize
	if group > i && v.isCommaOrUnderscore(end) && v.hasClass(group, isDigit) {
		return group
	}
	return end
}

// isCommaOrUnderscore reports whether the character at index i is a comma or underscore, which can join two groups of a card number.
func (v *view) isCommaOrUnderscore(i int) bool {
	return i < len(v.folded) && (v.folded[i] == ',' || v.folded[i] == '_')
}

// skipGap returns the start of the group of digits that follows the separators at index i in a number that begins at start. It returns i
// when no group follows, and -1 when more text is needed to tell. A group more than openBytes (256) after start does not count, because a
// window does not wait for it.
func (v *view) skipGap(start, i int) int {
	next := i
	if v.hasClass(i, isGap) {
		next = v.skipSeparators(start, i)
	}
	if next < len(v.folded) && v.folded[next] == '[' {
		next = v.skipTrunk(start, next)
	}
	if next < 0 || v.isOpen(start, next) {
		return -1
	}
	if next > i && v.hasClass(next, isDigit) && v.offset(next)-v.offset(start) <= openBytes {
		return next
	}
	// No group follows. The detectors still need the two characters after the number, which can be a decimal comma and a digit.
	if v.isOpen(start, i+1) {
		return -1
	}
	return i
}

// skipSeparators returns the index after the separators from index i on, at most three of them (maxGap). It reads at most openBytes after
// start, where the number begins, because a window does not wait for more text.
func (v *view) skipSeparators(start, i int) int {
	next := i
	for next-i < maxGap && v.hasClass(next, isGap) && v.offset(next)-v.offset(start) <= openBytes {
		next++
	}
	return next
}

// skipTrunk returns the index after a trunk prefix in square brackets at index i (`[0]`) and the separators after it. It returns i when no
// trunk prefix is there, and -1 when more text is needed to tell. start is where the number begins; isOpen and readAfter look at most 256
// bytes (openBytes) beyond it.
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

// findNumberStart returns the index at which the number begins whose first digit is at index i. A plus and an opening parenthesis before
// the digit, or a percent-encoded plus (%2B), belong to the number, but not if they were replaced before (v.minStart).
func (v *view) findNumberStart(i int) int {
	if i > v.minStart && toLower(v.folded[i-1]) == 'b' { // can be the end of %2B
		plus := i - len("%2B")
		if plus >= v.minStart && v.readBefore(plus, i) == '%' && v.folded[plus+1] == '2' {
			return plus
		}
		return i
	}
	lowest := max(v.minStart, i-len("+(")) // The two signs can be in either order.
	start := i
	for start > lowest && isPrefixSign(v.readBefore(start-1, i)) {
		start--
	}
	return start
}

// isPrefixSign reports whether the character can belong to a telephone number although it precedes the first digit.
func isPrefixSign(c byte) bool { return c == '+' || c == '(' }

// isContinuation reports whether the characters before the number at index i show that it is the rest of a longer number, or the end of a
// name such as ORD-0123.
func (v *view) isContinuation(i int) bool {
	before := v.skipGapBack(i)
	if before < v.minStart {
		return false // Only separators stand between the number and the start of the text or replaced text.
	}
	c := v.readBefore(before, i)
	if before == i-1 { // No separator stands in between.
		return isGlued(c) || c == '#' // #0123 is the number of a ticket.
	}
	endsIdentifier := before == v.identifierEnd-1 // Its last digit counts as a letter.
	if isDigitByte(c) && !endsIdentifier {
		// A tab separates columns of a table, so it ends a number.
		return bytes.IndexByte(v.folded[before:i], '\t') < 0
	}
	separator := v.folded[i-1]
	isHyphenated := before == i-2 && (separator == '-' || separator == '/') // the only separator: ORD-0123
	return isHyphenated && (endsIdentifier || classes[c]&isLetter != 0)
}

// skipGapBack returns the index of the character before the separators that precede index i, at most three of them (maxGap). If only these
// separators stand between i and v.minStart, the end of the last replacement or the start of the text, the index is below v.minStart.
func (v *view) skipGapBack(i int) int {
	before := i - 1
	for before >= v.minStart && i-before <= maxGap && v.hasClassBefore(before, i, isGap) {
		before--
	}
	return before
}

// readDecimalMark returns the point or comma that separates the digit at index i from a digit before it, or 0 when there is none. If the
// earlier digit is the end of an identifier, or of personal data that was already found (a match), it also returns 0: the digit at i then
// begins another number.
func (v *view) readDecimalMark(i int) byte {
	c := v.readBefore(i-1, i)
	if c != '.' && c != ',' || i-2 < max(v.minStart, v.identifierEnd) || !isDigitByte(v.readBefore(i-2, i)) {
		return 0
	}
	return c
}

// isGlued reports whether the character c, directly before or after a number, shows that the number is part of a name, an e-mail address or
// an amount.
func isGlued(c byte) bool {
	return classes[c]&(isLetter|isDigit|isAt) != 0 || c == '_' || c == '$' || c == '%'
}

func isDigitByte(c byte) bool { return c >= '0' && c <= '9' }
