package redact

import "bytes"

const (
	// minInternational and maxInternational bound how many digits an international telephone number has after the plus or 00 (E.164 allows at
	// most 15).
	minInternational, maxInternational = 8, 15
	// minNational and maxNational bound how many digits a national telephone number has, including its trunk prefix 0.
	minNational, maxNational = 9, 12
	// minAnnounced is the fewest digits of a telephone number that follows a word such as "phone".
	minAnnounced = 7
	// minGlued is the fewest digits of a telephone number where shorter numbers are rather amounts, terms of a sum or parts of codes: a
	// number in one group directly before a letter or a decimal comma (`1740123456,50`), and a number after a letter and a plus
	// (`SKU+4521378`), after a plus and a space (`2 + 4521378`), or after the number of a house.
	minGlued = 10
	// minSuffix is the fewest letters directly after a telephone number that count as the next word. Fewer letters are a unit, or a part of
	// a code.
	minSuffix = 3
	// maxExponent is the most digits of the exponent of a decimal number.
	maxExponent = 3
	// minMobileSuffix is the fewest letters directly after a number that count as the next word if the number has the prefix and length of a
	// mobile number.
	minMobileSuffix = 2
)

// matchPhone decides whether the number n of a folded text is a telephone number, or begins with one: groups at its end can belong to
// another number. With the verdict needsMore, text that has not arrived can still change the decision. start is then the first character
// that the window holds back.
func (v *view) matchPhone(n *number) match {
	// n has no groups if its first group has 20 digits or more (maxDigits), because readGroups keeps no group that it could not read to its
	// end. No telephone number has so many digits.
	if n.groupCount == 0 || n.digitCount() < minAnnounced {
		return match{}
	}
	start := v.findNumberStart(n.first)
	form := v.readForm(n, start)
	if form == notDialed {
		return match{}
	}
	last, verdict := v.findLastGroup(n, form, start)
	if verdict != yes {
		return match{verdict: verdict, start: start}
	}
	end, verdict := v.findRowEnd(n, form, last)
	if verdict != yes {
		return match{verdict: verdict, start: start}
	}
	from, to := v.balanceBrackets(start, n.first, end)
	return match{verdict: yes, kind: Phone, start: from, end: to}
}

// findLastGroup returns the index of the last group of the longest telephone number that n is or begins with. f is the form in which it is
// written, and start its index in the text. If n contains a break (a tab, or a point and a space) and the groups before the break are a
// telephone number, later groups do not belong to it. The verdict is no if neither all groups nor fewer are a telephone number.
func (v *view) findLastGroup(n *number, f form, start int) (last int, verdict verdict) {
	if group := v.findBreak(n); group < n.groupCount-1 {
		if last, verdict = v.findLastGroupUpTo(n, f, start, group); verdict != no {
			return last, verdict
		}
	}
	return v.findLastGroupUpTo(n, f, start, n.groupCount-1)
}

// findLastGroupUpTo returns the index of the last group of the longest telephone number in the form f with which n begins. It considers
// n.groups[0] to n.groups[highest], whatever stands between them. start is the index of the number in the text. The verdict is no if
// neither all these groups nor fewer are a telephone number.
func (v *view) findLastGroupUpTo(n *number, f form, start, highest int) (last int, verdict verdict) {
	// Try all these groups first, and then without the last one, without the last two, and so on.
	for last = highest; last >= 0; last-- {
		if !v.matchesForm(n, f, last) {
			continue
		}
		if verdict = v.readPhoneEnd(n, f, start, last); verdict != no {
			return last, verdict
		}
	}
	return last, no
}

// form is what the characters and words before a number tell about it, which determines how many digits it must have to be a telephone
// number.
type form uint8

const (
	// notDialed means that the groups of the number, or the characters or words before it, show that it is no telephone number.
	notDialed form = iota
	// withPlus means that the number begins with a plus, or follows a plus and a space.
	withPlus
	// announced means that a word such as "phone" precedes the number, or that the number is in a link that opens a WhatsApp chat.
	announced
	// unannounced means that nothing before the number tells whether it is a telephone number.
	unannounced
)

// readForm returns the form of the number n, by its groups and the text before it: notDialed if they show that n is no telephone number,
// and otherwise whether a plus or a word announces a telephone number. start is where n begins, including a plus or parenthesis before its
// first digit.
func (v *view) readForm(n *number, start int) form {
	first := n.first
	// From start to the first digit stands one of: `+`, `(`, `+(`, `(+`, or a percent-encoded plus, `%2B`.
	hasPlus := start < first && (v.folded[start] == '+' || v.folded[first-1] == '+' || v.folded[start] == '%')
	if hasPlus {
		return v.readPlus(n, start)
	}
	// Decimal numbers, dates and opening hours are common, so rule them out first: reading the words before the number takes longer.
	if v.isBelowOne(n) || v.isDateOrSchedule(n, start) {
		return notDialed
	}
	switch {
	case v.hasSpacedPlus(n):
		return withPlus
	case v.isAfterLink(first):
		return announced
	case v.isPartOfNumber(n, start):
		return notDialed
	}
	return v.readHintedForm(n, start)
}

// isDateOrSchedule reports whether the number n, which begins at index start, is a date, or hours that no word announces as a telephone number.
func (v *view) isDateOrSchedule(n *number, start int) bool {
	return n.isDate() || v.isSchedule(n) && !v.isPlannedAfterCue(n, start)
}

// readHintedForm returns the form of the number n, which has no plus, by the words before it: announced after a word such as "phone",
// notDialed after a word such as "order", and otherwise unannounced. start is where n begins.
func (v *view) readHintedForm(n *number, start int) form {
	switch v.readHint(n, start) {
	case telephoneHint:
		return announced
	case referenceHint:
		return notDialed
	}
	if v.isPlannedAfterCue(n, start) {
		return announced
	}
	return unannounced
}

// readPlus decides about a number n that begins with a plus: withPlus if it can be a telephone number, and notDialed if the plus belongs to
// a sum, an exponent or a code. start is where the plus, or a parenthesis before it, is.
func (v *view) readPlus(n *number, start int) form {
	if start <= v.minStart { // The number begins the text or directly follows replaced text, which does not count.
		return withPlus
	}
	before := classes[v.readBefore(start-1, n.first)]
	isAddition := before&isDigit != 0 // The plus directly follows a digit.
	if isAddition || v.isExponent(n, start) {
		return notDialed
	}
	// After a letter, the plus can be a character of base64. There, fewer than 10 digits (minGlued) follow the plus, or a letter follows the
	// digits. readAfter looks at most 256 bytes (openBytes) beyond start, where the candidate begins.
	if before&isLetter != 0 && (n.digitCount() < minGlued || classes[v.readAfter(n.endOf(0), start)]&isLetter != 0) {
		return notDialed
	}
	return withPlus
}

// isExponent reports whether the plus at index start, before the number n, belongs to the exponent of a decimal number: 8.5e+10.
func (v *view) isExponent(n *number, start int) bool {
	isShort := n.groups[0].size() <= maxExponent
	return isShort && toLower(v.readBefore(start-1, n.first)) == 'e' && v.hasClassBefore(start-2, n.first, isDigit)
}

// hasSpacedPlus reports whether a space separates the number n from a plus of a telephone number: `+ 49 171 2345678`. A plus after a digit
// is an addition, and one after a letter is part of a name; both do not count.
func (v *view) hasSpacedPlus(n *number) bool {
	plus := n.first - len("+ ")
	if v.readBefore(plus, n.first) != '+' || v.folded[plus+1] != ' ' {
		return false
	}
	// A country code does not begin with 0, and a number of fewer than 10 digits (minGlued) after a plus and a space is rather a term of a
	// sum.
	if n.digit[0] == 0 || n.digitCount() < minGlued {
		return false
	}
	isAddition := v.hasClassBefore(v.skipGapBack(plus), n.first, isDigit)
	return !isAddition && !v.hasClassBefore(plus-1, n.first, isLetter)
}

// isAfterLink reports whether the number whose first digit is at index first is in a link that opens a WhatsApp chat with this telephone
// number: https://wa.me/491712345678.
func (v *view) isAfterLink(first int) bool {
	const link = "wa.me/"
	from := first - len(link)
	// readBefore returns 0 if too little text for a link precedes. Comparing the slash first rules out most numbers quickly.
	if v.readBefore(from, first) == 0 || v.folded[first-1] != '/' || !bytes.EqualFold(v.folded[from:first], []byte(link)) {
		return false
	}
	return !v.hasClassBefore(from-1, first, isLocal) // A letter, digit or period directly before the link: another site, `dewa.me/`.
}

// matchesForm reports whether n.groups[0] to n.groups[last] have the digits of a telephone number in the form f, which is not notDialed.
func (v *view) matchesForm(n *number, f form, last int) bool {
	switch f {
	case withPlus:
		return n.isInternational(last, 0)
	case announced:
		return n.isAnnounced(last)
	}
	if v.plans != nil && n.digit[0] == 0 && n.digit[1] != 0 && (last == 0 || v.hasSign(n, 0, '.')) {
		return v.plans.haveDialed(n.digit[:n.digitsUpTo(last)]) // The declared places say which numbers there are.
	}
	return n.isUnannounced(last) || v.isPlanned(n, last)
}

// isAnnounced reports whether n.groups[0] to n.groups[last] have as many digits as a telephone number that a word such as "phone" precedes.
func (n *number) isAnnounced(last int) bool {
	digits := n.digitsUpTo(last)
	return digits >= minAnnounced && digits <= maxInternational
}

// isUnannounced reports whether n.groups[0] to n.groups[last] are recognizable as a telephone number although neither a plus nor a word
// such as "phone" precedes them.
func (n *number) isUnannounced(last int) bool {
	if n.isSerial(last) || n.isShopOrder() { // a serial number such as 0123-4567-8901, or the number of an order
		return false
	}
	if n.digit[0] != 0 {
		return n.isNorthAmerican(last)
	}
	hasPrefix := n.digit[1] == 0 && n.groups[0].size() > 1 // the international prefix 00, in one group
	if hasPrefix {
		return n.isInternational(last, len("00"))
	}
	return n.isNational(last)
}

// isNational reports whether n.groups[0] to n.groups[last] can be a telephone number with the trunk prefix 0, which the caller has found. A
// single group must have 10 or 11 digits, as most such numbers have; several must have 9 to 12 digits together.
func (n *number) isNational(last int) bool {
	digits := n.digitsUpTo(last)
	if last == 0 {
		return digits == 10 || digits == 11
	}
	hasAreaDigit := n.groups[0].size() > 1 // A digit of the area code is in one group with the trunk prefix.
	return hasAreaDigit && digits >= minNational && digits <= maxNational
}

// isInternational reports whether n.groups[0] to n.groups[last] are an international telephone number (E.164). prefixLength is how many
// digits precede its country code: two for the prefix 00, and none after a plus. A country code does not begin with 0. A trunk prefix (0)
// after the country code, as in +49 (0)171, can add one digit to the 15 of E.164.
func (n *number) isInternational(last, prefixLength int) bool {
	digits := n.digitsUpTo(last) - prefixLength
	return digits >= minInternational && digits <= maxInternational+1 && n.digit[prefixLength] != 0
}

// isNorthAmerican reports whether n.groups[0] to n.groups[last] are a telephone number of the North American Numbering Plan: area code 2xx
// to 9xx, exchange 2xx to 9xx, line xxxx, with or without the country code 1 as a group before them.
func (n *number) isNorthAmerican(last int) bool {
	area := n.findArea()
	if last != area+2 {
		return false
	}
	for i, size := range [3]int{3, 3, 4} {
		if n.groups[area+i].size() != size {
			return false
		}
	}
	// The country code 1 is one group of one digit. The index of the group of the area code is therefore also the index of its first digit.
	exchange := area + 3
	return n.digit[area] >= 2 && n.digit[exchange] >= 2
}

// findArea returns the index of the group of n that would be the area code of a North American telephone number: index 1 if the first group
// is the country code 1, and otherwise index 0.
func (n *number) findArea() int {
	if n.digit[0] == 1 && n.digitsUpTo(0) == 1 {
		return 1
	}
	return 0
}

// isDate reports whether the first three groups of the number n are a date with a year from 1900 to 2099: 23.11.2026 or 2026-11-23.
func (n *number) isDate() bool {
	if n.groupCount < 3 {
		return false
	}
	var sizes [3]int
	for i := range sizes {
		sizes[i] = n.groups[i].size()
	}
	if sizes[0] == 4 {
		return sizes[1] <= 2 && sizes[2] <= 2 && isCentury(n.digit[:])
	}
	year := n.digit[n.digitsUpTo(1):]
	return sizes[0] <= 2 && sizes[1] <= 2 && sizes[2] == 4 && isCentury(year)
}

// isCentury reports whether the digits, given as values 0 to 9, begin with 19 or 20, as the years from 1900 to 2099 do.
func isCentury(digit []byte) bool {
	return digit[0] == 1 && digit[1] == 9 || digit[0] == 2 && digit[1] == 0
}

// isSerial reports whether n.groups[0] to n.groups[last] are three or more groups that all have the same size, at least four digits, as in
// serial numbers: 0123-4567-8901. A number with the prefix and length of a mobile number is no serial number.
func (n *number) isSerial(last int) bool {
	size := n.groups[0].size()
	return last >= 2 && size >= 4 && !n.isMobile() && n.hasSizes(last+1, size)
}

// isShopOrder reports whether the groups of n are those of the order number of large shops: 302-1234567-1234567.
func (n *number) isShopOrder() bool {
	return n.groupCount == 3 && n.groups[0].size() == 3 && n.groups[1].size() == 7 && n.groups[2].size() == 7
}

// readPhoneEnd decides whether a telephone number in the form f that begins at index start can end with the group n.groups[last], by the
// characters after that group: they can show that the number is part of an e-mail address, an amount or a name. readAfter looks at most 256
// bytes (openBytes) beyond start.
func (v *view) readPhoneEnd(n *number, f form, start, last int) verdict {
	end := n.endOf(last)
	c := v.readAfter(end, start)
	switch {
	case c == '@':
		return v.readEndBeforeAt(end)
	case c == ',' && f != withPlus && isDigitByte(v.readAfter(end+1, start)) && v.isAmount(n, last): // a decimal comma; amounts have no plus
		return no
	case toLower(c) == 'x': // the x of an extension: 0171 2345678x12
		return yes
	case classes[c]&isLetter != 0:
		return v.readPhoneLetters(n, start, last)
	case isGlued(c):
		return no
	}
	return yes
}

// readPhoneLetters decides whether a telephone number that begins at index start can end with the group n.groups[last] although letters
// follow directly. If it has several groups, it can, because codes and quantities are rarely written in groups. A single group must have 10
// digits or more (minGlued), and the letters must be a word: of three letters or more, or of two if the number looks like that of a mobile
// telephone, which is then hardly anything else.
func (v *view) readPhoneLetters(n *number, start, last int) verdict {
	if last > 0 {
		return yes
	}
	if n.digitsUpTo(0) < minGlued {
		return no
	}
	shortest := minSuffix
	if n.isMobile() {
		shortest = minMobileSuffix
	}
	return v.readSuffix(start, n.endOf(0), shortest)
}

// readSuffix decides whether the letters at index i, directly after a number that begins at index start, are a word with at least
// `shortest` letters. Otherwise number and letters are a code or a quantity. It reads at most 15 letters (maxWord), which is enough to
// tell. It looks at most 256 bytes (openBytes) beyond start, because a window waits for no more text (see isOpen).
func (v *view) readSuffix(start, i, shortest int) verdict {
	isHex := true // All letters that have been read are a to f, as in a hexadecimal code.
	end := i
	for end-i < maxWord && v.hasClass(end, isLetter) {
		isHex = isHex && toLower(v.folded[end]) <= 'f'
		end++
	}
	if v.isOpen(start, end) {
		return needsMore
	}
	c := v.readAfter(end, start)
	isCode := isHex || classes[c]&(isDigit|isAt) != 0 || c == '_'
	if isCode || end-i < shortest {
		return no
	}
	return yes
}

// isAmount reports whether n.groups[0] to n.groups[last] can be the part of an amount before its decimal comma: 1234567,89 or
// 12.345.678,90. The caller has found the comma and a digit after the groups.
func (v *view) isAmount(n *number, last int) bool {
	if last == 0 { // An amount in one group does not begin with 0. With 10 digits or more (minGlued), it is rather a telephone number.
		return n.digit[0] != 0 && n.digitsUpTo(0) < minGlued
	}
	// An amount in several groups has three digits in each group but the first, and points between the groups, which separate the thousands.
	for i := 1; i <= last; i++ {
		if n.groups[i].size() != 3 || v.folded[n.endOf(i-1)] != '.' {
			return false
		}
	}
	return true
}

// balanceBrackets returns the range of the text to replace for a telephone number from start to end, whose first digit is at index first.
// If the number begins with an opening parenthesis that is not closed within the number, the range includes the closing one directly after
// the number; if no closing one follows there, it excludes the opening one. readAfter looks at most 256 bytes (openBytes) beyond start.
func (v *view) balanceBrackets(start, first, end int) (from, to int) {
	if start == first || v.folded[start] != '(' {
		return start, end
	}
	if bytes.IndexByte(v.folded[first:end], ')') >= 0 {
		return start, end // The parentheses enclose the area code.
	}
	if v.readAfter(end, start) == ')' {
		return start, end + 1
	}
	return start + 1, end
}
