package redact_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// harmless holds texts without personal data near the rules that find it.
var harmless = []string{
	// Decimal numbers, amounts, coordinates.
	"1.234567890123", "3,1415926535", "1.000.000,00 EUR", "52.520008, 13.404954", "[13.404954,52.520008]", "0.0123456789", "1.0416666667",
	"0.4111111111111111", "x = 1.4111111111111111", "call factor 0.1234567890", "-1.4111111111111111", "[0.5,1.4111111111111111]", "1.4111111111111111e-05",
	"0.4012888888881881 2.71828182845904523536", "13.404953999999975,52.52000659999999", "rate 1.01234567890123", "12345678,50 EUR",
	"1.234.567,89 and 012.345.678,90", "phone bill 1234567,89", "5,1234567890", "1,234,567.89", "1,0012345678", "1,0416666667", "Kurs 1,0873456789 EUR", "2,0000000000", "+1,234,567",
	"2.5,3.75,1234567.5", "3.0171.2345678", "$1,234-567", "4.4111111111111112", "1,212.555.0123",

	"424.7660228494551", "x = 424.7660228494551", "18.344578760930453", "a\n18.344578760930453", "3.5\n18.344578760930453", "17.5\n 4.4111111111111111",
	"316.04504085724", "316.5\n318.04504085724 8.5e+10 5.6480889071426", "3.\n 5.4111111111111111",
	"4111.111.11111 1111", "a\nThe mean values of the temperature are\n18.344578760930453", "4111111111111112\n18.344578760930453",
	"18\n18.344578760930453",
	"53.360344 145.084220", "1.360344 145.084220", "4360.344123 145.084229", "42424.76602288 1", "41111111.11111111",

	// Lists of numbers.
	"4711,4712,4713,4714", "4701,4702,4703,4704", "3000,3001,3002,3003", "5432,6379,8080,9090", "1,4111,1111,1111,1111", "4111,1111,1111,1111,5",
	"2019,2020,2021,2022", "4111,1111,1111,1112", "IMG_4111_1111_1111_1111", "4111_1111_1111_1111_v2", "4111_1111_1111_1112", "run_20261128_123001",
	"3782,822463,10006", "4111,1111_1111,1111",

	// Dates, times and hours.
	"28.11.2026 12:30", "28.11.2026 0815", "2026-11-28 12:30:01.123456", "2026-11-28T12:30:01.123456789Z", "05.12.24 09.30",
	"Delivered on 05.12.24 - 07.12.24", "Opening hours: 09.00-12.00 / 13.00-17.00", "20261128123001", "1732399999 1732399999999", "12:30 - 14:45",
	"28.11.2026 05.12.24 - 07.12.24", "03.11.2026, 10:15, 1.234,56", "01.12.26-05.12.26", "01.12.26 - 05.12.26", "24/12/2026 08:00-09:30",

	// Numbers of orders, articles, parcels and the like.
	"Order Number 0123456789", "Order Nummer 0123 456789", "Bestellung Nummer 0123456789", "Tracking DHL 0123456789", "Order from Amazon 0123456789",
	"Order number 4711 0340 0123 4568", "Tracking number 9400 0366 9930 123", "Customer ID 0123 456789", "Order A 0123 456789", "Steuer-ID 12 045 678 901",
	"Artikel 12 0123456789", "order 4711 0123456789", "9400 0366 9930", "1234 5678 0123 4567", "0123-4567-8901", "0918-2345-6789", "order 4711.0171.2345678",
	"ISBN 978-3-16-148410-0", "#4711 - 3 x 12,50", "invoice 2026-0017-123456", "Konto 37040044 0123456789", "12345678 0123456789", "12345678 0123 45678", "9400 03 0123 45678", "9400-0366-12 0123 45678", "Vorgang 5 0123456789",
	"80331 München", "order 0123456789, ORD-0123456789, #0123456789", "IDs 0123456789,0123456790", "Order Code 0123 456789", "Order Hermes 0034 12345678",
	"Artikel Hose 0123 45678", "Tracking UPS Express 0123 456789", "Sendung DHL Paket 0340 12345678", "ref. 0123 45678", "Sku. 0123456789",

	// Codes, digests, versions, addresses of machines.
	"0123456789abcdef", "0123456789ab", "01712345678ab1", "01712345678abc9", "01712345678morgen9", "01712345678morgen_x", "01712345678_a", "0123456789kg", "sha256:0123456789abcdef0123",
	"123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-012345678901", "v1.22.2 10.0.0.1 192.168.100.200:8080", "1.2.3-rc.4+20261128",
	"98d9626a-59eb-4444-8959-13818e57c821", "/api/chats/59433033-9132-48d7-a14f-71870d366623", "lc_run--59433033-9132-48D7-A14F-71870D366623-0", "4 59433033-9132-48d7-a14f-71870d366623",
	"QWxhZGRpbjpv+12345678cGVuIHNlc2FtZQ==", "QWxhZGRpbjpv+1234567890GVuIHNlc2Ft", "on+1234567", "on+12345678", "QWxhZGRpbjpv+1234567890GVuIHNlcxyz=", "v1.0.0+12345678", "5+12125550123", "%2B123", "x%2B1234567",
	"4711 + 4006381333909", "2 + 49 171 2345678", "+ 12345678", "C + 1234567", "a[0] 1712345678", "[0] [1] [2]", "49 [1] 171 2345678",
	"https://shop.example/491711234567", "https://wa.me/shop", "notwa.me/491711234567", "wa.me/123456",

	// Accounts, addresses and what only looks like them.
	"DE88370400440532013000COBADEFFXXX", "DE893704004405320130005", "XDE89370400440532013000", "RIBANDE89370400440532013000",
	"DE89370400440532013000A1B2", "DE89370400440532013000averylongwordfollows", "DE 88 3704 0044 0532 0130 00", "CODE 89 3704 0044 0532 0130 00", "NO 938601111794799", "order NO 9386011117947",
	"@@ -1,2 +3,4 @@", "SELECT @@version.x", "foo@@bar", "root@[10.0.0]", "root@[::1]:/srv", "joe@[192.0.2.256]", "joe@[192.0.2.1", `"joe"@home`, `say "@shop.example`,
	"。shop.example", "4111111111111112@", "lodash@4.17.21", "@joe and @ann",
}

func TestTextKeepsWhatIsNotPersonalData(t *testing.T) {
	set := newSet(t, all...)
	for _, text := range harmless {
		if diff := cmp.Diff(text, redactWhole(set, text)); diff != "" {
			t.Errorf("Text (-want +got):\n%s", diff)
		}
		checkCuts(t, set, text)
	}
}

func TestTextKeepsRandomNumbersWithDecimals(t *testing.T) {
	const firstPower, powers = -7, 18 // 1e-7 to 1e10; from 1e12 on, the digits before the point alone can be a card number
	set := newSet(t, all...)
	r := rand.New(rand.NewPCG(1, 2))
	var texts []string
	for i := range 20000 {
		power := firstPower + i%powers
		if power == 0 {
			continue // 1.4111111111111111 is the first item of a list of cards.
		}
		value := math.Pow10(power) * (1 + 9*r.Float64())
		texts = append(texts, strconv.FormatFloat(value, 'g', -1, 64))
	}
	for _, separator := range []string{" ", ", ", "\n"} {
		joined := strings.Join(texts, separator)
		if diff := cmp.Diff(texts, strings.Split(redactWhole(set, joined), separator)); diff != "" {
			t.Errorf("Text of numbers with %q between them (-want +got):\n%s", separator, diff)
		}
	}
	for _, text := range texts {
		if got := redactWhole(set, text); got != text {
			t.Errorf("Text of %q is %q", text, got)
		}
	}
}

// TestTextKeepsOrderNumbers of shops that write three groups of 3, 7 and 7 digits: one in ten has the check digit of a card.
func TestTextKeepsOrderNumbers(t *testing.T) {
	set := newSet(t, all...)
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		text := fmt.Sprintf("Your order %03d-%07d-%07d is on its way.", r.IntN(1000), r.IntN(1e7), r.IntN(1e7))
		if got := redactWhole(set, text); got != text {
			t.Errorf("Text of %q is %q", text, got)
		}
	}
}
