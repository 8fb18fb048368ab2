package redact

// findRowEnd returns the index after the telephone number at the start of n. As far as length tells, that number can reach up to the group
// last. If more digits follow the group last, a second number can begin before it: `+49 171 2345678 / 0172 3456789` has too many digits
// for one telephone number. The first number then ends before the second. If only equal sizes of groups show that the second is a
// telephone number, the returned index is after the second.
func (v *view) findRowEnd(n *number, f form, last int) (end int, verdict verdict) {
	end = n.endOf(last)
	if v.skipGap(n.first, end) == end {
		return end, yes // No digits follow.
	}
	for group := last; group >= 0; group-- {
		if !n.matchesForm(f, group) {
			continue
		}
		if verdict = v.readSecond(n, group); verdict != no {
			return n.endOf(group), verdict
		}
	}
	return v.findLastRepeat(n, last)
}

// findLastRepeat returns the index after a row of telephone numbers at the start of n whose groups have equal sizes. The first number of
// the row can end with any group of n up to the group last; findLastRepeat tries them all and takes the longest row. Without a row, it
// returns the index after the group last.
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

// findBreak returns the first group of n after which a tab, as between the columns of a table, or a point and a space, as at the end of a
// sentence, precede the next group. It returns the last group if no such signs are in n.
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

// readSecond decides whether the digits after a group of n begin a second number that is recognizable without n: a date, opening hours, a
// payment card number, or a telephone number that has a trunk prefix or is North American.
func (v *view) readSecond(n *number, group int) verdict {
	var second number
	if verdict := v.readGroupsAfter(&second, n, n.endOf(group)); verdict != yes {
		return verdict
	}
	if second.isDate() || v.isSchedule(&second) {
		return yes
	}
	// Pairs and single digits of telephone numbers can have a valid check digit by chance, so only longer groups are read as a card number.
	const minFirstGroup = 4
	if second.groups[0].size() >= minFirstGroup {
		if m := v.matchCard(&second); m.verdict != no {
			return m.verdict
		}
	}
	_, verdict := v.findLastGroup(&second, unannounced, second.first)
	return verdict
}

// readGroupsAfter fills second with the groups of digits that follow the separators at end, which is after some or all groups of n. The
// verdict is no if no digits follow.
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

// findRepeatEnd returns the index after the numbers that follow the given group of n and repeat the sizes of the groups of n up to it:
// `+39 333 1234567 / 347 7654321`. When no such number follows, it returns the index after the group.
func (v *view) findRepeatEnd(n *number, group int) (end int, verdict verdict) {
	end = n.endOf(group)
	for {
		var second number
		if v.readGroupsAfter(&second, n, end) == needsMore {
			return end, needsMore
		}
		count := second.countRepeated(n, group) // 0 if no digits follow
		if count == 0 {
			return end, yes
		}
		end = second.endOf(count - 1)
	}
}

// countRepeated returns how many groups at the start of n repeat the sizes of the groups of an earlier number, from its first group up to
// the given group. The first group of the earlier number can be a country code, which n can leave out. It returns 0 when the sizes differ
// or n has too few digits there for a telephone number.
func (n *number) countRepeated(earlier *number, group int) int {
	for _, from := range [2]int{0, 1} { // with and without the country code
		count := group + 1 - from
		// If n has fewer than count groups, digitsUpTo returns 0.
		if n.digitsUpTo(count-1) >= minAnnounced && n.hasSizesOf(earlier.groups[from:group+1]) {
			return count
		}
	}
	return 0
}

// hasSizesOf reports whether the first groups of the number have the sizes of groups.
func (n *number) hasSizesOf(groups []group) bool {
	for i, g := range groups {
		if n.groups[i].size() != g.size() {
			return false
		}
	}
	return true
}
