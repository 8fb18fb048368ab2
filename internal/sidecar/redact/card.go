package redact

const (
	minCard = 13
	maxCard = 19
	// minCardGroup is the shortest group in which card numbers are written (4-6-5, 4-4-4-4-3), but for the last one.
	minCardGroup = 3
)

// card decides whether the number, or its first groups, is a primary account number.
func (v *view) card(n *number) match {
	if n.n == 0 || !issuer(n.digit[:]) {
		return match{}
	}
	start := n.from
	if v.decimals(start) {
		return match{}
	}
	shortest := minCard
	if v.before(start-1, start) == '+' {
		shortest = maxInternational + 1
	}
	for i := n.n - 1; i >= 0 && n.digits(i) >= shortest; i-- {
		if cardNumber(n, i) && v.after(n.end(i), start) != '@' {
			return match{verdict: yes, kind: PaymentCard, start: start, end: n.end(i)}
		}
	}
	return match{}
}

// cardNumber reports whether the groups up to the last one make a number that a card can have (ISO/IEC 7812-1).
func cardNumber(n *number, last int) bool {
	digits := n.digits(last)
	return digits <= maxCard && cardGroups(n, last) && luhn(n.digit[:digits])
}

// issuer reports whether a number begins like those that the card networks give out: 3 to 6, and 22 to 27.
func issuer(digit []byte) bool {
	if digit[0] == 2 {
		return digit[1] >= 2 && digit[1] <= 7
	}
	return digit[0] >= 3 && digit[0] <= 6
}

// cardGroups keeps lists of small numbers out: groups are long, or all of one length (digit by digit, in pairs).
func cardGroups(n *number, last int) bool {
	size := n.groups[0].size()
	long, even := true, true
	for i := range last + 1 {
		length := n.groups[i].size()
		long = long && (length >= minCardGroup || i == last)
		even = even && (length == size || i == last && length < size)
	}
	return long || even && size <= 2
}

// luhn checks the check digit (ISO/IEC 7812-1, annex B).
func luhn(digit []byte) bool {
	sum := 0
	for i, d := range digit {
		value := int(d)
		if (len(digit)-i)%2 == 0 {
			if value *= 2; value > 9 {
				value -= 9
			}
		}
		sum += value
	}
	return sum%10 == 0
}
