package redact

// joinedGroups lists how many digits each group has in a card number of 16 digits (4111_1111_1111_1111) and in one of 15 digits
// (3782_822463_10005), if commas or underscores join the groups.
var joinedGroups = [][]int{{cardGroupSize, 4, 4, 4}, {cardGroupSize, 6, 5}}

// matchJoinedCard decides whether a card number whose groups are joined by underscores or commas begins at index i: 4111_1111_1111_1111.
// The caller has found such a sign four characters after i. Lists of numbers (4711,4712,4713,4714) look alike, so the groups must not be
// part of a longer list, and must not ascend, as the numbers of a list often do.
func (v *view) matchJoinedCard(i int) match {
	sign := v.folded[i+cardGroupSize]
	second := i + cardGroupSize + 1 // the index at which the second group would begin
	if second < len(v.folded) && !v.hasClass(second, isDigit) {
		return match{} // No digit follows the comma or underscore, as in a list with spaces: `4711, 4712`.
	}
	if c := v.readBefore(i-1, i); c == sign || isGlued(c) {
		return match{} // The character before the first group shows that the group continues a longer list or a name.
	}
	for _, sizes := range joinedGroups {
		if m := v.matchJoinedGroups(i, sign, sizes); m.verdict != no {
			return m
		}
	}
	return match{}
}

// matchJoinedGroups decides whether a card number begins at index i whose groups have the given sizes, in digits, and are joined by the
// sign, a comma or underscore.
func (v *view) matchJoinedGroups(i int, sign byte, sizes []int) match {
	var buffer [maxCard]byte
	digits, end, verdict := v.readJoinedGroups(buffer[:0], i, sign, sizes)
	if verdict != yes {
		return match{verdict: verdict, start: i}
	}
	// If the text that has arrived ends with the last group, or with the sign after it, a further group can follow, which would make the
	// groups a list. readAfter and isOpen look at most 256 bytes (openBytes) beyond i, the start of the candidate.
	if v.isOpen(i, end) || v.readAfter(end, i) == sign && v.isOpen(i, end+1) {
		return match{verdict: needsMore, start: i}
	}
	isList := v.isJoinedFurther(i, end, sign) || isAscending(digits, sizes)
	if isList || !isCommonCard(digits) || !hasLuhnDigit(digits) {
		return match{}
	}
	return match{verdict: yes, kind: PaymentCard, start: i, end: end}
}

// readJoinedGroups reads the text from index i on as groups of digits of the given sizes, with the sign (a comma or underscore) between
// them. It appends the values 0 to 9 of the digits to dst, and also returns the index after them. The verdict is yes if the text consists
// of such groups. The argument i of isOpen and readAfter is the start of the candidate: both look at most 256 bytes (openBytes) beyond it.
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

// isAscending reports whether groups of the given sizes, each read as a number, ascend as in a list: 4711,4712,4713,4714. digits has the
// values 0 to 9 of the digits of all groups.
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

// appendDigits appends the values 0 to 9 of the digits from index i on to dst, as many digits as size says. The verdict is yes if there are
// so many, no if there are fewer, and needsMore if they have not all arrived. The candidate that they belong to begins at start, beyond
// which readAfter and isOpen look at most 256 bytes (openBytes).
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

// isJoinedFurther reports whether text that belongs to the groups follows them at index i: directly a letter, a digit or a sign such as @
// (isGlued), or another group after the same sign. The groups are then part of a longer list or of an identifier. start is where the first
// group begins; readAfter looks at most 256 bytes (openBytes) beyond it.
func (v *view) isJoinedFurther(start, i int, sign byte) bool {
	c := v.readAfter(i, start)
	return isGlued(c) || c == sign && isDigitByte(v.readAfter(i+1, start))
}

// toValue returns the number that the decimal digits make up. They are given as characters or as values 0 to 9; the lower four bits of both
// are the value. The caller passes few digits, so the number cannot overflow.
func toValue(digits []byte) int {
	value := 0
	for _, d := range digits {
		value = value*10 + int(d&0x0f)
	}
	return value
}
