package redact

import "bytes"

// ibanLengths is how many characters an IBAN has, without separators, by the two letters of its country (SWIFT IBAN registry, ISO 13616).
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

// buildIBANLengths returns the lengths as a table that the two letters of the country index, which is faster to read than a map.
func buildIBANLengths(countries map[[2]byte]uint8) (lengths ['Z' + 1]['Z' + 1]uint8) {
	for country, length := range countries {
		lengths[country[0]][country[1]] = length
	}
	return lengths
}

const (
	// maxIBANGap is how many separators, such as spaces, can stand between two characters of an IBAN.
	maxIBANGap = 2
	// minIBANDigits is the fewest digits of a text that is taken for an IBAN: running text that looks like an IBAN by chance has fewer, and
	// the example IBANs of all countries in the registry have more.
	minIBANDigits = 6
	// minBIC and maxBIC are how many characters a BIC, the code of a bank, has: 8, or 11 with a branch.
	minBIC, maxBIC = 8, 11
)

// checksum checks the check digits of an IBAN (ISO 7064, mod 97-10). The characters of the IBAN are added one by one.
type checksum struct {
	// head is the remainder mod 97 of the first four characters (country and check digits) read as a number, and body that of the other
	// characters.
	head, body int
	// digits is the number of digits among the characters.
	digits int
}

// add adds the character c of an IBAN to its checksum. The position of c is counted without separators, from 0 at the first letter of the
// country. The first four characters have a remainder of their own, because ISO 7064 reads them after the others.
func (s *checksum) add(position int, c byte) {
	if isDigitByte(c) {
		s.digits++
	}
	if position < 4 {
		s.head = appendMod97(s.head, c)
		return
	}
	s.body = appendMod97(s.body, c)
}

// isValid reports whether the check digits of the IBAN are right, and it has enough digits. ISO 7064 moves the first four characters to the
// end, reads all characters as one number, and requires the remainder 1 mod 97.
func (s *checksum) isValid() bool {
	// As a number, the first four characters have six digits: two for each of the two letters, and the two check digits. The body stands
	// before them, so it counts a million times.
	const shift = 1000000 % 97
	return (s.body*shift+s.head)%97 == 1 && s.digits >= minIBANDigits
}

// matchIBAN decides whether the digit at index i of the folded text is the first check digit of an IBAN. The two letters before it are the
// country, which determines how many characters the IBAN has.
func (v *view) matchIBAN(i int) match {
	country, start := v.findCountry(i) // country is the index of the first letter.
	length := findIBANLength(v.folded, country)
	if length == 0 || v.isWordEnd(country, i) { // The letters are no country with IBANs, or the end of a longer word.
		return match{}
	}
	var sum checksum
	sum.add(0, v.folded[country])
	sum.add(1, v.folded[country+1])
	end, verdict := v.readIBAN(&sum, i, start, length)
	if verdict == yes {
		if !sum.isValid() {
			return match{}
		}
		verdict = v.readIBANEnd(start, end)
	}
	return match{verdict: verdict, kind: IBAN, start: start, end: end}
}

// readIBAN adds the characters of an IBAN after its country to the checksum: the check digits at i and the account, without separators. It
// returns the index after them. The verdict is yes if the text has as many characters of an IBAN as length says, of which two are the
// country. The candidate begins at start, which is i when a space follows the country; readAfter and isOpen look at most 256 bytes
// (openBytes) beyond start.
func (v *view) readIBAN(sum *checksum, i, start, length int) (end int, verdict verdict) {
	end = i
	for position := 2; position < length; position++ {
		// Separators can precede every character from position 3 on, with one exception: if a space follows the country (start == i), none
		// can be between the two check digits: DE 89.
		isInCheckGroup := position == 3 && start == i
		if position > 2 && !isInCheckGroup {
			end = v.skipIBANGap(end)
		}
		if v.isOpen(start, end) {
			return end, needsMore
		}
		c := v.readAfter(end, start)
		if !isIBANCharacter(position, c) {
			return end, no
		}
		sum.add(position, c)
		end++
	}
	return end, yes
}

// findIBANLength returns how many characters an IBAN of a country has. The country is the two characters of the folded text from index i
// on. It returns 0 when they are no country with IBANs, or when i is -1.
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

// readIBANEnd decides whether an IBAN that begins at index start can end before index i. A word of at most 11 letters or a BIC can follow
// it directly. Other letters and digits show that the characters before i are part of a longer code. An @ with a domain shows that they are
// part of an e-mail address. readAfter and isOpen look at most 256 bytes (openBytes) beyond start.
func (v *view) readIBANEnd(start, i int) verdict {
	end := i
	isWord := true // All characters from i up to end are letters, or there are none.
	for end-i <= maxBIC && v.hasClass(end, isLetter|isDigit) {
		isWord = isWord && v.hasClass(end, isLetter)
		end++
	}
	if v.isOpen(start, end) {
		return needsMore
	}
	if end == i && v.readAfter(i, start) == '@' {
		return v.readEndBeforeAt(i)
	}
	isShort := end-i <= maxBIC
	if isShort && (isWord || isBIC(v.folded[i:end])) {
		return yes
	}
	return no
}

// isBIC reports whether a text of letters and digits has the form of a BIC (ISO 9362): four letters for the bank, two for the country, two
// letters or digits for the place, and three for the branch, which can be absent.
func isBIC(text []byte) bool {
	if len(text) != minBIC && len(text) != maxBIC {
		return false
	}
	for i, c := range text {
		mustBeLetter := i < 6
		if c == foreignLetter || mustBeLetter && classes[c]&isLetter == 0 {
			return false
		}
	}
	return true
}

// isIBANCharacter reports whether an IBAN can have the character c at a position after the country. Positions are counted from 0 at the
// first letter of the country. At position 2 is the digit at which the detector started, so that position needs no check of its own.
func isIBANCharacter(position int, c byte) bool {
	if position == 3 { // the second check digit
		return isDigitByte(c)
	}
	return classes[c]&(isLetter|isDigit) != 0 && c != foreignLetter
}

// findCountry returns the index of the two characters that would be the country of an IBAN whose first check digit is at i, or -1 when the
// digit at i cannot be a check digit. start is where the text to replace would begin: at the country, or at i when a space follows the
// country. A space ends what a window holds back, so the window may have written the country before the digit arrived.
func (v *view) findCountry(i int) (country, start int) {
	country, start = i-len("DE"), i-len("DE")
	if i >= len("DE ") && v.folded[i-1] == ' ' {
		// Many words of two letters are also codes of countries. After such a word and a space, the two check digits must therefore stand by
		// themselves, with a separator after them: DE 89 3704.
		if i+2 < len(v.folded) && !v.hasClass(i+2, isGap) {
			return -1, i
		}
		country, start = i-len("DE "), i
	}
	// Text that was replaced before (v.minStart) is no country, and text more than 64 bytes (lookBytes) before the digit is not read.
	if country < v.minStart || v.readBefore(country, i) == 0 {
		return -1, i
	}
	return country, start
}

// isWordEnd reports whether the two letters at index country are the end of a longer word or code, so that they are not the country of an
// IBAN. Only the word IBAN may precede them directly: IBANDE89. i is the index of the check digits, at which the detector started; text
// more than lookBytes before it is not read.
func (v *view) isWordEnd(country, i int) bool {
	if !v.isWordBefore(country, i) {
		return false
	}
	word := country - len("IBAN")
	// The word must lie after text that was replaced before (v.minStart), and be near enough to be read (readBefore).
	if word < v.minStart || v.readBefore(word, i) == 0 || !bytes.EqualFold(v.folded[word:country], []byte("IBAN")) {
		return true
	}
	return v.isWordBefore(word, i)
}

// isWordBefore reports whether a letter or digit precedes the character at index i directly. It does not count if it was replaced before,
// or is more than lookBytes (64) before the trigger, the index of the digit at which the detector started.
func (v *view) isWordBefore(i, trigger int) bool {
	return i > v.minStart && v.hasClassBefore(i-1, trigger, isLetter|isDigit)
}

// skipIBANGap returns the index after the separators from index i on, at most two of them (maxIBANGap).
func (v *view) skipIBANGap(i int) int {
	for gap := 0; gap < maxIBANGap && v.hasClass(i, isGap); gap++ {
		i++
	}
	return i
}

// appendMod97 returns the remainder mod 97 that a number has after a character is appended to its decimal digits: a digit as it is, a
// letter as 10 to 35 (ISO 7064). Of the number before, only the remainder mod 97 is needed.
func appendMod97(remainder int, c byte) int {
	if isDigitByte(c) {
		return (remainder*10 + int(c-'0')) % 97
	}
	return (remainder*100 + int(toUpper(c)-'A') + 10) % 97
}

// toUpper returns the upper case of an ASCII letter, and any other character unchanged.
func toUpper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}
