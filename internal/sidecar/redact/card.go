package redact

const (
	minCard = 13
	maxCard = 19
	// minCardGroup is the shortest group of a card number, except for its last one (4-6-5, 4-4-4-4-3).
	minCardGroup = 3
)

// matchCard decides whether the number, or its first groups, are a primary account number.
func (v *view) matchCard(n *number) match {
	if n.n == 0 || !hasIssuerPrefix(n.digit[:]) {
		return match{}
	}
	start := n.from
	if v.isDecimal(start) {
		return match{}
	}
	shortest := minCard
	if v.readContext(start-1, start) == '+' {
		shortest = maxInternational + 1
	}
	for i := n.n - 1; i >= 0 && n.digits(i) >= shortest; i-- {
		if isCardNumber(n, i) && v.readAfter(n.end(i), start) != '@' {
			return match{verdict: yes, kind: PaymentCard, start: start, end: n.end(i)}
		}
	}
	return match{}
}

// isCardNumber reports whether the groups up to last are a valid card number (ISO/IEC 7812-1).
func isCardNumber(n *number, last int) bool {
	digits := n.digits(last)
	return digits <= maxCard && hasCardGroups(n, last) && hasLuhnDigit(n.digit[:digits])
}

// hasIssuerPrefix reports whether a number begins as the card networks issue them: 3 to 6, and 22 to 27.
func hasIssuerPrefix(digit []byte) bool {
	if digit[0] == 2 {
		return digit[1] >= 2 && digit[1] <= 7
	}
	return digit[0] >= 3 && digit[0] <= 6
}

// hasCardGroups excludes lists of small numbers: groups must be long, or all of one length (digit by digit, in pairs).
func hasCardGroups(n *number, last int) bool {
	size := n.groups[0].size()
	long, even := true, true
	for i := range last + 1 {
		length := n.groups[i].size()
		long = long && (length >= minCardGroup || i == last)
		even = even && (length == size || i == last && length < size)
	}
	return long || even && size <= 2
}

// hasLuhnDigit verifies the check digit (ISO/IEC 7812-1, annex B).
func hasLuhnDigit(digit []byte) bool {
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
