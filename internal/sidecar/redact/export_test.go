package redact

// Retained returns how many bytes the window occupies.
func (w *Window) Retained() int { return cap(w.text) }

// LongestWord returns the length of the longest word that says something about a number, and the bound that words are read with.
func LongestWord() (longest, bound int) {
	for word := range words {
		longest = max(longest, len(word))
	}
	return longest, maxWord
}

// FoldRune returns the folded form of a character; FoldByTables computes the same without the cache.
func FoldRune(r rune) string     { return string(foldRune(nil, r)) }
func FoldByTables(r rune) string { return string(foldByTables(nil, r)) }

// The bounds of the scanner, for tests.
const (
	LookBytes = lookBytes
	MaxPiece  = maxPiece
)
