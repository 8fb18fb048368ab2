package redact

// joinedSize is the size of the first group of a card number whose groups are joined.
const joinedSize = 4

// joinedSizes are the sizes of the groups of card numbers that matchJoinedCard finds.
var joinedSizes = [][]int{{joinedSize, 4, 4, 4}, {joinedSize, 6, 5}}

// matchJoinedCard decides about a card number at i whose groups are joined by commas or underscores: 4111_1111_1111_1111.
func (v *view) matchJoinedCard(i int) match {
	sign := v.folded[i+joinedSize]
	if c := v.readContext(i-1, i); c == sign || c == '.' || isGlued(c) {
		return match{}
	}
	for _, sizes := range joinedSizes {
		if m := v.matchJoinedGroups(i, sign, sizes); m.verdict != no {
			return m
		}
	}
	return match{}
}

// matchJoinedGroups decides about groups of the sizes that begin at i and are joined by the sign. Commas join lists of numbers too:
// numbers that ascend are such a list, and so are more groups than a card has.
func (v *view) matchJoinedGroups(i int, sign byte, sizes []int) match {
	var digits []byte
	previous, ascending := -1, true
	at := i
	for _, size := range sizes {
		if at > i {
			if v.isOpen(i, at) {
				return match{verdict: needsMore, start: i}
			}
			if v.readAfter(at, i) != sign {
				return match{}
			}
			at++
		}
		var verdict verdict
		if digits, verdict = v.appendDigits(digits, i, at, size); verdict != yes {
			return match{verdict: verdict, start: i}
		}
		at += size
		value := toValue(digits[len(digits)-size:])
		ascending, previous = ascending && value > previous, value
	}
	if v.isOpen(i, at) || v.readAfter(at, i) == sign && v.isOpen(i, at+1) {
		return match{verdict: needsMore, start: i}
	}
	if ascending || v.isJoinedFurther(i, at, sign) || !isCommonCard(digits) || !hasLuhnDigit(digits) {
		return match{}
	}
	return match{verdict: yes, kind: PaymentCard, start: i, end: at}
}

// appendDigits appends the values of the size digits at i. The verdict is no when there are fewer, and needsMore when they have not arrived.
func (v *view) appendDigits(dst []byte, start, i, size int) ([]byte, verdict) {
	for at := i; at < i+size; at++ {
		if v.isOpen(start, at) {
			return dst, needsMore
		}
		c := v.readAfter(at, start)
		if !isDigitByte(c) {
			return dst, no
		}
		dst = append(dst, c-'0')
	}
	return dst, yes
}

// isJoinedFurther reports whether the groups that end at i belong to something longer.
func (v *view) isJoinedFurther(start, i int, sign byte) bool {
	c := v.readAfter(i, start)
	return isGlued(c) || c == sign && isDigitByte(v.readAfter(i+1, start))
}

// toValue returns the number that the digits write.
func toValue(digits []byte) int {
	value := 0
	for _, d := range digits {
		value = value*10 + int(d)
	}
	return value
}
