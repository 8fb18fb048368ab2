package redact

import "unicode/utf8"

// class is a set of flags that tell for a character of a folded text what it can be part of, for example of a domain name.
type class uint8

const (
	isDigit class = 1 << iota
	isLetter
	// isLocal marks a character that the part of an e-mail address before the @ can have: letters, digits and common signs of a dot-string
	// (RFC 5321), but not its rare signs such as an exclamation mark.
	isLocal
	// isDomain marks a character of a domain name.
	isDomain
	// isGap marks a character that can separate two groups of digits of one number: a space, tab, hyphen, point, slash or parenthesis.
	isGap
	isAt
	// isWide marks a byte from 0x80 on, and a control character. In a text that is not folded yet, the former is part of a character beyond
	// ASCII, and the latter is dropped; both need folding.
	isWide
	// isEscape marks the backslash that begins a JSON escape.
	isEscape
)

// The bytes to which characters beyond ASCII fold when they do not fold to ASCII.
const (
	// foreignLetter is the folded form of a letter beyond ASCII, such as é or я, of a script that has spaces between words. Such a letter
	// can be part of an e-mail address.
	foreignLetter = 0x80
	// otherCharacter is the folded form of all other characters beyond ASCII: symbols, and letters of scripts whose words can directly precede
	// or follow an address (spaceless), such as 日. Such a character cannot be part of an e-mail address, so the address ends before it.
	otherCharacter = 0x81
	// ideographicStop is the folded form of the full stop 。, which separates the labels of a domain name as a period does (UTS #46, 4.5).
	ideographicStop = 0x82
)

// classes holds the classes of each character of a folded text, in which a character is one byte; the byte is the index. classes also
// serves texts that are not folded yet: there, a byte from 0x80 on has the class isWide, and its other classes have no meaning.
var classes = buildClasses()

// buildClasses returns the table for the variable classes: for each byte of a text, what the byte can be part of. The table serves folded
// texts and also texts that are not folded yet. In the latter, a control character is dropped, and each byte from 0x80 on is a part of a
// character beyond ASCII: both have the class isWide. The bytes foreignLetter and ideographicStop occur in both, so they have isWide and
// the classes of the characters that fold to them.
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
	for c := range len(t) { // the bytes of a text that is not folded yet that are dropped, or stand for a character beyond ASCII
		if c >= utf8.RuneSelf || isControl(byte(c)) {
			t[c] = isWide
		}
	}
	t[foreignLetter] |= isLetter | isLocal | isDomain
	t[ideographicStop] |= isDomain
	return t
}

// isControl reports whether a byte is an ASCII control character that people do not see, such as the NUL with which some servers pad texts.
// White space is none.
func isControl(c byte) bool { return c < '\t' || c > '\r' && c < ' ' || c == 0x7F }
