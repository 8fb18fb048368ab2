package redact

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// class says what a folded character may be part of.
type class uint8

const (
	isDigit class = 1 << iota
	isLetter
	// isLocal may stand in the local part of an e-mail address (RFC 5321 dot-string, without the rare signs).
	isLocal
	// isDomain may stand in a domain name.
	isDomain
	// isGap may stand between the groups of a number.
	isGap
	isAt
	// isWide needs folding: anything beyond ASCII.
	isWide
	// isEscape begins a JSON escape.
	isEscape
)

// Folded characters beyond ASCII.
const (
	// foreign stands for a letter of an alphabet that writes spaces between words; it may be part of an address.
	foreign = 0x80
	// other stands for everything else: symbols, and scripts without spaces, where an address ends at the first such letter.
	other = 0x81
)

// classes is indexed by folded character. In texts that are not folded yet, every byte from 0x80 is isWide.
var classes = buildClasses()

func buildClasses() [256]class {
	var t [256]class
	for c := '0'; c <= '9'; c++ {
		t[c] = isDigit | isLocal | isDomain
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] = isLetter | isLocal | isDomain
		t[c-'a'+'A'] = t[c]
	}
	for _, c := range "._%+-'&~" {
		t[c] |= isLocal
	}
	for _, c := range ".-" {
		t[c] |= isDomain
	}
	for _, c := range " \t-./()" {
		t[c] |= isGap
	}
	t['@'] = isAt
	t['\\'] = isEscape
	for c := 0x80; c < 0x100; c++ {
		t[c] = isWide
	}
	t[foreign] |= isLetter | isLocal | isDomain
	return t
}

// view is a text as the detectors see it.
type view struct {
	// norm is the folded text, one byte per character; it is the text itself when off is nil.
	norm []byte
	// off gives for each byte of norm where its character begins in the text, and at the end the size of the view.
	off []int32
	// final is true when no more text follows.
	final bool
	// settled is the index in norm before which nothing can become part of a match any more.
	settled int
}

// at returns the place in the text of the character with index i; i may be len(norm).
func (v *view) at(i int) int {
	if v.off == nil {
		return i
	}
	return int(v.off[i])
}

// index is the inverse of at: the first character at or after a place in the text.
func (v *view) index(place int) int {
	if v.off == nil {
		return place
	}
	low, high := 0, len(v.norm)
	for low < high {
		middle := (low + high) / 2
		if int(v.off[middle]) < place {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// is reports whether the character at i is of the class; beyond the ends nothing is.
func (v *view) is(i int, c class) bool {
	return i >= 0 && i < len(v.norm) && classes[v.norm[i]]&c != 0
}

// before returns the character at i when it stands within lookBytes before the trigger, else 0.
func (v *view) before(i, trigger int) byte {
	if i < 0 || v.at(trigger)-v.at(i) > lookBytes {
		return 0
	}
	return v.norm[i]
}

// after returns the character at i when it stands within openBytes after the start of the candidate, else 0.
func (v *view) after(i, start int) byte {
	if i >= len(v.norm) || v.at(i)-v.at(start) > openBytes {
		return 0
	}
	return v.norm[i]
}

// fold appends the folded text to v. It returns how many bytes of the text the view covers: all, but for an escape that has
// not arrived whole.
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
			r, size = unescape(text[i:])
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

// plain are the characters whose folded form needs no look at the Unicode tables.
var plain = []struct {
	low, high rune
	as        byte
}{
	{0xC0, 0xD6, foreign}, {0xD8, 0xF6, foreign}, {0xF8, 0x24F, foreign}, // Latin
	{0x3B1, 0x481, foreign}, // Greek, Cyrillic
	{0x3041, 0x3096, other}, {0x30A1, 0x30FA, other}, {0x3400, 0x9FFF, other}, {0xAC00, 0xD7A3, other},
	{0x1F200, 0x1FAFF, other}, // emoji
	{'…', '…', other},
}

// The block from general punctuation to the enclosed letters is folded ahead: quotation marks and dashes of typography stand
// in most texts.
const (
	blockLow, blockHigh = 0x2000, 0x33FF
	// dropped stands for no character, several for more than one.
	dropped, several = 0xFE, 0xFF
)

var block = func() (t [blockHigh - blockLow + 1]byte) {
	for i := range t {
		form := foldTables(nil, rune(blockLow+i))
		switch len(form) {
		case 0:
			t[i] = dropped
		case 1:
			t[i] = form[0]
		default:
			t[i] = several
		}
	}
	return t
}()

// foldRune appends what a character is seen as: nothing, one byte, or the several of its compatibility form.
func foldRune(dst []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(dst, byte(r))
	}
	for _, p := range plain {
		if r >= p.low && r <= p.high {
			return append(dst, p.as)
		}
	}
	if r < blockLow || r > blockHigh || block[r-blockLow] == several {
		return foldTables(dst, r)
	}
	if c := block[r-blockLow]; c != dropped {
		dst = append(dst, c)
	}
	return dst
}

// foldTables looks into the Unicode tables.
func foldTables(dst []byte, r rune) []byte {
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

// spaceless are the scripts in whose texts an address follows a word without a space.
var spaceless = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan,
}

// digitValue relies on Unicode listing decimal digits in runs of ten that begin with zero (Unicode 4.6, stability policy).
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

// size is how many bytes the character takes that a text begins with.
func size(text []byte) int {
	if text[0] == '\\' {
		_, n := unescape(text)
		return max(n, 1)
	}
	_, n := utf8.DecodeRune(text)
	return n
}

// unescape reads one JSON escape. Size 0 means that it is not whole.
func unescape(text []byte) (r rune, size int) {
	if len(text) < 2 {
		return other, 0
	}
	switch text[1] {
	case 'n', 'r':
		return '\n', 2
	case 't', 'b', 'f':
		return ' ', 2
	case 'u':
		return unescapeHex(text)
	}
	if text[1] >= utf8.RuneSelf {
		return '\\', 1
	}
	return rune(text[1]), 2
}

func unescapeHex(text []byte) (rune, int) {
	r, ok, whole := hex4(text[2:])
	if !whole {
		return 0xFFFD, 0
	}
	if !ok {
		return 0xFFFD, 2
	}
	if r < 0xD800 || r > 0xDBFF {
		return r, 6
	}
	return unescapePair(r, text)
}

// unescapePair reads the second half of a character beyond U+FFFF.
func unescapePair(first rune, text []byte) (rune, int) {
	rest := text[6:]
	for i, want := range []byte(`\u`) {
		if i == len(rest) {
			return 0xFFFD, 0
		}
		if rest[i] != want {
			return 0xFFFD, 6
		}
	}
	second, ok, whole := hex4(rest[2:])
	if !whole {
		return 0xFFFD, 0
	}
	if !ok || second < 0xDC00 || second > 0xDFFF {
		return 0xFFFD, 6
	}
	return (first-0xD800)<<10 + (second - 0xDC00) + 0x10000, 12
}

// hex4 reads four hexadecimal digits; whole is false when the text ends before they could be told from something else.
func hex4(text []byte) (r rune, ok, whole bool) {
	for i := range 4 {
		if i == len(text) {
			return 0, false, false
		}
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false, true
		}
	}
	return r, true, true
}
