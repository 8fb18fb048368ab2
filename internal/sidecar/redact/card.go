package redact

const (
	// minCard and maxCard bound the digits of a payment card number (ISO/IEC 7812-1 allows at most 19).
	minCard, maxCard = 13, 19
	// minCardGroup is the fewest digits of a group in a card number that is written in groups of different sizes, except for the last
	// group: the groups of 4-6-5 and 4-4-4-4-3 digits have at least three. Smaller groups count only if all have one digit, or all have two
	// (hasCardGroups).
	minCardGroup = 3
	// cardGroupSize is how many digits the first group of a card number usually has, and often every group: 3782 822463 10005,
	// 4111 1111 1111 1111.
	cardGroupSize = 4
)

// matchCard decides whether the number n of a folded text is a payment card number, or begins with one: groups at its end can belong to
// another number. With the verdict needsMore, text that has not arrived can still change the decision. start is then the first character
// that the window holds back.
func (v *view) matchCard(n *number) match {
	if !v.canBeginCard(n) {
		return match{}
	}
	start := n.first
	shortest := minCard
	if v.readBefore(start-1, start) == '+' {
		shortest = maxInternational + 1 // At most 15 digits after a plus are a telephone number.
	}
	// Try the number with all its groups first, and then without its last group, without its last two, and so on: the groups at the end can
	// be another number, which follows the card number.
	for last := n.groupCount - 1; last >= 0 && n.digitsUpTo(last) >= shortest; last-- {
		if !isCardNumber(n, last) || v.hasDecimals(n, last) || v.hasColumns(n, last) {
			continue
		}
		end := n.endOf(last)
		switch v.readCardEnd(start, end) {
		case yes:
			return match{verdict: yes, kind: PaymentCard, start: start, end: end}
		case needsMore:
			// With more text, a plus or parenthesis before the digits can turn out to be part of an e-mail address, so hold it back, too.
			return match{verdict: needsMore, start: v.findNumberStart(start)}
		}
	}
	return match{}
}

// canBeginCard reports whether a card number can begin where the number n begins, by the first digits of n and the text before it. It does
// not check how many digits n has.
func (v *view) canBeginCard(n *number) bool {
	// n has no groups if its first group has 20 digits or more (maxDigits), because readGroups keeps no group that it could not read to its
	// end. No card number has so many digits.
	if n.groupCount == 0 || !hasIssuerPrefix(n.digit[:]) {
		return false
	}
	// After a digit and a point (`2.4111111111111111`), the number is rather decimal places, unless the digit is the number of a list item.
	// A digit and a comma may precede a card number, because `1,4111111111111111` can be two fields of a table.
	return v.readDecimalMark(n.first) != '.' || v.isListedCard(n)
}

// readCardEnd decides whether a card number that begins at index start can end before the character at index i. A number that an @ and a
// domain follow is the local part of an e-mail address and no card number. readAfter needs start because it reads no text more than
// openBytes (256) after the start of a candidate.
func (v *view) readCardEnd(start, i int) verdict {
	if v.readAfter(i, start) != '@' {
		return yes
	}
	return v.readEndBeforeAt(i)
}

// readEndBeforeAt decides whether a card number, telephone number or IBAN can end directly before the @ at index i. The answer is no if the
// @ belongs to an e-mail address, because the digits are then part of the address.
func (v *view) readEndBeforeAt(i int) verdict {
	switch v.matchEmail(i).verdict {
	case yes:
		return no
	case needsMore:
		return needsMore
	}
	return yes
}

// commonIssuers describes the card numbers of large networks: the range, low to high, of their first four digits, and how many digits such
// a card number has.
var commonIssuers = []struct{ low, high, digits int }{
	{2221, 2720, 16}, {5100, 5599, 16}, // Mastercard
	{3400, 3499, 15}, {3700, 3799, 15}, // American Express
	{3500, 3599, 16},                                     // JCB
	{4000, 4999, 16},                                     // Visa
	{6011, 6011, 16}, {6200, 6299, 16}, {6400, 6599, 16}, // Discover, UnionPay
}

// isCommonCard reports whether the digits, given as values 0 to 9, have the length and the first four digits of a large card network.
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

// isCardNumber reports whether n.groups[0] to n.groups[last] have the length, the group sizes and the check digit of a card number (ISO/IEC
// 7812-1). The caller has checked the first digits, which tell the issuer, and the minimum length.
func isCardNumber(n *number, last int) bool {
	digits := n.digitsUpTo(last)
	return digits <= maxCard && hasCardGroups(n, last) && hasLuhnDigit(n.digit[:digits]) && !isArticleOrDevice(n.digit[:digits])
}

// isArticleOrDevice reports whether the digits, given as values 0 to 9, are rather the number of an article (GTIN-13) or of a mobile device
// (IMEI): cards of 13 digits are hardly in use, and those of JCB, which begin with 35 as most IMEI do, have 16 digits.
func isArticleOrDevice(digit []byte) bool {
	switch len(digit) {
	case 13:
		sum := 0
		for i, d := range digit {
			sum += int(d) * (1 + i%2*2) // The weights are 1 and 3 in turn.
		}
		return sum%10 == 0
	case 15:
		return digit[0] == 3 && digit[1] == 5
	}
	return false
}

// hasIssuerPrefix reports whether a number, given as the values 0 to 9 of its digits, begins with digits that card networks use: 3 to 6, or
// 22 to 27.
func hasIssuerPrefix(digit []byte) bool {
	if digit[0] == 2 {
		return digit[1] >= 2 && digit[1] <= 7
	}
	return digit[0] >= 3 && digit[0] <= 6
}

// hasCardGroups reports whether n.groups[0] to n.groups[last] have the sizes of groups in a card number, and not of small numbers in a list
// or of the number of an order, such as 302-1234567-1234567: the first one has four digits (cardGroupSize) and the others at least three
// (minCardGroup), or all have three, two or one. The last of them, n.groups[last], can be shorter. Other sizes of three or more count only
// in a number of a large network.
func hasCardGroups(n *number, last int) bool {
	size := n.groups[0].size()
	if size <= minCardGroup && n.hasEqualGroups(last, size) {
		return true
	}
	for _, g := range n.groups[:last] {
		if g.size() < minCardGroup {
			return false
		}
	}
	return size == cardGroupSize || last == 0 || isCommonCard(n.digit[:n.digitsUpTo(last)])
}

// hasEqualGroups reports whether each group of n before n.groups[last] has size digits, and n.groups[last] has at most as many.
func (n *number) hasEqualGroups(last, size int) bool {
	return n.hasSizes(last, size) && n.groups[last].size() <= size
}

// hasLuhnDigit reports whether the last of the digits, given as values 0 to 9, is the Luhn check digit of the others (ISO/IEC 7812-1,
// annex B).
func hasLuhnDigit(digit []byte) bool {
	sum := 0
	for i, d := range digit {
		value := int(d)
		// Double every second digit, counted back from the check digit: the one before it is doubled, the check digit itself is not.
		if (len(digit)-i)%2 == 0 {
			if value *= 2; value > 9 {
				value -= 9 // A value of two digits counts as the sum of these digits.
			}
		}
		sum += value
	}
	return sum%10 == 0
}

// hasColumns reports whether tabs separate n.groups[0] to n.groups[last], which are then rather numbers of a table than a card number, unless
// they have four digits each.
func (v *view) hasColumns(n *number, last int) bool {
	if n.hasEqualGroups(last, cardGroupSize) {
		return false
	}
	for group := range last {
		if v.hasSign(n, group, '\t') {
			return true
		}
	}
	return false
}
