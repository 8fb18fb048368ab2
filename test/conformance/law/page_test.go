package law_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

const page = "../../../docs/law-quality.md"

// pageHead is what the page says before the numbers.
const pageHead = `<!-- Written by go test ./test/conformance/law -update. Do not edit. -->
# How right the decisions are

A privacy and consumer lawyer judged declarations of chatbots in many places and sectors. This page compares what Chaperone decides with what is
right, on %s and on %s. CI measures it again for every change, and fails when the page is not what is measured, when a
declaration is denied wrongly more often than before, and when a difference is not in the
[list of known differences](../test/conformance/law/known.yaml), which gives the reason for each and must shrink.

The declarations are in [declarations](../test/conformance/law/declarations), single points in [probes](../test/conformance/law/probes), and what
breaks the law in [breaches.yaml](../test/conformance/law/breaches.yaml). Each says what is right and why. They are judged with care, but they are no
legal advice, and another lawyer may see a point otherwise.

## What the numbers mean

| number | meaning |
|---|---|
| outcomes right | decisions about declarations whose outcome (Allow, Warn, Deny) is the right one, of all: each declaration counts once for each day |
| false denials | findings that deny and must not appear, each rule of a decision once; what the judgement does not name must not appear |
| false alarms | the same for findings that warn |
| too strict | findings that have a core of law, but deny where they must not |
| missed | findings that must be there, and are not |
| breaches found | of the breaches planted in lawful declarations, those that a finding of the right rule denies or warns of, which was not there before; a breach is planted only where the law of the place asks for what it breaks |

`

func TestPageIsCurrent(t *testing.T) {
	m := measureAll(t)
	written, err := os.ReadFile(page)
	if err != nil && !*update {
		t.Fatal(err)
	}
	said := falseDenialsIn(string(written))
	for name, denials := range m.falseDenials() {
		if before, known := said[name]; known && denials > before {
			t.Errorf("%s is denied wrongly %d times, and the page says %d: this must not rise", name, denials, before)
		}
	}
	want := m.formatPage(readKnown(t))
	if *update && !t.Failed() {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(strings.Split(want, "\n"), strings.Split(string(written), "\n")); diff != "" {
		t.Errorf("docs/law-quality.md (-measured +page); run with -update:\n%s", diff)
	}
}

// falseDenialsIn returns the false denials by declaration or probe that a page says.
func falseDenialsIn(text string) map[string]int {
	said := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| \[([a-z0-9-]+)\].*?\| (\d+) \|`).FindAllStringSubmatch(text, -1) {
		said[row[1]], _ = strconv.Atoi(row[2])
	}
	return said
}

// falseDenials counts the false denials of each declaration and probe, on both days.
func (m *measurement) falseDenials() map[string]int {
	counts := map[string]int{}
	for _, d := range m.decisions {
		counts[d.name] += count(d.differences, falseDenial)
	}
	return counts
}

func count(differences []difference, kind string) int {
	n := 0
	for _, d := range differences {
		if d.Kind == kind {
			n++
		}
	}
	return n
}

func (m *measurement) formatPage(known []knownDifference) string {
	var text strings.Builder
	fmt.Fprintf(&text, pageHead, today, later)
	m.formatTotals(&text)
	m.formatDeclarations(&text)
	m.formatProbes(&text)
	m.formatBreaches(&text)
	formatKnown(&text, known)
	return text.String()
}

func (m *measurement) formatTotals(text *strings.Builder) {
	names, codes, sectors := map[string]bool{}, map[string]bool{}, map[string]bool{}
	outcomes, right, found := 0, 0, 0
	for _, d := range m.decisions {
		if d.isProbe {
			continue
		}
		names[d.name] = true
		outcomes++
		if d.hasRightOutcome() {
			right++
		}
		for _, code := range d.declaration.Spec.Jurisdictions {
			codes[string(code)] = true
		}
		for _, sector := range d.declaration.Spec.Sectors {
			sectors[string(sector)] = true
		}
	}
	for _, p := range m.planted {
		if p.found {
			found++
		}
	}
	all := m.differences()
	fmt.Fprintf(text, "## The numbers\n\n%d declarations in %d places and %d sectors, %d probes, on two days.\n\n", len(names), len(codes), len(sectors),
		len(m.decisions)/len(days())-len(names))
	fmt.Fprintf(text, "| | number | of |\n|---|---|---|\n| outcomes right | %d | %d |\n| false denials | %d | |\n| false alarms | %d | |\n| too strict | %d | |\n",
		right, outcomes, count(all, falseDenial), count(all, falseAlarm), count(all, tooStrict))
	fmt.Fprintf(text, "| missed | %d | %d |\n| breaches found | %d | %d |\n\n", count(all, missed), m.countStanding(), found, len(m.planted))
	fmt.Fprintf(text, "The law asks nothing of %d further combinations of a breach and a declaration.\n\n", m.nothing)
}

// countStanding counts the findings that must be there.
func (m *measurement) countStanding() int {
	n := 0
	for _, d := range m.decisions {
		n += len(d.mustStand())
	}
	return n
}

func (m *measurement) formatDeclarations(text *strings.Builder) {
	fmt.Fprintf(text, "## Each declaration\n\nThe numbers are for both days together.\n\n")
	fmt.Fprintf(text, "| declaration | places | %s | %s | false denials | false alarms | too strict | missed | breaches found |\n|---|---|---|---|---|---|---|---|---|\n", today, later)
	for i := 0; i < len(m.decisions); i += 2 {
		first, second := m.decisions[i], m.decisions[i+1]
		if first.isProbe {
			continue
		}
		both := slices.Concat(first.differences, second.differences)
		found, all := m.countBreaches(func(p planted) bool { return p.in.name == first.name })
		fmt.Fprintf(text, "| [%s](../test/conformance/law/declarations/%s.yaml) | %s | %s | %s | %d | %d | %d | %d | %d of %d |\n", first.name, first.name,
			first.places(), first.formatOutcome(), second.formatOutcome(), count(both, falseDenial), count(both, falseAlarm), count(both, tooStrict),
			count(both, missed), found, all)
	}
	fmt.Fprintln(text)
}

func (d decision) places() string {
	codes := make([]string, len(d.declaration.Spec.Jurisdictions))
	for i, code := range d.declaration.Spec.Jurisdictions {
		codes[i] = string(code)
	}
	return strings.Join(codes, ", ")
}

// formatOutcome returns the outcome, and the right one if it is another.
func (d decision) formatOutcome() string {
	if d.hasRightOutcome() {
		return string(d.verdict.Outcome)
	}
	return fmt.Sprintf("%s, not %s", d.verdict.Outcome, d.Outcome[d.day])
}

func (m *measurement) countBreaches(of func(planted) bool) (found, all int) {
	for _, p := range m.planted {
		if !of(p) {
			continue
		}
		all++
		if p.found {
			found++
		}
	}
	return found, all
}

func (m *measurement) formatProbes(text *strings.Builder) {
	fmt.Fprintf(text, "## Each probe\n\nA probe is about single points; other findings are not counted.\n\n")
	fmt.Fprintf(text, "| probe | what it is about | false denials | false alarms | missed |\n|---|---|---|---|---|\n")
	for i := 0; i < len(m.decisions); i += 2 {
		first, second := m.decisions[i], m.decisions[i+1]
		if !first.isProbe {
			continue
		}
		both := slices.Concat(first.differences, second.differences)
		rules := slices.Sorted(maps.Keys(first.mustStand()))
		rules = slices.AppendSeq(rules, maps.Keys(first.MustNotAppear))
		slices.Sort(rules)
		fmt.Fprintf(text, "| [%s](../test/conformance/law/probes/%s.yaml) | %s | %d | %d | %d |\n", first.name, first.name, strings.Join(rules, "; "),
			count(both, falseDenial), count(both, falseAlarm), count(both, missed))
	}
	fmt.Fprintln(text)
}

func (m *measurement) formatBreaches(text *strings.Builder) {
	fmt.Fprintf(text, "## Each breach\n\n| breach | what is wrong | rules that must find it | found |\n|---|---|---|---|\n")
	var names []string
	for _, p := range m.planted {
		if slices.Contains(names, p.Name) {
			continue
		}
		names = append(names, p.Name)
		found, all := m.countBreaches(func(other planted) bool { return other.Name == p.Name })
		fmt.Fprintf(text, "| %s | %s | %s | %d of %d |\n", p.Name, p.Breach, strings.Join(p.Rules, ", "), found, all)
	}
	fmt.Fprintln(text)
}

func formatKnown(text *strings.Builder, known []knownDifference) {
	fmt.Fprintf(text, "## Known differences\n\nThe most frequent first; a place counts once for each day.\n\n| kind | rule or breach | places | reason |\n|---|---|---|---|\n")
	sorted := slices.SortedStableFunc(slices.Values(known), func(a, b knownDifference) int { return cmp.Compare(len(b.expand()), len(a.expand())) })
	for _, k := range sorted {
		fmt.Fprintf(text, "| %s | %s | %d | %s |\n", strings.ReplaceAll(k.Kind, "-", " "), k.Rule, len(k.expand()), k.Reason)
	}
	if len(known) == 0 {
		fmt.Fprintf(text, "There are none: %s is what is right everywhere.\n", policy.OutcomeAllow)
	}
}
