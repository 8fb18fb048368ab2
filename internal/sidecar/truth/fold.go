package truth

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// class says what a character does between and in words.
type class uint8

const (
	// ignored characters neither end a word nor a clause: blanks do the former (space), and marks that go with a letter do nothing.
	ignored class = iota
	space
	letter
	// single characters are words by themselves, in scripts that write no blanks between words.
	single
	// apostrophe and hyphen belong to a word if letters surround them.
	apostrophe
	hyphen
	// comma may stand between the parts of a form. Any other sign of clause ends a clause, and stop, question and line end a sentence.
	comma
	clause
	stop
	question
	line
	quoteOpen
	quoteClose
	quoteEither
	tagOpen
	tagClose
)

// folded is the class of a character and, for those in words, what it counts as: lower case and without accents.
type folded struct {
	class class
	form  string
}

// tableSize is the number of characters whose folded form is kept: the alphabets of all languages here, apart from those of East Asia.
const tableSize = 0x2000

var table = sync.OnceValue(func() *[tableSize]folded {
	t := new([tableSize]folded)
	for r := range t {
		t[r] = foldByTables(rune(r))
	}
	return t
})

// fold returns the folded form of a character. known is the result of table.
func fold(known *[tableSize]folded, r rune) folded {
	switch {
	case r < tableSize:
		return known[r]
	case 0xFF01 <= r && r <= 0xFF5E: // The full-width forms of ASCII.
		return known[r-0xFEE0]
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return folded{class: single}
	}
	return folded{class: classOf(r)}
}

// signs are characters that are neither letters nor blanks, by class.
var signs = map[class]string{
	apostrophe:  "'’ʼ‘´′",
	hyphen:      "-‐‑",
	comma:       ",、，،",
	clause:      ":;()[]{}/|–—&=+\\·",
	stop:        ".!…。！।॥｡",
	question:    "?？؟⁇‽",
	line:        "\n\r\u2028\u2029\u0085",
	quoteOpen:   "„「『",
	quoteClose:  "」』",
	quoteEither: "\"“”«»‹›",
	tagOpen:     "<",
	tagClose:    ">",
}

var classBySign = func() map[rune]class {
	all := map[rune]class{}
	for c, list := range signs {
		for _, r := range list {
			all[r] = c
		}
	}
	return all
}()

// classOf returns the class of a character that is no letter.
func classOf(r rune) class {
	if c, found := classBySign[r]; found {
		return c
	}
	if unicode.IsSpace(r) {
		return space
	}
	return ignored
}

// plainLetters are letters without a canonical decomposition that people write without their strokes.
var plainLetters = strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "đ", "d", "æ", "ae", "œ", "oe", "ı", "i", "ħ", "h", "ŧ", "t", "ς", "σ",
	"أ", "ا", "إ", "ا", "آ", "ا", "ى", "ي", "ة", "ه", "ک", "ك", "ی", "ي")

func foldByTables(r rune) folded {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || r == 'ـ' {
		return folded{class: ignored}
	}
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mc, r) {
		return folded{class: classOf(r)}
	}
	form := foldForm(string(r))
	if form == "" {
		return folded{class: ignored}
	}
	return folded{class: letter, form: form}
}

// foldForm returns a text in lower case, without accents and other marks.
func foldForm(text string) string {
	lower := plainLetters.Replace(strings.ToLower(text))
	kept := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			return -1
		}
		return r
	}, norm.NFKD.String(lower))
	return plainLetters.Replace(kept)
}

// appendForm appends what a character in a word counts as.
func appendForm(dst []byte, f folded, r rune) []byte {
	switch f.class {
	case apostrophe:
		return append(dst, '\'')
	case hyphen:
		return append(dst, '-')
	case single:
		return utf8.AppendRune(dst, r)
	}
	return append(dst, f.form...)
}
