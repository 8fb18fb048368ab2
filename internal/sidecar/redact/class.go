package redact

// class is a set of flags: what a folded character can be part of.
type class uint8

const (
	isDigit class = 1 << iota
	isLetter
	// isLocal marks a character of the local part of an e-mail address (a dot-string of RFC 5321, without its rare signs).
	isLocal
	// isDomain marks a character of a domain name.
	isDomain
	// isGap marks a separator between the groups of digits of a number.
	isGap
	isAt
	// isWide marks a byte beyond ASCII, which needs folding.
	isWide
	// isEscape marks the backslash that begins a JSON escape.
	isEscape
)

// The bytes to which characters beyond ASCII fold when they do not fold to ASCII.
const (
	// foreignLetter stands for a letter beyond ASCII of a script with spaces between words. It can be part of an address.
	foreignLetter = 0x80
	// otherCharacter stands for everything else: symbols, and letters of scripts without spaces, which end an address.
	otherCharacter = 0x81
	// ideographicStop stands for the full stop 。, which separates the labels of a domain name as a period does (UTS #46, 4.5).
	ideographicStop = 0x82
)

// classes holds, by character of a folded text, the classes of the character. It also serves texts that are not folded yet: there, every
// byte from 0x80 on is isWide, and the other classes of such a byte have no meaning.
var classes = buildClasses()

// buildClasses returns the table for classes.
func buildClasses() [256]class {
	var t [256]class
	for c := '0'; c <= '9'; c++ {
		t[c] = isDigit | isLocal | isDomain
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] = isLetter | isLocal | isDomain
		t[c-'a'+'A'] = t[c]
	}
	for _, c := range "._%+-'&~" {
		t[c] |= isLocal
	}
	for _, c := range ".-" {
		t[c] |= isDomain
	}
	for _, c := range " \t-./()" {
		t[c] |= isGap
	}
	t['@'] = isAt
	t['\\'] = isEscape
	for c := 0x80; c < 0x100; c++ { // the bytes beyond ASCII of a text that is not folded yet
		t[c] = isWide
	}
	t[foreignLetter] |= isLetter | isLocal | isDomain
	t[ideographicStop] |= isDomain
	return t
}
