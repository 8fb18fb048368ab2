// Package reading measures how long a text is and how hard it is to read. The policy judges the measures and needs no text processing of
// its own.
package reading

import (
	"math"
	"unicode"
)

// maxShortWord is the number of letters up to which a word is short for LIX, the readability index.
const maxShortWord = 6

// Measures are the counts of one text. Sentences applies to every text. Words, LongWords and LIX are zero for a text in a script without
// spaces between words (Chinese, Japanese, Thai, …). Characters and SentenceCharacters are zero for a text in any other script.
type Measures struct {
	// Sentences is the number of sentences. Text after the last full stop counts as a sentence. It is 0 for a text without letters and
	// digits.
	Sentences int
	// Words is the number of words. A word is a run of letters and digits. A hyphen, an apostrophe or a middle dot between letters is
	// part of the word.
	Words int
	// LongWords is the number of words with more than six letters.
	LongWords int
	// LIX is the number of words per sentence plus the number of long words per hundred words, rounded (Björnsson, Läsbarhet, 1968).
	LIX int
	// Characters is the number of letters and digits.
	Characters int
	// SentenceCharacters is the average number of characters in a sentence, rounded.
	SentenceCharacters int
}

// counter reads a text rune by rune, and counts the numbers from which Measures are computed.
type counter struct {
	sentences, words, longWords int
	// characters is the number of letters and digits. unspaced is the number of those characters that belong to scripts without spaces between
	// words.
	characters, unspaced int
	// inWord is true between the first and the last character of a word. wordLetters is the number of letters of this word so far; it
	// stays 0 in a word of digits.
	inWord      bool
	wordLetters int
	// inSentence is true from the first character of a sentence until the sentence ends.
	inSentence bool
}

// Measure returns the measures of a text in any language. The empty text has measures of zero.
func Measure(text string) Measures {
	var c counter
	runes := []rune(text)
	for i, r := range runes {
		c.readRune(r, peekRune(runes, i))
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

// readRune counts r; after is the rune that follows it, or a space at the end of the text.
func (c *counter) readRune(r, after rune) {
	switch {
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		c.countCharacter(r)
	case unicode.IsMark(r):
		// A combining mark belongs to the letter before it.
	case c.inWord && joinsWord(r) && unicode.IsLetter(after):
		// A hyphen, an apostrophe or a middle dot between letters belongs to the word.
	default:
		c.endWord()
		if endsSentence(r, after) {
			c.endSentence()
		}
	}
}

// countCharacter counts a letter or digit, which continues or begins a word and a sentence.
func (c *counter) countCharacter(r rune) {
	c.inWord, c.inSentence = true, true
	c.characters++
	if unicode.IsLetter(r) {
		c.wordLetters++
	}
	if isUnspaced(r) {
		c.unspaced++
	}
}

// endWord counts the word before the current position, if there is one that has not ended.
func (c *counter) endWord() {
	if c.inWord {
		c.words++
	}
	if c.wordLetters > maxShortWord {
		c.longWords++
	}
	c.wordLetters, c.inWord = 0, false
}

// endSentence counts the sentence before the current position, if there is one that has not ended.
func (c *counter) endSentence() {
	if c.inSentence {
		c.sentences++
	}
	c.inSentence = false
}

// computeMeasures chooses the measures by the script: if most characters are in scripts without spaces between words, it counts
// characters, otherwise words.
func (c *counter) computeMeasures() Measures {
	m := Measures{Sentences: c.sentences}
	switch {
	case c.characters == 0:
		// Without characters there are no sentences and no words to divide by.
	case 2*c.unspaced > c.characters:
		m.Characters = c.characters
		m.SentenceCharacters = divide(c.characters, c.sentences)
	default:
		m.Words, m.LongWords = c.words, c.longWords
		m.LIX = int(math.Round(float64(c.words)/float64(c.sentences) + 100*float64(c.longWords)/float64(c.words)))
	}
	return m
}

// divide returns a/b, rounded to the nearest integer.
func divide(a, b int) int { return int(math.Round(float64(a) / float64(b))) }

// joinsWord reports whether the punctuation mark can stand inside a word: a hyphen, an apostrophe or a middle dot (Catalan).
func joinsWord(r rune) bool {
	return unicode.Is(unicode.Hyphen, r) || r == '\'' || r == '’' || r == '·'
}

// endsSentence reports whether r ends a sentence when after follows it: a character with the Unicode property Sentence_Terminal, or a
// colon, as in LIX. An ASCII mark before a letter, a digit or a slash does not: it is part of a number or an address (3.5, shop.example,
// https://).
func endsSentence(r, after rune) bool {
	if r > unicode.MaxASCII {
		return unicode.Is(unicode.STerm, r)
	}
	return (r == ':' || unicode.Is(unicode.STerm, r)) && !unicode.IsLetter(after) && !unicode.IsDigit(after) && after != '/'
}

// isUnspaced reports whether the letter belongs to a script without spaces between words. The first
// comparison answers for Latin letters without a search.
func isUnspaced(r rune) bool {
	return r > unicode.MaxLatin1 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao,
		unicode.Khmer, unicode.Myanmar)
}
