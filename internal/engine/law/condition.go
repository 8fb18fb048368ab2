package law

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
)

// maxAmount is the largest threshold that a condition may have, in any unit or currency: the largest whole number that every JSON reader
// keeps exactly.
const maxAmount = 1<<53 - 1

// currencyPattern is the form of a currency's code (ISO 4217).
var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// conditionForm is the form of a condition's value.
type conditionForm int

const (
	// trueForm is the value true: the fact must hold.
	trueForm conditionForm = iota
	// listForm is a list of words, of which one must hold.
	listForm
	// numberForm is a threshold: the number of a declaration must reach it, or be below it for `belowAge`.
	numberForm
	// amountForm maps one currency to a threshold, which the declared amount must reach.
	amountForm
)

// condition describes one condition of points.
type condition struct {
	form conditionForm
	// words is the closed list of words of a condition with the form listForm; empty if any word is allowed. The legal data itself has the
	// words of roles.
	words []string
}

// checkCondition checks that a condition of a point exists, and that its value has the form of the condition.
func (f *faults) checkCondition(key string, value any, data *Data) {
	known, ok := conditions[key]
	if !ok {
		f.add("when: %q is not a condition", key)
		return
	}
	switch known.form {
	case trueForm:
		if value != true {
			f.add("when: %s can only be true", key)
		}
	case numberForm:
		f.checkAmount(key, value)
	case amountForm:
		f.checkMoney(key, value)
	case listForm:
		words := known.words
		if key == "roles" || key == "notRoles" {
			words = slices.Sorted(maps.Keys(data.Facts.Roles))
		}
		f.checkList(key, value, words)
	}
}

// checkList checks the value of a condition that is a list of words. Any word is allowed if allowed is empty.
func (f *faults) checkList(key string, value any, allowed []string) {
	words, ok := Words(value)
	if !ok || len(words) == 0 {
		f.add("when: %s must be a non-empty list of words", key)
	}
	for _, word := range words {
		if len(allowed) > 0 {
			f.checkOneOf("when: "+key, word, allowed)
		}
	}
}

// checkMoney checks the value of a condition that maps one currency to a threshold.
func (f *faults) checkMoney(key string, value any) {
	amounts, ok := value.(map[string]any)
	if !ok || len(amounts) != 1 {
		f.add("when: %s must map one currency to an amount", key)
	}
	for currency, amount := range amounts {
		if !currencyPattern.MatchString(currency) {
			f.add("when: %s: %q is not a currency code", key, currency)
		}
		f.checkAmount(key, amount)
	}
}

// checkAmount accepts whole numbers from 1 to maxAmount as a threshold.
func (f *faults) checkAmount(key string, value any) {
	number, ok := value.(json.Number)
	whole, err := number.Int64()
	if !ok || err != nil || whole < 1 || whole > maxAmount {
		f.add("when: %s: %v is not a whole number from 1 to %d", key, value, int64(maxAmount))
	}
}
