package bundle

import (
	"fmt"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
)

// TestDataIsClean checks the law for mistakes that validation does not find.
func TestDataIsClean(t *testing.T) {
	data := readLaw(t)
	for kind, documents := range map[string]map[string]law.Document{"jurisdiction": data.Jurisdictions, "sector": data.Sectors} {
		for code, d := range documents {
			if got, want := d.Parent, findRightParent(&data, kind, code); got != want {
				t.Errorf("%s: the parent is %q, want %q", code, got, want)
			}
			if hasSensitiveCondition(d) && !listsSensitiveData(documents, d) {
				t.Errorf("%s: no list of sensitive categories, so that the condition sensitive never holds", code)
			}
			for _, fault := range findLooseEnds(&data, d) {
				t.Errorf("%s: %s", code, fault)
			}
		}
	}
}

// TestReservedPortsAreThoseOfTheSidecar compares the range that rules reserve with the ports of the sidecar.
func TestReservedPortsAreThoseOfTheSidecar(t *testing.T) {
	data := readLaw(t)
	first, last := data.Workload.ReservedPorts.First, data.Workload.ReservedPorts.Last
	if first != contract.FirstReservedPort || last != contract.LastReservedPort {
		t.Errorf("policies/data/workload.yaml reserves %d to %d, want %d to %d", first, last, contract.FirstReservedPort, contract.LastReservedPort)
	}
	_, egress, err := net.SplitHostPort(contract.SidecarEgressAddress)
	if err != nil {
		t.Fatal(err)
	}
	const mostPorts = 10
	for _, port := range []string{egress, fmt.Sprint(contract.SidecarAdminPort), fmt.Sprint(contract.SidecarFirstPort), fmt.Sprint(contract.SidecarFirstPort + mostPorts - 1)} {
		if number, err := strconv.Atoi(port); err != nil || number < int(first) || number > int(last) {
			t.Errorf("port %s of the sidecar is not reserved", port)
		}
	}
}

func hasSensitiveCondition(d law.Document) bool {
	return slices.ContainsFunc(d.Points, func(p law.Point) bool { return p.When["sensitive"] == true })
}

// listsSensitiveData reports whether a code or one of its parents lists the sensitive categories, without the condition `sensitive`.
func listsSensitiveData(documents map[string]law.Document, d law.Document) bool {
	lists := func(p law.Point) bool { return p.Dimension == "personal_data.sensitive" && p.When["sensitive"] == nil }
	return slices.ContainsFunc(d.Points, lists) || d.Parent != "" && listsSensitiveData(documents, documents[d.Parent])
}

// freeZones have their own data-protection law instead of the country's, so they have no parent.
var freeZones = []string{"ae-adgm", "ae-difc"}

// findRightParent returns the parent that a code must have: a part of a country has the country, a country of the European Economic Area has
// the European Union, and every other code has none.
func findRightParent(data *law.Data, kind, code string) string {
	country, _, part := strings.Cut(code, "-")
	switch {
	case kind == "sector", slices.Contains(freeZones, code):
		return ""
	case part:
		return country
	case slices.Contains(data.Places.Groups[data.Places.Territories["eu"]], code):
		return "eu"
	}
	return ""
}

// findLooseEnds returns the loose ends of one file: unused acts and values, codes without a file, and ends without a later point.
func findLooseEnds(data *law.Data, d law.Document) []string {
	var found []string
	used := map[string]bool{}
	for i := range d.Points {
		p := &d.Points[i]
		used[p.Act] = true
		for _, fault := range slices.Concat(findUnknownCodes(data, p), findUnmarked(p), findUnfinished(d.Points, p)) {
			found = append(found, fmt.Sprintf("point %d (%s): %s", i+1, p.Dimension, fault))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(d.Acts)) {
		if !used[key] {
			found = append(found, fmt.Sprintf("no point uses the act %q", key))
		}
	}
	return found
}

func findUnknownCodes(data *law.Data, p *law.Point) []string {
	var found []string
	for _, code := range p.Jurisdictions {
		if _, ok := data.Jurisdictions[code]; !ok {
			found = append(found, fmt.Sprintf("jurisdictions: %q has no file", code))
		}
	}
	sectors, _ := law.Words(p.When["sectors"])
	for _, code := range sectors {
		if _, ok := data.Sectors[code]; !ok {
			found = append(found, fmt.Sprintf("when: the sector %q has no file", code))
		}
	}
	if !strings.HasPrefix(p.Dimension, "residency.") || data.Dimensions.Dimensions[p.Dimension].Values != nil {
		return found
	}
	countries, _ := law.Words(p.Value)
	for _, code := range countries {
		if !countryPattern.MatchString(code) && data.Places.Groups[code] == nil {
			found = append(found, fmt.Sprintf("%q is neither a country nor a group of places.yaml", code))
		}
	}
	return found
}

var countryPattern = regexp.MustCompile(`^[a-z]{2}$`)

func findUnmarked(p *law.Point) []string {
	if p.Confidence == "default" && p.Note == "" {
		return []string{"a number of ours needs a note that says so"}
	}
	return nil
}

// findUnfinished reports a point that ends if neither a later point of its dimension nor a note tells what applies afterwards.
func findUnfinished(points []law.Point, ending *law.Point) []string {
	if ending.Until == "" || ending.Note != "" {
		return nil
	}
	if slices.ContainsFunc(points, func(p law.Point) bool { return p.Dimension == ending.Dimension && p.From > ending.Until }) {
		return nil
	}
	return []string{fmt.Sprintf("it ends on %s, and no point of this dimension follows and no note says why", ending.Until)}
}

// TestUntidyDataIsFound shows that each check of TestDataIsClean can fail.
func TestUntidyDataIsFound(t *testing.T) {
	data := readLaw(t)
	acts := map[string]law.Act{"act": {}}
	for name, test := range map[string]struct {
		document law.Document
		want     []string
	}{
		"nothing": {law.Document{Acts: acts, Points: []law.Point{{Act: "act", Dimension: "rights.contact"}}}, nil},
		"an act that no point uses": {
			law.Document{Acts: map[string]law.Act{"a": {}}},
			[]string{`no point uses the act "a"`},
		},
		"a jurisdiction without a file": {
			law.Document{Acts: acts, Points: []law.Point{{Act: "act", Dimension: "d", Jurisdictions: []string{"us", "xx"}}}},
			[]string{`point 1 (d): jurisdictions: "xx" has no file`},
		},
		"a sector without a file": {
			law.Document{Acts: acts, Points: []law.Point{{Act: "act", Dimension: "d", When: map[string]any{"sectors": []any{"circus"}}}}},
			[]string{`point 1 (d): when: the sector "circus" has no file`},
		},
		"a country that is none": {
			law.Document{Acts: acts, Points: []law.Point{{Act: "act", Dimension: "residency.noneOf", Value: []any{"eea", "fr", "moon"}}}},
			[]string{`point 1 (residency.noneOf): "moon" is neither a country nor a group of places.yaml`},
		},
		"a default without a note": {
			law.Document{Acts: acts, Points: []law.Point{{Act: "act", Dimension: "d", Confidence: "default"}}},
			[]string{"point 1 (d): a number of ours needs a note that says so"},
		},
		"an end without a sequel": {
			law.Document{Acts: acts, Points: []law.Point{
				{Act: "act", Dimension: "d", Until: "2026-01-01"}, {Act: "act", Dimension: "d", From: "2026-01-01"},
			}},
			[]string{"point 1 (d): it ends on 2026-01-01, and no point of this dimension follows and no note says why"},
		},
		"an end with a sequel": {
			law.Document{Acts: acts, Points: []law.Point{
				{Act: "act", Dimension: "d", Until: "2026-01-01"}, {Act: "act", Dimension: "d", From: "2026-01-02"},
			}},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, findLooseEnds(&data, test.document)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for code, want := range map[string]string{
		"us-ca": "us", "ca-qc": "ca", "de": "eu", "no": "eu", "gb": "", "ch": "", "eu": "", "ae-difc": "",
	} {
		if got := findRightParent(&data, "jurisdiction", code); got != want {
			t.Errorf("the parent of %s would be %q, want %q", code, got, want)
		}
	}
}

// TestDetectedDataIsThatOfTheSidecar compares what rules take for redacted in any case with what the sidecar finds.
func TestDetectedDataIsThatOfTheSidecar(t *testing.T) {
	found := example.Detectors()
	// The law calls what an IBAN names a bank account.
	found[slices.Index(found, "iban")] = "bank-account"
	if diff := cmp.Diff(slices.Sorted(slices.Values(found)), slices.Sorted(slices.Values(readLaw(t).Facts.Detected))); diff != "" {
		t.Errorf("detected in policies/data/facts.yaml (-sidecar +data):\n%s", diff)
	}
}
