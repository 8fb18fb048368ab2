package redact

import "bytes"

const (
	// minInternational and maxInternational bound the digits after the prefix (E.164: at most 15).
	minInternational, maxInternational = 8, 15
	// minNational and maxNational bound the digits of a number with its trunk 0.
	minNational, maxNational = 9, 12
	// minSpoken is the fewest digits of a number that is a telephone number only because a word before it says so.
	minSpoken = 7
	// minWritten is the fewest digits of a number that is a telephone number whatever letters or commas are next to it. Shorter ones can be
	// amounts and parts of codes.
	minWritten = 10
	// minSuffix is the fewest letters after a number that are a word and not a unit or a part of a code.
	minSuffix = 3
)

// matchPhone decides whether the number, or its first groups, are a telephone number.
func (v *view) matchPhone(n *number) match {
	if n.n == 0 || n.digits(n.n-1) < minSpoken {
		return match{}
	}
	first := n.from
	start := v.findNumberStart(first)
	form := v.readForm(n, start)
	if form == notDialed {
		return match{}
	}
	for i := n.n - 1; i >= 0; i-- {
		if !n.matchesForm(form, i) {
			continue
		}
		switch v.readPhoneEnd(n, form, start, i) {
		case yes:
			from, to := v.balanceBrackets(start, first, n.end(i))
			return match{verdict: yes, kind: Phone, start: from, end: to}
		case more:
			return match{verdict: more, start: start}
		}
	}
	return match{}
}

// form is how a number is written, which determines the digits that it can have.
type form uint8

const (
	// notDialed is a number that is not a telephone number, by the characters or words before it.
	notDialed form = iota
	// withPlus is a number that begins with a plus.
	withPlus
	// announced is a number after a word such as "phone".
	announced
	// unannounced is a number in running text.
	unannounced
)

// readForm reads the characters and words before a number that begins at start.
func (v *view) readForm(n *number, start int) form {
	first := n.from
	if start < first && (v.norm[start] == '+' || v.norm[first-1] == '+' || v.norm[start] == '%') {
		return v.readPlus(n, start)
	}
	// Dates are common and never telephone numbers, so do not read the words before them.
	if n.isDate(n.n-1) || v.isHours(n) {
		return notDialed
	}
	if v.hasSpacedPlus(n) {
		return withPlus
	}
	if v.isAfterLink(first) {
		return announced
	}
	if v.isPartOfNumber(n, start) {
		return notDialed
	}
	switch v.readHint(n, start) {
	case telephone:
		return announced
	case reference:
		return notDialed
	}
	return unannounced
}

// readPlus reads the character before a number with a plus. After a digit the plus is an addition. Between letters it is part of something
// else, such as base64; a word ends at a plus only if a whole telephone number follows.
func (v *view) readPlus(n *number, start int) form {
	if start <= v.minStart {
		return withPlus
	}
	before := classes[v.readContext(start-1, n.from)]
	if before&isDigit != 0 {
		return notDialed
	}
	if before&isLetter != 0 && (n.digits(n.n-1) < minWritten || classes[v.readAfter(n.end(0), start)]&isLetter != 0) {
		return notDialed
	}
	return withPlus
}

// hasSpacedPlus reports whether a space separates the number from its plus: `+ 49 171 2345678`. The plus is no addition.
func (v *view) hasSpacedPlus(n *number) bool {
	first := n.from
	if n.digit[0] == 0 || n.digits(n.n-1) < minWritten || v.readContext(first-1, first) != ' ' || v.readContext(first-2, first) != '+' {
		return false
	}
	before := v.skipGapBack(first - 2)
	return classes[v.readContext(before, first)]&isDigit == 0 && classes[v.readContext(first-3, first)]&isLetter == 0
}

// isAfterLink reports whether the number at first follows the address of a page that opens a chat with it.
func (v *view) isAfterLink(first int) bool {
	const link = "wa.me/"
	from := first - len(link)
	if v.readContext(from, first) == 0 || !bytes.EqualFold(v.norm[from:first], []byte(link)) {
		return false
	}
	return classes[v.readContext(from-1, first)]&isLocal == 0
}

// matchesForm reports whether the groups up to last are a telephone number of the form.
func (n *number) matchesForm(f form, last int) bool {
	switch f {
	case withPlus:
		return n.isInternational(last, 0)
	case announced:
		return n.isAnnounced(last)
	}
	return n.isUnannounced(last)
}

// isAnnounced checks a number after a word such as "phone".
func (n *number) isAnnounced(last int) bool {
	digits := n.digits(last)
	return digits >= minSpoken && digits <= maxInternational
}

// isUnannounced checks a number without a plus, in running text.
func (n *number) isUnannounced(last int) bool {
	if n.isSerial(last) {
		return false
	}
	if n.digit[0] != 0 {
		return n.isNorthAmerican(last)
	}
	if n.digit[1] == 0 && n.groups[0].size() > 1 {
		return n.isInternational(last, 2)
	}
	return n.isNational(last)
}

// isNational checks a number with its trunk 0. In one piece it must have the usual 10 or 11 digits.
func (n *number) isNational(last int) bool {
	digits := n.digits(last)
	if last == 0 {
		return digits == 10 || digits == 11
	}
	return n.groups[0].size() > 1 && digits >= minNational && digits <= maxNational
}

// isInternational checks the digits after the prefix (E.164): a country code does not begin with 0. A trunk (0) can add one digit.
func (n *number) isInternational(last, prefix int) bool {
	digits := n.digits(last) - prefix
	return digits >= minInternational && digits <= maxInternational+1 && n.digit[prefix] != 0
}

// isNorthAmerican checks area 2-9xx, exchange 2-9xx, line xxxx in three groups, with or without the 1.
func (n *number) isNorthAmerican(last int) bool {
	from := 0
	if n.digit[0] == 1 && n.digits(0) == 1 {
		from = 1
	}
	if last != from+2 {
		return false
	}
	for i, want := range [3]int{3, 3, 4} {
		if n.groups[from+i].size() != want {
			return false
		}
	}
	return n.digit[from] >= 2 && n.digit[from+3] >= 2
}

// isDate recognizes 23.11.2026, 2026-11-23 and the like at the start of a number.
func (n *number) isDate(last int) bool {
	if last < 2 {
		return false
	}
	var sizes [3]int
	for i := range sizes {
		sizes[i] = n.groups[i].size()
	}
	if sizes[0] == 4 {
		return sizes[1] <= 2 && sizes[2] <= 2 && isCentury(n.digit[:])
	}
	return sizes[0] <= 2 && sizes[1] <= 2 && sizes[2] == 4 && isCentury(n.digit[n.digits(1):])
}

func isCentury(digit []byte) bool {
	return digit[0] == 1 && digit[1] == 9 || digit[0] == 2 && digit[1] == 0
}

// isSerial recognizes codes in equal groups of four digits or more: 0123-4567-8901. Mobile numbers are written so too.
func (n *number) isSerial(last int) bool {
	size := n.groups[0].size()
	if last < 2 || size < 4 || n.isMobile() {
		return false
	}
	for i := 1; i <= last; i++ {
		if n.groups[i].size() != size {
			return false
		}
	}
	return true
}

// readPhoneEnd decides whether a number that begins at start can end with the group last, by the characters after it: they can make it
// part of an address, an amount or a name. A letter can follow several groups; one group can be followed by a word, or by the x of an
// extension (x12).
func (v *view) readPhoneEnd(n *number, f form, start, last int) verdict {
	end := n.end(last)
	c := v.readAfter(end, start)
	switch {
	case c == '@':
		return v.readNoDomain(end)
	case c == ',' && f != withPlus && isDigitByte(v.readAfter(end+1, start)) && v.isAmount(n, last):
		return no
	case toLower(c) == 'x', !isGlued(c):
		return yes
	case classes[c]&isLetter == 0:
		return no
	case last > 0:
		return yes
	case n.digits(0) < minWritten:
		return no
	}
	return v.readSuffix(start, end)
}

// readSuffix decides whether the letters at i are a word that follows a number, and not a part of a code. A word has letters that no
// hexadecimal number has.
func (v *view) readSuffix(start, i int) verdict {
	hexadecimal := true
	end := i
	for end-i < maxWord && v.is(end, isLetter) {
		hexadecimal = hexadecimal && toLower(v.norm[end]) <= 'f'
		end++
	}
	if v.isOpen(start, end) {
		return more
	}
	if c := v.readAfter(end, start); end-i < minSuffix || hexadecimal || classes[c]&(isDigit|isAt) != 0 || c == '_' {
		return no
	}
	return yes
}

// isAmount reports whether the groups up to last, before a comma and a digit, can be the whole part of an amount: 1234567,89 or
// 012.345.678,90.
func (v *view) isAmount(n *number, last int) bool {
	if last == 0 {
		return n.digit[0] != 0 && n.digits(0) < minWritten
	}
	for i := 1; i <= last; i++ {
		if n.groups[i].size() != 3 || v.norm[n.end(i-1)] != '.' {
			return false
		}
	}
	return true
}

// balanceBrackets includes the bracket that closes after the number, and excludes one that does not close.
func (v *view) balanceBrackets(start, first, end int) (from, to int) {
	if start == first || v.norm[start] != '(' {
		return start, end
	}
	for i := first; i < end; i++ {
		if v.norm[i] == ')' {
			return start, end
		}
	}
	if v.readAfter(end, start) == ')' {
		return start, end + 1
	}
	return start + 1, end
}
