package redact

import "unicode/utf8"

// charSize returns the size in bytes of the first character of a text. An escape is one character.
func charSize(text []byte) int {
	if text[0] == '\\' {
		_, n := decodeEscape(text)
		return max(n, 1)
	}
	_, n := utf8.DecodeRune(text)
	return n
}

// decodeEscape reads the JSON escape at the start of the text; text[0] is the backslash. Size 0 means that the escape is not complete.
func decodeEscape(text []byte) (r rune, size int) {
	if len(text) < 2 {
		return other, 0
	}
	switch text[1] {
	case 'n', 'r':
		return '\n', 2
	case 't', 'b', 'f':
		return ' ', 2
	case 'u':
		return decodeHex(text)
	}
	// No JSON escape has a character beyond ASCII after the backslash: the backslash stands for itself.
	if text[1] >= utf8.RuneSelf {
		return '\\', 1
	}
	return rune(text[1]), 2
}

func decodeHex(text []byte) (rune, int) {
	r, ok, whole := parseHex(text[2:])
	if !whole {
		return 0xFFFD, 0
	}
	if !ok {
		return 0xFFFD, 2
	}
	if r < 0xD800 || r > 0xDBFF {
		return r, 6
	}
	return decodePair(r, text)
}

// decodePair reads the second half of a surrogate pair.
func decodePair(first rune, text []byte) (rune, int) {
	rest := text[6:]
	for i, want := range []byte(`\u`) {
		if i == len(rest) {
			return 0xFFFD, 0
		}
		if rest[i] != want {
			return 0xFFFD, 6
		}
	}
	second, ok, whole := parseHex(rest[2:])
	if !whole {
		return 0xFFFD, 0
	}
	if !ok || second < 0xDC00 || second > 0xDFFF {
		return 0xFFFD, 6
	}
	return (first-0xD800)<<10 + (second - 0xDC00) + 0x10000, 12
}

// parseHex reads four hexadecimal digits. It returns whole false when the text ends before they are complete.
func parseHex(text []byte) (r rune, ok, whole bool) {
	for i := range 4 {
		if i == len(text) {
			return 0, false, false
		}
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false, true
		}
	}
	return r, true, true
}
