package reading

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Plain returns the text as people see it, for comparison with words: in compatibility form (Unicode NFKC), on one line, without characters
// that are invisible, with each letter that only looks like one of the script that most letters of the text have as that letter, and
// without full stops inside a sentence, so that it is whole. So `һumаn` with two Cyrillic letters in an English text is `human`,
// while a Russian text keeps its letters. Letters that stand apart (`h u m a n`) are joined.
func Plain(text string) string {
	visible := strings.Map(dropInvisible, norm.NFKC.String(strings.Map(openEnclosed, text)))
	return joinSentences(joinLetters(foldLookalikes(visible)))
}

// blank is the empty Braille pattern. It is a symbol, but displayed as a space.
const blank = '\u2800'

// dropInvisible returns -1 for a character that is displayed as nothing, and for a mark that is left after composition: it only decorates
// a letter of one of the three scripts. A character that is displayed as a space becomes one, and every other character stays.
func dropInvisible(r rune) rune {
	switch {
	case r == blank:
		return ' '
	case unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point),
		r >= 0x300 && r <= 0x36F, r >= 0x20D0 && r <= 0x20FF:
		return -1
	}
	return r
}

// enclosed are the first letters of alphabets in circles, squares and brackets that have no compatibility form, or one with brackets.
var enclosed = []rune{0x249C, 0x1F110, 0x1F130, 0x1F150, 0x1F170, 0x1F1E6}

// openEnclosed returns the letter in a circle, a square or brackets, and any other character as it is.
func openEnclosed(r rune) rune {
	for _, first := range enclosed {
		if r >= first && r < first+26 {
			return 'a' + r - first
		}
	}
	return r
}

var (
	// apart are at least four letters, each with a separator before the next.
	apart = regexp.MustCompile(`(^|[^\p{L}\p{N}])((?:\p{L}(?: |-|_|\.|\*|·|\|)){3,}\p{L})([^\p{L}\p{N}]|$)`)
	// initials are letters with a full stop each, such as A.I., e.g. and z. B.
	initials = regexp.MustCompile(`(^|[^\p{L}\p{N}])(\p{L})\. ?(\p{L})\.(?:(\p{L})\.)?`)
	// abbreviated are titles and other words that a full stop follows inside a sentence, in the languages in which they are common.
	abbreviated = regexp.MustCompile(`(?i)(^|[^\p{L}\p{N}])(dr|dra|prof|mr|mrs|ms|mx|hr|fr|frl|dhr|mevr|mw|mme|mlle|sr|sra|sig|dott|` +
		`inc|ltd|co|corp|vs|bzw|ca|inkl|usw|evtl|sog|nr|tzn|np|tj|resp|evt|osv|jr|st|ул|г|тел|др|проф)\.( )`)
	// inside is a full stop inside a number or an address.
	inside = regexp.MustCompile(`([\p{L}\p{N}])\.([\p{L}\p{N}])`)
	space  = regexp.MustCompile(`[\s\p{Z}]+`)
)

// joinLetters joins letters that stand apart. A word of one letter can precede them, so what they say stands there again without the first
// letter.
func joinLetters(text string) string {
	return apart.ReplaceAllStringFunc(text, func(found string) string {
		parts := apart.FindStringSubmatch(found)
		joined := []rune(strings.Map(dropSeparator, parts[2]))
		return parts[1] + string(joined) + " " + string(joined[1:]) + parts[3]
	})
}

// dropSeparator returns -1 for everything that is no letter.
func dropSeparator(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return -1
}

// joinSentences puts the text on one line, with full stops only at the ends of sentences.
func joinSentences(text string) string {
	line := space.ReplaceAllString(text, " ")
	line = initials.ReplaceAllString(line, "$1$2$3$4")
	line = abbreviated.ReplaceAllString(line, "$1$2$3")
	return inside.ReplaceAllString(line, "$1 $2")
}
