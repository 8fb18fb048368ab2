package redact_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contexts holds numbers near words that say what a number is. The marks < and > enclose a telephone number; nothing else may be
// replaced.
var contexts = map[string]string{
	"order, then phone":                       "Order 4711, please ring <0171 2345678>",
	"order, then phone, German":               "Bestellung 4711 fehlt, bitte melden unter <0171 2345678>",
	"order, then phone, French":               "Commande 4711 incomplète, merci de rappeler au <06 12 34 56 78>",
	"order, then phone, Italian":              "Ordine 4711 mancante, chiamatemi al <06 1234 5678>",
	"order, then phone, Dutch":                "Bestelling 4711 ontbreekt, bel <020 1234567>",
	"order, then phone, Spanish":              "El pedido 4711 no llegó, contactar al <0034 612 345 678>",
	"order, then phone in one piece":          "Order 4711, please ring <01712345678>",
	"order, then phone with 00":               "Order 4711, please ring <0049 171 2345678>",
	"order, then North American phone":        "Order 4711, please ring <415-555-2671>",
	"order, then phone in brackets":           "Order 4711 <(0171 2345678)>",
	"order, then phone after a dash":          "Order 4711 - <0171 2345678>",
	"order, then phone after a slash":         "Bestellung 4711 / <0171 2345678>",
	"order, then phone in another sentence":   "Order 4711. <0171 2345678> is how you reach me.",
	"order without number, comma":             "My order is missing, please ring <0171 2345678>",
	"order without number, period":            "I have a question about my order. <0171 2345678>",
	"order without number, question":          "Where is my order? <0171 2345678>",
	"order without number, no punctuation":    "My order is missing please ring <0171 2345678>",
	"order without number, possessive":        "Hallo ich warte auf die Bestellung meine Nummer ist <0171 2345678>",
	"phone, then order":                       "Ring <0171 2345678> about order 0123456789",
	"phone, then order, German":               "Bitte unter <0171 2345678> melden, Bestellung 0123456789",
	"phone, order, phone":                     "Call <0171 2345678>, order 0123456789, or at night <0171 7654321>.",
	"order, phone, order":                     "Order 0123456789, phone <0171 2345678>, invoice 0301234567",
	"order, phone in an object":               `{"order":"0123456789","phone":"<4155552671>"}`,
	"order id, other member":                  `{"order_id": "A-17", "number": "<0171 2345678>"}`,
	"phone word before an order without one":  "My phone for this order, if you need it, is <4155552671>",
	"two phones after one word":               "phone <4155552671> or <4155552672>",
	"two phones after one word, apart":        "Phone at home <0171 2345678>, at work <4155552671>",
	"two orders in the plural":                "Orders 0123456789 and 0123456790 are late",
	"three orders in the plural":              "Bestellungen 0123456789, 0123456790 und 0123456791",
	"orders in the plural, then phone":        "Orders 4711 and 4712, <0171 2345678>",
	"orders in the plural, phone in words":    "Orders 4711 and 4712 are late, ring <0171 2345678>",
	"orders of two lengths":                   "Orders 01234567890 and <0123456790>",
	"orders, then a number in another clause": "Orders 0123456789 are late and so is <0123456790>",
	"order, then digits without a space":      "Order 4711--0171-23-45678",
	"order, then phone, no punctuation":       "Order 4711 <0171 2345678>",
	"order, then phone after a bare slash":    "Order 4711/<0171 2345678>",
	"order of a date, then phone":             "Bestellung vom 03.11.2026 fehlt, bitte melden unter <0171 2345678>",
	"order of three groups, the last short":   "Order 4-5-20 is late <0301234567>",
	"order of three groups, the first long":   "Order 404-5-2026 is late <0301234567>",
	"order of three groups, the middle long":  "Order 4-555-2026 is late <0301234567>",
	"area code of 2 digits":                   "Order 4711 03 12345678",
	"area code of 3 digits":                   "Order 4711 <030 12345678>",
	"area code of 5 digits":                   "Order 4711 <03012 345678>",
	"area code of 6 digits":                   "Order 4711 030123 45678",
	"subscriber of 4 digits":                  "Order 4711 03012 3456",
	"subscriber of 5 digits":                  "Order 4711 <03012 34567>",
	"groups after an order number":            "Order 4711 0340 12345 678",
	"groups without a trunk 0":                "Call about order 4711 4155 5552671",
	"one order in the singular, then phone":   "Order 0123456789, <0301234567>",

	"order of a date":                     "Rechnung vom 03.11.2026 mit der Nummer 0123456789",
	"order of a date, ISO":                "Order placed on 2026-11-03 under 0123456789",
	"order of a date, US":                 "Order of 11/3/2026: 0123456789",
	"order number in groups, dashes":      "Order 4711-0171-2345678, order 4711.0171.2345678",
	"order number in short groups":        "Tracking number 9400 0366 9930 123",
	"order number with words between":     "The order that you placed yesterday has the number 0123456789",
	"order with an abbreviation":          "Order no. 0123456789, Rechnung Nr. 0301234567, ref. 0123456789",
	"order with signs":                    "Order: 0123456789; invoice (0123456789); ticket #0123456789",
	"order number in groups":              "Tracking number 0340 0123 4567 89, order 0404-1234560",
	"order number in groups, spaced dash": "Delivered parcel 05.12.24 - 07.12.24",
	"contract, policy, account, serial":   "Vertragsnummer 0123456789, contract 0301234567, policy 0301234567, Konto 0301234567, serial number 0301234567",
	"contract, then phone":                "Contract 4711, please ring <0171 2345678>",
	"order after a possessive":            "Please look at my order 0123456789",
	"order in the next sentence":          "Good morning. Order 0123456789",
}

func TestTextReadsTheWordsBeforeANumber(t *testing.T) {
	set := newSet(t, all...)
	for name, marked := range contexts {
		t.Run(name, func(t *testing.T) {
			text, want := readMarked(marked)
			got := redactWhole(set, text)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Text (-want +got):\n%s", diff)
			}
			for cut := range text {
				if diff := cmp.Diff(want, redactPieces(set, []string{text[:cut], text[cut:]})); diff != "" {
					t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
				}
			}
			if diff := cmp.Diff(want, redactPieces(set, strings.Split(text, ""))); diff != "" {
				t.Errorf("character by character (-want +got):\n%s", diff)
			}
		})
	}
}

// readMarked returns the text without its marks, and with every marked number replaced.
func readMarked(marked string) (text, want string) {
	for {
		before, rest, found := strings.Cut(marked, "<")
		text, want = text+before, want+before
		if !found {
			return text, want
		}
		number, after, _ := strings.Cut(rest, ">")
		text, want, marked = text+number, want+"[redacted:phone]", after
	}
}
