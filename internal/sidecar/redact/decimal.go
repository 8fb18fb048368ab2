package redact

// hasDecimals reports whether the points between the groups of n, from the first up to the group last, are rather those of decimal numbers
// than of a card number: 424.7660228494551, or 53.360344 145.084220. In a card number with points, every separator is a point, and there
// are several. Only groups of four digits can have any separators.
func (v *view) hasDecimals(n *number, last int) bool {
	if n.hasFours(last) {
		return false
	}
	points := 0 // how many separators between these groups contain a point; there are as many separators as the index last
	for group := range last {
		if v.hasSign(n, group, '.') {
			points++
		}
	}
	return points > 0 && points < last || points == 1
}

// isListedCard reports whether the number n, before which a digit and a point stand, can be a card number in a numbered list:
// `1.4111111111111111`. Computed values look alike, because they often have 15 or 16 decimal places. The digits before the point must
// therefore be the number of a list item. Four digits and a separator after the point (`1.4111 1111 1111 1111`) are then enough, because
// decimal places have no separators. Otherwise the digits up to the first separator must be a whole card number of a large network, the
// number of the item must be 1 or follow that of the item in the line before, and no exponent (e-05) may follow.
func (v *view) isListedCard(n *number) bool {
	point := n.first - 1
	if !v.isListNumber(point, n.first) {
		return false
	}
	if n.groups[0].size() == joinedSize { // A separator follows the first four digits.
		return true
	}
	// readAfter reads the character after the first group. It looks at most 256 bytes (openBytes) beyond n.first, the start of the candidate,
	// because a window waits for no more.
	hasExponent := toLower(v.readAfter(n.endOf(0), n.first)) == 'e'
	return !hasExponent && isCommonCard(n.digit[:n.digitsUpTo(0)]) && v.continuesList(point, n.first)
}

// maxShortLine is the most characters of a line that can be a single decimal number, as in a column of numbers.
const maxShortLine = 32

// continuesList reports whether the digits before the index end, which number an item of a list, are 1 or one more than the number of the
// item in the line before. Two other lines before also count as the previous item, whatever their number: a line that ends with a card
// number, and one that is so long that its beginning cannot be read. The trigger is the index of the digit at which the detector started;
// text more than lookBytes (64) before it is not read, because a window may have dropped it.
func (v *view) continuesList(end, trigger int) bool {
	start := v.findRunStart(end, trigger)
	item := toValue(v.folded[start:end])
	if item == 1 {
		return true
	}
	lineEnd := start - 1
	for isIndent(v.readContext(lineEnd, trigger)) {
		lineEnd--
	}
	if v.readContext(lineEnd, trigger) != '\n' {
		return false // No line precedes.
	}
	if v.isInContext(lineEnd-1, trigger, isDigit) && v.isCardRun(v.findRunStart(lineEnd, trigger), lineEnd) {
		return true
	}
	lineStart := lineEnd
	for c := v.readContext(lineStart-1, trigger); c != '\n' && c != 0; c = v.readContext(lineStart-1, trigger) {
		lineStart--
	}
	// readContext returns 0 both before the start of the text and for text that is too far away to be read. The length of the line decides
	// which of the two it is, because the decision must be the same wherever a window has dropped text: long lines count as cut off.
	isCutOff := v.readContext(lineStart-1, trigger) == 0 && lineEnd-lineStart > maxShortLine
	return isCutOff || v.readFirstValue(lineStart, lineEnd) == item-1
}

// readFirstValue returns the number with which the line from start to end begins, after its indentation, or 0 when the line does not begin
// with a digit. It reads at most three digits (maxListNumber), the most that the number of a list item has.
func (v *view) readFirstValue(start, end int) int {
	for start < end && isIndent(v.folded[start]) {
		start++
	}
	last := start
	for last < end && last-start < maxListNumber && v.is(last, isDigit) {
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
