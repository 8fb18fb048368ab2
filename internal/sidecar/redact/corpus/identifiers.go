package corpus

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// identifiers write the identifiers of people, by their names.
var identifiers = map[string]func(r *rand.Rand) string{
	"at-svnr": func(r *rand.Rand) string {
		return retry(func() string {
			serial, date := fill(r, "N##"), day(r)+month(r)+digits(r, 2)
			rest := dot(serial+date, 3, 7, 9, 5, 8, 4, 2, 1, 6) % 11
			return serial + one(rest) + pick(r, "", " ") + date
		})
	},
	"be-nrn": func(r *rand.Rand) string {
		n := digits(r, 2) + month(r) + day(r) + digits(r, 3)
		c := fmt.Sprintf("%02d", 97-number(n)%97)
		return pick(r, n+c, n[:2]+"."+n[2:4]+"."+n[4:6]+"-"+n[6:]+"."+c)
	},
	"bg-egn": func(r *rand.Rand) string {
		n := digits(r, 2) + month(r) + day(r) + digits(r, 3)
		return n + one(dot(n, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10)
	},
	"ca-sin": func(r *rand.Rand) string { n := fill(r, "N#######"); return spread(r, n+luhn(n), 3, 3, 3) },
	"ch-ahv": func(r *rand.Rand) string {
		n := "756" + digits(r, 9)
		n += eanDigit(n)
		return n[:3] + "." + n[3:7] + "." + n[7:11] + "." + n[11:]
	},
	"cz-rc": func(r *rand.Rand) string {
		return retry(func() string {
			n := pick(r, "8", "9", "7") + digits(r, 1) + month(r) + day(r) + digits(r, 3)
			return n[:6] + "/" + n[6:] + one(number(n)%11)
		})
	},
	"de-steuer-id": func(r *rand.Rand) string {
		order := r.Perm(10)
		order[9] = order[r.IntN(9)] // One digit twice, one not at all.
		if order[0] == 0 {
			order[0], order[1] = order[1], order[0]
		}
		if order[0] == 0 {
			order[0], order[2] = order[2], order[0]
		}
		var n strings.Builder
		for _, d := range order {
			n.WriteString(one(d))
		}
		text := n.String() + one(hybrid(n.String()))
		return pick(r, text, text[:2]+" "+text[2:5]+" "+text[5:8]+" "+text[8:])
	},
	"de-rvnr": func(r *rand.Rand) string {
		head, letter, serial := fill(r, "NN")+day(r)+month(r)+digits(r, 2), r.IntN(26), digits(r, 2)
		all := head + fmt.Sprintf("%02d", letter+1) + serial
		sum := 0
		for i, w := range "212571212121" {
			p := int(all[i]-'0') * int(w-'0')
			sum += p%10 + p/10
		}
		tail := string(rune('A'+letter)) + serial + one(sum%10)
		return pick(r, head+tail, head[:2]+" "+head[2:]+" "+tail[:1]+" "+tail[1:])
	},
	"dk-cpr":       func(r *rand.Rand) string { return day(r) + month(r) + digits(r, 2) + "-" + digits(r, 4) },
	"ee-isikukood": baltic,
	"es-dni":       func(r *rand.Rand) string { n := digits(r, 8); return n + pick(r, "", "-") + spanish(n) },
	"es-nie": func(r *rand.Rand) string {
		first, n := r.IntN(3), digits(r, 7)
		return pick(r, "XYZ"[first:first+1]+n, "XYZ"[first:first+1]+"-"+n+"-") + spanish(one(first)+n)
	},
	"es-nuss": func(r *rand.Rand) string {
		n := fill(r, "2#N#######")
		return n[:2] + pick(r, "", " ") + n[2:] + fmt.Sprintf("%02d", number(n)%97)
	},
	"fi-hetu": func(r *rand.Rand) string {
		date, serial := day(r)+month(r)+digits(r, 2), fill(r, "N##")
		const signs = "0123456789ABCDEFHJKLMNPRSTUVWXY"
		return date + pick(r, "-", "A") + serial + string(signs[number(date+serial)%31])
	},
	"fr-nir": func(r *rand.Rand) string {
		n := pick(r, "1", "2") + digits(r, 2) + month(r) + fill(r, "7N###") + digits(r, 3)
		n = n + fmt.Sprintf("%02d", 97-number(n)%97)
		return pick(r, n, n[:1]+" "+n[1:3]+" "+n[3:5]+" "+n[5:7]+" "+n[7:10]+" "+n[10:13]+" "+n[13:])
	},
	"fr-spi": func(r *rand.Rand) string { n := fill(r, "1#########"); return n + fmt.Sprintf("%03d", number(n)%511) },
	"gb-nhs": func(r *rand.Rand) string {
		return retry(func() string {
			n := fill(r, "4########")
			c := (11 - dot(n, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11) % 11
			return spread(r, n+one(c), 3, 3, 4)
		})
	},
	"gb-nino": func(r *rand.Rand) string {
		n := pick(r, "AB", "JK", "SY", "CE", "PW", "HH")
		return pick(r, n+digits(r, 6), fmt.Sprintf("%s %s %s %s ", n, digits(r, 2), digits(r, 2), digits(r, 2))) + pick(r, "A", "B", "C", "D")
	},
	"gr-afm": func(r *rand.Rand) string {
		n := fill(r, "N#######")
		return n + one(dot(n, 256, 128, 64, 32, 16, 8, 4, 2)%11%10)
	},
	"gr-amka": func(r *rand.Rand) string { n := day(r) + month(r) + digits(r, 6); return n[:10] + luhn(n[:10]) },
	"hr-oib":  func(r *rand.Rand) string { n := digits(r, 10); return n + one(hybrid(n)) },
	"hu-taj": func(r *rand.Rand) string {
		n := digits(r, 8)
		return spread(r, n+one(dot(n, 3, 7, 3, 7, 3, 7, 3, 7)%10), 3, 3, 3)
	},
	"hu-adoazonosito": func(r *rand.Rand) string {
		return retry(func() string { n := "8" + digits(r, 8); return n + one(dot(n, 1, 2, 3, 4, 5, 6, 7, 8, 9)%11) })
	},
	"ie-pps": func(r *rand.Rand) string {
		n := digits(r, 7)
		return n + string("WABCDEFGHIJKLMNOPQRSTUV"[dot(n, 8, 7, 6, 5, 4, 3, 2)%23])
	},
	"il-teudat-zehut": func(r *rand.Rand) string { n := digits(r, 8); return n + luhn(n) },
	"in-aadhaar": func(r *rand.Rand) string {
		n := fill(r, "N##########")
		for c := range 10 {
			if dihedral(n + one(c)) {
				return spread(r, n+one(c), 4, 4, 4)
			}
		}
		return ""
	},
	"in-pan": func(r *rand.Rand) string { return fill(r, "@@@P@####@") },
	"is-kennitala": func(r *rand.Rand) string {
		return retry(func() string {
			n := day(r) + month(r) + digits(r, 4)
			return n[:6] + "-" + n[6:] + one((11-dot(n, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11) + pick(r, "9", "0")
		})
	},
	"it-codice-fiscale": italian,
	"jp-my-number": func(r *rand.Rand) string {
		n := digits(r, 11)
		c := 11 - dot(n, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11
		if c > 9 {
			c = 0
		}
		return spread(r, n+one(c), 4, 4, 4)
	},
	"kr-rrn": func(r *rand.Rand) string {
		return digits(r, 2) + month(r) + day(r) + "-" + pick(r, "1", "2", "3", "4") + digits(r, 6)
	},
	"mx-curp": func(r *rand.Rand) string {
		n := fill(r, "@@@@") + digits(r, 2) + month(r) + day(r) + pick(r, "H", "M") + fill(r, "@@@@@") + digits(r, 1)
		const signs = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ"
		sum := 0
		for i, c := range n {
			sum += strings.IndexRune(signs, c) * (18 - i)
		}
		return n + one((10-sum%10)%10)
	},
	"nl-bsn": func(r *rand.Rand) string {
		return retry(func() string {
			n := fill(r, "1#######")
			return n + one(dot(n, 9, 8, 7, 6, 5, 4, 3, 2)%11)
		})
	},
	"no-fodselsnummer": func(r *rand.Rand) string {
		return retry(func() string {
			n := day(r) + month(r) + digits(r, 5)
			first := one((11 - dot(n, 3, 7, 6, 1, 8, 9, 4, 5, 2)%11) % 11)
			if len(first) > 1 {
				return first
			}
			n += first
			n += one((11 - dot(n, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11)
			return pick(r, n, n[:6]+" "+n[6:])
		})
	},
	"pl-nip": func(r *rand.Rand) string {
		return retry(func() string { n := fill(r, "N########"); return n + one(dot(n, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11) })
	},
	"pl-pesel": func(r *rand.Rand) string {
		n := digits(r, 2) + month(r) + day(r) + digits(r, 4)
		return n + one((10-dot(n, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10)
	},
	"pt-nif": func(r *rand.Rand) string {
		n := pick(r, "1", "2") + digits(r, 7)
		c := 11 - dot(n, 9, 8, 7, 6, 5, 4, 3, 2)%11
		if c > 9 {
			c = 0
		}
		return spread(r, n+one(c), 3, 3, 3)
	},
	"pt-niss": func(r *rand.Rand) string {
		n := "1" + digits(r, 9)
		return n + one(9-dot(n, 29, 23, 19, 17, 13, 11, 7, 5, 3, 2)%10)
	},
	"ro-cnp": func(r *rand.Rand) string {
		n := pick(r, "1", "2", "5", "6") + digits(r, 2) + month(r) + day(r) + "12" + digits(r, 3)
		c := dot(n, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
		if c == 10 {
			c = 1
		}
		return n + one(c)
	},
	"se-personnummer": func(r *rand.Rand) string {
		n := digits(r, 2) + month(r) + day(r) + digits(r, 3)
		return pick(r, "", "19") + n[:6] + "-" + n[6:] + luhn(n)
	},
	"tr-tckn": func(r *rand.Rand) string {
		n := fill(r, "N########")
		n += one(((dot(n, 7, 0, 7, 0, 7, 0, 7, 0, 7)-dot(n, 0, 1, 0, 1, 0, 1, 0, 1, 0))%10 + 10) % 10)
		return n + one(dot(n, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)%10)
	},
	"us-ssn": func(r *rand.Rand) string { return ssn(r) },
	"us-itin": func(r *rand.Rand) string {
		return "9" + digits(r, 2) + "-" + pick(r, "70", "81", "94", "50") + "-" + digits(r, 4)
	},
	"br-cpf": func(r *rand.Rand) string {
		n := digits(r, 9)
		n += brazilian(dot(n, 10, 9, 8, 7, 6, 5, 4, 3, 2))
		n += brazilian(dot(n, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
		return pick(r, n, n[:3]+"."+n[3:6]+"."+n[6:9]+"-"+n[9:])
	},
	"ru-snils": func(r *rand.Rand) string {
		n := fill(r, "1########")
		return fmt.Sprintf("%s-%s-%s %02d", n[:3], n[3:6], n[6:], dot(n, 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100)
	},
	"ru-inn": func(r *rand.Rand) string {
		n := fill(r, "77########")
		n += one(dot(n, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8) % 11 % 10)
		return n + one(dot(n, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10)
	},
	"au-tfn": func(r *rand.Rand) string {
		return retry(func() string {
			n := fill(r, "N#######")
			for c := range 10 {
				if dot(n+one(c), 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0 {
					return spread(r, n+one(c), 3, 3, 3)
				}
			}
			return one(10)
		})
	},
	"au-medicare": func(r *rand.Rand) string {
		n := fill(r, "N#######")
		n = pick(r, "2", "3", "4", "5", "6") + n[1:]
		return spread(r, n+one(dot(n, 1, 3, 7, 9, 1, 3, 7, 9)%10)+"1", 4, 5, 1)
	},
}

// brazilian returns the check digit of a sum.
func brazilian(sum int) string {
	if rest := sum % 11; rest > 1 {
		return one(11 - rest)
	}
	return "0"
}

// ssn returns a number of the social security of the United States.
func ssn(r *rand.Rand) string {
	area := 1 + r.IntN(665)
	return fmt.Sprintf("%03d%s%02d%s%04d", area, "-", 1+r.IntN(99), "-", 1+r.IntN(9999))
}

// baltic returns a personal code of Estonia or Lithuania.
func baltic(r *rand.Rand) string {
	n := pick(r, "3", "4", "5", "6") + digits(r, 2) + month(r) + day(r) + digits(r, 3)
	c := dot(n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if c == 10 {
		c = dot(n, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return n + one(c)
}

// italian returns an Italian tax code.
func italian(r *rand.Rand) string {
	n := fill(r, "@@@@@@") + digits(r, 2) + string("ABCDEHLMPRST"[r.IntN(12)]) + day(r) + fill(r, "@###")
	odd := map[rune]int{}
	for i, value := range []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23} {
		odd[rune('A'+i)] = value
		if i < 10 {
			odd[rune('0'+i)] = value
		}
	}
	sum := 0
	for i, c := range n {
		switch {
		case i%2 == 0:
			sum += odd[c]
		case c >= 'A':
			sum += int(c - 'A')
		default:
			sum += int(c - '0')
		}
	}
	return n + string(rune('A'+sum%26))
}

// spanish returns the letter of a Spanish number.
func spanish(n string) string { return string("TRWAGMYFPDXBNJZSQVHLCKE"[number(n)%23]) }

// hybrid returns the check digit of ISO/IEC 7064, MOD 11,10, by trying all.
func hybrid(n string) int {
	for c := range 10 {
		p := 10
		for _, d := range n {
			p = (p + int(d-'0')) % 10
			if p == 0 {
				p = 10
			}
			p = p * 2 % 11
		}
		if (p+c)%10 == 1 {
			return c
		}
	}
	return 0
}

// dihedral reports whether a number satisfies the check of Verhoeff, with the products computed in the dihedral group.
func dihedral(n string) bool {
	multiply := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b-5)%5 + 5
		case b < 5:
			return (a-5-b+5)%5 + 5
		}
		return (a - b + 5) % 5
	}
	shift := []int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	product := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		for range i % 8 {
			d = shift[d]
		}
		product = multiply(product, d)
	}
	return product == 0
}

// retry returns the first text without a check digit of two digits: what one writes for 10 makes a text longer than the others.
func retry(write func() string) string {
	for {
		if text := write(); !strings.Contains(text, "\x00") {
			return text
		}
	}
}

// one returns a digit. 10 has a mark, by which retry knows it.
func one(d int) string {
	if d == 10 {
		return "10\x00"
	}
	return strconv.Itoa(d)
}

// dot returns the sum of the digits, each times its weight.
func dot(n string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(n[i]-'0')
	}
	return sum
}

// number returns the number that digits are.
func number(n string) int { v, _ := strconv.Atoi(n); return v }

func day(r *rand.Rand) string   { return fmt.Sprintf("%02d", 1+r.IntN(28)) }
func month(r *rand.Rand) string { return fmt.Sprintf("%02d", 1+r.IntN(12)) }

// spread returns the digits in one piece or in groups of sizes.
func spread(r *rand.Rand, n string, sizes ...int) string {
	if r.IntN(2) == 0 {
		return n
	}
	var groups []string
	for _, size := range sizes {
		if len(n) < size {
			break
		}
		groups, n = append(groups, n[:size]), n[size:]
	}
	return strings.Join(groups, " ") + n
}
