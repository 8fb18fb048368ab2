package law

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Gaps returns what the legal data is known to lack for jurisdictions and sectors: what the files say (`notCovered`), and each sector without
// a point about one of the places. The jurisdictions come with their parents; unknown codes are left out.
func (d *Data) Gaps(jurisdictions, sectors []string) []policy.Gap {
	var gaps []policy.Gap
	add := func(documents map[string]Document, codes []string) {
		for _, code := range codes {
			for _, about := range documents[code].NotCovered {
				gaps = append(gaps, policy.Gap{Code: code, About: about})
			}
		}
	}
	add(d.Jurisdictions, jurisdictions)
	add(d.Sectors, sectors)
	for _, sector := range sectors {
		document, known := d.Sectors[sector]
		if !known {
			continue
		}
		for _, place := range jurisdictions {
			if p, ok := d.Jurisdictions[place]; ok && p.Parent == "" && !d.speaksOf(document, jurisdictions, place) {
				gaps = append(gaps, policy.Gap{Code: sector, About: fmt.Sprintf("the law of this sector in %s (%s)", p.Name, place)})
			}
		}
	}
	return gaps
}

// speaksOf reports whether a point of the sector, or a point of the place or of a declared part of it about the sector, is law of the place.
func (d *Data) speaksOf(sector Document, jurisdictions []string, place string) bool {
	var parts []string
	for _, code := range jurisdictions {
		if d.isWithin(code, place) {
			parts = append(parts, code)
		}
	}
	if slices.ContainsFunc(sector.Points, func(p Point) bool {
		return slices.ContainsFunc(p.Jurisdictions, func(code string) bool { return slices.Contains(parts, code) })
	}) {
		return true
	}
	return slices.ContainsFunc(parts, func(code string) bool {
		return slices.ContainsFunc(d.Jurisdictions[code].Points, func(p Point) bool {
			words, _ := Words(p.When["sectors"])
			return slices.Contains(words, sector.Code)
		})
	})
}

// isWithin reports whether a code is the place or a part of it.
func (d *Data) isWithin(code, place string) bool {
	for ; code != ""; code = d.Jurisdictions[code].Parent {
		if code == place {
			return true
		}
	}
	return false
}

// checkGaps checks that each text about what is lacking can stand in a list.
func (f *faults) checkGaps(d Document) {
	for _, about := range d.NotCovered {
		if about == "" || strings.HasSuffix(about, ".") {
			f.add("notCovered: %q must be a phrase without a period at its end", about)
		}
	}
}
