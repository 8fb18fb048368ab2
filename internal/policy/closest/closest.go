// Package closest finds the known names that someone may have meant who wrote an unknown one.
package closest

import (
	"cmp"
	"slices"
)

// maxClosest is how many names Find returns at most.
const maxClosest = 3

// Find returns those of the names that someone may have meant who wrote the name: at most maxClosest, the closest first. Up to a
// third of the letters may differ.
func Find(name string, names []string) []string {
	found := slices.DeleteFunc(slices.Clone(names), func(other string) bool {
		return countEdits(name, other) > max(2, len(name)/3)
	})
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(countEdits(name, a), countEdits(name, b)), cmp.Compare(a, b))
	})
	return found[:min(len(found), maxClosest)]
}

// countEdits returns how many bytes have to be added, removed or replaced to make b of a (Levenshtein distance).
func countEdits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
