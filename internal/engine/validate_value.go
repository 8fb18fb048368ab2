package engine

import (
	"encoding/json"
	"maps"
	"slices"
)

// value checks a value against the type of its dimension.
func (f *faults) value(d dimension, value any) {
	switch d.Type {
	case "flag":
		if value != true {
			f.add("the value of a flag can only be true")
		}
	case "level":
		level, _ := value.(string)
		f.oneOf("value", level, d.Levels)
	case "atMost", "atLeast":
		f.number(value)
	case "each":
		f.limits(d, value)
	default:
		f.words(d, value)
	}
}

func (f *faults) words(d dimension, value any) {
	words, ok := wordList(value)
	if !ok || len(words) == 0 {
		f.add("the value must be a list of words that is not empty")
		return
	}
	for _, word := range words {
		if len(d.Values) > 0 {
			f.oneOf("value", word, d.Values)
		}
	}
}

func (f *faults) limits(d dimension, value any) {
	limits, ok := value.(map[string]any)
	if !ok || len(limits) == 0 {
		f.add("the value must map keys to numbers and not be empty")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(limits)) {
		f.oneOf("key", key, d.Keys)
		f.number(limits[key])
	}
}

// number accepts whole numbers from 0 to maxNumber.
func (f *faults) number(value any) {
	number, ok := value.(json.Number)
	whole, err := number.Int64()
	if !ok || err != nil || whole < 0 || whole > maxNumber {
		f.add("%v is no whole number from 0 to %d", value, maxNumber)
	}
}

// wordList returns the strings of a list without empty words; false when it is anything else. Note that YAML 1.1 reads a bare
// no as false, which is no word.
func wordList(value any) ([]string, bool) {
	items, ok := value.([]any)
	if !ok {
		return nil, false
	}
	words := make([]string, 0, len(items))
	for _, item := range items {
		word, ok := item.(string)
		if !ok || word == "" {
			return nil, false
		}
		words = append(words, word)
	}
	return words, true
}
