package dialect

import (
	"bytes"
	"math"
	"strconv"
)

// minDigits is the length, in characters, of the shortest number that the Visitor receives: the shortest payment card number has 13 digits.
// A telephone number that is written as a JSON number is mostly shorter and not found.
const minDigits = 13

// VisitNumber passes a long integer of a JSON document to the visitor. It returns the text that replaces the number, or nil to keep the
// number.
func VisitNumber(v Visitor, raw []byte) ([]byte, error) {
	if len(raw) < minDigits {
		return nil, nil
	}
	text := formatInteger(raw)
	if text == nil {
		return nil, nil
	}
	out, changed, err := v.VisitSegment(nil, &Segment{Kind: Number, Text: text})
	if !changed {
		return nil, err
	}
	return out, err
}

// NormalizeNumber returns a number as an integer without a fraction and an exponent, if it is one: 5.0 and 5e0 are the number 5. Any other number
// stays as it is.
func NormalizeNumber(raw []byte) []byte {
	if digits := formatInteger(raw); digits != nil {
		return digits
	}
	return raw
}

// formatInteger returns the digits of an integer, or nil for a number that is no integer. The integer can be written with a fraction or an
// exponent, such as 4.242424242424242e15, because a payment card number could be written so. If an integer that is written so is above
// math.MaxInt64 (9.2e18), formatInteger returns nil too: a card number is smaller, because it has at most 19 digits and the first one is at
// most 6.
func formatInteger(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		return raw
	}
	value, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || value != math.Trunc(value) || math.Abs(value) > math.MaxInt64 {
		return nil
	}
	return strconv.AppendFloat(nil, value, 'f', -1, 64)
}
