package redact

// findRowEnd returns the index up to which n is replaced as one: the end of its first telephone number, or of a row of telephone numbers. n
// is a run of groups of digits that begins with a telephone number, and n.groups[last] is the last group that can belong to it. If more
// digits follow, n holds a second telephone number, which can begin at or before that group: in `+49 171 2345678 / 0172 3456789`, the first
// number could also contain 0172. The index is the end of the first number if the second one is recognizable by itself. If later numbers
// are recognizable only because their groups have the same sizes as those of the first, it is the end of the last of them.
func (v *view) findRowEnd(n *number, f form, last int) (end int, verdict verdict) {
	end = n.endOf(last)
	if v.skipGap(n.first, end) == end {
		return end, yes // No digits follow.
	}
	// Look for the last group after which the first number can end and a recognizable second number begins.
	for group := last; group >= 0; group-- {
		if !v.matchesForm(n, f, group) {
			continue
		}
		if verdict = v.readSecond(n, group); verdict != no {
			return n.endOf(group), verdict
		}
	}
	return v.findLastRepeat(n, last)
}

// findLastRepeat returns the index after a row at the start of n: telephone numbers one after another whose groups have the same sizes, as
// in `333 1234567 / 347 7654321`. The first number of the row has at least two groups and can end with any group of n up to n.groups[last],
// so findLastRepeat tries all these groups and takes the longest row. Without a row, it returns the index after n.groups[last].
func (v *view) findLastRepeat(n *number, last int) (end int, verdict verdict) {
	end = n.endOf(last)
	for group := last; group > 0; group-- {
		repeatEnd, verdict := v.findRepeatEnd(n, group)
		if verdict == needsMore {
			return end, needsMore
		}
		end = max(end, repeatEnd)
	}
	return end, yes
}

// findBreak returns the index of the first group of n after which a telephone number should end: a tab follows it, as between the columns
// of a table, or a point and a space, as at the end of a sentence. It returns the index of the last group if n contains no such break.
func (v *view) findBreak(n *number) int {
	for group := range n.groupCount - 1 {
		end := n.endOf(group)
		isSentence := v.folded[end] == '.' && v.folded[end+1] == ' '
		if isSentence || v.hasSign(n, group, '\t') {
			return group
		}
	}
	return n.groupCount - 1
}

// readSecond decides whether the digits after the given group of n begin a second number that is recognizable by itself: a date, opening
// hours, a payment card number, or a telephone number with the international prefix 00, with a trunk prefix or in North American form.
func (v *view) readSecond(n *number, group int) verdict {
	var second number
	if verdict := v.readGroupsAfter(&second, n, n.endOf(group)); verdict != yes {
		return verdict
	}
	if second.isDate() || v.isSchedule(&second) {
		return yes
	}
	// Pairs and single digits of a telephone number can have a valid check digit of a card number by chance. So digits are read as a card
	// number only if their first group has at least minFirstGroup digits.
	const minFirstGroup = 4
	if second.groups[0].size() >= minFirstGroup {
		if m := v.matchCard(&second); m.verdict != no {
			return m.verdict
		}
	}
	_, verdict := v.findLastGroup(&second, unannounced, second.first)
	return verdict
}

// readGroupsAfter fills second with the groups of digits that follow the separators at the index end: the end of one of the groups of n.
// The verdict is yes if digits follow, no if none do, and needsMore if text that has not arrived can still add digits.
func (v *view) readGroupsAfter(second, n *number, end int) verdict {
	next := v.skipGap(n.first, end)
	if next == end {
		return no
	}
	if next < 0 {
		return needsMore
	}
	second.readGroups(v, next)
	if second.waiting {
		return needsMore
	}
	return yes
}

// findRepeatEnd takes the groups of n from the first up to the given group as a telephone number, and returns the index after the numbers
// that follow it and have groups of the same sizes: `+39 333 1234567 / 347 7654321`. When no such number follows, it returns the index
// after the given group.
func (v *view) findRepeatEnd(n *number, group int) (end int, verdict verdict) {
	end = n.endOf(group)
	for {
		var second number
		if v.readGroupsAfter(&second, n, end) == needsMore {
			return end, needsMore
		}
		// The second number may leave out the country code of n, so it may have one group less. 0 means that it is no repetition.
		count := second.countRepeated(n, group)
		if count == 0 {
			return end, yes
		}
		end = second.endOf(count - 1)
	}
}

// countRepeated returns how many groups at the start of n have the same sizes as those of an earlier telephone number, whose groups are
// earlier.groups up to the given one. The first group of the earlier number can be a country code, which n can leave out. countRepeated
// returns 0 when the sizes differ, or when these groups of n have fewer than 7 digits (minAnnounced), too few for a telephone number.
func (n *number) countRepeated(earlier *number, group int) int {
	for _, from := range [2]int{0, 1} { // Compare with all groups of the earlier number, then without its first, the country code.
		count := group + 1 - from
		// digitsUpTo returns 0 if n has fewer than count groups.
		if n.digitsUpTo(count-1) >= minAnnounced && n.hasSizesOf(earlier.groups[from:group+1]) {
			return count
		}
	}
	return 0
}

// hasSizesOf reports whether the first groups of the number n have the same sizes, in digits, as the given groups of another number. n must
// have at least as many groups.
func (n *number) hasSizesOf(groups []group) bool {
	for i, g := range groups {
		if n.groups[i].size() != g.size() {
			return false
		}
	}
	return true
}
