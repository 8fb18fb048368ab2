package bundle

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
)

// TestDataIsClean looks in the law for what a valid file can still get wrong.
func TestDataIsClean(t *testing.T) {
	data := goodLaw(t)
	for kind, documents := range map[string]map[string]law.Document{"jurisdiction": data.Jurisdictions, "sector": data.Sectors} {
		for code, d := range documents {
			if got, want := d.Parent, rightParent(&data, kind, code); got != want {
				t.Errorf("%s: the parent is %q, want %q", code, got, want)
			}
			if asksWhetherSensitive(d) && !saysWhatIsSensitive(documents, d) {
				t.Errorf("%s: no list of sensitive categories, so that the condition sensitive never holds", code)
			}
			for _, fault := range untidy(&data, d) {
				t.Errorf("%s: %s", code, fault)
			}
		}
	}
}

func asksWhetherSensitive(d law.Document) bool {
	return slices.ContainsFunc(d.Points, func(p law.Point) bool { return p.When["sensitive"] == true })
}

// saysWhatIsSensitive reports whether a code, or one above it, has a list that does not itself ask whether the data is sensitive.
func saysWhatIsSensitive(documents map[string]law.Document, d law.Document) bool {
	lists := func(p law.Point) bool { return p.Dimension == "personal_data.sensitive" && p.When["sensitive"] == nil }
	return slices.ContainsFunc(d.Points, lists) || d.Parent != "" && saysWhatIsSensitive(documents, documents[d.Parent])
}

// freeZones have a data-protection law of their own; the country's does not apply there, so they stand at the top.
var freeZones = []string{"ae-adgm", "ae-difc"}

// rightParent says below what a code stands: a part below its country, a country of the European Economic Area below the
// Union, anything else at the top.
func rightParent(data *law.Data, kind, code string) string {
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

// untidy returns what is loose in one file: acts and values that nothing uses, codes without a file, ends without a sequel.
func untidy(data *law.Data, d law.Document) []string {
	var found []string
	used := map[string]bool{}
	for i := range d.Points {
		p := &d.Points[i]
		used[p.Act] = true
		for _, fault := range slices.Concat(unknownCodes(data, p), unmarked(p), unfinished(d.Points, p)) {
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

func unknownCodes(data *law.Data, p *law.Point) []string {
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

func unmarked(p *law.Point) []string {
	if p.Confidence == "default" && p.Note == "" {
		return []string{"a number of ours needs a note that says so"}
	}
	return nil
}

// unfinished finds a point that ends, and nothing says what comes then: neither a later point of its dimension nor a note.
func unfinished(points []law.Point, ending *law.Point) []string {
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
	data := goodLaw(t)
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
			if diff := cmp.Diff(test.want, untidy(&data, test.document)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for code, want := range map[string]string{
		"us-ca": "us", "ca-qc": "ca", "de": "eu", "no": "eu", "gb": "", "ch": "", "eu": "", "ae-difc": "",
	} {
		if got := rightParent(&data, "jurisdiction", code); got != want {
			t.Errorf("the parent of %s would be %q, want %q", code, got, want)
		}
	}
}
