package redact

const (
	// minCard and maxCard bound the digits of a payment card number (ISO/IEC 7812-1 allows at most 19).
	minCard, maxCard = 13, 19
	// minCardGroup is the fewest digits of a group in a card number, except for the last group (4-6-5, 4-4-4-4-3).
	minCardGroup = 3
)

// matchCard decides whether the number, or its first groups, are a payment card number.
func (v *view) matchCard(n *number) match {
	if !v.canBeginCard(n) {
		return match{}
	}
	start := n.first
	shortest := minCard
	if v.readContext(start-1, start) == '+' {
		shortest = maxInternational + 1 // Fewer digits after a plus are a telephone number.
	}
	// Try all groups first, then leave out the last ones.
	for last := n.groupCount - 1; last >= 0 && n.digitsUpTo(last) >= shortest; last-- {
		if !isCardNumber(n, last) || v.hasDecimals(n, last) {
			continue
		}
		end := n.endOf(last)
		switch v.readCardEnd(start, end) {
		case yes:
			return match{verdict: yes, kind: PaymentCard, start: start, end: end}
		case needsMore:
			return match{verdict: needsMore, start: v.findNumberStart(start)}
		}
	}
	return match{}
}

// canBeginCard reports whether a card number can begin where the number begins. It does not count the digits.
func (v *view) canBeginCard(n *number) bool {
	// groupCount is 0 if the first group alone has maxDigits digits or more, which is more than any card number has.
	if n.groupCount == 0 || !hasIssuerPrefix(n.digit[:]) {
		return false
	}
	// After a digit and a point, the number is rather decimal places. After a digit and a comma, it can be the field of a list.
	return v.readDecimalMark(n.first) != '.' || v.isListedCard(n)
}

// readCardEnd decides whether a card number that begins at start can end at i. A number that an @ and a domain
// follow is the local part of an e-mail address and no card number.
func (v *view) readCardEnd(start, i int) verdict {
	if v.readAfter(i, start) != '@' {
		return yes
	}
	return v.readEndBeforeAt(i)
}

// readEndBeforeAt decides whether a number can end before the @ at i. It cannot if the @ belongs to an e-mail address, because the digits
// are then part of the address.
func (v *view) readEndBeforeAt(i int) verdict {
	switch v.matchEmail(i).verdict {
	case yes:
		return no
	case needsMore:
		return needsMore
	}
	return yes
}

// commonIssuers describes the card numbers of large networks: the range, low to high, of their first four digits, and how many digits they
// have.
var commonIssuers = []struct{ low, high, digits int }{
	{2221, 2720, 16}, {5100, 5599, 16}, // Mastercard
	{3400, 3499, 15}, {3700, 3799, 15}, // American Express
	{3500, 3599, 16},                                     // JCB
	{4000, 4999, 16},                                     // Visa
	{6011, 6011, 16}, {6200, 6299, 16}, {6400, 6599, 16}, // Discover, UnionPay
}

// isCommonCard reports whether the digits have the length and the issuer prefix of a large card network.
func isCommonCard(digit []byte) bool {
	for _, issuer := range commonIssuers {
		if len(digit) != issuer.digits {
			continue
		}
		if prefix := toValue(digit[:4]); prefix >= issuer.low && prefix <= issuer.high {
			return true
		}
	}
	return false
}

// isCardNumber reports whether the groups up to the group last have the length, the group sizes and the check digit of a card number
// (ISO/IEC 7812-1). The caller has checked the issuer prefix.
func isCardNumber(n *number, last int) bool {
	digits := n.digitsUpTo(last)
	return digits <= maxCard && hasCardGroups(n, last) && hasLuhnDigit(n.digit[:digits])
}

// hasIssuerPrefix reports whether a number begins with digits that card networks use: 3 to 6, or 22 to 27.
func hasIssuerPrefix(digit []byte) bool {
	if digit[0] == 2 {
		return digit[1] >= 2 && digit[1] <= 7
	}
	return digit[0] >= 3 && digit[0] <= 6
}

// hasCardGroups reports whether the groups up to the group last have the sizes of a card number and not of a list of small numbers: all
// have minCardGroup digits or more, or all are single digits, or all are pairs. The last group can be shorter.
func hasCardGroups(n *number, last int) bool {
	size := n.groups[0].size()
	allLong, allEqual := true, true
	for i := range last + 1 {
		groupSize := n.groups[i].size()
		allLong = allLong && (groupSize >= minCardGroup || i == last)
		allEqual = allEqual && (groupSize == size || i == last && groupSize < size)
	}
	return allLong || allEqual && size <= 2
}

// hasFours reports whether the groups up to the group last have four digits, as most card numbers do; the last group can be shorter.
func (n *number) hasFours(last int) bool {
	const size = 4
	return n.hasSizes(last, size) && n.groups[last].size() <= size
}

// hasLuhnDigit reports whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).
func hasLuhnDigit(digit []byte) bool {
	sum := 0
	for i, d := range digit {
		value := int(d)
		// Double every second digit, from the one before the check digit on.
		if (len(digit)-i)%2 == 0 {
			if value *= 2; value > 9 {
				value -= 9 // the sum of its two digits
			}
		}
		sum += value
	}
	return sum%10 == 0
}
