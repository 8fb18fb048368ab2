package redact

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

//go:embed phoneplans.txt
var phonePlansFile string

//go:embed phonewords.yaml
var phoneWordsFile []byte

const (
	// maxPlanned is the most digits of a national number in a plan.
	maxPlanned = 12
	// beginSize is how many digits at the beginning of a number a plan tells apart.
	beginSize = 3
	// minPlannedGroup is the fewest digits of a group of a number that only its plan tells from other numbers.
	minPlannedGroup = 2
	// minRow is the fewest numbers that are a row if they ascend.
	minRow = 4
)

// phonePlan is the numbering plan of a country.
type phonePlan struct {
	// trunk are the digits that precede a national number, as values 0 to 9; empty if none do.
	trunk []byte
	// isTrunkOptional means that people also write numbers without the trunk prefix, or that there is none.
	isTrunkOptional bool
	// begins tells, by the length of a national number and by its first three digits, whether the country has such numbers.
	begins [maxPlanned + 1]*[1000]bool
}

// phonePlans are the numbering plans of the selected places, and the words that announce a telephone number.
type phonePlans struct {
	plans []phonePlan
	cues  cues
	// announced is what the cues announce.
	announced *nationalID
}

// newPhonePlans returns the plans of the places; nil if there are none.
func newPhonePlans(places []string) (*phonePlans, error) {
	all, err := readNationalIDs()
	if err != nil {
		return nil, err
	}
	countries := all.expand(places)
	p := &phonePlans{announced: &nationalID{}}
	for line := range strings.Lines(phonePlansFile) {
		country, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.Contains(countries, country) {
			continue
		}
		plan, err := parsePlan(rest)
		if err != nil {
			return nil, fmt.Errorf("read the numbering plan of %q: %w", country, err)
		}
		p.plans = append(p.plans, plan)
	}
	if len(p.plans) == 0 {
		return nil, nil
	}
	var words [][]string
	if err := yaml.UnmarshalStrict(phoneWordsFile, &words); err != nil {
		return nil, fmt.Errorf("read phonewords.yaml: %w", err)
	}
	for _, list := range words {
		p.announced.Cues = append(p.announced.Cues, list...)
	}
	p.cues.add(p.announced)
	return p, nil
}

// parsePlan reads a line of phoneplans.txt after the country: `49 0 10:151-153,160 11:…`.
func parsePlan(text string) (phonePlan, error) {
	var plan phonePlan
	fields := strings.Fields(text)
	if fields[1] != "-" {
		plan.trunk = toValues([]byte(fields[1]))
	}
	// The trunk prefix 0 is part of a number as people know it, but not in Brazil, China, India and Turkey.
	plan.isTrunkOptional = fields[1] != "0" || slices.Contains([]string{"55", "86", "90", "91"}, fields[0])
	for _, field := range fields[2:] {
		size, ranges, _ := strings.Cut(field, ":")
		length, err := strconv.Atoi(size)
		if err != nil || length > maxPlanned {
			return plan, fmt.Errorf("%q is not a length", size)
		}
		plan.begins[length] = new([1000]bool)
		for _, r := range strings.Split(ranges, ",") {
			low, high, isRange := strings.Cut(r, "-")
			if !isRange {
				high = low
			}
			for begin := toValue([]byte(low)); begin <= toValue([]byte(high)); begin++ {
				plan.begins[length][begin] = true
			}
		}
	}
	return plan, nil
}

// has reports whether the digits, given as values 0 to 9, are a national number of the plan, without the trunk prefix.
func (p *phonePlan) has(digits []byte) bool {
	return len(digits) <= maxPlanned && p.begins[len(digits)] != nil && p.begins[len(digits)][toValue(digits[:beginSize])]
}

// hasDialed reports whether the digits are the trunk prefix of the plan and a national number.
func (p *phonePlan) hasDialed(digits []byte) bool {
	return len(p.trunk) > 0 && bytes.HasPrefix(digits, p.trunk) && p.has(digits[len(p.trunk):])
}

// isPlanned reports whether n.groups[0] to n.groups[last] are a telephone number of one of the declared places, with or without the trunk
// prefix, that is recognizable by itself: its groups have nothing but spaces, hyphens and parentheses between them, and no other digits are
// behind it.
func (v *view) isPlanned(n *number, last int) bool {
	if v.plans == nil || n.digitsUpTo(last) < minAnnounced {
		return false
	}
	digits := n.digit[:n.digitsUpTo(last)]
	if last == 0 || last != n.groupCount-1 || !v.hasPlannedGroups(n) {
		return false
	}
	return v.plans.haveDialed(digits) || slices.ContainsFunc(v.plans.plans, func(plan phonePlan) bool {
		return plan.isTrunkOptional && plan.has(digits)
	})
}

// haveDialed reports whether the digits are a trunk prefix and a national number of one of the plans.
func (p *phonePlans) haveDialed(digits []byte) bool {
	return slices.ContainsFunc(p.plans, func(plan phonePlan) bool { return plan.hasDialed(digits) })
}

// have reports whether the digits are a national number of one of the plans, without the trunk prefix.
func (p *phonePlans) have(digits []byte) bool {
	return slices.ContainsFunc(p.plans, func(plan phonePlan) bool { return plan.has(digits) })
}

// hasPlannedGroups reports whether the groups of n are those of a telephone number and not a row of numbers: each has at least two digits,
// except for a first one that is a trunk prefix, and four or more numbers of equal size do not ascend.
func (v *view) hasPlannedGroups(n *number) bool {
	isAscending, previous, digits := true, -1, 0
	for group := range n.groupCount {
		size := n.groups[group].size()
		if size < minPlannedGroup && group > 0 || group+1 < n.groupCount && v.hasTableSign(n, group) {
			return false
		}
		value := toValue(n.digit[digits : digits+min(size, maxNeighborGroup)])
		isAscending, previous = isAscending && value > previous, value
		digits += size
	}
	isRow := isAscending && n.groupCount >= minRow && n.hasSizes(n.groupCount, n.groups[0].size())
	return !isRow
}

// isPlannedAfterCue reports whether the number n, which begins at index start, is a national number of one of the declared places, and follows
// a word that announces a telephone number.
func (v *view) isPlannedAfterCue(n *number, start int) bool {
	if v.plans == nil {
		return false
	}
	digits := n.digit[:n.digitCount()]
	if !v.plans.have(digits) && !v.plans.haveDialed(digits) {
		return false
	}
	return v.readCueBefore(start, n.first, v.plans.announced, &v.plans.cues) == telephoneHint
}

// hasTableSign reports whether a sign that separates amounts, columns and dates stands after the group of n.
func (v *view) hasTableSign(n *number, group int) bool {
	return v.hasSign(n, group, '.') || v.hasSign(n, group, '\t') || v.hasSign(n, group, '/')
}
