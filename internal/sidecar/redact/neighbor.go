package redact

import "bytes"

const (
	// mobileDigits is how many digits most mobile numbers have in Europe, including the trunk prefix 0.
	mobileDigits = 11
	// minAfterComma is the fewest digits of a number with the prefix 00 that is a telephone number after a comma. Shorter ones are decimal
	// places.
	minAfterComma = 12
	// maxPlaces is the most decimal places to which programs usually round.
	maxPlaces = 10
	// maxNeighbor is the most digits of a neighbor: a date, a time or the number of a house or a list before a telephone number.
	maxNeighbor = 8
	// maxNeighborGroup is the most digits of a group in a neighbor: a year has four.
	maxNeighborGroup = 4
	// maxListNumber is the most digits of the number of a house or a list.
	maxListNumber = 3
)

// isPartOfNumber reports whether the number n, which begins at start, is the fraction of a decimal number, the end of a time, or another
// part of a longer number or name.
func (v *view) isPartOfNumber(n *number, start int) bool {
	switch v.readDecimalMark(n.first) {
	case ',':
		return !v.isDialedAfterComma(n)
	case '.':
		return !v.isDialedAfterPoint(n)
	}
	if v.isTimePart(n.first, n.groups[0].size()) {
		return true
	}
	return v.isContinuation(start) && !v.isApart(n)
}

// isDialedAfterComma reports whether the number, directly after a digit and a comma, can be a telephone number rather than decimal places.
// It must begin with the international prefix 00 or the trunk prefix 0, or consist of the groups of a North American number.
func (v *view) isDialedAfterComma(n *number) bool {
	hasPrefix := n.digit[0] == 0 && n.digit[1] == 0 // the international prefix 00
	if hasPrefix {
		return n.digitCount() >= minAfterComma
	}
	if hasTrunk := n.digit[0] == 0; hasTrunk {
		return !v.isTenPlaces(n)
	}
	last := n.findArea() + 2 // After the area code follow two groups.
	hasForm := n.groupCount > last && n.isNorthAmerican(last)
	return hasForm && v.folded[n.endOf(0)] != '.' // A point after the first group shows the rest of an amount: 1,234.567.
}

// isTenPlaces reports whether the number, directly after a digit and a comma, is the ten decimal places of a number below ten. Programs
// round to ten places: 1,0416666667.
func (v *view) isTenPlaces(n *number) bool {
	if n.groupCount > 1 || n.groups[0].size() != maxPlaces {
		return false
	}
	// A second comma, after the number or before the digit that precedes it, shows that digit and number are two fields of a list.
	beforeDigit := v.readContext(n.first-len("1,")-1, n.first)
	isField := v.readAfter(n.endOf(0), n.first) == ',' || beforeDigit == ','
	isBelowTen := !isDigitByte(beforeDigit) // Only one digit precedes the comma.
	return isBelowTen && !isField
}

// isDialedAfterPoint reports whether the number, directly after a digit and a point, can be a telephone number rather than decimal places.
// It must begin with a trunk prefix and follow the number of a list item: 1.01712345678. A single group must have as many digits
// as a mobile number (11), because 10 decimal places are common, and the list number must continue a list.
func (v *view) isDialedAfterPoint(n *number) bool {
	hasTrunk := n.digit[0] == 0 && n.digit[1] != 0
	if !hasTrunk || !v.isListNumber(n.first-1, n.first) {
		return false
	}
	if n.groups[0].size() == mobileDigits {
		return v.continuesList(n.first-1, n.first)
	}
	return n.hasAreaCode() && v.folded[n.endOf(0)] != '.' // A second point shows that the number is part of a version or an amount.
}

// isApart reports whether the digits before the number, with separators in between, are another number: a date, a time, the number of a
// house or a list, or the number that a reference word such as "order" announces.
func (v *view) isApart(n *number) bool {
	// end is the index after the digits, hasSpace whether a space is among the separators.
	end, hasSpace := n.first, false
	for v.isInContext(end-1, n.first, isGap) {
		end--
		hasSpace = hasSpace || v.folded[end] == ' '
	}
	if !v.isInContext(end-1, n.first, isDigit) {
		return false
	}
	if hasSpace && v.isAfterNeighbor(n, end) {
		return true
	}
	isSetApart := hasSpace && n.first-end > 1 // Several separators stand in between.
	return v.isAfterReference(n, end, isSetApart)
}

// isAfterReference reports whether the digits before end are a whole number that a reference word announces, so that the number n is
// another one. That is certain only if several separators with a space stand in between (`order 4711 / 0171 2345678`, isSetApart), or if n
// can only be a telephone number (`order 4711 0171 2345678`).
func (v *view) isAfterReference(n *number, end int, isSetApart bool) bool {
	// A hyphen before n would join the groups of one reference number.
	isSurelyDialed := n.hasAreaCode() && v.folded[n.first-1] != '-'
	if !isSetApart && !isSurelyDialed {
		return false
	}
	start := v.findRunStart(end, n.first)
	return v.readWords(start, n.first, context{groupSize: end - start}) == referenceHint
}

// isAfterNeighbor reports whether the digits before end are a date, a time, or the number of a house or a list, so that a telephone number
// can follow them.
func (v *view) isAfterNeighbor(n *number, end int) bool {
	first := v.findRunStart(end, n.first)
	if v.findDateStart(first, end, n.first) < first || v.isTimePart(first, end-first) {
		return true
	}
	start := v.findNeighborStart(end, n.first)
	if start == end {
		return false
	}
	hasSign := v.folded[end] != ' ' // A sign follows the digits, as in a list: 1) or 1.
	if hasSign && v.isListNumber(end, n.first) || n.isDialedForm() {
		return true
	}
	// Only a first group of minGlued digits or a North American number stands by itself. Other groups could be the rest of a reference number.
	isWhole := n.groups[0].size() >= minGlued || n.digit[0] != 0 && n.isNorthAmerican(n.groupCount-1)
	if !isWhole || end-start > maxListNumber {
		return false
	}
	// A short number is that of a house, unless it begins a reference number: `order 12 4155552671`.
	return v.readWords(start, n.first, context{groupSize: end - start}) != referenceHint
}

// findNeighborStart returns the start of the digits before the position end, together with the short groups that are joined to them (12.30,
// 12/27). It returns the position end itself if these groups are too long for a date or the number of a house, or if separators and a digit
// precede the groups.
func (v *view) findNeighborStart(end, trigger int) int {
	// Read the groups from back to front, as long as a sign joins the group to digits before it.
	start, digits := end, 0
	for {
		first := v.findRunStart(start, trigger)
		size := start - first
		digits += size
		if size > maxNeighborGroup || digits > maxNeighbor {
			return end
		}
		start = first
		if !v.isJoinedBack(start, trigger) {
			break
		}
		start-- // Skip the joining character.
	}
	// A digit before the separators shows that these digits are the middle of a longer number.
	before := start - 1
	for v.isInContext(before, trigger, isGap) {
		before--
	}
	if before >= v.minStart && v.isInContext(before, trigger, isDigit) {
		return end
	}
	return start
}

// isJoinedBack reports whether a period, hyphen or slash joins the digits at i to digits before them.
func (v *view) isJoinedBack(i, trigger int) bool {
	c := v.readContext(i-1, trigger)
	return (c == '.' || c == '-' || c == '/') && v.isInContext(i-2, trigger, isDigit)
}

// isBelowOne reports whether the number is a decimal number between 0 and 1: 0.123456789.
func (v *view) isBelowOne(n *number) bool {
	isZero := n.digit[0] == 0 && n.groups[0].size() == 1
	if !isZero || n.groupCount != 2 || v.folded[n.endOf(0)] != '.' {
		return false
	}
	return n.groups[1].start == 2 // Nothing else than the point is between the groups.
}

// isTimePart reports whether the group of size digits at first is the minutes or seconds of a time: 12:30. Such a group has two digits and
// follows a digit and a colon.
func (v *view) isTimePart(first, size int) bool {
	return size == 2 && v.readContext(first-1, first) == ':' && v.isInContext(first-2, first, isDigit)
}

// isListNumber reports whether the digits before end are the number of an item in a list: at most three digits, not 0, at the start of
// their line.
func (v *view) isListNumber(end, trigger int) bool {
	start := v.findRunStart(end, trigger)
	if end-start > maxListNumber || v.folded[start] == '0' {
		return false
	}
	// Skip the indentation.
	for isIndent(v.readContext(start-1, trigger)) {
		start--
	}
	c := v.readContext(start-1, trigger) // 0 at the start of the text, and if the start of the line is too far away to be read
	return c == 0 || c == '\n'
}

// isSchedule reports whether the number begins with opening hours (09.00-12.00) or with a date whose year has two digits (05.12.24). More
// groups can follow.
func (v *view) isSchedule(n *number) bool {
	const pairs, pairSize = 3, 2
	if n.groupCount < pairs || !n.hasSizes(pairs, pairSize) || v.folded[n.endOf(0)] != '.' {
		return false
	}
	return v.isHours(n) || v.isShortDate(n)
}

// isHours reports whether the number begins with two times: 09.00-12.00. The caller has checked that its first three groups have two
// digits, and that a point follows the first.
func (v *view) isHours(n *number) bool {
	// A hyphen follows the second group (00), and a point the third (12).
	if n.groupCount < 4 || !v.hasSign(n, 1, '-') || v.folded[n.endOf(2)] != '.' {
		return false
	}
	hour, minute := toValue(n.digit[:2]), toValue(n.digit[2:4])
	return hour < 24 && minute < 60
}

// isShortDate reports whether the number begins with a date whose year has two digits: 05.12.24. The caller has checked that its first
// three groups have two digits, and that a point follows the first. Another number can follow after a space, and a second date after a
// hyphen: 01.12.26-05.12.26.
func (v *view) isShortDate(n *number) bool {
	endsAfterYear := n.groupCount == 3 || v.hasSign(n, 2, ' ') || v.isDateRange(n)
	return isDayAndMonth(n.digit[:]) && v.folded[n.endOf(1)] == '.' && endsAfterYear
}

// isDateRange reports whether the number has six groups of two digits, and a hyphen precedes the last three, which are a date.
func (v *view) isDateRange(n *number) bool {
	if n.groupCount != 6 || !n.hasSizes(6, 2) || !v.hasSign(n, 2, '-') {
		return false
	}
	return isDayAndMonth(n.digit[6:]) && v.folded[n.endOf(3)] == '.' && v.folded[n.endOf(4)] == '.'
}

// isDayAndMonth reports whether the first four digits can be a day and a month.
func isDayAndMonth(digit []byte) bool {
	return toValue(digit[:2]) <= 31 && toValue(digit[2:4]) <= 12
}

// hasSign reports whether the sign is among the separators after a group, which is not the last of the number.
func (v *view) hasSign(n *number, group int, sign byte) bool {
	next := n.first + int(n.groups[group+1].start)
	return bytes.IndexByte(v.folded[n.endOf(group):next], sign) >= 0
}

// hasAreaCode reports whether the number consists of two groups: an area code of 3 to 5 digits that begins with the trunk prefix 0, and a
// subscriber number of at least 5 digits. Reference numbers in groups have a shorter second group, so they do not match.
func (n *number) hasAreaCode() bool {
	area, subscriber := n.groups[0].size(), n.groups[1].size()
	return n.groupCount == 2 && n.digit[0] == 0 && area >= 3 && area <= 5 && subscriber >= 5
}

// isDialedForm reports whether the groups are those of a telephone number and of hardly anything else: an area code and a subscriber
// number, or five pairs as in France (06 12 34 56 78).
func (n *number) isDialedForm() bool {
	if n.hasAreaCode() {
		return n.digit[1] != 0 // 00 begins an international number.
	}
	const pairs, pairSize = 5, 2
	return n.digit[0] == 0 && n.groupCount == pairs && n.hasSizes(pairs, pairSize)
}

// isMobile reports whether the number has the prefix (015, 016, 017) and the length of a German mobile number.
func (n *number) isMobile() bool {
	hasPrefix := n.digit[0] == 0 && n.digit[1] == 1 && n.digit[2] >= 5 && n.digit[2] <= 7
	digits := n.digitCount() // German mobile numbers have 11 or 12.
	return hasPrefix && (digits == mobileDigits || digits == mobileDigits+1)
}
