package redact

import "bytes"

const (
	// usualDigits is how many digits a mobile number in one piece has in most countries with a trunk prefix.
	usualDigits = 11
	// minIntroduced is the fewest digits of a number with the prefix 00 that is a telephone number after a comma.
	minIntroduced = 12
	// maxNeighbor is the most digits of a date, a time or the number of a house or a list before a telephone number.
	maxNeighbor = 8
	// maxNeighborGroup is the most digits of each of its groups: a year.
	maxNeighborGroup = 4
	// maxListNumber is the most digits of the number of a house or a list.
	maxListNumber = 3
)

// isPartOfNumber reports whether the number that begins at start continues a number before it, or is its fraction.
func (v *view) isPartOfNumber(n *number, start int) bool {
	switch v.readDecimalMark(n.first) {
	case ',':
		return !v.isDialedAfterComma(n)
	case '.':
		return !v.isDialedAfterPoint(n)
	}
	return v.isSeconds(n.first, n.groups[0].size()) || v.isContinuation(start) && !v.isApart(n)
}

// isDialedAfterComma reports whether the number is a telephone number and no fraction: it begins with a trunk prefix, or is North American
// in groups.
func (v *view) isDialedAfterComma(n *number) bool {
	if n.digit[0] == 0 {
		return n.digit[1] != 0 || n.digitsUpTo(n.groupCount-1) >= minIntroduced
	}
	last := 2
	if n.digit[0] == 1 && n.digitsUpTo(0) == 1 {
		last = 3
	}
	return n.groupCount > last && n.isNorthAmerican(last) && v.folded[n.endOf(0)] != '.'
}

// isDialedAfterPoint reports whether the number is a telephone number after the number of a list, and no fraction: 1.01712345678. Ten
// decimal places that begin with 0 are common, 11 are not.
func (v *view) isDialedAfterPoint(n *number) bool {
	if n.digit[0] != 0 || n.digit[1] == 0 || !v.isListNumber(n.first-1, n.first) {
		return false
	}
	return n.groups[0].size() == usualDigits || n.hasAreaCode() && v.folded[n.endOf(0)] != '.'
}

// isApart reports whether the digits before the number are a number by themselves: a date, a time, the number of a house or a list, or the
// number of a reference word. In the last case, either more than one separator is in between (`order 4711 / 0171 2345678`) or the number
// can only be a telephone number (`order 4711 0171 2345678`).
func (v *view) isApart(n *number) bool {
	first := n.first
	gap, spaced := first, false
	for v.readContext(gap-1, first) != 0 && v.is(gap-1, isGap) {
		gap--
		spaced = spaced || v.folded[gap] == ' '
	}
	if v.readContext(gap-1, first) == 0 || !v.is(gap-1, isDigit) {
		return false
	}
	if spaced && v.isAfterNeighbor(n, gap) {
		return true
	}
	if apart := first-gap > 1 && spaced; !apart && (v.folded[first-1] == '-' || !n.hasAreaCode()) {
		return false
	}
	start := v.findRunStart(gap, first)
	return v.readWords(start, first, gap-start, false) == reference
}

// isAfterNeighbor reports whether the digits that end before end are a date or a time, or short and complete, so that a number in the form
// of a telephone number after them is one.
func (v *view) isAfterNeighbor(n *number, end int) bool {
	from := n.first
	first := v.findRunStart(end, from)
	if v.findDateStart(first, end, from) < first || v.isSeconds(first, end-first) {
		return true
	}
	start := v.findNeighborStart(end, from)
	if start == end {
		return false
	}
	if v.isListNumber(end, from) && v.folded[end] != ' ' || n.isDialedForm() {
		return true
	}
	alone := n.groups[0].size() >= minGlued || n.digit[0] != 0 && n.isNorthAmerican(n.groupCount-1)
	return alone && end-start <= maxListNumber && v.readWords(start, from, end-start, false) != reference
}

// findNeighborStart returns the start of the digits that end before end, with the short groups that are joined to them, or end when they
// are too long for a date or the number of a house, or continue a number before them.
func (v *view) findNeighborStart(end, from int) int {
	start, digits := end, 0
	for {
		first := v.findRunStart(start, from)
		digits += start - first
		if start-first > maxNeighborGroup || digits > maxNeighbor {
			return end
		}
		start = first
		if c := v.readContext(start-1, from); c != '.' && c != '-' && c != '/' || !isDigitByte(v.readContext(start-2, from)) {
			break
		}
		start--
	}
	before := start - 1
	for v.readContext(before, from) != 0 && v.is(before, isGap) {
		before--
	}
	if before >= v.minStart && isDigitByte(v.readContext(before, from)) {
		return end
	}
	return start
}

// isSeconds reports whether the digits at first, size of them, end a time: they follow a colon and a digit.
func (v *view) isSeconds(first, size int) bool {
	return size == 2 && v.readContext(first-1, first) == ':' && isDigitByte(v.readContext(first-2, first))
}

// isListNumber reports whether at most three digits before end begin their line, and are not 0.
func (v *view) isListNumber(end, trigger int) bool {
	start := v.findRunStart(end, trigger)
	if end-start > maxListNumber || v.folded[start] == '0' {
		return false
	}
	for v.readContext(start-1, trigger) == ' ' || v.readContext(start-1, trigger) == '\t' {
		start--
	}
	c := v.readContext(start-1, trigger)
	return c == 0 || c == '\n'
}

// isHours reports whether the number begins with hours (09.00-12.00) or with a date whose year has two digits (05.12.24), before another
// number.
func (v *view) isHours(n *number) bool {
	if n.groupCount < 3 || n.groups[0].size() != 2 || n.groups[1].size() != 2 || n.groups[2].size() != 2 || v.folded[n.endOf(0)] != '.' {
		return false
	}
	first, second := toValue(n.digit[:2]), toValue(n.digit[2:4])
	if first < 24 && second < 60 && n.groupCount > 3 && v.hasSign(n, 1, '-') && v.folded[n.endOf(2)] == '.' {
		return true
	}
	return first <= 31 && second <= 12 && v.folded[n.endOf(1)] == '.' && (n.groupCount == 3 || v.hasSign(n, 2, ' '))
}

// hasSign reports whether the sign is among the separators after a group, which is not the last.
func (v *view) hasSign(n *number, group int, sign byte) bool {
	return bytes.IndexByte(v.folded[n.endOf(group):n.first+int(n.groups[group+1].start)], sign) >= 0
}

// hasAreaCode reports whether the number has exactly two groups: an area code of 3 to 5 digits that begins with the trunk prefix 0, and
// a subscriber number of at least 5 digits. The groups of reference numbers are shorter, so a reference number does not match.
func (n *number) hasAreaCode() bool {
	area, subscriber := n.groups[0].size(), n.groups[1].size()
	return n.groupCount == 2 && n.digit[0] == 0 && area >= 3 && area <= 5 && subscriber > 4
}

// isDialedForm reports whether the groups are those of a telephone number and hardly of anything else: an area code and a subscriber
// number, or five pairs as in France (06 12 34 56 78).
func (n *number) isDialedForm() bool {
	if n.hasAreaCode() {
		return n.digit[1] != 0
	}
	if n.groupCount != 5 || n.digit[0] != 0 || n.digitsUpTo(4) != 10 {
		return false
	}
	for i := range 5 {
		if n.groups[i].size() != 2 {
			return false
		}
	}
	return true
}

// isMobile reports whether the number begins as German mobile numbers do (015, 016, 017) and has their length.
func (n *number) isMobile() bool {
	digits := n.digitsUpTo(n.groupCount - 1)
	return n.digit[0] == 0 && n.digit[1] == 1 && n.digit[2] >= 5 && n.digit[2] <= 7 && (digits == usualDigits || digits == usualDigits+1)
}
