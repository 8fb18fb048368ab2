// Package closest finds the known names that someone may have meant who wrote an unknown one.
package closest

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// maxClosest is how many names Find returns at most.
const maxClosest = 3

// Find returns those of the names that someone may have meant who wrote the name: at most maxClosest, the closest first. Up to a
// third of the letters may differ, of a short name or for one only one.
func Find(name string, names []string) []string {
	found := slices.DeleteFunc(slices.Clone(names), func(other string) bool {
		return CountEdits(name, other) > countAllowed(utf8.RuneCountInString(name), utf8.RuneCountInString(other))
	})
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(CountEdits(name, a), CountEdits(name, b)), cmp.Compare(a, b))
	})
	return found[:min(len(found), maxClosest)]
}

// short is the length of names that are like many others.
const short = 4

// countAllowed returns how many letters may differ of a name with so many letters, for another.
func countAllowed(letters, others int) int {
	if min(letters, others) <= short {
		return 1
	}
	return max(2, letters/3)
}

// CountEdits returns the Levenshtein distance of two words, in runes.
func CountEdits(a, b string) int {
	from, to := []rune(a), []rune(b)
	// After each pass of the outer loop, row[j] is the distance between the runes of `a` that were read and the first j runes of `b`.
	// In the inner loop, row[:j+1] already belongs to this pass, and row[j+1:] still to the previous pass. diagonal is item j of the
	// previous pass.
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			replaced := diagonal
			if r != s {
				replaced++
			}
			added, removed := row[j]+1, row[j+1]+1
			diagonal, row[j+1] = row[j+1], min(added, removed, replaced)
		}
	}
	return row[len(to)]
}
