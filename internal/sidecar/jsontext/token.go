package jsontext

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// isUnescaped tells, by byte, whether a JSON string can contain the byte without an escape.
var isUnescaped = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return t
}()

// countUnescaped returns how many bytes at the start of a text a JSON string can contain without an escape. It looks at eight bytes together:
// subtracting a number from a byte below it sets the highest bit of the byte, which no byte of ASCII has. The borrow can set that bit of
// later bytes, too, so that only the first one counts.
func countUnescaped(text []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		block := binary.LittleEndian.Uint64(text[n:])
		below := (block - ' '*ones) | ((block ^ '"'*ones) - ones) | ((block ^ '\\'*ones) - ones)
		if escaped := below &^ block & highs; escaped != 0 {
			return n + bits.TrailingZeros64(escaped)/8
		}
	}
	for n < len(text) && isUnescaped[text[n]] {
		n++
	}
	return n
}

// readString reads the string whose opening quote is the next byte. It returns the bytes between the quotes, and whether they contain
// escapes. It does not check the escapes.
func (r *rewriter) readString() (raw []byte, hasEscapes bool, err error) {
	r.at++
	start := r.at
	for {
		r.at = min(r.at, len(r.src)) // Skipping an escaped character can have gone beyond the end.
		r.at += countUnescaped(r.src[r.at:])
		if r.at == len(r.src) {
			return nil, false, r.newError("a string does not end")
		}
		c := r.src[r.at]
		if c == '"' {
			raw = r.src[start:r.at]
			r.at++
			return raw, hasEscapes, nil
		}
		if c != '\\' {
			return nil, false, r.newError("a string contains a control character")
		}
		hasEscapes = true
		// Skip the escaped character, which can be a quote. decodeString checks it.
		r.at += 2
	}
}

// decodeString appends the text of a string to dst. raw is what readString returned, the bytes between the quotes, so a backslash in
// it always has a byte after it. decodeString returns an error for a malformed escape.
func (r *rewriter) decodeString(dst, raw []byte) ([]byte, error) {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if raw[i+1] == 'u' {
			char, size := decodeUnicode(raw[i:])
			if size == 0 {
				return dst, r.newError("a string contains a malformed escape or half a surrogate pair")
			}
			dst = utf8.AppendRune(dst, char)
			i += size
			continue
		}
		char := decodeShort(raw[i+1])
		if char == 0 {
			return dst, r.newError("a string contains an unknown escape")
		}
		dst = append(dst, char)
		i += 2
	}
	return dst, nil
}

// decodeShort returns the character that a backslash and c stand for, or 0 if JSON has no such escape.
func decodeShort(c byte) byte {
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

// decodeUnicode decodes the escape \uXXXX at the start of the text, or two such escapes that are a surrogate pair. size is the number of
// bytes that it decoded, 6 or 12, and 0 if the escapes are malformed.
func decodeUnicode(text []byte) (char rune, size int) {
	char, ok := parseHex(text)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(char) {
		return char, 6
	}
	second, ok := parseHex(text[6:])
	if !ok {
		return 0, 0
	}
	char = utf16.DecodeRune(char, second)
	if char == utf8.RuneError {
		return 0, 0
	}
	return char, 12
}

// parseHex parses the escape \uXXXX at the start of the text. ok is false if the text begins with anything else.
func parseHex(text []byte) (code rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	value, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(value), err == nil
}

// readNumber reads a number (RFC 8259, section 6). It refuses a number beyond the range of a float64, which some parsers read as infinite.
func (r *rewriter) readNumber() error {
	start := r.at
	if r.peekByte() == '-' {
		r.at++
	}
	firstDigit := r.peekByte()
	digits := r.skipDigits()
	hasLeadingZero := firstDigit == '0' && digits > 1
	if digits == 0 || hasLeadingZero {
		return r.newError("a number is malformed")
	}
	if r.peekByte() == '.' {
		r.at++
		if r.skipDigits() == 0 {
			return r.newError("a number is malformed")
		}
	}
	hasExponent, err := r.readExponent()
	if err != nil {
		return err
	}
	canOverflow := hasExponent || digits >= minOverflowDigits
	if !canOverflow {
		return nil
	}
	if _, err := strconv.ParseFloat(string(r.src[start:r.at]), 64); err != nil {
		return r.newError("a number is out of range")
	}
	return nil
}

// readExponent reads the exponent of a number if there is one. It returns an error for an exponent without digits.
func (r *rewriter) readExponent() (found bool, err error) {
	if c := r.peekByte(); c != 'e' && c != 'E' {
		return false, nil
	}
	r.at++
	if c := r.peekByte(); c == '+' || c == '-' {
		r.at++
	}
	if r.skipDigits() == 0 {
		return true, r.newError("a number is malformed")
	}
	return true, nil
}

// minOverflowDigits is the smallest number of digits before the point with which a number without exponent can be beyond the range of a
// float64. The largest float64, about 1.8e308, has 309.
const minOverflowDigits = 309

// skipDigits skips decimal digits and returns how many there were.
func (r *rewriter) skipDigits() int {
	start := r.at
	for r.peekByte() >= '0' && r.peekByte() <= '9' {
		r.at++
	}
	return r.at - start
}

// peekByte returns the next byte without moving, or 0 at the end of the document.
func (r *rewriter) peekByte() byte {
	if r.at == len(r.src) {
		return 0
	}
	return r.src[r.at]
}

// readLiteral reads true, false or null.
func (r *rewriter) readLiteral() error {
	for _, word := range [3]string{"true", "false", "null"} {
		if len(r.src)-r.at >= len(word) && string(r.src[r.at:r.at+len(word)]) == word {
			r.at += len(word)
			return nil
		}
	}
	return r.newError("a value is missing or malformed")
}

// AppendString appends a text (UTF-8) to dst as a JSON string with quotes. It escapes only what JSON requires.
func AppendString[T string | []byte](dst []byte, text T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	first := len(dst)
	dst = append(dst, text...)
	unescaped := countUnescaped(dst[first:])
	if unescaped == len(text) {
		return append(dst, '"')
	}
	// Write again what follows. The bytes from start to i are not appended yet. They need no escape.
	dst = dst[:first+unescaped]
	start := unescaped
	for i := start; i < len(text); i++ {
		c := text[i]
		if isUnescaped[c] {
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
		default: // any other control character
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, text[start:]...)
	return append(dst, '"')
}
