package law

import (
	"encoding/json"
	"maps"
	"slices"
)

// checkValue checks a value against the type of its dimension.
func (f *faults) checkValue(d Dimension, value any) {
	switch d.Type {
	case "flag":
		if value != true {
			f.add("the value of a flag can only be true")
		}
	case "level":
		level, _ := value.(string)
		f.checkOneOf("value", level, d.Levels)
	case "atMost", "atLeast":
		f.checkNumber(value)
	case "each":
		f.checkLimits(d, value)
	default:
		f.checkWords(d, value)
	}
}

func (f *faults) checkWords(d Dimension, value any) {
	words, ok := Words(value)
	if !ok || len(words) == 0 {
		f.add("the value must be a list of words that is not empty")
		return
	}
	for _, word := range words {
		if len(d.Values) > 0 {
			f.checkOneOf("value", word, d.Values)
		}
	}
}

func (f *faults) checkLimits(d Dimension, value any) {
	limits, ok := value.(map[string]any)
	if !ok || len(limits) == 0 {
		f.add("the value must map keys to numbers and not be empty")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(limits)) {
		f.checkOneOf("key", key, d.Keys)
		f.checkNumber(limits[key])
	}
}

// checkNumber accepts whole numbers from 0 to maxNumber.
func (f *faults) checkNumber(value any) {
	number, ok := value.(json.Number)
	whole, err := number.Int64()
	if !ok || err != nil || whole < 0 || whole > maxNumber {
		f.add("%v is not a whole number from 0 to %d", value, maxNumber)
	}
}

// Words returns the strings of a list; false when the value is anything else, or when a string is empty. YAML 1.1 reads a bare no as
// false, which is not a string.
func Words(value any) ([]string, bool) {
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
