// Command phoneplans writes the numbering plans of all countries, from the metadata of libphonenumber, for the detector of telephone numbers:
//
//	go run -C hack/phoneplans . > internal/sidecar/redact/phoneplans.txt
//
// Each line has the country, its calling code, its trunk prefix or a hyphen, and for each length of a national number the beginnings, of three
// digits, of numbers of that length. Only numbers of people count: fixed, mobile, personal and Internet telephony.
package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

const (
	// tries is how many numbers with the same beginning are tried before it counts as one that no number has.
	tries = 200
	// beginnings is how many beginnings there are.
	beginnings = 1000
	// shortest and longest bound the digits of the numbers.
	shortest, longest = 6, 12
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return fmt.Errorf("read metadata: %w", err)
	}
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, "# Numbering plans by hack/phoneplans, from the metadata of libphonenumber (Apache License 2.0, github.com/google/libphonenumber).")
	var lines []string
	for _, country := range all.GetMetadata() {
		if len(country.GetId()) != 2 {
			continue
		}
		line, err := describe(country)
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	fmt.Fprintln(out, strings.Join(lines, "\n"))
	return out.Flush()
}

// describe returns the line of a country.
func describe(country *phonenumbers.PhoneMetadata) (string, error) {
	trunk := country.GetNationalPrefix()
	if trunk == "" {
		trunk = "-"
	}
	line := fmt.Sprintf("%s %d %s", strings.ToLower(country.GetId()), country.GetCountryCode(), trunk)
	r := rand.New(rand.NewPCG(1, 2))
	used := map[int]*[beginnings]bool{}
	for _, desc := range []*phonenumbers.PhoneNumberDesc{country.GetFixedLine(), country.GetMobile(), country.GetPersonalNumber(), country.GetVoip()} {
		if err := markAll(used, country, desc, r); err != nil {
			return "", err
		}
	}
	var lengths []int
	for length := range used {
		lengths = append(lengths, length)
	}
	slices.Sort(lengths)
	for _, length := range lengths {
		if ranges := toRanges(used[length]); ranges != "" {
			line += fmt.Sprintf(" %d:%s", length, ranges)
		}
	}
	return line, nil
}

// markAll marks the beginnings of the numbers of a kind, by their length.
func markAll(used map[int]*[beginnings]bool, country *phonenumbers.PhoneMetadata, desc *phonenumbers.PhoneNumberDesc, r *rand.Rand) error {
	if desc.GetNationalNumberPattern() == "" || desc.GetNationalNumberPattern() == "NA" {
		return nil
	}
	pattern, err := regexp.Compile("^(?:" + desc.GetNationalNumberPattern() + ")$")
	if err != nil {
		return fmt.Errorf("compile the pattern of %s: %w", country.GetId(), err)
	}
	lengths := desc.GetPossibleLength()
	if len(lengths) == 0 { // They are those of all numbers of the country.
		lengths = country.GetGeneralDesc().GetPossibleLength()
	}
	for _, length := range lengths {
		if length < shortest || length > longest {
			continue
		}
		if used[int(length)] == nil {
			used[int(length)] = new([beginnings]bool)
		}
		mark(used[int(length)], pattern, int(length), r)
	}
	return nil
}

// mark marks the beginnings of the numbers of the length that match the pattern.
func mark(used *[beginnings]bool, pattern *regexp.Regexp, length int, r *rand.Rand) {
	number := make([]byte, length)
	for begin := range beginnings {
		for range tries {
			if used[begin] {
				break
			}
			copy(number, fmt.Sprintf("%03d", begin))
			for i := 3; i < length; i++ {
				number[i] = byte('0' + r.IntN(10))
			}
			used[begin] = pattern.Match(number)
		}
	}
}

// toRanges returns the marked beginnings, for example `151-153,160`.
func toRanges(used *[beginnings]bool) string {
	var ranges []string
	for begin := 0; begin < beginnings; begin++ {
		if !used[begin] {
			continue
		}
		end := begin
		for end+1 < beginnings && used[end+1] {
			end++
		}
		if end == begin {
			ranges = append(ranges, fmt.Sprintf("%03d", begin))
		} else {
			ranges = append(ranges, fmt.Sprintf("%03d-%03d", begin, end))
		}
		begin = end
	}
	return strings.Join(ranges, ",")
}
