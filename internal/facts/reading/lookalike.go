package reading

import (
	"maps"
	"regexp"
	"strings"
	"unicode"
)

// letters are the letters of a word.
var letters = regexp.MustCompile(`\p{L}+`)

// foldLookalikes replaces letters that only look like letters of the script that most letters of the text have. In a text that is not in
// Latin letters, a word with at least as many Latin letters as others is one in Latin letters.
func foldLookalikes(text string) string {
	folded := lookUp(latinTable(text))
	fold := toCyrillic
	switch latin, cyrillic, greek, armenian := countLetters(text); {
	case latin >= max(cyrillic, greek, armenian):
		return strings.Map(folded, text)
	case armenian > max(cyrillic, greek):
		fold = nil // No letter is known that looks like an Armenian one and is none.
	case cyrillic < greek:
		fold = toGreek
	}
	return letters.ReplaceAllStringFunc(text, func(word string) string {
		if latin, cyrillic, greek, armenian := countLetters(word); latin > 0 && latin >= cyrillic+greek+armenian {
			return strings.Map(folded, word)
		}
		return strings.Map(lookUp(fold), word)
	})
}

// latinTable returns the letters that look like Latin ones. In Turkish, which other letters show, the dotless i is a letter of its own.
func latinTable(text string) map[rune]rune {
	if strings.ContainsAny(text, "ğĞşŞ") {
		return toTurkish
	}
	return toLatin
}

// countLetters returns the numbers of letters of four scripts that look like each other.
func countLetters(text string) (latin, cyrillic, greek, armenian int) {
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Greek, r):
			greek++
		case unicode.Is(unicode.Armenian, r):
			armenian++
		}
	}
	return latin, cyrillic, greek, armenian
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

// Letters of other scripts and forms that look like those of a script. Each pair is the letter, and the one that it looks like. It is our
// selection of letters with a form of their own in fonts: Unicode Technical Standard #39 (https://www.unicode.org/reports/tr39/) has all.
var (
	toLatin = pair(
		"аaвbгrеeёeкkмmнhоoпnрpсcтtуyүyхxьbѕsіiїiјjһhԁdԛqԝwѵvѡwԍgҽeєeӏl" + // Cyrillic
			"АAВBЕEЁEКKМMНHОOРPСCТTУYҮYХXЅSІIЇIЈJҺHԚQԜWӀI" +
			"αaβbγyεeηnιiκkνvοoρpτtυuχxωw" + // Greek
			"ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX" +
			"ɑaɡgɩiʋuıiȷjƅb" + // Latin letters of other forms
			"ᴀaʙbᴄcᴅdᴇeɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz" +
			"հhոnսuօoյjցgզqՍUՏSԼLՕO" + // Armenian
			"ⲟoⲣpⲥcⲒIⲎHⲔKⲘMⲚNⲞOⲢPⲤCⲦTⲨYⲬX" + // Coptic
			"ᎠDᎡRᎢTᎥiᎩYᎪAᎫJᎬEᎳWᎷMᎻHᎽYᏀGᏂhᏃZᏏbᏒRᏔWᏕSᏙVᏚSᏞLᏟCᏢPᏦKᏧdᏳGᏴB" + // Cherokee, whose small letters follow below
			"ꭰDꭱRꭲTꭵiꭹYꭺAꭻJꭼEꮃWꮇMꮋHꮍYꮐGꮒhꮓZꮟbꮢRꮤWꮥSꮩVꮪSꮮLꮯCꮲPꮶKꮷdᏻGᏼB" +
			"ꓐBꓑPꓓDꓔTꓖGꓗKꓙJꓚCꓜZꓝFꓟMꓠNꓡLꓢSꓣRꓦVꓧHꓪWꓫXꓬYꓮAꓰEꓲIꓳOꓴU" + // Lisu
			"ᗅAᗩAᗷBᑕCᗪDᗴEᖴFᕼHᒍJᒪLᗰMᑎNᑭPᖇRᔕSᑌUᐯVᗯW") // Canadian syllabics
	toTurkish  = without(toLatin, 'ı')
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

// without returns the table without a letter.
func without(table map[rune]rune, letter rune) map[rune]rune {
	rest := maps.Clone(table)
	delete(rest, letter)
	return rest
}
