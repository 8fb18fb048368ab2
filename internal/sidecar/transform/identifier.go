package transform

import "github.com/chaperone-dev/chaperone/internal/sidecar/dialect"

// identifierBytes are the bytes of identifiers and of keywords of APIs.
var identifierBytes = func() (t [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-" {
		t[c] = true
	}
	return t
}()

// isIdentifier reports whether a segment is an identifier by its kind and by its text. Identifiers are not redacted: clients need them
// unchanged, and their digits can look like personal data.
func isIdentifier(s *dialect.Segment) bool {
	return s.Kind == dialect.Identifier && isIdentifierText(s.Text)
}

// IsIdentifier reports whether a text looks like an identifier, as parameters of a query do.
func IsIdentifier(text string) bool { return isIdentifierText(text) }

// isIdentifierText reports whether a text looks like an identifier.
func isIdentifierText[T string | []byte](text T) bool {
	if len(text) > maxIdentifier {
		return false
	}
	for i := range len(text) {
		if !identifierBytes[text[i]] {
			return false
		}
	}
	return true
}
