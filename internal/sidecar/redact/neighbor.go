package redact

import "bytes"

const (
	// mobileDigits is how many digits a mobile telephone number in Germany has, including the trunk prefix 0. Some have one more
	// (isMobile).
	mobileDigits = 11
	// minAfterComma is the fewest digits, including the prefix, of a telephone number that begins with the international prefix 00 and
	// directly follows a digit and a comma. Fewer digits after a comma are decimal places: 1,0012345.
	minAfterComma = 12
	// maxPlaces is the most decimal places (digits after the decimal point or comma) to which programs usually round.
	maxPlaces = 10
	// maxNeighbor is the most digits of a neighbor: a date, a time, or the number of a house or of a list item, directly before a telephone
	// number.
	maxNeighbor = 8
	// maxNeighborGroup is the most digits that one group of a date, time, house number or list number before a telephone number can have: a
	// year has four.
	maxNeighborGroup = 4
	// maxListNumber is the most digits of the number of a house or of a list item.
	maxListNumber = 3
)

// isPartOfNumber reports whether the number n is no telephone number because it is the decimal places of a number, the end of a time, or
// another part of a longer number or name. start is where n begins, including a parenthesis before its first digit.
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

// isDialedAfterComma reports whether the number n, directly after a digit and a comma, can be a telephone number rather than decimal
// places. It must begin with the international prefix 00, with the trunk prefix 0, or with the groups of a North American number. Decimal
// places can begin with 0 too, so a number with the trunk prefix must not have the form of ten decimal places (isTenPlaces).
func (v *view) isDialedAfterComma(n *number) bool {
	hasPrefix := n.digit[0] == 0 && n.digit[1] == 0 // the international prefix 00
	if hasPrefix {
		return n.digitCount() >= minAfterComma
	}
	if hasTrunk := n.digit[0] == 0; hasTrunk {
		return !v.isTenPlaces(n)
	}
	last := n.findArea() + 2 // the last group of a North American number, in which two groups follow the area code
	hasForm := n.groupCount > last && n.isNorthAmerican(last)
	// In an amount such as 1,234.567.8901, n is what follows the comma, and a point follows its first group, 234.
	return hasForm && v.folded[n.endOf(0)] != '.'
}

// isTenPlaces reports whether the number n, directly after a digit and a comma, is the ten decimal places (maxPlaces) of a number below
// ten. Programs round to ten places: 1,0416666667.
func (v *view) isTenPlaces(n *number) bool {
	if n.groupCount > 1 || n.groups[0].size() != maxPlaces {
		return false
	}
	// One digit and a comma precede n. A second comma, after n or before that digit, shows that the digit and n are two fields of a table.
	// readAfter looks at most 256 bytes (openBytes) beyond n.first, the start of the candidate.
	beforeDigit := v.readBefore(n.first-len("1,")-1, n.first)
	isField := v.readAfter(n.endOf(0), n.first) == ',' || beforeDigit == ','
	isBelowTen := !isDigitByte(beforeDigit) // Only one digit precedes the comma.
	return isBelowTen && !isField
}

// isDialedAfterPoint reports whether the number n, directly after a digit and a point, can be a telephone number rather than decimal
// places. It must begin with the trunk prefix 0 and follow the number of a list item: 1.01712345678. If n is not written as an area code
// and a subscriber number, its first group must have as many digits as a mobile number (11), and the number of the item must be 1 or follow
// that of the item in the line before. Fewer digits do not suffice, because 10 decimal places are common.
func (v *view) isDialedAfterPoint(n *number) bool {
	hasTrunk := n.digit[0] == 0 && n.digit[1] != 0
	if !hasTrunk || !v.isListNumber(n.first-1, n.first) {
		return false
	}
	if n.hasAreaCode() {
		return v.folded[n.endOf(0)] != '.' // A second point shows that the number is part of a version or an amount.
	}
	return n.groups[0].size() == mobileDigits && v.continuesList(n.first-1, n.first)
}

// isApart reports whether the digits before the number n, with separators in between, are a number of their own, so that n can be a
// telephone number: a date, a time, the number of a house or of a list item, or the number that a reference word such as "order" announces.
func (v *view) isApart(n *number) bool {
	// end becomes the index after the digits before n. hasSpace tells whether a space is among the separators between them and n.
	end, hasSpace := n.first, false
	for v.hasClassBefore(end-1, n.first, isGap) {
		end--
		hasSpace = hasSpace || v.folded[end] == ' '
	}
	if !v.hasClassBefore(end-1, n.first, isDigit) {
		return false
	}
	if hasSpace && v.isAfterNeighbor(n, end) {
		return true
	}
	isSetApart := hasSpace && n.first-end > 1 // Several separators stand in between.
	return v.isAfterReference(n, end, isSetApart)
}

// isAfterReference reports whether the digits before the index end are a whole number that a reference word announces, so that the number n
// after them is a number of its own. That is certain only if several separators with a space stand in between (`order 4711 / 0171 2345678`;
// isSetApart says so), or if n can only be a telephone number (`order 4711 0171 2345678`).
func (v *view) isAfterReference(n *number, end int, isSetApart bool) bool {
	// A hyphen directly before n can join n to the digits before it as groups of one reference number.
	isSurelyDialed := n.hasAreaCode() && v.folded[n.first-1] != '-'
	if !isSetApart && !isSurelyDialed {
		return false
	}
	start := v.findRunStart(end, n.first)
	return v.readWords(start, n.first, context{groupSize: end - start}) == referenceHint
}

// isAfterNeighbor reports whether the digits before the index end are a date, a time, or the number of a house or of a list item, so that
// the number n after them can be a telephone number. Any short number counts if n can hardly be anything but a telephone number.
func (v *view) isAfterNeighbor(n *number, end int) bool {
	first := v.findRunStart(end, n.first)
	endsDate := v.findDateStart(first, end, n.first) < first
	if endsDate || v.isTimePart(first, end-first) {
		return true
	}
	start, isShort := v.findNeighborStart(end, n.first)
	if !isShort {
		return false
	}
	hasSign := v.folded[end] != ' ' // A sign follows the digits directly, as after the number of a list item: `1)`, `1.`.
	if hasSign && v.isListNumber(end, n.first) {
		return true
	}
	// If n can hardly be anything but a telephone number, the short number before it is another number.
	return n.isDialedForm() || v.isAfterHouse(n, start, end)
}

// isAfterHouse reports whether the digits from start to end, before the number n, can be the number of a house, which has few digits, and
// not the first part of n. They could be the first part of n unless n is whole by itself: its first group has at least 10 digits
// (minGlued), or it is North American.
func (v *view) isAfterHouse(n *number, start, end int) bool {
	isWhole := n.groups[0].size() >= minGlued || n.isNorthAmerican(n.groupCount-1)
	if !isWhole || end-start > maxListNumber {
		return false
	}
	// After a reference word, the short number begins a reference number: `order 12 4155552671`.
	return v.readWords(start, n.first, context{groupSize: end - start}) != referenceHint
}

// findNeighborStart returns the start of the digits before the index end, together with the groups that are joined to them (12.30, 12/27).
// isShort is false if these groups are too long for a date or the number of a house, or are the end of a longer number. The trigger is the
// index of the digit at which the detector started; text more than lookBytes before it is not read.
func (v *view) findNeighborStart(end, trigger int) (start int, isShort bool) {
	// Read the groups from back to front, as long as a period, hyphen or slash joins the group to digits before it.
	start = end
	digits := 0
	for {
		first := v.findRunStart(start, trigger)
		size := start - first
		digits += size
		if size > maxNeighborGroup || digits > maxNeighbor {
			return first, false
		}
		start = first
		if !v.isJoinedBack(start, trigger) {
			break
		}
		start-- // Skip the joining character.
	}
	// Separators and a digit before the groups show that the groups end a longer number. Text that was replaced before (v.minStart) does not
	// count.
	before := start - 1
	for v.hasClassBefore(before, trigger, isGap) {
		before--
	}
	endsNumber := before >= v.minStart && v.hasClassBefore(before, trigger, isDigit)
	return start, !endsNumber
}

// isJoinedBack reports whether a period, hyphen or slash joins the digits at index i to digits before them. The trigger is the index of the
// digit at which the detector started; text more than lookBytes before it is not read.
func (v *view) isJoinedBack(i, trigger int) bool {
	c := v.readBefore(i-1, trigger)
	return (c == '.' || c == '-' || c == '/') && v.hasClassBefore(i-2, trigger, isDigit)
}

// isBelowOne reports whether the number n is written as a decimal number between 0 and 1: 0.123456789.
func (v *view) isBelowOne(n *number) bool {
	isZero := n.digit[0] == 0 && n.groups[0].size() == 1
	if !isZero || n.groupCount != 2 || v.folded[n.endOf(0)] != '.' {
		return false
	}
	return n.groups[1].start == 2 // The second group begins two characters after the 0, so only the point is between them.
}

// isTimePart reports whether the group of size digits that begins at index first is the minutes or seconds of a time: 12:30. Such a group
// has two digits and follows a digit and a colon. What is read lies before first, and not too far before it, as readBefore demands.
func (v *view) isTimePart(first, size int) bool {
	return size == 2 && v.readBefore(first-1, first) == ':' && v.hasClassBefore(first-2, first, isDigit)
}

// isListNumber reports whether the digits before the index end can be the number of an item in a list: at most three digits at the start of
// their line. The first is not 0, because a 0 and a point begin a decimal number. The trigger is the index of the digit at which the
// detector started; text more than lookBytes before it is not read, and counts as the start of a line,
// because only blanks lie between it and the digits.
func (v *view) isListNumber(end, trigger int) bool {
	start := v.findRunStart(end, trigger)
	if end-start > maxListNumber || v.folded[start] == '0' {
		return false
	}
	// Skip the indentation.
	for isIndent(v.readBefore(start-1, trigger)) {
		start--
	}
	// readBefore returns 0 if start is the start of the text, and also if the character before start is too far away to be read.
	c := v.readBefore(start-1, trigger)
	return c == 0 || c == '\n'
}

// isSchedule reports whether the number n is no telephone number because it begins with opening hours (09.00-12.00) or with a date whose
// year has two digits (05.12.24). More groups can follow.
func (v *view) isSchedule(n *number) bool {
	const pairs, pairSize = 3, 2 // The first three groups must have two digits each.
	if n.groupCount < pairs || !n.hasSizes(pairs, pairSize) || v.folded[n.endOf(0)] != '.' {
		return false
	}
	return v.isHours(n) || v.isShortDate(n)
}

// isHours reports whether the number n begins with two times: 09.00-12.00. The caller has checked that each of its first three groups has
// two digits, and that a point follows the first.
func (v *view) isHours(n *number) bool {
	// A hyphen must follow the second group, which is index 1 (in 09.00-12.00: 00), and a point the third (12).
	if n.groupCount < 4 || !v.hasSign(n, 1, '-') || v.folded[n.endOf(2)] != '.' {
		return false
	}
	hour, minute := toValue(n.digit[:2]), toValue(n.digit[2:4])
	return hour < 24 && minute < 60
}

// isShortDate reports whether the number n begins with a date whose year has two digits: 05.12.24. The caller has checked that each of its
// first three groups has two digits, and that a point follows the first. Another number can follow after a space, and a second date after a
// hyphen: 01.12.26-05.12.26.
func (v *view) isShortDate(n *number) bool {
	endsAfterYear := n.groupCount == 3 || v.hasSign(n, 2, ' ') || v.isDateRange(n)
	return isDayAndMonth(n.digit[:]) && v.folded[n.endOf(1)] == '.' && endsAfterYear
}

// isDateRange reports whether the number n can be two dates such as 01.12.26-05.12.26: it has six groups of two digits, and a hyphen
// precedes the last three, which are a date. The caller checks the first date.
func (v *view) isDateRange(n *number) bool {
	if n.groupCount != 6 || !n.hasSizes(6, 2) || !v.hasSign(n, 2, '-') {
		return false
	}
	return isDayAndMonth(n.digit[6:]) && v.folded[n.endOf(3)] == '.' && v.folded[n.endOf(4)] == '.'
}

// isDayAndMonth reports whether the first four digits, given as values 0 to 9, can be a day and a month.
func isDayAndMonth(digit []byte) bool {
	return toValue(digit[:2]) <= 31 && toValue(digit[2:4]) <= 12
}

// hasSign reports whether the sign, for example a hyphen, is among the separators between the given group of n and the next one. The caller
// passes an index that is not the last.
func (v *view) hasSign(n *number, group int, sign byte) bool {
	next := n.first + int(n.groups[group+1].start)
	return bytes.IndexByte(v.folded[n.endOf(group):next], sign) >= 0
}

// hasAreaCode reports whether the number n consists of two groups: an area code of 3 to 5 digits that begins with the trunk prefix 0, and a
// subscriber number of at least 5 digits. The second group of a reference number is usually shorter. A group that n does not have has the
// size 0.
func (n *number) hasAreaCode() bool {
	area, subscriber := n.groups[0].size(), n.groups[1].size()
	return n.groupCount == 2 && n.digit[0] == 0 && area >= 3 && area <= 5 && subscriber >= 5
}

// isDialedForm reports whether the groups of n are those of a telephone number and of hardly anything else: an area code and a subscriber
// number, or five pairs of digits as in France (06 12 34 56 78).
func (n *number) isDialedForm() bool {
	if n.hasAreaCode() {
		return n.digit[1] != 0 // 00 begins an international number.
	}
	const pairs, pairSize = 5, 2
	return n.digit[0] == 0 && n.groupCount == pairs && n.hasSizes(pairs, pairSize)
}

// isMobile reports whether the number n has the prefix (015, 016, 017) and the length of a German mobile number.
func (n *number) isMobile() bool {
	hasPrefix := n.digit[0] == 0 && n.digit[1] == 1 && n.digit[2] >= 5 && n.digit[2] <= 7
	digits := n.digitCount() // German mobile numbers have 11 or 12.
	return hasPrefix && (digits == mobileDigits || digits == mobileDigits+1)
}
