package corpus

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// lookalikes are what looks like personal data.
var lookalikes = []struct {
	kind  string
	write func(r *rand.Rand) string
}{
	{"order-number", func(r *rand.Rand) string {
		return pick(r, "order ", "Order no. ", "invoice ", "Bestellung ", "commande ", "pedido ", "order #") + digits(r, 8+r.IntN(5))
	}},
	{"order-code", func(r *rand.Rand) string {
		return fill(r, pick(r, "ORD-########", "@@-####-######", "###-#######-#######", "#######-@@", "SO########", "INV/20##/#####"))
	}},
	{"tracking-number", func(r *rand.Rand) string {
		return fill(r, pick(r, "1Z999AA1##########", "tracking 9400 1000 0000 0000 #### ##", "JJD00039########", "tracking number 00340434########## ", "RR#########DE", "parcel ############"))
	}},
	{"uuid", func(r *rand.Rand) string {
		h := fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())
		return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
	}},
	{"digest", func(r *rand.Rand) string {
		return "a" + fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())[1:]
	}},
	{"imei", func(r *rand.Rand) string {
		number := pick(r, "35", "86", "01") + digits(r, 12)
		return "IMEI " + number + luhn(number)
	}},
	{"ean", func(r *rand.Rand) string {
		number := pick(r, "400", "471", "590", "301", "690", "978", "761", "501") + digits(r, 9)
		return pick(r, "EAN ", "", "GTIN: ") + number + eanDigit(number)
	}},
	{"isbn", func(r *rand.Rand) string {
		number := "9783" + digits(r, 8)
		return "ISBN " + number[:3] + "-" + number[3:4] + "-" + number[4:7] + "-" + number[7:] + "-" + eanDigit(number)
	}},
	{"version", func(r *rand.Rand) string {
		return fmt.Sprintf("v%d.%d.%d", r.IntN(30), r.IntN(100), r.IntN(1000)) + pick(r, "", "-rc1", "+build."+digits(r, 6), "."+digits(r, 4))
	}},
	{"table", func(r *rand.Rand) string {
		var rows []string
		for range 3 {
			rows = append(rows, fmt.Sprintf("| %d | %d | %.2f |", r.IntN(1000), r.IntN(100000), r.Float64()*1000))
		}
		return "\n" + strings.Join(rows, "\n")
	}},
	{"row", func(r *rand.Rand) string {
		var cells []string
		for range 5 + r.IntN(4) {
			cells = append(cells, fmt.Sprint(r.IntN(1000)))
		}
		return strings.Join(cells, pick(r, ", ", "; ", "\t"))
	}},
	{"code", func(r *rand.Rand) string {
		return pick(r, "for i := 0; i < "+digits(r, 7)+"; i++ {", "const id = "+"1"+digits(r, 8)+";", "SELECT * FROM t WHERE id = "+"2"+digits(r, 8), "x[1"+digits(r, 3)+"] = 0x"+digits(r, 8), "timeout: "+digits(r, 6)+"ms", "return a["+digits(r, 2)+"] * 1"+digits(r, 9)+" % 97")
	}},
	{"coordinates", func(r *rand.Rand) string { return fmt.Sprintf("%.2f, %.2f", r.Float64()*180-90, r.Float64()*360-180) }},
	{"date", func(r *rand.Rand) string {
		d, m, y := 1+r.IntN(28), 1+r.IntN(12), 2000+r.IntN(30)
		return pick(r, fmt.Sprintf("%02d.%02d.%d", d, m, y), fmt.Sprintf("%d-%02d-%02d", y, m, d), fmt.Sprintf("%02d/%02d/%d", d, m, y), fmt.Sprintf("%d-%02d-%02dT%02d:%02d:%02d.%03dZ", y, m, d, r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000)), fmt.Sprintf("%02d.%02d.%d %02d:%02d", d, m, y, r.IntN(24), r.IntN(60)))
	}},
	{"timestamp", func(r *rand.Rand) string { return "17" + digits(r, pickInt(r, 8, 11)) }},
	{"amount", func(r *rand.Rand) string {
		return pick(r, fmt.Sprintf("%d.%03d.%03d,%02d EUR", 1+r.IntN(900), r.IntN(1000), r.IntN(1000), r.IntN(100)), fmt.Sprintf("$%d,%03d,%03d.%02d", 1+r.IntN(90), r.IntN(1000), r.IntN(1000), r.IntN(100)), fmt.Sprintf("%d.%02d", r.IntN(100000), r.IntN(100)))
	}},
	{"measure", func(r *rand.Rand) string {
		return fmt.Sprintf("%d x %d x %d mm, %.6f", r.IntN(2000), r.IntN(2000), r.IntN(2000), r.Float64()*100)
	}},
	{"url", func(r *rand.Rand) string {
		return "https://shop.example/" + pick(r, "p/", "item?id=", "o/") + digits(r, 9) + pick(r, "", "/view", "?ref=mail")
	}},
	{"part-number", func(r *rand.Rand) string {
		return fill(r, pick(r, "@@###-####", "####.###.##", "@#-##@-###", "SN: @@#######@@", "@@@-#####"))
	}},
	{"handle", func(r *rand.Rand) string {
		return pick(r, "@shop"+digits(r, 3), "lodash@4.17."+digits(r, 2), "node@v"+digits(r, 2), "user@localhost", "git@"+digits(r, 4))
	}},
}

// eanDigit returns the check digit of an article number (GS1).
func eanDigit(number string) string {
	sum := 0
	for i, c := range number {
		weight := 1
		if i%2 == 1 {
			weight = 3
		}
		sum += int(c-'0') * weight
	}
	return fmt.Sprint((1000 - sum) % 10)
}

// pickInt returns one of the numbers.
func pickInt(r *rand.Rand, numbers ...int) int { return numbers[r.IntN(len(numbers))] }
