package redact

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// minSubscriber is how many digits a telephone number without a country code must have to count as the same as one with a country code: an
	// area code and the number of the subscriber.
	minSubscriber = 7
	// maxCountryCode is how many digits the longest country code has (ITU-T E.164).
	maxCountryCode = 3
)

// contacts are the public e-mail addresses and telephone numbers of an organisation. They are no personal data: answers tell people where
// they find a human, and must keep them.
type contacts struct {
	// emails are addresses as normalizeAddress returns them.
	emails []string
	// phones are the digits of telephone numbers, without the prefixes of national and international calls.
	phones [][]byte
}

// newContacts returns the contacts among the texts: e-mail addresses, telephone numbers, and links to them (mailto:, tel:). It ignores
// other URLs.
func newContacts(texts []string) contacts {
	var c contacts
	for _, text := range texts {
		text = strings.TrimPrefix(strings.TrimPrefix(text, "mailto:"), "tel:")
		v := view{final: true}
		v.fold([]byte(text))
		switch {
		case strings.Contains(text, "://"):
			// Skip the URL: the detectors find nothing in most URLs, and digits or an @ in one do not make it a contact to keep.
		case bytes.IndexByte(v.folded, '@') >= 0:
			c.emails = append(c.emails, normalizeAddress([]byte(strings.TrimSpace(text))))
		default:
			c.phones = append(c.phones, trimPhone(nil, v.folded))
		}
	}
	return c
}

// includes reports whether what a detector found is one of the contacts, in any spelling. found is the original text of the match with the
// accents after its last letter, and folded is the match in the folded text. Folded, all letters beyond ASCII are the same, so only numbers
// can be compared that way.
func (c *contacts) includes(kind Kind, found, folded []byte) bool {
	switch kind {
	case Email:
		if len(c.emails) == 0 {
			return false
		}
		address := normalizeAddress(found)
		for _, email := range c.emails {
			if strings.EqualFold(email, address) {
				return true
			}
		}
	case Phone:
		var memory [maxDigits]byte
		number := trimPhone(memory[:0], folded)
		for _, phone := range c.phones {
			if isSamePhone(phone, number) {
				return true
			}
		}
	}
	return false
}

// normalizeAddress returns an e-mail address with its JSON escapes decoded, without invisible characters, with a hyphen for every dash, and
// in compatibility decomposition (Unicode NFKD), in which a letter and its accent are two characters. The spellings of one address then differ
// in upper and lower case alone.
func normalizeAddress(text []byte) string {
	plain := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == '\\' {
			r, size = decodeEscape(text)
			size = max(size, 1) // An incomplete escape at the end of the text counts as one byte.
		}
		if !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector) {
			plain = utf8.AppendRune(plain, r)
		}
		text = text[size:]
	}
	hyphenate := func(r rune) rune {
		if foldPart(r) == '-' {
			return '-'
		}
		return r
	}
	return string(bytes.Map(hyphenate, norm.NFKD.Bytes(plain)))
}

// isSamePhone reports whether two telephone numbers, as trimPhone returns them, are the same: they are equal, or one of them is the other
// with a country code before it.
func isSamePhone(a, b []byte) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	codeSize := len(b) - len(a)
	isComparable := codeSize == 0 || len(a) >= minSubscriber && codeSize <= maxCountryCode
	return isComparable && bytes.HasSuffix(b, a)
}

// trimPhone returns the digits of a telephone number without its prefix: `00` before the country code, or the trunk prefix `0` before the
// area code, also as `(0)` or `[0]` between country code and area code. The result is in the memory of dst if there is enough.
func trimPhone(dst, text []byte) []byte {
	start := len(dst)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case isDigitByte(c):
			dst = append(dst, c)
		case c == '(' && bytes.HasPrefix(text[i:], []byte("(0)")), c == '[' && bytes.HasPrefix(text[i:], []byte("[0]")):
			i += len("(0)") - 1
		}
	}
	return bytes.TrimPrefix(bytes.TrimPrefix(dst[start:], []byte("0")), []byte("0"))
}
