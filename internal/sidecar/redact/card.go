package redact

const (
	minCard = 13
	maxCard = 19
	// minCardGroup is the shortest group of a card number, except for its last one (4-6-5, 4-4-4-4-3).
	minCardGroup = 3
)

// matchCard decides whether the number, or its first groups, are a primary account number.
func (v *view) matchCard(n *number) match {
	if n.groupCount == 0 || !hasIssuerPrefix(n.digit[:]) {
		return match{}
	}
	start := n.first
	if v.readDecimalMark(start) == '.' && !v.isListedCard(n) {
		return match{}
	}
	shortest := minCard
	if v.readContext(start-1, start) == '+' {
		shortest = maxInternational + 1
	}
	for i := n.groupCount - 1; i >= 0 && n.digitsUpTo(i) >= shortest; i-- {
		if !isCardNumber(n, i) {
			continue
		}
		end := n.endOf(i)
		switch v.readCardEnd(start, end) {
		case yes:
			return match{verdict: yes, kind: PaymentCard, start: start, end: end}
		case needsMore:
			return match{verdict: needsMore, start: v.findNumberStart(start)}
		}
	}
	return match{}
}

// readCardEnd decides whether a card number that began at start can end at i: it is not the local part of an e-mail address.
func (v *view) readCardEnd(start, i int) verdict {
	if v.readAfter(i, start) != '@' {
		return yes
	}
	return v.readNoDomain(i)
}

// readNoDomain returns yes when the @ at i is not that of an e-mail address.
func (v *view) readNoDomain(i int) verdict {
	switch v.matchEmail(i).verdict {
	case yes:
		return no
	case needsMore:
		return needsMore
	}
	return yes
}

// isListedCard reports whether the number after a decimal point is a card after the number of a list: `1.4111111111111111`. Numbers with
// 15 or 16 decimal places are common among computed values, so the list number must begin its line, and a large network issue the card.
func (v *view) isListedCard(n *number) bool {
	if !v.isListNumber(n.first-1, n.first) {
		return false
	}
	next := v.readAfter(n.endOf(0), n.first)
	return next == ' ' || toLower(next) != 'e' && isCommonCard(n.digit[:n.digitsUpTo(0)])
}

// isCommonCard reports whether the digits have the length and issuer of a large card network.
func isCommonCard(digit []byte) bool {
	if len(digit) < 15 || len(digit) > 16 {
		return false
	}
	four := toValue(digit[:4])
	two := four / 100
	if len(digit) == 15 {
		return two == 34 || two == 37
	}
	return two/10 == 4 || two >= 51 && two <= 55 || two == 35 || two == 62 || two == 64 || two == 65 || four == 6011 || four >= 2221 && four <= 2720
}

// isCardNumber reports whether the groups up to last are a valid card number (ISO/IEC 7812-1).
func isCardNumber(n *number, last int) bool {
	digits := n.digitsUpTo(last)
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
