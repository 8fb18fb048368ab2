package redact

import (
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold appends to v the folded text and, for each of its bytes, the offset in the text of the character that the byte comes from. It stops
// before an incomplete JSON escape at the end of the text if more text follows.
func (v *view) fold(text []byte) {
	i := 0
	for i < len(text) {
		c := text[i]
		if classes[c]&(isWide|isEscape) == 0 {
			v.folded = append(v.folded, c)
			v.offsets = append(v.offsets, int32(i))
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if c == '\\' {
			r, size = decodeEscape(text[i:])
			if size == 0 && !v.final {
				break
			}
			// Size 0 means that the text ends in an escape, which nothing can complete any more. Its backslash alone is then a character,
			// U+FFFD, and folds to otherCharacter.
			size = max(size, 1)
		}
		before := len(v.folded)
		v.folded = foldRune(v.folded, r)
		// A character can fold to no byte, one or several. Each of them has the offset of the character.
		for range len(v.folded) - before {
			v.offsets = append(v.offsets, int32(i))
		}
		i += size
	}
	v.offsets = append(v.offsets, int32(i)) // the size of the text that has been folded
}

// page holds the folded forms of 256 consecutive characters of Unicode, from a multiple of 256 on.
type page struct {
	// forms holds, by the low byte of the character, its folded form if that is one byte, and otherwise foldsToNothing or foldsToSeveral.
	forms [256]byte
	// longForms holds the folded forms of the characters that forms marks with foldsToSeveral, by the low byte of the character.
	longForms map[byte][]byte
}

const (
	// foldsToNothing marks a character that is dropped, and foldsToSeveral a character with a form of several bytes. No character folds to
	// these two bytes.
	foldsToNothing, foldsToSeveral = 0xFE, 0xFF
)

// pages is a cache of the pages that foldRune has used, by page index. Folding a character by the Unicode tables takes up to 4 µs, so
// without the cache a text of 1 MiB would occupy the sidecar for more than a second. All pages together take about 1 MiB.
var pages [(unicode.MaxRune + 1) / 256]atomic.Pointer[page]

// foldRune appends the folded form of a character to dst: nothing, one byte, or the several bytes of its compatibility form.
func foldRune(dst []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		if isControl(byte(r)) {
			return dst
		}
		return append(dst, byte(r))
	}
	p := pages[r/256].Load()
	if p == nil {
		// Another goroutine can store this page at the same time. Either page will do, because both are equal.
		p = newPage(r / 256)
		pages[r/256].Store(p)
	}
	switch c := p.forms[r%256]; c {
	case foldsToNothing:
		return dst
	case foldsToSeveral:
		return append(dst, p.longForms[byte(r%256)]...)
	default:
		return append(dst, c)
	}
}

// newPage returns the page of the 256 characters from index*256 on.
func newPage(index rune) *page {
	p := &page{longForms: map[byte][]byte{}}
	for i := range p.forms {
		switch form := foldByTables(nil, index*256+rune(i)); len(form) {
		case 0:
			p.forms[i] = foldsToNothing
		case 1:
			p.forms[i] = form[0]
		default:
			p.forms[i] = foldsToSeveral
			p.longForms[byte(i)] = form
		}
	}
	return p
}

// foldRanges lists ranges of characters, low to high, with the folded form that all characters of the range have. These forms take
// precedence over the Unicode tables, which are slow to read.
var foldRanges = []struct {
	low, high rune
	form      byte
}{
	{0xC0, 0xD6, foreignLetter}, {0xD8, 0xF6, foreignLetter}, {0xF8, 0x24F, foreignLetter}, // Latin
	{0x3B1, 0x481, foreignLetter},                                      // Greek, Cyrillic
	{0x3041, 0x3096, otherCharacter}, {0x30A1, 0x30FA, otherCharacter}, // Hiragana, Katakana
	{0x3400, 0x9FFF, otherCharacter}, {0xAC00, 0xD7A3, otherCharacter}, // Chinese, Korean
	{0x1F200, 0x1FAFF, otherCharacter}, // emoji
	{'…', '…', otherCharacter},         // By the Unicode tables, it would become three periods, which a domain name can contain.
}

// foldByTables appends the folded form of a character to dst, computed from the Unicode tables without the cache in pages.
func foldByTables(dst []byte, r rune) []byte {
	for _, p := range foldRanges {
		if r >= p.low && r <= p.high {
			return append(dst, p.form)
		}
	}
	// Drop invisible characters (Cf), and accents and other marks that follow their letter as separate characters (Mn, Me).
	if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) {
		return dst
	}
	return foldCompatible(dst, r)
}

// foldCompatible appends the folded form of r to dst: one byte for each character of the compatibility form (Unicode NFKC) of r.
func foldCompatible(dst []byte, r rune) []byte {
	var buf [64]byte // The longest compatibility form, that of U+FDFA, has 33 bytes.
	form := norm.NFKC.AppendString(buf[:0], string(r))
	for len(form) > 0 {
		part, size := utf8.DecodeRune(form)
		form = form[size:]
		dst = append(dst, foldPart(part))
	}
	return dst
}

// foldPart returns the byte to which one character of a compatibility form (Unicode NFKC) folds.
func foldPart(r rune) byte {
	switch {
	case r < utf8.RuneSelf:
		return byte(r)
	case r == '。':
		return ideographicStop
	case unicode.Is(unicode.Nd, r): // digits
		return '0' + digitValue(r)
	case unicode.Is(unicode.Pd, r), r == '−': // dashes, and the minus sign
		return '-'
	case unicode.Is(unicode.Zs, r): // spaces
		return ' '
	case unicode.Is(unicode.Sc, r): // currencies
		return '$'
	case unicode.IsLetter(r) && !unicode.In(r, spaceless...): // letters that can be part of an address
		return foreignLetter
	}
	return otherCharacter // symbols, and letters of scripts without spaces between words
}

// spaceless lists the scripts that write no spaces between words, and Hangul, which appends particles to a word without a space. An e-mail
// address can directly follow or precede a word of such a script, so letters of these scripts do not belong to an address.
var spaceless = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// digitValue returns the value, 0 to 9, of a decimal digit of any script, which is a character of the table Nd. Every script encodes its
// digits as ten consecutive characters from zero (Unicode Standard, 4.6), so each range of the table is one or several such tens. The first
// range that does not end before r is the one that contains r.
func digitValue(r rune) byte {
	for _, t := range unicode.Nd.R16 {
		if r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10)
		}
	}
	return 0 // not reached for a digit
}
