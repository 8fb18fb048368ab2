package law

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestGaps(t *testing.T) {
	data := &Data{
		Jurisdictions: map[string]Document{
			"eu": {Code: "eu", Name: "European Union", NotCovered: []string{"the law of members"}},
			"de": {Code: "de", Name: "Germany", Parent: "eu"},
			"br": {Code: "br", Name: "Brazil", Points: []Point{{When: map[string]any{"sectors": []any{"telecom"}}}}},
			"in": {Code: "in", Name: "India"},
		},
		Sectors: map[string]Document{
			"telecom": {Code: "telecom", Points: []Point{{Jurisdictions: []string{"de"}}}},
			"retail":  {Code: "retail", Points: []Point{{}}, NotCovered: []string{"scheme rules"}},
		},
	}
	for name, c := range map[string]struct {
		jurisdictions, sectors []string
		want                   []policy.Gap
	}{
		"what files say":                  {jurisdictions: []string{"eu"}, sectors: []string{"retail"}, want: []policy.Gap{{Code: "eu", About: "the law of members"}, {Code: "retail", About: "scheme rules"}, {Code: "retail", About: "the law of this sector in European Union (eu)"}}},
		"a sector without a place's law":  {jurisdictions: []string{"in"}, sectors: []string{"telecom"}, want: []policy.Gap{{Code: "telecom", About: "the law of this sector in India (in)"}}},
		"a member's law of the sector":    {jurisdictions: []string{"de", "eu"}, sectors: []string{"telecom"}, want: []policy.Gap{{Code: "eu", About: "the law of members"}}},
		"a place with points of a sector": {jurisdictions: []string{"br"}, sectors: []string{"telecom"}},
		"codes that do not exist":         {jurisdictions: []string{"zz"}, sectors: []string{"yy"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, data.Gaps(c.jurisdictions, c.sectors)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
		})
	}
}
