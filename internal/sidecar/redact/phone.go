package redact

const (
	// minInternational and maxInternational bound the digits after the prefix (E.164: at most 15).
	minInternational, maxInternational = 8, 15
	// minNational and maxNational bound a number with its trunk 0.
	minNational, maxNational = 9, 12
	// minSpoken is the shortest number that is taken for a telephone's only because a word before it says so.
	minSpoken = 7
)

// phone decides whether the number, or its first groups, is a telephone number.
func (v *view) phone(n *number) match {
	if n.n == 0 || n.digits(n.n-1) < minSpoken {
		return match{}
	}
	first := n.from
	start := v.numberStart(first)
	form := v.form(n, start)
	if form == notDialled {
		return match{}
	}
	for i := n.n - 1; i >= 0; i-- {
		end := n.end(i)
		if n.fits(form, i) && !v.trailing(start, end, i == 0) {
			start, end = v.balance(start, first, end)
			return match{verdict: yes, kind: Phone, start: start, end: end}
		}
	}
	return match{}
}

// form is how a number is written, which decides what it may look like.
type form uint8

const (
	// notDialled: what stands before says that it is no telephone number.
	notDialled form = iota
	// withPlus: it begins with a plus.
	withPlus
	// announced: a word such as "phone" stands before it.
	announced
	// unannounced: a number in running text.
	unannounced
)

// form looks at what stands before a number that begins at start.
func (v *view) form(n *number, start int) form {
	first := n.from
	if start < first && (v.norm[start] == '+' || v.norm[first-1] == '+') {
		if start > v.settled && classes[v.before(start-1, first)]&(isLetter|isDigit) != 0 {
			return notDialled
		}
		return withPlus
	}
	if v.decimals(first) || v.continues(start) && !v.isApart(first) {
		return notDialled
	}
	switch v.hint(start, start, n.groups[0].size()) {
	case telephone:
		return announced
	case reference:
		return notDialled
	}
	return unannounced
}

// fits reports whether the groups up to last are a telephone number of the form.
func (n *number) fits(f form, last int) bool {
	switch f {
	case withPlus:
		return n.international(last, 0)
	case announced:
		return n.announced(last)
	}
	return n.unannounced(last)
}

// announced is for numbers after a word such as "phone".
func (n *number) announced(last int) bool {
	digits := n.digits(last)
	return digits >= minSpoken && digits <= maxInternational && !n.date(last)
}

// unannounced is for numbers without a plus, in running text.
func (n *number) unannounced(last int) bool {
	if n.date(last) || n.serial(last) {
		return false
	}
	if n.digit[0] != 0 {
		return n.northAmerican(last)
	}
	if n.digit[1] == 0 {
		return n.international(last, 2)
	}
	return n.national(last)
}

// national checks a number with its trunk 0. Written in one piece it has the usual 10 or 11 digits.
func (n *number) national(last int) bool {
	digits := n.digits(last)
	if last == 0 {
		return digits == 10 || digits == 11
	}
	return n.groups[0].size() > 1 && digits >= minNational && digits <= maxNational
}

// international checks what follows the prefix (E.164): no country code begins with 0. A trunk (0) may stand inside.
func (n *number) international(last, prefix int) bool {
	digits := n.digits(last) - prefix
	return digits >= minInternational && digits <= maxInternational+1 && n.digit[prefix] != 0
}

// northAmerican checks area 2-9xx, exchange 2-9xx, line xxxx in three groups, with or without the 1.
func (n *number) northAmerican(last int) bool {
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

// date recognises 23.11.2026, 2026-11-23 and the like at the head of a number.
func (n *number) date(last int) bool {
	if last < 2 {
		return false
	}
	var sizes [3]int
	for i := range sizes {
		sizes[i] = n.groups[i].size()
	}
	if sizes[0] == 4 {
		return sizes[1] <= 2 && sizes[2] <= 2 && century(n.digit[:])
	}
	return sizes[0] <= 2 && sizes[1] <= 2 && sizes[2] == 4 && century(n.digit[n.digits(1):])
}

func century(digit []byte) bool {
	return digit[0] == 1 && digit[1] == 9 || digit[0] == 2 && digit[1] == 0
}

// serial recognises codes in equal groups of four or more: 0123-4567-8901.
func (n *number) serial(last int) bool {
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

// trailing reports whether what follows the number says that it is something else: an address, an amount, a name. A letter
// may follow groups (an extension: x12), or one group when it is that x.
func (v *view) trailing(start, end int, one bool) bool {
	c := v.after(end, start)
	if c == ',' {
		return isDigitByte(v.after(end+1, start))
	}
	if lower(c) == 'x' {
		return false
	}
	return sticks(c) && (one || classes[c]&isLetter == 0)
}

// balance takes in the bracket that closes behind the number, and leaves out one that does not close.
func (v *view) balance(start, first, end int) (from, to int) {
	if start == first || v.norm[start] != '(' {
		return start, end
	}
	for i := first; i < end; i++ {
		if v.norm[i] == ')' {
			return start, end
		}
	}
	if v.after(end, start) == ')' {
		return start, end + 1
	}
	return start + 1, end
}
