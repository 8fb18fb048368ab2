package redact

import (
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold appends the folded text to v. It returns the number of bytes of the text that it has folded: all of them, unless the text
// ends in an incomplete escape.
func (v *view) fold(text []byte) int {
	i := 0
	for i < len(text) {
		c := text[i]
		if c < utf8.RuneSelf && c != '\\' {
			v.norm = append(v.norm, c)
			v.off = append(v.off, int32(i))
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if c == '\\' {
			r, size = decodeEscape(text[i:])
			if size == 0 && !v.final {
				break
			}
			size = max(size, 1)
		}
		before := len(v.norm)
		v.norm = foldRune(v.norm, r)
		for range len(v.norm) - before {
			v.off = append(v.off, int32(i))
		}
		i += size
	}
	v.off = append(v.off, int32(i))
	return i
}

// page is the folded form of 256 consecutive characters.
type page struct {
	// one holds the folded form of each character if it is one byte, and otherwise dropped or several.
	one [256]byte
	// many holds the folded forms of the characters that one marks as several, by their place in the page.
	many map[byte][]byte
}

const (
	// dropped marks a character that folds to nothing, several one that folds to more than one byte.
	dropped, several = 0xFE, 0xFF
)

// pages holds the pages that foldRune has used. Folding a character by the Unicode tables takes up to 4 µs, which would occupy the
// sidecar for more than a second with a text of 1 MiB. All pages together take about 1 MiB.
var pages [(unicode.MaxRune + 1) / 256]atomic.Pointer[page]

// foldRune appends the folded form of a character to dst: nothing, one byte, or the several bytes of its compatibility form.
func foldRune(dst []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(dst, byte(r))
	}
	p := pages[r/256].Load()
	if p == nil {
		p = newPage(r / 256)
		pages[r/256].Store(p)
	}
	switch c := p.one[r%256]; c {
	case dropped:
		return dst
	case several:
		return append(dst, p.many[byte(r%256)]...)
	default:
		return append(dst, c)
	}
}

// newPage folds the 256 characters that start at index*256.
func newPage(index rune) *page {
	p := &page{many: map[byte][]byte{}}
	for i := range p.one {
		switch form := foldByTables(nil, index*256+rune(i)); len(form) {
		case 0:
			p.one[i] = dropped
		case 1:
			p.one[i] = form[0]
		default:
			p.one[i] = several
			p.many[byte(i)] = form
		}
	}
	return p
}

// plain are the characters that fold without the Unicode tables.
var plain = []struct {
	low, high rune
	as        byte
}{
	{0xC0, 0xD6, foreign}, {0xD8, 0xF6, foreign}, {0xF8, 0x24F, foreign}, // Latin
	{0x3B1, 0x481, foreign}, // Greek, Cyrillic
	{0x3041, 0x3096, other}, {0x30A1, 0x30FA, other}, {0x3400, 0x9FFF, other}, {0xAC00, 0xD7A3, other},
	{0x1F200, 0x1FAFF, other}, // emoji
	{'…', '…', other},         // not three periods, which a domain name can contain
}

// foldByTables appends the folded form of a character to dst, computed from the Unicode tables without the cache in pages.
func foldByTables(dst []byte, r rune) []byte {
	for _, p := range plain {
		if r >= p.low && r <= p.high {
			return append(dst, p.as)
		}
	}
	if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) {
		return dst
	}
	return foldCompatible(dst, r)
}

func foldCompatible(dst []byte, r rune) []byte {
	var buf [64]byte
	form := norm.NFKC.AppendString(buf[:0], string(r))
	for len(form) > 0 {
		part, size := utf8.DecodeRune(form)
		form = form[size:]
		dst = append(dst, foldPart(part))
	}
	return dst
}

func foldPart(r rune) byte {
	switch {
	case r < utf8.RuneSelf:
		return byte(r)
	case r == '。':
		return stop
	case unicode.Is(unicode.Nd, r):
		return '0' + digitValue(r)
	case unicode.Is(unicode.Pd, r), r == '−':
		return '-'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Sc, r):
		return '$'
	case unicode.IsLetter(r) && !unicode.In(r, spaceless...):
		return foreign
	}
	return other
}

// spaceless are the scripts in which an address follows a word without a space.
var spaceless = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// digitValue returns the value of a decimal digit. Unicode lists them in runs of ten from zero (Unicode 4.6, stability policy).
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
	return 0
}
