// Package reading measures how long a text is and how hard it is to read. The policy judges the counts. The package
// keeps no text.
package reading

import (
	"math"
	"unicode"
)

// longWord is the number of letters above which LIX calls a word long.
const longWord = 6

// Measures are the counts of one text. A text in a script that writes words apart has Words, LongWords and LIX; one in a script
// that does not (Chinese, Japanese, Thai, …) has Characters and SentenceCharacters.
type Measures struct {
	// Sentences counts the sentences that end with a mark, and the text after the last mark. It is 0 for a text without letters.
	Sentences int
	// Words are runs of letters and digits; hyphens and apostrophes inside belong to them.
	Words int
	// LongWords have more than six letters.
	LongWords int
	// LIX is words per sentence plus long words per hundred words, rounded (Björnsson, Läsbarhet, 1968).
	LIX int
	// Characters are letters and digits.
	Characters int
	// SentenceCharacters is the average number of characters in a sentence, rounded.
	SentenceCharacters int
}

// counter reads a text once.
type counter struct {
	sentences, words, longWords int
	characters, unspaced        int
	// letters counts the letters of the current word. inWord is also true in a word of digits.
	letters int
	inWord  bool
	// open is true when the current sentence has a character.
	open bool
}

// Measure counts the text, whatever it holds.
func Measure(text string) Measures {
	var c counter
	runes := []rune(text)
	for i, r := range runes {
		c.readRune(r, i+1 < len(runes), peekRune(runes, i))
	}
	c.endWord()
	c.endSentence()
	return c.computeMeasures()
}

// peekRune returns the rune after position i, or a space if i is the last position.
func peekRune(runes []rune, i int) rune {
	if i+1 < len(runes) {
		return runes[i+1]
	}
	return ' '
}

func (c *counter) readRune(r rune, more bool, after rune) {
	switch {
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		c.countCharacter(r)
	case unicode.IsMark(r):
		// Belongs to the letter before it.
	case c.inWord && more && joinsWord(r) && unicode.IsLetter(after):
	default:
		c.endWord()
		if endsSentence(r, after) {
			c.endSentence()
		}
	}
}

func (c *counter) countCharacter(r rune) {
	c.inWord, c.open = true, true
	c.characters++
	if unicode.IsLetter(r) {
		c.letters++
	}
	if isUnspaced(r) {
		c.unspaced++
	}
}

func (c *counter) endWord() {
	if c.inWord {
		c.words++
	}
	if c.letters > longWord {
		c.longWords++
	}
	c.letters, c.inWord = 0, false
}

func (c *counter) endSentence() {
	if c.open {
		c.sentences++
	}
	c.open = false
}

func (c *counter) computeMeasures() Measures {
	m := Measures{Sentences: c.sentences}
	switch {
	case c.characters == 0:
	case 2*c.unspaced > c.characters:
		m.Characters = c.characters
		m.SentenceCharacters = divide(c.characters, c.sentences)
	default:
		m.Words, m.LongWords = c.words, c.longWords
		m.LIX = int(math.Round(float64(c.words)/float64(c.sentences) + 100*float64(c.longWords)/float64(c.words)))
	}
	return m
}

func divide(a, b int) int { return int(math.Round(float64(a) / float64(b))) }

// joinsWord reports whether the mark can stand inside a word.
func joinsWord(r rune) bool {
	return unicode.Is(unicode.Hyphen, r) || r == '\'' || r == '’' || r == '·'
}

// endsSentence reports whether the mark ends a sentence (Unicode property Sentence_Terminal) or a colon, as LIX counts it. Full stops and their
// like inside of numbers and addresses are not followed by a space or a closing mark.
func endsSentence(r, after rune) bool {
	if r > unicode.MaxLatin1 {
		return unicode.Is(unicode.STerm, r)
	}
	return (r == ':' || unicode.Is(unicode.STerm, r)) && !unicode.IsLetter(after) && !unicode.IsDigit(after) && after != '/'
}

// isUnspaced reports whether the letter belongs to a script that writes no spaces between words.
func isUnspaced(r rune) bool {
	return r > unicode.MaxLatin1 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao,
		unicode.Khmer, unicode.Myanmar)
}
