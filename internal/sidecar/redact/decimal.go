package redact

// hasDecimals reports whether n.groups[0] to n.groups[last] are rather decimal numbers than a card number, by the points between them:
// 424.7660228494551, or 53.360344 145.084220. A card number has either no point between its groups, or a point between any two of at least
// three groups. Groups of four digits are those of a card number, whatever separates them.
func (v *view) hasDecimals(n *number, last int) bool {
	if n.hasEqualGroups(last, cardGroupSize) {
		return false
	}
	gaps := last // how many gaps are between the groups 0 to last
	points := 0  // how many of the gaps contain a point
	for group := range gaps {
		if v.hasSign(n, group, '.') {
			points++
		}
	}
	canBeCard := points == 0 || points == gaps && gaps > 1
	return !canBeCard
}

// isListedCard reports whether the number n, before which a digit and a point stand, can be a card number in a numbered list:
// `1.4111111111111111`. Computed values look alike, because they often have 15 or 16 decimal places. The digits before the point must
// therefore be the number of a list item. Four digits and a separator after the point (`1.4111 1111 1111 1111`) are then enough, because
// decimal places have no separators. Otherwise the digits up to the first separator must have the length and the first digits of a card
// number of a large network (the caller checks the check digit), the number of the item must be 1 or follow that of the item in the line
// before, and no exponent (e-05) may follow.
func (v *view) isListedCard(n *number) bool {
	point := n.first - 1
	if !v.isListNumber(point, n.first) {
		return false
	}
	if n.groups[0].size() == cardGroupSize { // A separator follows the first four digits.
		return true
	}
	// readAfter reads the character after the first group. It looks at most 256 bytes (openBytes) beyond n.first, the start of the candidate,
	// because a window waits for no more.
	hasExponent := toLower(v.readAfter(n.endOf(0), n.first)) == 'e'
	return !hasExponent && isCommonCard(n.digit[:n.digitsUpTo(0)]) && v.continuesList(point, n.first)
}

// maxShortLine is the most characters of a line that can be a single decimal number, as in a column of numbers. A longer line is rather an
// item of a list, even if its beginning cannot be read.
const maxShortLine = 32

// continuesList reports whether the number of a list item, whose digits end before the index end, is 1 or follows the number of the item in
// the line before. The trigger is the index of the digit at which the detector started; text more than lookBytes (64) before it is not
// read, because a window may have dropped it.
func (v *view) continuesList(end, trigger int) bool {
	start := v.findRunStart(end, trigger)
	item := toValue(v.folded[start:end])
	if item == 1 {
		return true
	}
	// Skip the indentation of the item. Before it, the line before must end.
	lineEnd := start - 1
	for isIndent(v.readBefore(lineEnd, trigger)) {
		lineEnd--
	}
	if v.readBefore(lineEnd, trigger) != '\n' {
		return false // No line precedes.
	}
	return v.isItemLine(lineEnd, item-1, trigger)
}

// isItemLine reports whether the line that ends before the index end is the given item of a list: it begins with the number of the item. A
// line that ends with a card number of a large network counts as the item too, because then the lines are a list of cards. So does a line
// whose beginning cannot be read, or that begins the text, if it is longer than a single decimal number (maxShortLine). The trigger is the
// index of the digit at which the detector started; text more than lookBytes (64) before it is not read.
func (v *view) isItemLine(end, item, trigger int) bool {
	if v.hasClassBefore(end-1, trigger, isDigit) && v.isCardRun(v.findRunStart(end, trigger), end) {
		return true
	}
	start := end
	before := v.readBefore(start-1, trigger)
	for before != '\n' && before != 0 {
		start--
		before = v.readBefore(start-1, trigger)
	}
	// readBefore returns 0 at the start of the text, and also if the start of the line is too far away to be read. The two cannot be told
	// apart, because a window may have dropped text. A long line counts as the item in both cases.
	if before == 0 && end-start > maxShortLine {
		return true
	}
	return v.readFirstValue(start, end) == item
}

// readFirstValue returns the number with which the line from start to end begins, after its indentation, or 0 when the line does not begin
// with a digit. It reads at most three digits (maxListNumber), the most that the number of a list item has.
func (v *view) readFirstValue(start, end int) int {
	for start < end && isIndent(v.folded[start]) {
		start++
	}
	last := start
	for last < end && last-start < maxListNumber && v.hasClass(last, isDigit) {
		last++
	}
	return toValue(v.folded[start:last])
}

// isIndent reports whether the character can indent a line.
func isIndent(c byte) bool { return c == ' ' || c == '\t' }

// isCardRun reports whether the characters from index start up to index end are the digits of a card number of a large network, without
// separators.
func (v *view) isCardRun(start, end int) bool {
	var buffer [maxCard]byte
	if end-start > maxCard {
		return false
	}
	for i, c := range v.folded[start:end] {
		if !isDigitByte(c) {
			return false
		}
		buffer[i] = c - '0'
	}
	digits := buffer[:end-start]
	return isCommonCard(digits) && hasLuhnDigit(digits)
}
