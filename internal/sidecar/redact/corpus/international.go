package corpus

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
)

// doubled has the digit sums of twice each digit.
const doubled = "0246813579"

// luhn returns the check digit of a number by Luhn's formula.
func luhn(number string) string {
	sum := 0
	for i := range len(number) {
		d := number[len(number)-1-i]
		if i%2 == 0 {
			d = doubled[d-'0']
		}
		sum += int(d - '0')
	}
	return fmt.Sprint((1000 - sum) % 10)
}

var firstNames = []string{"ada", "joe.smith", "m.garcia", "anna-lena", "kim_lee", "o.brien", "t.muller", "petra.novak", "j2k", "info.desk+shop", "luc"}

// writeEmail returns an e-mail address.
func writeEmail(r *rand.Rand, l *locale) string {
	user := pick(r, firstNames...) + pick(r, "", "", digits(r, 2), "."+digits(r, 4))
	domain := pick(r, "mail", "post", "firma-nord", "my.company", "uni.dept", "web3") + "." + pick(r, "example", "com", "org", "co.uk", strings.ToLower(Place(l.tag)))
	if r.IntN(10) == 0 {
		user, domain = pick(r, "jürgen", "zoë", "łukasz", "иван", "björn"), pick(r, "bücher.example", "почта.рф", "café.fr")
	}
	if r.IntN(12) == 0 {
		return strings.ToUpper(user + "@" + domain)
	}
	return user + "@" + domain
}

// writeCard returns the number of a payment card, in one of the ways in which people write it.
func writeCard(r *rand.Rand) string {
	prefix := pick(r, "4", "51", "52", "53", "54", "55", "2221", "2720", "6011", "65", "3530", "34", "37", "4", "4")
	size := 16
	if prefix == "34" || prefix == "37" {
		size = 15
	}
	number := prefix + digits(r, size-1-len(prefix))
	number += luhn(number)
	groups := []string{number[:4], number[4:8], number[8:12], number[12:]}
	if size == 15 {
		groups = []string{number[:4], number[4:10], number[10:]}
	}
	switch r.IntN(8) {
	case 0, 1:
		return number
	case 2:
		return strings.Join(groups, "-")
	case 3:
		return strings.Join(strings.Split(number, ""), " ")
	case 4:
		return fullWidth(strings.Join(groups, " "))
	case 5:
		return strings.Join(groups, "\u200b")
	}
	return strings.Join(groups, " ")
}

// fullWidth returns a text with full-width digits.
func fullWidth(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c - '0' + '０'
		}
		return c
	}, text)
}

// accounts has, by country, what follows the check digits of an IBAN: # for a digit, @ for a letter.
var accounts = map[string]string{
	"AT": "################", "BE": "############", "CH": "#################", "CZ": "####################", "DE": "##################",
	"DK": "##############", "ES": "####################", "FI": "##############", "FR": "#####################@#", "GB": "@@@@##############",
	"HU": "########################", "IT": "@######################", "NL": "@@@@##########", "NO": "###########", "PL": "########################",
	"PT": "#####################", "RO": "@@@@################", "SE": "####################", "TR": "######################", "GR": "#######################",
}

// writeIBAN returns an IBAN of the country, or of another one if the country has none.
func writeIBAN(r *rand.Rand, country string) string {
	if accounts[country] == "" {
		country = pick(r, "DE", "GB", "FR", "NL", "ES")
	}
	account := fill(r, accounts[country])
	var number strings.Builder
	for _, c := range account + country + "00" {
		if c >= 'A' {
			fmt.Fprint(&number, int(c-'A')+10)
			continue
		}
		number.WriteRune(c)
	}
	n, _ := new(big.Int).SetString(number.String(), 10)
	remainder := new(big.Int).Mod(n, big.NewInt(97)).Int64()
	iban := fmt.Sprintf("%s%02d%s", country, 98-remainder, account)
	switch r.IntN(5) {
	case 0, 1:
		return iban
	case 2:
		return strings.ToLower(iban)
	}
	return inGroups(iban, 4, " ")
}

// inGroups returns a text in groups of a size, from the left.
func inGroups(text string, size int, separator string) string {
	var groups []string
	for len(text) > size {
		groups, text = append(groups, text[:size]), text[size:]
	}
	return strings.Join(append(groups, text), separator)
}
