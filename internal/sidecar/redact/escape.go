package redact

import "unicode/utf8"

// hexSize is the size in bytes of a JSON escape \uXXXX.
const hexSize = 6

// charSize returns the size in bytes of the first character of a text that is not empty. A JSON escape counts as one character.
func charSize(text []byte) int {
	if text[0] == '\\' {
		_, n := decodeEscape(text)
		return max(n, 1) // An incomplete escape at the end of the text counts as one byte.
	}
	_, n := utf8.DecodeRune(text)
	return n
}

// decodeEscape decodes the JSON escape at the start of the text, whose first byte is the backslash, for the folded text. Size 0 means that
// the escape is incomplete because the text ends in it; r is then U+FFFD. A carriage return becomes a line feed, and a backspace or a form
// feed becomes a space, because for the detectors only a line feed ends a line, and a space separates words and numbers.
func decodeEscape(text []byte) (r rune, size int) {
	if len(text) < 2 {
		return utf8.RuneError, 0
	}
	switch text[1] {
	case 'n', 'r':
		return '\n', 2
	case 't':
		return '\t', 2
	case 'b', 'f':
		return ' ', 2
	case 'u':
		return decodeHex(text)
	}
	// A backslash before a character beyond ASCII begins no escape: the backslash stands for itself.
	if text[1] >= utf8.RuneSelf {
		return '\\', 1
	}
	// An escaped quotation mark, slash or backslash is that character. JSON has no escapes of other characters; the backslash is dropped.
	return rune(text[1]), 2
}

// decodeHex decodes a JSON escape \uXXXX at the start of the text, or two such escapes that are a surrogate pair. The caller has checked
// the first \u. Size 0 means that the escape is incomplete because the text ends in it. If other characters than four hexadecimal digits
// follow \u, only the two characters \u are decoded, as U+FFFD.
func decodeHex(text []byte) (r rune, size int) {
	r, isHex, complete := parseHex(text[2:])
	if !complete {
		return utf8.RuneError, 0
	}
	if !isHex {
		return utf8.RuneError, 2
	}
	if isHighSurrogate := r >= 0xD800 && r <= 0xDBFF; isHighSurrogate {
		return decodePair(r, text)
	}
	return r, hexSize
}

// decodePair decodes a surrogate pair: two JSON escapes \uXXXX at the start of the text, of which the caller has decoded the first. When no
// second half follows, it decodes only the first half, as U+FFFD. Size 0 means that the text ends before that is known.
func decodePair(first rune, text []byte) (r rune, size int) {
	rest := text[hexSize:]
	// The second half must begin with \u. Each byte is compared by itself, because the text can end between the two.
	for i, want := range []byte(`\u`) {
		if i == len(rest) {
			return utf8.RuneError, 0
		}
		if rest[i] != want {
			return utf8.RuneError, hexSize
		}
	}
	second, isHex, complete := parseHex(rest[2:])
	if !complete {
		return utf8.RuneError, 0
	}
	isLowSurrogate := second >= 0xDC00 && second <= 0xDFFF
	if !isHex || !isLowSurrogate {
		return utf8.RuneError, hexSize
	}
	return (first-0xD800)<<10 + (second - 0xDC00) + 0x10000, 2 * hexSize
}

// parseHex parses four hexadecimal digits at the start of the text. isHex is false when another character is among them, and complete is
// false when the text ends before the fourth digit.
func parseHex(text []byte) (r rune, isHex, complete bool) {
	for i := range 4 {
		if i == len(text) {
			return 0, false, false
		}
		digit, isDigit := parseHexDigit(text[i])
		if !isDigit {
			return 0, false, true
		}
		r = r<<4 | rune(digit)
	}
	return r, true, true
}

// parseHexDigit returns the value of a hexadecimal digit.
func parseHexDigit(c byte) (value byte, isDigit bool) {
	switch c = toLower(c); {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
