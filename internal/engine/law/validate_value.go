package law

import (
	"encoding/json"
	"maps"
	"slices"
)

// checkValue checks that a value has the form that the type of its dimension requires.
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
	case "each", "eachAtLeast", "eachAtMost": // The value maps words to limits, for example the types of assessments to their highest age in days.
		f.checkLimits(d, value)
	default: // The values of all other types are lists.
		f.checkWords(d, value)
	}
}

// checkWords checks that a value is a list of words. If the dimension has Values, no other words are allowed.
func (f *faults) checkWords(d Dimension, value any) {
	words, ok := Words(value)
	if !ok || len(words) == 0 {
		f.add("the value must be a non-empty list of words")
		return
	}
	for _, word := range words {
		if len(d.Values) > 0 {
			f.checkOneOf("value", word, d.Values)
		}
	}
}

// AnyAge is the limit of an assessment that counts at every age.
const AnyAge = "any"

// checkLimits checks the value of a dimension whose type is `each` or begins so: a map from keys to limits, which are numbers, or AnyAge for an
// assessment. Not all keys that the dimension allows need a limit.
func (f *faults) checkLimits(d Dimension, value any) {
	limits, ok := value.(map[string]any)
	if !ok || len(limits) == 0 {
		f.add("the value must be a non-empty map from keys to numbers")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(limits)) {
		f.checkOneOf("key", key, d.Keys)
		if d.Type != "each" || limits[key] != AnyAge {
			f.checkNumber(limits[key])
		}
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

// Words returns the strings in a list. It returns false if the value is not a list, or if a member is not a string or is empty. An unquoted
// `no` (the country code of Norway) is not a string, because YAML 1.1 reads it as false.
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
