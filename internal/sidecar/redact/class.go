package redact

// class is a set of the things that a folded character can be part of.
type class uint8

const (
	isDigit class = 1 << iota
	isLetter
	// isLocal is a character of the local part of an e-mail address (RFC 5321 dot-string, without the rare signs).
	isLocal
	// isDomain is a character of a domain name.
	isDomain
	// isGap is a separator between the groups of a number.
	isGap
	isAt
	// isWide is a byte beyond ASCII, which needs folding.
	isWide
	// isEscape is the start of a JSON escape.
	isEscape
)

// Folded characters beyond ASCII.
const (
	// foreign stands for a letter of an alphabet that writes spaces between words. It can be part of an address.
	foreign = 0x80
	// other stands for everything else: symbols, and letters of scripts without spaces, which end an address.
	other = 0x81
	// stop is an ideographic full stop, which separates the labels of a domain name as a period does (UTS #46, 4.5).
	stop = 0x82
)

// classes is indexed by folded character. In a text that is not folded, every byte from 0x80 is isWide.
var classes = buildClasses()

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
	for c := 0x80; c < 0x100; c++ {
		t[c] = isWide
	}
	t[foreign] |= isLetter | isLocal | isDomain
	t[stop] |= isDomain
	return t
}
