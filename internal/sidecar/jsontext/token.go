package jsontext

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// plain is true for bytes that stand in a string as they are.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return t
}()

// token reads a string and returns what is between its quotes.
func (r *rewriter) token() (raw []byte, escapes bool, err error) {
	r.at++
	start := r.at
	for r.at < len(r.src) {
		c := r.src[r.at]
		if plain[c] {
			r.at++
			continue
		}
		if c == '"' {
			raw = r.src[start:r.at]
			r.at++
			return raw, escapes, nil
		}
		if c != '\\' {
			return nil, false, r.fail("a control character stands in a string")
		}
		escapes = true
		// What follows the backslash is checked when the string is decoded.
		r.at += 2
	}
	r.at = len(r.src)
	return nil, false, r.fail("a string does not end")
}

// decode appends the text of a string with escapes.
func (r *rewriter) decode(dst, raw []byte) ([]byte, error) {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if raw[i+1] == 'u' {
			char, size := escaped(raw[i:])
			if size == 0 {
				return dst, r.fail("a string holds a malformed escape or half a surrogate pair")
			}
			dst = utf8.AppendRune(dst, char)
			i += size
			continue
		}
		char := short(raw[i+1])
		if char == 0 {
			return dst, r.fail("a string holds an unknown escape")
		}
		dst = append(dst, char)
		i += 2
	}
	return dst, nil
}

// short returns what a two-character escape stands for, 0 when there is no such escape.
func short(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return 0
}

// escaped reads \uXXXX, or two of them for a character beyond U+FFFF. Size 0 means malformed.
func escaped(text []byte) (char rune, size int) {
	char, ok := hex4(text)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(char) {
		return char, 6
	}
	second, ok := hex4(text[6:])
	if !ok {
		return 0, 0
	}
	char = utf16.DecodeRune(char, second)
	if char == utf8.RuneError {
		return 0, 0
	}
	return char, 12
}

func hex4(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	value, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(value), err == nil
}

// number reads a number (RFC 8259, section 6) that a float64 can hold.
func (r *rewriter) number() error {
	start := r.at
	if r.peek() == '-' {
		r.at++
	}
	leading := r.peek()
	digits := r.digits()
	if digits == 0 || leading == '0' && digits > 1 {
		return r.fail("a number is malformed")
	}
	if r.peek() == '.' {
		r.at++
		if r.digits() == 0 {
			return r.fail("a number is malformed")
		}
	}
	if r.peek()|0x20 == 'e' {
		return r.exponent(start)
	}
	return nil
}

// exponent refuses numbers that some readers take for infinite.
func (r *rewriter) exponent(start int) error {
	r.at++
	if c := r.peek(); c == '+' || c == '-' {
		r.at++
	}
	if r.digits() == 0 {
		return r.fail("a number is malformed")
	}
	if _, err := strconv.ParseFloat(string(r.src[start:r.at]), 64); err != nil {
		return r.fail("a number is out of range")
	}
	return nil
}

func (r *rewriter) digits() int {
	start := r.at
	for r.peek() >= '0' && r.peek() <= '9' {
		r.at++
	}
	return r.at - start
}

func (r *rewriter) peek() byte {
	if r.at == len(r.src) {
		return 0
	}
	return r.src[r.at]
}

func (r *rewriter) literal() error {
	for _, word := range [3]string{"true", "false", "null"} {
		if len(r.src)-r.at >= len(word) && string(r.src[r.at:r.at+len(word)]) == word {
			r.at += len(word)
			return nil
		}
	}
	return r.fail("a value is missing or malformed")
}

// AppendString appends a text (UTF-8) to dst as a JSON string with its quotes.
func AppendString[T string | []byte](dst []byte, text T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if plain[c] {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, text[start:]...)
	return append(dst, '"')
}
