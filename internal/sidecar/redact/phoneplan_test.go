package redact_test

import "testing"

// TestTelephoneNumbersOfPlaces holds, by place, numbers that only the numbering plan of the place tells from others.
func TestTelephoneNumbersOfPlaces(t *testing.T) {
	cases := map[string]nationalCase{
		"no trunk prefix":               {"es", "Es el 612 34 56 78.", "Es el " + phone + "."},
		"in pairs":                      {"dk", "Det er 20 12 34 56.", "Det er " + phone + "."},
		"pairs that ascend":             {"dk", "Row 20 30 40 50", "Row 20 30 40 50"},
		"another country":               {"de", "Es sind 612 345 678.", "Es sind 612 345 678."},
		"twelve digits in one piece":    {"de", "Nimm 015112345678.", "Nimm " + phone + "."},
		"one piece that no place has":   {"fr", "le 0612345678 et 0856789012", "le " + phone + " et 0856789012"},
		"one piece after a word":        {"pl", "mój numer to 512345678", "mój numer to " + phone},
		"one piece without a word":      {"pl", "suma 512345678", "suma 512345678"},
		"word of another script":        {"gr", "Το τηλέφωνο είναι 6941234567", "Το τηλέφωνο είναι " + phone},
		"order number":                  {"pl", "order 512 345 678", "order 512 345 678"},
		"another trunk prefix":          {"ru", "Звоните 8 912 345-67-89", "Звоните " + phone},
		"thousands separated by points": {"es", "612.345.678 EUR", "612.345.678 EUR"},
	}
	checkNational(t, cases)
}
