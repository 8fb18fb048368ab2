package redact

// hasDecimals reports whether the points between the groups up to the group last are rather those of decimal numbers than of a card number:
// 424.7660228494551, or 53.360344 145.084220. A card number with points has several, and no other separators. Groups of four digits can
// have any separators.
func (v *view) hasDecimals(n *number, last int) bool {
	if n.hasFours(last) {
		return false
	}
	points := 0
	for group := range last {
		if v.hasSign(n, group, '.') {
			points++
		}
	}
	return points > 0 && points < last || points == 1
}

// isListedCard reports whether the number n, before which a digit and a point stand, is a card number in a numbered list:
// `1.4111111111111111`. Computed values look alike, because they often have 15 or 16 decimal places. The digits before the point must
// therefore be the number of a list item. If n does not begin with a group of four digits, it is more likely to be decimal places: then its
// first run of digits alone must be a card number of a large network, the list number must be 1 or the next one after that of the line
// before, and no exponent (e-05) may follow.
func (v *view) isListedCard(n *number) bool {
	point := n.first - 1
	if !v.isListNumber(point, n.first) {
		return false
	}
	if n.groups[0].size() == joinedSize {
		return true
	}
	hasExponent := toLower(v.readAfter(n.endOf(0), n.first)) == 'e'
	return !hasExponent && isCommonCard(n.digit[:n.digitsUpTo(0)]) && v.continuesList(point, n.first)
}

// maxShortLine is the most characters of a line that can be a number in a column of numbers.
const maxShortLine = 32

// continuesList reports whether the list number before end is 1, or the next one after the list number in the line before it. That line is
// also an item of the list if it ends with a card number, or if it is so long that its beginning cannot be read.
func (v *view) continuesList(end, trigger int) bool {
	start := v.findRunStart(end, trigger)
	item := v.readValue(start, end)
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
	// A decision cannot tell the start of the text from text that it must not read, so the length of the line decides.
	isCutOff := v.readContext(lineStart-1, trigger) == 0 && lineEnd-lineStart > maxShortLine
	return isCutOff || v.readFirstValue(lineStart, lineEnd) == item-1
}

// readFirstValue returns the number with which the line from start to end begins, after its indentation, or 0 when it has none.
func (v *view) readFirstValue(start, end int) int {
	for start < end && isIndent(v.folded[start]) {
		start++
	}
	last := start
	for last < end && last-start < maxListNumber && v.is(last, isDigit) {
		last++
	}
	return v.readValue(start, last)
}

// isIndent reports whether the character can indent a line.
func isIndent(c byte) bool { return c == ' ' || c == '\t' }

// readValue returns the number that the digits from start to end, at most maxListNumber, make up.
func (v *view) readValue(start, end int) int {
	value := 0
	for _, c := range v.folded[start:end] {
		value = value*10 + int(c-'0')
	}
	return value
}

// isCardRun reports whether the characters from start to end are the digits of a card number of a large network.
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
