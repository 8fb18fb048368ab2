package redact

// ibanLengths is the number of characters by country (ISO 13616, SWIFT IBAN registry).
var ibanLengths = map[[2]byte]int{
	{'A', 'D'}: 24, {'A', 'E'}: 23, {'A', 'L'}: 28, {'A', 'T'}: 20, {'A', 'Z'}: 28, {'B', 'A'}: 20, {'B', 'E'}: 16,
	{'B', 'G'}: 22, {'B', 'H'}: 22, {'B', 'I'}: 27, {'B', 'R'}: 29, {'B', 'Y'}: 28, {'C', 'H'}: 21, {'C', 'R'}: 22,
	{'C', 'Y'}: 28, {'C', 'Z'}: 24, {'D', 'E'}: 22, {'D', 'J'}: 27, {'D', 'K'}: 18, {'D', 'O'}: 28, {'E', 'E'}: 20,
	{'E', 'G'}: 29, {'E', 'S'}: 24, {'F', 'I'}: 18, {'F', 'K'}: 18, {'F', 'O'}: 18, {'F', 'R'}: 27, {'G', 'B'}: 22,
	{'G', 'E'}: 22, {'G', 'I'}: 23, {'G', 'L'}: 18, {'G', 'R'}: 27, {'G', 'T'}: 28, {'H', 'N'}: 28, {'H', 'R'}: 21,
	{'H', 'U'}: 28, {'I', 'E'}: 22, {'I', 'L'}: 23, {'I', 'Q'}: 23, {'I', 'S'}: 26, {'I', 'T'}: 27, {'J', 'O'}: 30,
	{'K', 'W'}: 30, {'K', 'Z'}: 20, {'L', 'B'}: 28, {'L', 'C'}: 32, {'L', 'I'}: 21, {'L', 'T'}: 20, {'L', 'U'}: 20,
	{'L', 'V'}: 21, {'L', 'Y'}: 25, {'M', 'C'}: 27, {'M', 'D'}: 24, {'M', 'E'}: 22, {'M', 'K'}: 19, {'M', 'N'}: 20,
	{'M', 'R'}: 27, {'M', 'T'}: 31, {'M', 'U'}: 30, {'N', 'I'}: 28, {'N', 'L'}: 18, {'N', 'O'}: 15, {'O', 'M'}: 23,
	{'P', 'K'}: 24, {'P', 'L'}: 28, {'P', 'S'}: 29, {'P', 'T'}: 25, {'Q', 'A'}: 29, {'R', 'O'}: 24, {'R', 'S'}: 22,
	{'R', 'U'}: 33, {'S', 'A'}: 24, {'S', 'C'}: 31, {'S', 'D'}: 18, {'S', 'E'}: 24, {'S', 'I'}: 19, {'S', 'K'}: 24,
	{'S', 'M'}: 27, {'S', 'O'}: 23, {'S', 'T'}: 25, {'S', 'V'}: 28, {'T', 'L'}: 23, {'T', 'N'}: 24, {'T', 'R'}: 26,
	{'U', 'A'}: 29, {'V', 'A'}: 22, {'V', 'G'}: 24, {'X', 'K'}: 20, {'Y', 'E'}: 30,
}

const (
	// maxIBANGap is the longest run of separators between the characters of an IBAN.
	maxIBANGap = 2
	// minIBANDigits is less than any country has, and more than running text contains by chance.
	minIBANDigits = 6
)

// account is the state of reading an IBAN.
type account struct {
	// head is the value of the first four characters and body that of the rest, both mod 97.
	head, body int
	// digits is the number of digits among the characters.
	digits int
}

// add takes the character at index n, counted from the first letter of the country.
func (a *account) add(n int, c byte) {
	if isDigitByte(c) {
		a.digits++
	}
	if n < 4 {
		a.head = appendMod97(a.head, c)
		return
	}
	a.body = appendMod97(a.body, c)
}

// isValid verifies the check digits. It moves the first four characters, whose value has six digits, to the end (ISO 7064).
func (a *account) isValid() bool {
	return (a.body*(1000000%97)+a.head)%97 == 1 && a.digits >= minIBANDigits
}

// matchIBAN decides about the first check digit at i. The two letters before it are the country, which determines the length.
func (v *view) matchIBAN(i int) match {
	length := v.findIBANLength(i)
	if length == 0 {
		return match{}
	}
	start := i - 2
	var a account
	at := start
	for n := range length {
		if n > 2 {
			at = v.skipIBANGap(at)
		}
		if v.isOpen(start, at) {
			return match{verdict: more, start: start}
		}
		c := v.readAfter(at, start)
		if !isIBANCharacter(n, c) {
			return match{}
		}
		a.add(n, c)
		at++
	}
	if v.isOpen(start, at) {
		return match{verdict: more, start: start}
	}
	if !a.isValid() || classes[v.readAfter(at, start)]&(isLetter|isDigit|isAt) != 0 {
		return match{}
	}
	return match{verdict: yes, kind: IBAN, start: start, end: at}
}

// isIBANCharacter reports whether an IBAN can have c at index n: the check digits are digits (ISO 13616-1).
func isIBANCharacter(n int, c byte) bool {
	return classes[c]&(isLetter|isDigit) != 0 && c != foreign && (n != 3 || isDigitByte(c))
}

// findIBANLength returns how many characters the IBAN with its first check digit at i has, or 0 when no country precedes it.
func (v *view) findIBANLength(i int) int {
	if i-2 < v.minStart || v.readContext(i-2, i) == 0 {
		return 0
	}
	if c := v.readContext(i-3, i); i-3 >= v.minStart && classes[c]&(isLetter|isDigit) != 0 {
		return 0
	}
	return ibanLengths[[2]byte{toUpper(v.norm[i-2]), toUpper(v.norm[i-1])}]
}

func (v *view) skipIBANGap(i int) int {
	for gap := 0; gap < maxIBANGap && v.is(i, isGap); gap++ {
		i++
	}
	return i
}

// appendMod97 appends a character to the number and returns its remainder: digits as they are, letters as 10 to 35 (ISO 7064).
func appendMod97(remainder int, c byte) int {
	if isDigitByte(c) {
		return (remainder*10 + int(c-'0')) % 97
	}
	return (remainder*100 + int(toUpper(c)-'A') + 10) % 97
}

func toUpper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}
