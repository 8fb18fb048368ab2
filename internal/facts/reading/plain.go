package reading

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Plain returns the text as people see it, for comparison with words: in compatibility form (Unicode NFKC), without characters that are
// invisible, and with each letter that only looks like one of the script that most letters of the text have as that letter. So `һumаn` with
// two Cyrillic letters in an English text is `human`, while a Russian text keeps its letters.
func Plain(text string) string {
	visible := strings.Map(dropIgnorable, norm.NFKC.String(text))
	switch latin, cyrillic, greek := countLetters(visible); {
	case latin >= cyrillic && latin >= greek:
		return strings.Map(lookUp(toLatin), visible)
	case cyrillic >= greek:
		return strings.Map(lookUp(toCyrillic), visible)
	default:
		return strings.Map(lookUp(toGreek), visible)
	}
}

// dropIgnorable returns -1 for a character that is displayed as nothing, and any other character as it is.
func dropIgnorable(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
		return -1
	}
	return r
}

// countLetters returns the numbers of letters of three scripts that look like each other.
func countLetters(text string) (latin, cyrillic, greek int) {
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Greek, r):
			greek++
		}
	}
	return latin, cyrillic, greek
}

// lookUp returns the function that replaces the characters of the table.
func lookUp(table map[rune]rune) func(rune) rune {
	return func(r rune) rune {
		if other, ok := table[r]; ok {
			return other
		}
		return r
	}
}

// Letters of other scripts and forms that look like those of a script. Each pair is the letter, and the one that it looks like.
var (
	toLatin = pair(
		"аaвbгrеeёeкkмmнhоoпnрpсcтtуyхxьbѕsіiїiјjһhԁdԛqԝwѵv" + // Cyrillic
			"АAВBЕEЁEКKМMНHОOРPСCТTУYХXЅSІIЇIЈJҺHԚQԜW" +
			"αaβbγyεeηnιiκkνvοoρpτtυuχxωw" + // Greek
			"ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX" +
			"ɑaɡgɩiʋu" + // Latin letters of other forms
			"ᴀaʙbᴄcᴅdᴇeɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz")
	toCyrillic = pair("aаeеiіjјkкoоpрcсyуxхsѕAАBВEЕHНIІJЈKКMМOОPРCСTТXХSЅαаεеοоρрυуχх")
	toGreek    = pair("aαbβeεiιkκoοpρtτuυvνxχAΑBΒEΕHΗIΙKΚMΜNΝOΟPΡTΤXΧYΥZΖаαеεоοрρхχ")
)

// pair returns the table of letters that alternate in the text: each with the next one.
func pair(letters string) map[rune]rune {
	runes := []rune(letters)
	table := make(map[rune]rune, len(runes)/2)
	for i := 0; i < len(runes); i += 2 {
		table[runes[i]] = runes[i+1]
	}
	return table
}
