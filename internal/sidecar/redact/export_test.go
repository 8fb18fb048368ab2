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

// The bounds of the scanner, for tests.
const (
	LookBytes = lookBytes
	MaxPiece  = maxPiece
)
