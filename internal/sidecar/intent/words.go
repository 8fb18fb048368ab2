package intent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMessage is how many bytes of a message are read: several pages. People ask for a human in the first sentences.
const maxMessage = 8 << 10

// pause is what stands between a word and the one before it.
type pause uint8

const (
	pauseNone pause = iota
	// pauseClause is a comma, a colon or a dash.
	pauseClause
	// pauseSentence is what ends a sentence.
	pauseSentence
)

// word is a word of a message in the form of fold. A character of a script without blanks between words is a word of its own.
type word struct {
	text string
	// before is what stands before the word.
	before pause
}

// letters has plain letters in place of those that no decomposition makes plain.
var letters = strings.NewReplacer("ß", "ss", "ı", "i", "ł", "l", "ø", "o", "æ", "ae", "œ", "oe", "đ", "d", "ð", "d", "þ", "th", "ς", "σ")

// fold returns a text in lower case and without marks on its letters, so that people may leave these out.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		if !unicode.In(r, unicode.Mn, unicode.Cf) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return letters.Replace(b.String())
}

// split returns the words of a folded text.
func split(folded string) []word {
	var words []word
	begin, before := -1, pauseNone
	end := func(at int) {
		if begin >= 0 {
			words = append(words, word{folded[begin:at], before})
			begin, before = -1, pauseNone
		}
	}
	for at, r := range folded {
		switch {
		case standsAlone(r):
			end(at)
			words = append(words, word{folded[at : at+utf8.RuneLen(r)], before})
			before = pauseNone
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r):
			if begin < 0 {
				begin = at
			}
		default:
			end(at)
			before = max(before, pauseOf(r))
		}
	}
	end(len(folded))
	return words
}

// standsAlone reports whether a character is one of a script that has no blanks between words.
func standsAlone(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) || r == 'ー'
}

// pauseOf returns what a character between two words stands for.
func pauseOf(r rune) pause {
	switch {
	case strings.ContainsRune(".!?\n;。！？；؟।…", r):
		return pauseSentence
	case strings.ContainsRune(",:–—、，،：", r):
		return pauseClause
	}
	return pauseNone
}

// closing has the marks that end a quotation, by the mark that begins it.
var closing = map[rune]string{'"': `"`, '“': `”“"`, '„': `“”"`, '«': "»", '»': "«", '「': "」", '『': "』", '‘': "’", '`': "`", '‚': "‘"}

// dropQuotations returns a text without what it quotes: between quotation marks, in code, and on lines that begin with `>`. A text that is a
// quotation as a whole stays.
func dropQuotations(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	isLineBegin := true
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		skipped := measureQuotation(text, at, r, isLineBegin)
		isLineBegin = r == '\n' || isLineBegin && unicode.IsSpace(r)
		if skipped > 0 {
			b.WriteString(" , ")
			at += skipped
			continue
		}
		b.WriteString(text[at : at+size])
		at += size
	}
	if strings.Trim(b.String(), " ,.!?\n") == "" {
		return text
	}
	return b.String()
}

// measureQuotation returns the length of the quotation that begins with the character r at the index, or 0.
func measureQuotation(text string, at int, r rune, isLineBegin bool) int {
	if isLineBegin && r == '>' {
		if end := strings.IndexByte(text[at:], '\n'); end >= 0 {
			return end
		}
		return len(text) - at
	}
	if closing[r] == "" || !isOutside(text[:at]) {
		return 0
	}
	size := utf8.RuneLen(r)
	length := findClosing(text[at+size:], closing[r])
	if length == 0 {
		return 0
	}
	return size + length
}

// isOutside reports whether what follows the text is not inside a word, as an apostrophe is.
func isOutside(before string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	return before == "" || !unicode.IsLetter(last) && !unicode.IsDigit(last) || standsAlone(last)
}

// findClosing returns the length of a quotation up to the mark that ends it, or 0 if none does.
func findClosing(text, marks string) int {
	at := strings.IndexAny(text, marks)
	if at < 0 {
		return 0
	}
	_, size := utf8.DecodeRuneInString(text[at:])
	return at + size
}
