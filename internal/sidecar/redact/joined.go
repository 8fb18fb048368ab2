package redact

// joinedSize is how many digits the first group of a card number with joined groups has.
const joinedSize = 4

// joinedSizes lists the sizes of the groups in a card number of 16 digits and in one of 15 digits.
var joinedSizes = [][]int{{joinedSize, 4, 4, 4}, {joinedSize, 6, 5}}

// matchJoinedCard decides about a card number at i whose groups are joined by underscores or commas: 4111_1111_1111_1111. The caller has
// found such a sign after the first group. Lists of numbers look alike, so the groups must not be part of a longer list, and must not
// ascend, as the numbers of a list often do.
func (v *view) matchJoinedCard(i int) match {
	sign, second := v.folded[i+joinedSize], i+joinedSize+1
	if second < len(v.folded) && !v.is(second, isDigit) {
		return match{} // No digit follows the sign, as in a list with spaces: `4711, 4712`.
	}
	if c := v.readContext(i-1, i); c == sign || isGlued(c) {
		return match{} // The first group continues the text before it, which is a longer list or a name.
	}
	for _, sizes := range joinedSizes {
		if m := v.matchJoinedGroups(i, sign, sizes); m.verdict != no {
			return m
		}
	}
	return match{}
}

// matchJoinedGroups decides about a card number at i whose groups have the sizes and are joined by the sign.
func (v *view) matchJoinedGroups(i int, sign byte, sizes []int) match {
	var buffer [maxCard]byte
	digits, end, verdict := v.readJoinedGroups(buffer[:0], i, sign, sizes)
	if verdict != yes {
		return match{verdict: verdict, start: i}
	}
	// If the text that has arrived ends here, the sign and a digit of a further group can follow.
	if v.isOpen(i, end) || v.readAfter(end, i) == sign && v.isOpen(i, end+1) {
		return match{verdict: needsMore, start: i}
	}
	isList := v.isJoinedFurther(i, end, sign) || isAscending(digits, sizes)
	if isList || !isCommonCard(digits) || !hasLuhnDigit(digits) {
		return match{}
	}
	return match{verdict: yes, kind: PaymentCard, start: i, end: end}
}

// readJoinedGroups reads the text from i on as groups of the sizes that the sign joins. It appends the values of their digits to dst, and
// also returns the index after them. The verdict is yes if the text has this form.
func (v *view) readJoinedGroups(dst []byte, i int, sign byte, sizes []int) (digits []byte, end int, verdict verdict) {
	digits, end = dst, i
	for group, size := range sizes {
		if group > 0 {
			if v.isOpen(i, end) {
				return digits, end, needsMore
			}
			if v.readAfter(end, i) != sign {
				return digits, end, no
			}
			end++
		}
		if digits, verdict = v.appendDigits(digits, i, end, size); verdict != yes {
			return digits, end, verdict
		}
		end += size
	}
	return digits, end, yes
}

// isAscending reports whether groups of the sizes, read as numbers, ascend as in a list: 4711,4712,4713,4714.
func isAscending(digits []byte, sizes []int) bool {
	previous := -1 // lower than any number
	for _, size := range sizes {
		value := toValue(digits[:size])
		if value <= previous {
			return false
		}
		previous, digits = value, digits[size:]
	}
	return true
}

// appendDigits appends the values of the size digits at i, in a candidate that begins at start, to dst. The verdict is yes if there are so
// many digits, no if there are fewer, and needsMore if they have not all arrived.
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

// isJoinedFurther reports whether more text follows the groups that end at i: a letter without a space, or another group after the same
// sign. The groups are then part of a longer list or of an identifier. start is where the first group begins.
func (v *view) isJoinedFurther(start, i int, sign byte) bool {
	c := v.readAfter(i, start)
	return isGlued(c) || c == sign && isDigitByte(v.readAfter(i+1, start))
}

// toValue returns the number that decimal digits with these values, 0 to 9, make up.
func toValue(digits []byte) int {
	value := 0
	for _, d := range digits {
		value = value*10 + int(d)
	}
	return value
}
