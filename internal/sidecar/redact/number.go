package redact

const (
	// maxDigits is one more than the longest payment card number (ISO/IEC 7812-1: 19), so that a longer number shows.
	maxDigits = 20
	// maxGap is the longest run of separators inside a number: ` - ` or `) `.
	maxGap = 3
)

// group is one run of digits of a number. Places are counted from the number's first digit.
type group struct {
	start, end uint16
	// digits is how many digits the number has up to its end.
	digits uint8
}

// size is how many digits the group has, invisible characters between them not counted.
func (g group) size() int { return int(g.end - g.start) }

// number is digits in groups, from the group at a trigger to the last that belongs to it.
type number struct {
	// from is the index of the first digit in the folded text.
	from int
	// waiting is true when the end of the number, or the two characters behind it, have not arrived.
	waiting bool
	// digit holds the values 0 to 9; valid are those of the groups.
	digit  [maxDigits]byte
	groups [maxDigits]group
	n      int
}

// digits is how many digits the number has up to the end of a group.
func (n *number) digits(last int) int { return int(n.groups[last].digits) }

// end is the index in the folded text behind a group.
func (n *number) end(last int) int { return n.from + int(n.groups[last].end) }

// collect reads the groups from i on.
func (n *number) collect(v *view, i int) {
	n.from = i
	digits, at := 0, i
	for {
		first := at
		for digits < maxDigits && v.is(at, isDigit) && (at == first || v.joined(at)) && v.at(at)-v.at(i) <= openBytes {
			n.digit[digits] = v.norm[at] - '0'
			digits++
			at++
		}
		if v.open(i, at) {
			n.waiting = true
			return
		}
		if digits == maxDigits {
			// The number goes on. The group in which the bound was reached is left out, it may not be whole.
			return
		}
		n.groups[n.n] = group{start: uint16(first - i), end: uint16(at - i), digits: uint8(digits)}
		n.n++
		next := v.gap(i, at)
		if next < 0 {
			n.waiting = true
			return
		}
		if next == at {
			return
		}
		at = next
	}
}

// skip returns where a short number that begins at i ends, with all its groups: too few digits for any detector. It returns i
// when the number is longer, or not known to be short yet. It spares the dates, prices and order numbers of most texts the
// full look.
func (v *view) skip(i int) int {
	digits, gap := 0, 0
	for at := i; at < len(v.norm); at++ {
		c := classes[v.norm[at]]
		switch {
		case c&isDigit != 0:
			gap = 0
			if digits++; digits == minSpoken {
				return i
			}
		case c&isGap == 0 || gap == maxGap:
			return at
		default:
			gap++
		}
	}
	return i
}

// gap returns where the next group begins after the separators at i, i itself when none follows, and -1 when more text is
// needed to tell.
func (v *view) gap(start, i int) int {
	next := i
	for next-i < maxGap && v.is(next, isGap) && v.at(next)-v.at(start) <= openBytes {
		next++
	}
	if v.open(start, next) {
		return -1
	}
	if next > i && v.is(next, isDigit) && v.at(next)-v.at(start) <= openBytes {
		return next
	}
	// A decimal comma or an extension shows in the two characters after the number.
	if v.open(start, i+1) {
		return -1
	}
	return i
}

// numberStart is the first character that a number with its first digit at i may take in: a sign, brackets, or the country
// of an IBAN.
func (v *view) numberStart(i int) int {
	start := i
	for start > v.settled && i-start < 2 && v.before(start-1, i) != 0 && (v.norm[start-1] == '+' || v.norm[start-1] == '(') {
		start--
	}
	return start
}

// decimals reports whether the digit at i stands after a decimal point or a thousands separator.
func (v *view) decimals(i int) bool {
	c := v.before(i-1, i)
	return (c == '.' || c == ',') && isDigitByte(v.before(i-2, i))
}

// continues reports whether the number at i is the rest of a longer one, or the end of a name such as ORD-0123.
func (v *view) continues(i int) bool {
	at := v.beforeGap(i)
	if at < v.settled {
		return false
	}
	c := v.before(at, i)
	if at == i-1 {
		return sticks(c) || c == '#'
	}
	if isDigitByte(c) {
		return true
	}
	glue := v.norm[i-1]
	return at == i-2 && (glue == '-' || glue == '/') && classes[c]&isLetter != 0
}

// beforeGap returns the place before the separators that stand before i.
func (v *view) beforeGap(i int) int {
	at := i - 1
	for at >= v.settled && i-at <= maxGap && v.before(at, i) != 0 && v.is(at, isGap) {
		at--
	}
	return at
}

// sticks reports whether a number directly beside the character is no number of its own: part of a name, an address, an
// amount.
func sticks(c byte) bool {
	return classes[c]&(isLetter|isDigit|isAt) != 0 || c == '_' || c == '$' || c == '%'
}

func isDigitByte(c byte) bool { return c >= '0' && c <= '9' }
