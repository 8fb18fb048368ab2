package report

import (
	"cmp"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed words.yaml
var wordsFile []byte

// phrase is how people are told what a dimension requires. words.yaml describes it.
type phrase struct {
	Says string `yaml:"says"`
	// Finds goes after the name of the field in which some of the items are found.
	Finds string `yaml:"finds"`
	// Unit is the unit of the numbers of the dimension.
	Unit string `yaml:"unit"`
	// Today goes before Says where the number is 0.
	Today        string            `yaml:"today"`
	Words        map[string]string `yaml:"words"`
	AreCountries bool              `yaml:"areCountries"`
	// States means that the phrase is a sentence of its own, not something that a law requires.
	States bool `yaml:"states"`
}

// phrases has the phrase of each dimension. It is empty if the file cannot be read, and then values are shown as they are; a test reads it.
var phrases = sync.OnceValue(func() map[string]phrase {
	var all map[string]phrase
	if yaml.Unmarshal(wordsFile, &all) != nil {
		return nil
	}
	return all
})

// The places in a phrase for a number, for the age of an assessment in words, and for a list.
const (
	numberPlace = "{number}"
	sincePlace  = "{since}"
	itemsPlace  = "{items}"
)

// Describe returns in words what a value of a dimension requires, with the type and the unit of the dimension: it continues a sentence such as
// `eu requires`.
func Describe(dimension, typ, unit string, value any) string {
	return kind{dimension, typ, unit}.format(value, textBounds().required)
}

// DescribeMerged returns in words what a merged value requires of whom it binds, in at most limit runes: `answers to requests within 30 days`. It
// returns the value as JSON if its dimension has no words.
func DescribeMerged(dimension string, value any, limit int) string {
	k := kind{dimension: dimension, unit: phrases()[dimension].Unit}
	plain := toPlain(value)
	if numbers, isMap := plain.(map[string]any); isMap && areLimits(numbers) {
		k.typ = "each"
	}
	return cut(cmp.Or(k.say(plain, limit), formatValue(value, limit)), limit)
}

// Word returns the words for one value of a dimension; "" if it has none.
func Word(dimension, value string) string { return phrases()[dimension].Words[value] }

// say returns a required value in the words of its dimension, in about limit runes; "" if the dimension has no words for it.
func (k kind) say(plain any, limit int) string {
	p, exists := phrases()[k.dimension]
	switch plain := plain.(type) {
	case string:
		return cut(p.Words[plain], limit)
	case bool:
		return cut(p.Says, limit)
	case float64:
		return cut(strings.ReplaceAll(p.Says, numberPlace, k.quantity(plain)), limit)
	case []any:
		if exists {
			return cut(p.sayItems(plain, limit), limit)
		}
	case map[string]any:
		switch {
		case !exists:
		case strings.HasPrefix(k.typ, "each"):
			return cut(k.sayNumbers(p, plain, limit), limit)
		default:
			return cut(p.sayItems(joinLists(plain), limit), limit)
		}
	}
	return ""
}

// areLimits reports whether each value of a map is a number or the word for an assessment of any age.
func areLimits(of map[string]any) bool {
	for _, value := range of {
		if _, isNumber := value.(float64); !isNumber && value != "any" {
			return false
		}
	}
	return true
}

// joinLists returns the items of the lists of a map, each once, sorted. The keys are the codes whose laws have these items.
func joinLists(lists map[string]any) []any {
	all := map[string]any{}
	for _, list := range lists {
		items, _ := list.([]any)
		for _, item := range items {
			all[formatValue(item, textBounds().required)] = item
		}
	}
	var joined []any
	for _, text := range slices.Sorted(maps.Keys(all)) {
		joined = append(joined, all[text])
	}
	return joined
}

// sayItems returns the phrase with the items: of alternatives, once for each of them.
func (p phrase) sayItems(items []any, limit int) string {
	if len(items) == 0 {
		return ""
	}
	if _, isList := items[0].([]any); isList {
		var texts []string
		for _, item := range items {
			clause, _ := item.([]any)
			texts = append(texts, p.sayItems(clause, limit/len(items)))
		}
		return strings.Join(texts, "; and ")
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, p.word(item))
	}
	room := max(limit-countRunes(p.Says)+len(itemsPlace), len("999 values"))
	return strings.ReplaceAll(p.Says, itemsPlace, joinBounded(texts, room))
}

// sayNumbers returns the phrase once for each number, with the keys that have it.
func (k kind) sayNumbers(p phrase, numbers map[string]any, limit int) string {
	keysOf := map[float64][]any{}
	for _, key := range slices.Sorted(maps.Keys(numbers)) {
		number := limitOf(numbers[key])
		keysOf[number] = append(keysOf[number], key)
	}
	var texts []string
	for _, number := range slices.Sorted(maps.Keys(keysOf)) {
		of := p
		of.Says = strings.NewReplacer(numberPlace, k.quantity(number), sincePlace, since(number)).Replace(p.Says)
		if number == 0 && p.Today != "" {
			of.Says = p.Today
		}
		texts = append(texts, of.sayItems(keysOf[number], limit/len(keysOf)))
	}
	return strings.Join(texts, "; ")
}

// word returns an item of a list in words.
func (p phrase) word(item any) string {
	text, isText := item.(string)
	switch {
	case !isText:
		return formatValue(item, textBounds().required)
	case p.AreCountries && len(text) == len("de"):
		return strings.ToUpper(clean(text))
	case p.Words[text] != "":
		return p.Words[text]
	}
	return clean(text)
}

// ListDescribed returns the dimensions that have words, sorted.
func ListDescribed() []string { return slices.Sorted(maps.Keys(phrases())) }
