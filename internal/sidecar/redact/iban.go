package redact

import "bytes"

// ibanLengths is the number of characters by country (ISO 13616, SWIFT IBAN registry).
var ibanLengths = buildIBANLengths(map[[2]byte]uint8{
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
})

// buildIBANLengths returns a table of the lengths by the letters of the country, which is faster to read than a map.
func buildIBANLengths(countries map[[2]byte]uint8) (lengths ['Z' + 1]['Z' + 1]uint8) {
	for country, length := range countries {
		lengths[country[0]][country[1]] = length
	}
	return lengths
}

const (
	// maxIBANGap is the longest run of separators between the characters of an IBAN.
	maxIBANGap = 2
	// minIBANDigits is less than any country has, and more than running text contains by chance.
	minIBANDigits = 6
	// minBIC and maxBIC are the two lengths of a BIC.
	minBIC, maxBIC = 8, 11
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
	country, start := v.findCountry(i)
	length := findIBANLength(v.folded, country)
	if length == 0 || v.isWordEnd(country, i) {
		return match{}
	}
	var a account
	a.add(0, v.folded[country])
	a.add(1, v.folded[country+1])
	at := i
	for n := 2; n < length; n++ {
		if n > 2 && (n > 3 || country == start) {
			at = v.skipIBANGap(at)
		}
		if v.isOpen(start, at) {
			return match{verdict: needsMore, start: start}
		}
		c := v.readAfter(at, start)
		if !isIBANCharacter(n, c) || n == 4 && country < start && !v.is(at-1, isGap) {
			return match{}
		}
		a.add(n, c)
		at++
	}
	if !a.isValid() {
		return match{}
	}
	return match{verdict: v.readIBANEnd(start, at), kind: IBAN, start: start, end: at}
}

// findIBANLength returns how many characters an IBAN has whose country is the two letters at index i of the text, or 0 when there are no
// such letters.
func findIBANLength(text []byte, i int) int {
	if i < 0 {
		return 0
	}
	first, second := toUpper(text[i]), toUpper(text[i+1])
	if first > 'Z' || second > 'Z' {
		return 0
	}
	return int(ibanLengths[first][second])
}

// readIBANEnd decides whether an IBAN that began at start ends at i. A word or a BIC can follow it directly; a letter or digit of something
// longer cannot.
func (v *view) readIBANEnd(start, i int) verdict {
	end := i
	letters := 0
	for end-i <= maxBIC && v.is(end, isLetter|isDigit) {
		if v.is(end, isLetter) {
			letters++
		}
		end++
	}
	if v.isOpen(start, end) {
		return needsMore
	}
	size := end - i
	switch {
	case size == 0 && v.readAfter(i, start) == '@':
		return v.readNoDomain(i)
	case size > maxBIC, letters < size && !isBIC(v.folded[i:end]):
		return no
	}
	return yes
}

// isBIC reports whether the text has the form of a BIC: four letters of the bank, two of the country, and two or five characters of the
// place and branch (ISO 9362).
func isBIC(text []byte) bool {
	if len(text) != minBIC && len(text) != maxBIC {
		return false
	}
	for i, c := range text {
		if class := classes[c]; c == foreignLetter || i < 6 && class&isLetter == 0 {
			return false
		}
	}
	return true
}

// isIBANCharacter reports whether an IBAN can have c at index n: the check digits are digits (ISO 13616-1).
func isIBANCharacter(n int, c byte) bool {
	return classes[c]&(isLetter|isDigit) != 0 && c != foreignLetter && (n != 3 || isDigitByte(c))
}

// findCountry returns the index of the country before the check digit at i, or -1 when there is no room for it, and where a match begins:
// at the country, or at i when a space follows the country, because a window may have written the country by then.
func (v *view) findCountry(i int) (country, start int) {
	country, start = i-2, i-2
	if i > 2 && v.folded[i-1] == ' ' {
		if i+2 < len(v.folded) && !v.is(i+2, isGap) {
			return -1, i
		}
		country, start = i-3, i
	}
	if country < v.minStart || v.readContext(country, i) == 0 {
		return -1, i
	}
	return country, start
}

// isWordEnd reports whether the letters at country are the end of a word, or of a name, other than the word IBAN.
func (v *view) isWordEnd(country, i int) bool {
	if !v.isWordBefore(country, i) {
		return false
	}
	word := country - len("IBAN")
	return word < v.minStart || v.readContext(word, i) == 0 || !bytes.EqualFold(v.folded[word:country], []byte("IBAN")) || v.isWordBefore(word, i)
}

// isWordBefore reports whether a letter or digit precedes the character at index at.
func (v *view) isWordBefore(at, trigger int) bool {
	return at > v.minStart && classes[v.readContext(at-1, trigger)]&(isLetter|isDigit) != 0
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
