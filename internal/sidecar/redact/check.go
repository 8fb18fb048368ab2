package redact

import (
	"bytes"
	"strings"
)

// check is a condition on the digits and letters of an identifier, in capital letters and without what separates them.
type check struct {
	// Algorithm is one of algorithms.
	Algorithm string `json:"algorithm"`
	// From and To bound the characters that the check reads; To 0 means up to the end. Skip, unless it is 0, is the position of one that it
	// leaves out.
	From int `json:"from,omitempty"`
	To   int `json:"to,omitempty"`
	Skip int `json:"skip,omitempty"`
	// At is the position of the check character; nil means the last one.
	At *int `json:"at,omitempty"`
	// Weights are the factors of the values, aligned to the end of what is before the check character, or of all characters if they are as
	// many. Second are other factors, which count if the sum with the first has the remainder 10.
	Weights []int `json:"weights,omitempty"`
	Second  []int `json:"second,omitempty"`
	// Modulus divides a sum, and Remainder is what must remain.
	Modulus   int `json:"modulus,omitempty"`
	Remainder int `json:"remainder,omitempty"`
	// Table has the check character for each remainder. Its length is the modulus, and a hyphen stands for a remainder that no identifier has.
	Table string `json:"table,omitempty"`
	// Alphabet has the characters in the order of their values, from 0 on; by default, digits and capital letters.
	Alphabet string `json:"alphabet,omitempty"`
	// Layout is the order of day, month and year in a date. Months and Days are what can be added to the month and the day.
	Layout string `json:"layout,omitempty"`
	Months []int  `json:"months,omitempty"`
	Days   []int  `json:"days,omitempty"`
	// Century is a digit that may have to precede the number.
	Century string `json:"century,omitempty"`
	// Values are texts of which one begins, or ends, what is checked.
	Values []string `json:"values,omitempty"`
	// run is the algorithm.
	run func(c *check, s []byte) bool
}

// algorithms decide whether characters satisfy a check. The characters are as many as a form of the identifier has, and digits where the form
// says so.
var algorithms = map[string]func(c *check, s []byte) bool{
	"luhn":        func(_ *check, s []byte) bool { return hasLuhnDigit(toValues(s)) },
	"verhoeff":    func(_ *check, s []byte) bool { return hasVerhoeffDigit(s) },
	"mod11-10":    func(_ *check, s []byte) bool { return hasMod1110Digit(s) },
	"weighted":    (*check).holdsWeighted,
	"staged":      (*check).holdsStaged,
	"sum":         func(c *check, s []byte) bool { return mod(c.sum(s, c.Weights)-c.Remainder, c.Modulus) == 0 },
	"table":       (*check).holdsTable,
	"date":        (*check).holdsDate,
	"remainder97": (*check).holdsRemainder97,
	"modulo97":    func(_ *check, s []byte) bool { return remainderOf(s[:len(s)-2], 97) == toValue(s[len(s)-2:]) },
	"modulo511":   func(_ *check, s []byte) bool { return remainderOf(s[:len(s)-3], 511) == toValue(s[len(s)-3:]) },
	"prefix":      func(c *check, s []byte) bool { return c.begins(s) },
	"notprefix":   func(c *check, s []byte) bool { return !c.begins(s) },
	"suffix": func(c *check, s []byte) bool {
		return strings.Contains(strings.Join(c.Values, ""), string(s[len(s)-1:]))
	},
	"repeated":       func(_ *check, s []byte) bool { return hasRepeatedDigit(s[:len(s)-1]) },
	"rvnr":           func(_ *check, s []byte) bool { return isPensionNumber(s) },
	"pps":            func(_ *check, s []byte) bool { return isPPSNumber(s) },
	"codice-fiscale": func(_ *check, s []byte) bool { return isCodiceFiscale(s) },
	"nino":           func(_ *check, s []byte) bool { return isInsuranceNumber(s) },
	"ssn":            func(_ *check, s []byte) bool { return isSocialSecurityNumber(s) },
	"itin":           func(_ *check, s []byte) bool { return isTaxpayerNumber(s) },
	"taiwan":         func(_ *check, s []byte) bool { return isTaiwanID(s) },
	"nric":           func(_ *check, s []byte) bool { return isNRIC(s) },
	"snils":          func(_ *check, s []byte) bool { return isSNILS(s) },
}

// holds reports whether the characters of an identifier satisfy the check.
func (c *check) holds(s []byte) bool {
	if c.Skip > 0 {
		s = append(bytes.Clone(s[:c.Skip]), s[c.Skip+1:]...)
	}
	if c.To > 0 {
		s = s[:c.To]
	}
	return c.run(c, s[c.From:])
}

// begins reports whether one of the values begins the characters.
func (c *check) begins(s []byte) bool {
	for _, value := range c.Values {
		if len(s) >= len(value) && string(s[:len(value)]) == value {
			return true
		}
	}
	return false
}

// sum returns the sum of the values of the characters, each times its weight. The last weight is that of the last character; characters
// before the first weight do not count.
func (c *check) sum(s []byte, weights []int) int {
	sum := 0
	for i := 1; i <= min(len(s), len(weights)); i++ {
		sum += c.valueOf(s[len(s)-i]) * weights[len(weights)-i]
	}
	return sum
}

// valueOf returns the value of a character: its position in the alphabet.
func (c *check) valueOf(char byte) int {
	switch {
	case c.Alphabet != "":
		return max(0, strings.IndexByte(c.Alphabet, char))
	case isDigitByte(char):
		return int(char - '0')
	}
	return int(char-'A') + 10
}

// weighed returns the characters that the weights are for, and the position of the check character.
func (c *check) weighed(s []byte) (weighed []byte, at int) {
	at = len(s) - 1
	if c.At != nil {
		at = *c.At
	}
	if len(c.Weights) == len(s) {
		return s, at
	}
	return s[:at], at
}

// holdsWeighted reports whether the check character is that of the table for the sum.
func (c *check) holdsWeighted(s []byte) bool {
	weighed, at := c.weighed(s)
	return c.Table[mod(c.sum(weighed, c.Weights), len(c.Table))] == s[at]
}

// holdsStaged is holdsWeighted with the second weights if the first lead to no check character.
func (c *check) holdsStaged(s []byte) bool {
	weighed, at := c.weighed(s)
	want := c.Table[mod(c.sum(weighed, c.Weights), len(c.Table))]
	if want == '-' {
		if want = c.Table[mod(c.sum(weighed, c.Second), len(c.Table))]; want == '-' {
			want = '0'
		}
	}
	return want == s[at]
}

// holdsTable reports whether the last character is that of the table for the number before it. The letters X, Y and Z before the number are
// its first digit: 0, 1 and 2.
func (c *check) holdsTable(s []byte) bool {
	number := bytes.Clone(s[:len(s)-1])
	if first := number[0]; first >= 'X' && first <= 'Z' {
		number[0] = first - 'X' + '0'
	}
	return c.Table[remainderOf(number, len(c.Table))] == s[len(s)-1]
}

// holdsRemainder97 reports whether the last two digits are 97 less the remainder of the others, before which the digit of the century can
// stand.
func (c *check) holdsRemainder97(s []byte) bool {
	number, given := s[:len(s)-2], toValue(s[len(s)-2:])
	if 97-remainderOf(number, 97) == given {
		return true
	}
	return c.Century != "" && 97-remainderOf(append([]byte(c.Century), number...), 97) == given
}

// holdsDate reports whether there is such a day in a year.
func (c *check) holdsDate(s []byte) bool {
	var day, month int
	year := 2000 // Leap years do not matter: the century is not known.
	switch c.Layout {
	case "ddmmyy":
		day, month = toValue(s[:2]), toValue(s[2:4])
	case "yymmdd":
		month, day = toValue(s[2:4]), toValue(s[4:6])
	case "yyyymmdd":
		year, month, day = toValue(s[:4]), toValue(s[4:6]), toValue(s[6:8])
	}
	return year >= 1890 && year < 2100 && isWithin(month, 12, c.Months) && isWithin(day, 31, c.Days)
}

// isWithin reports whether a number is 1 to highest after one of the offsets is taken away. No offsets are the offset 0.
func isWithin(number, highest int, offsets []int) bool {
	if offsets == nil {
		return number >= 1 && number <= highest
	}
	for _, offset := range offsets {
		if number-offset >= 1 && number-offset <= highest {
			return true
		}
	}
	return false
}

// mod returns the remainder of a division, which is never negative.
func mod(n, modulus int) int { return (n%modulus + modulus) % modulus }

// remainderOf returns the remainder of a number, given as decimal digits.
func remainderOf(digits []byte, modulus int) int {
	remainder := 0
	for _, d := range digits {
		remainder = (remainder*10 + int(d&0x0f)) % modulus
	}
	return remainder
}

// toValues returns the values 0 to 9 of digits.
func toValues(s []byte) []byte {
	values := make([]byte, len(s))
	for i, c := range s {
		values[i] = c & 0x0f
	}
	return values
}
