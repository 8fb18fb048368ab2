package redact

import "strings"

const (
	// minPassword and maxPassword bound the characters of a password. One without letters can have one less.
	minPassword, maxPassword = 5, 64
	// minAccount and maxAccount bound the digits of an account, a bank or a branch.
	minAccount, maxAccount = 6, 18
	// maxCode is how many digits a PIN or a one-time code has at most.
	maxCode = 8
)

const (
	// notInPassword are signs of code and links, strongSigns those that tell a password from a word, weakSigns others that it can have, and
	// sentenceSigns those that belong to it only if more of it follows.
	notInPassword = `(){}<[\/`
	strongSigns   = "!$%&#?+@^~*0123456789"
	weakSigns     = "_-"
	sentenceSigns = ".,;:'="
)

// readPassword returns the end of a password: characters without a space, among them a digit or a sign, but no code and no link.
func readPassword(r *reader, i int) int {
	last, telling, letters := i, 0, 0
	for end := i; end-i <= maxPassword; end++ {
		c := r.at(end)
		switch {
		case strings.IndexByte(notInPassword, c) >= 0:
			return 0
		case strings.IndexByte(strongSigns, c) >= 0:
			telling++
			last = end + 1
		case strings.IndexByte(weakSigns, c) >= 0:
			last = end + 1
		case classes[c]&isLetter != 0:
			letters++
			last = end + 1
		case strings.IndexByte(sentenceSigns, c) < 0:
			return endPassword(r, i, last, telling, letters)
		}
	}
	return 0
}

// endPassword returns the end of a password before index last, without the question marks of the sentence; 0 if it is none. An exclamation mark
// is common in passwords, but tells none alone.
func endPassword(r *reader, i, last, telling, letters int) int {
	for last > i && r.at(last-1) == '?' {
		last, telling = last-1, telling-1
	}
	least := minPassword
	if letters == 0 {
		least--
	}
	isWord := telling == 0 || telling == 1 && r.at(last-1) == '!'
	isMasked := letters == 0 && r.at(i) == '*'
	if isWord || isMasked || last-i < least {
		return 0
	}
	return last
}

// readDigits returns the end of the digits from index i on, and how many they are. separator, unless it is 0, can stand between two of them.
func (r *reader) readDigits(i int, isSeparator func(c byte) bool) (end, count int) {
	end = i
	for at := i; ; at++ {
		c := r.at(at)
		switch {
		case isDigitByte(c):
			count++
			end = at + 1
		case isSeparator == nil || !isSeparator(c) || at == i || !isDigitByte(r.at(at+1)):
			return end, count
		}
	}
}

// endsNumber reports whether a number can end before index i: no letter, no digit and no further part follows.
func (r *reader) endsNumber(i int) bool {
	switch c := r.at(i); c {
	case '.', ',', '-', '/', ':', '%':
		return c != '%' && !r.isWord(i+1)
	default:
		return !isGlued(c) && c != foreignLetter
	}
}

// isHyphenOrSpace reports whether a character separates the groups of a code.
func isHyphenOrSpace(c byte) bool { return c == '-' || c == ' ' }

// readCode returns the end of a number in one piece with at least and at most so many digits.
func readCode(r *reader, i, least, most int) int {
	end, count := r.readDigits(i, nil)
	if count < least || count > most || !r.endsNumber(end) {
		return 0
	}
	return end
}

// readPIN returns the end of a personal identification number: 4 to 8 digits (ISO 9564-1 has up to 12, but nobody remembers them).
func readPIN(r *reader, i int) int { return readCode(r, i, 4, maxCode) }

// readSecurityCode returns the end of the security code of a card, which has 3 or 4 digits.
func readSecurityCode(r *reader, i int) int { return readCode(r, i, 3, 4) }

// readOneTimeCode returns the end of a one-time code: 4 to 8 digits, also in two groups, and after a letter and a hyphen.
func readOneTimeCode(r *reader, i int) int {
	if r.has(i, isLetter) && r.at(i+1) == '-' && isDigitByte(r.at(i+2)) {
		i += 2
	}
	if end := readCode(r, i, 4, maxCode); end > 0 && (r.at(end) != ' ' || !isDigitByte(r.at(end+1))) {
		return end
	}
	end, count := r.readDigits(i, isHyphenOrSpace)
	if count != 6 || end-i != 7 || !isHyphenOrSpace(r.at(i+3)) || !r.endsNumber(end) {
		return 0
	}
	return end
}

// isOfAccount reports whether a character separates the groups of an account.
func isOfAccount(c byte) bool { return c == '-' || c == ' ' || c == '/' || c == '.' }

// readAccount returns the end of a number of an account, a bank or a branch.
func readAccount(r *reader, i int) int {
	end, count := r.readDigits(i, isOfAccount)
	if count < minAccount || count > maxAccount || !r.endsNumber(end) {
		return 0
	}
	return end
}
