package redact

import "strings"

// hasMod1110Digit reports whether the last digit is the check digit of ISO/IEC 7064, MOD 11,10.
func hasMod1110Digit(s []byte) bool {
	product := 10
	for _, d := range s[:len(s)-1] {
		sum := (int(d-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return (product+int(s[len(s)-1]-'0'))%10 == 1
}

// The tables of Verhoeff: the products of the dihedral group of order 10, and the permutations of a digit by its position from the end.
var (
	verhoeffProducts = [10]string{
		"0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
	}
	verhoeffPermutations = [8]string{
		"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
	}
)

// hasVerhoeffDigit reports whether the last digit is the check digit of J. Verhoeff, Error Detecting Decimal Codes (1969).
func hasVerhoeffDigit(s []byte) bool {
	product := byte('0')
	for i := range s {
		permuted := verhoeffPermutations[i%8][s[len(s)-1-i]-'0']
		product = verhoeffProducts[product-'0'][permuted-'0']
	}
	return product == '0'
}

// hasRepeatedDigit reports whether ten digits have the form of a German tax identifier, whose first digit is not 0: one digit occurs two or
// three times, and no other digit more than once (§ 1 StIdV).
func hasRepeatedDigit(s []byte) bool {
	var count [10]int
	for _, d := range s {
		count[d-'0']++
	}
	repeated, most := 0, 0
	for _, n := range count {
		most = max(most, n)
		if n > 1 {
			repeated++
		}
	}
	return s[0] != '0' && repeated == 1 && most <= 3
}

// isPensionNumber checks the digits of a German pension insurance number (§ 4 VKVV).
func isPensionNumber(s []byte) bool {
	letter := int(s[8]-'A') + 1
	digits := toValues(s[:8])
	digits = append(digits, byte(letter/10), byte(letter%10), s[9]-'0', s[10]-'0')
	sum := 0
	for i, weight := range []int{2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1} {
		product := int(digits[i]) * weight
		sum += product/10 + product%10
	}
	isDate := isWithin(toValue(s[2:4]), 31, []int{0, 50}) && isWithin(toValue(s[4:6]), 12, nil)
	return isDate && sum%10 == int(s[11]-'0')
}

// isPPSNumber checks the letter after seven digits, of which a second letter is the eighth.
func isPPSNumber(s []byte) bool {
	sum := 0
	for i := range 7 {
		sum += int(s[i]-'0') * (8 - i)
	}
	if len(s) == 9 {
		second := s[8]
		if second != 'W' {
			sum += 9 * int(second-'A'+1)
		}
		if second > 'I' && second != 'W' {
			return false
		}
	}
	return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == s[7]
}

// oddValues are the values of 0 to 9 and A to Z at odd positions of an Italian tax code (D.M. 23 dicembre 1976, art. 12).
var oddValues = [36]int{
	1, 0, 5, 7, 9, 13, 15, 17, 19, 21,
	1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
}

// isCodiceFiscale checks the letter at the end of an Italian tax code, and the letter of the month.
func isCodiceFiscale(s []byte) bool {
	sum := 0
	for i, c := range s[:15] {
		index := int(c - '0')
		if !isDigitByte(c) {
			index = int(c-'A') + 10
		}
		switch {
		case i%2 == 0:
			sum += oddValues[index]
		case index >= 10:
			sum += index - 10
		default:
			sum += index
		}
	}
	isMonth := strings.IndexByte("ABCDEHLMPRST", s[8]) >= 0
	return isMonth && s[15] == byte('A'+sum%26)
}

// isInsuranceNumber checks the letters of a number of the British national insurance (NIM39110).
func isInsuranceNumber(s []byte) bool {
	switch string(s[:2]) {
	case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
		return false
	}
	return !strings.ContainsRune("DFIQUV", rune(s[0])) && !strings.ContainsRune("DFIQUVO", rune(s[1])) && s[8] >= 'A' && s[8] <= 'D'
}

// isSocialSecurityNumber checks the three parts of a number of the social security of the United States: none is zero, and the first is
// neither 666 nor 900 or more.
func isSocialSecurityNumber(s []byte) bool {
	area := toValue(s[:3])
	return area != 0 && area != 666 && area < 900 && toValue(s[3:5]) != 0 && toValue(s[5:]) != 0
}

// isTaxpayerNumber checks the first digit and the group of an individual taxpayer identification number of the United States.
func isTaxpayerNumber(s []byte) bool {
	group := toValue(s[3:5])
	return s[0] == '9' && group >= 50 && group != 66 && group != 67 && group != 68 && group != 69 && group != 89 && group != 93
}

// isTaiwanID checks the digit at the end of an identifier of Taiwan, whose letter stands for two digits.
func isTaiwanID(s []byte) bool {
	letter := strings.IndexByte("ABCDEFGHJKLMNPQRSTUVXYWZIO", s[0]) + 10
	sum := letter/10 + letter%10*9
	for i, weight := range []int{8, 7, 6, 5, 4, 3, 2, 1, 1} {
		sum += int(s[i+1]-'0') * weight
	}
	return strings.IndexByte("1289", s[1]) >= 0 && sum%10 == 0
}

// isNRIC checks the letter at the end of an identifier of Singapore.
func isNRIC(s []byte) bool {
	sum := 0
	for i, weight := range []int{2, 7, 6, 5, 4, 3, 2} {
		sum += int(s[i+1]-'0') * weight
	}
	switch s[0] {
	case 'S':
		return "JZIHGFEDCBA"[sum%11] == s[8]
	case 'T':
		return "JZIHGFEDCBA"[(sum+4)%11] == s[8]
	case 'F':
		return "XWUTRQPNMLK"[sum%11] == s[8]
	case 'G':
		return "XWUTRQPNMLK"[(sum+4)%11] == s[8]
	case 'M':
		return "KLJNPQRTUWX"[10-(sum+3)%11] == s[8]
	}
	return false
}

// isSNILS checks the two digits at the end of a number of the Russian pension insurance.
func isSNILS(s []byte) bool {
	sum := 0
	for i := range 9 {
		sum += int(s[i]-'0') * (9 - i)
	}
	return sum%101%100 == toValue(s[9:])
}
