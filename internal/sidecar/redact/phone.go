package redact

const (
	// minInternational and maxInternational bound the digits after the prefix (E.164: at most 15).
	minInternational, maxInternational = 8, 15
	// minNational and maxNational bound the digits of a number with its trunk 0.
	minNational, maxNational = 9, 12
	// minSpoken is the fewest digits of a number that is a telephone number only because a word before it says so.
	minSpoken = 7
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
		end := n.end(i)
		if n.matchesForm(form, i) && !v.hasTrailing(start, end, i == 0) {
			start, end = v.balanceBrackets(start, first, end)
			return match{verdict: yes, kind: Phone, start: start, end: end}
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
	if start < first && (v.norm[start] == '+' || v.norm[first-1] == '+') {
		return v.readPlus(start, first)
	}
	// Dates are common and never telephone numbers, so do not read the words before them.
	if n.isDate(n.n-1) || v.isDecimal(first) || v.isContinuation(start) && !v.isApart(n) {
		return notDialed
	}
	switch v.readHint(start, start, n.groups[0].size()) {
	case telephone:
		return announced
	case reference:
		return notDialed
	}
	return unannounced
}

// readPlus reads the character before a number with a plus. After a letter or a digit the plus is part of something else: base64.
func (v *view) readPlus(start, first int) form {
	if start > v.minStart && classes[v.readContext(start-1, first)]&(isLetter|isDigit) != 0 {
		return notDialed
	}
	return withPlus
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
	if n.digit[1] == 0 {
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

// isSerial recognizes codes in equal groups of four digits or more: 0123-4567-8901.
func (n *number) isSerial(last int) bool {
	size := n.groups[0].size()
	if last < 2 || size < 4 {
		return false
	}
	for i := 1; i <= last; i++ {
		if n.groups[i].size() != size {
			return false
		}
	}
	return true
}

// hasTrailing reports whether the characters after the number make it part of an address, an amount or a name. A letter can
// follow several groups; one group can be followed by the x of an extension (x12).
func (v *view) hasTrailing(start, end int, one bool) bool {
	c := v.readAfter(end, start)
	if c == ',' {
		return isDigitByte(v.readAfter(end+1, start))
	}
	if toLower(c) == 'x' {
		return false
	}
	return isGlued(c) && (one || classes[c]&isLetter == 0)
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
