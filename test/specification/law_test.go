package specification_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/policies"
)

// dimension is an entry of dimensions.yaml.
type dimension struct {
	Type     string              `json:"type"`
	Levels   []string            `json:"levels"`
	Field    string              `json:"field"`
	Carried  string              `json:"carried"`
	Action   string              `json:"action"`
	PerPlace bool                `json:"perPlace"`
	Partial  bool                `json:"partial"`
	Implies  map[string][]string `json:"implies"`
	Ours     string              `json:"ours"`
	Practice bool                `json:"practice"`
}

// act is an act of a document.
type act struct {
	Title  string   `json:"title"`
	Status string   `json:"status"`
	Force  string   `json:"force"`
	NotIn  []string `json:"notIn"`
}

// point is a point of a document, with the act and the document that it is from.
type point struct {
	Dimension     string         `json:"dimension"`
	Value         any            `json:"value"`
	Act           string         `json:"act"`
	Article       string         `json:"article"`
	From          string         `json:"from"`
	Until         string         `json:"until"`
	When          map[string]any `json:"when"`
	Jurisdictions []string       `json:"jurisdictions"`
	Direct        bool           `json:"direct"`
	AppliesBy     string         `json:"appliesBy"`
	Confidence    string         `json:"confidence"`
	Note          string         `json:"note"`
	// Replaces is true only for values of an organization.
	Replaces bool `json:"replaces"`

	code     string
	isSector bool
	act      act
}

// document is a file of jurisdictions or sectors.
type document struct {
	Code   string         `json:"code"`
	Kind   string         `json:"kind"`
	Parent string         `json:"parent"`
	Acts   map[string]act `json:"acts"`
	Points []*point       `json:"points"`
}

// sizeClass is a class of facts.yaml. A limit that it does not have is nil.
type sizeClass struct {
	Name     string   `json:"name"`
	Staff    *float64 `json:"staff"`
	Turnover *float64 `json:"turnover"`
}

// role is a role of facts.yaml, with the sectors and purposes that go with it.
type role struct {
	Sectors  []string `json:"sectors"`
	Purposes []string `json:"purposes"`
}

// law is the whole of the legal data, as far as the specification reads it.
type law struct {
	dimensions map[string]dimension
	documents  map[string]*document
	conditions map[string]reader
	facts      struct {
		AdultAge   float64           `json:"adultAge"`
		Fields     map[string]string `json:"fields"`
		Addressee  []string          `json:"addressee"`
		Detected   []string          `json:"detected"`
		Categories struct {
			Also map[string]string `json:"also"`
		} `json:"categories"`
		Answers     []string        `json:"answers"`
		NotSmall    string          `json:"notSmall"`
		Roles       map[string]role `json:"roles"`
		Enterprises struct {
			Classes []sizeClass           `json:"classes"`
			Worth   map[string][2]float64 `json:"worth"`
		} `json:"enterprises"`
	}
	contradictions []contradiction
	// regions has the country of each region of a cloud.
	regions   map[string]string
	geography struct {
		Groups      map[string][]string `json:"groups"`
		Territories map[string]string   `json:"territories"`
		Parts       []string            `json:"parts"`
		Within      map[string]string   `json:"within"`
	}
}

// readLaw reads the legal data.
func readLaw(t *testing.T) *law {
	t.Helper()
	l := &law{documents: map[string]*document{}, conditions: readers()}
	var vocabulary struct {
		Dimensions map[string]dimension `json:"dimensions"`
	}
	readData(t, "data/dimensions.yaml", &vocabulary)
	l.dimensions = vocabulary.Dimensions
	readData(t, "data/facts.yaml", &l.facts)
	readData(t, "data/places.yaml", &l.geography)
	readData(t, "data/regions.yaml", &l.regions)
	var doubts struct {
		Contradictions []contradiction `json:"contradictions"`
	}
	readData(t, "data/contradictions.yaml", &doubts)
	l.contradictions = doubts.Contradictions
	for _, folder := range []string{"jurisdictions", "sectors"} {
		files, err := fs.Glob(policies.FS, path.Join("data", folder, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s: %v", folder, err)
		}
		for _, file := range files {
			read := &document{}
			readData(t, file, read)
			l.documents[read.Code] = read
			read.adopt()
		}
	}
	return l
}

// adopt tells the points which document they are from.
func (d *document) adopt() {
	for _, p := range d.Points {
		p.code, p.isSector, p.act = d.Code, d.Kind == "sector", d.Acts[p.Act]
	}
}

// readData reads a file of the policies.
func readData(t *testing.T, file string, into any) {
	t.Helper()
	content, err := fs.ReadFile(policies.FS, file)
	if err == nil {
		err = yaml.Unmarshal(content, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// codes returns the codes of a kind, sorted.
func (l *law) codes(kind string) []string {
	var codes []string
	for code, d := range l.documents {
		if d.Kind == kind {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

// withParents returns the codes, in lower case, with their parents, as a set. Codes without a document stay, because points can name them.
func (l *law) withParents(codes ...string) map[string]bool {
	all := map[string]bool{}
	for _, code := range codes {
		code = strings.ToLower(code)
		for code != "" {
			all[code] = true
			code = l.parentOf(code)
		}
	}
	return all
}

// parentOf returns the code above: the parent of the document, the country of a part of a country, or the country whose law is law in a territory.
func (l *law) parentOf(code string) string {
	if d, found := l.documents[code]; found {
		return d.Parent
	}
	country, _, isPart := strings.Cut(code, "-")
	if home, isTerritory := l.geography.Within[country]; isTerritory {
		return home
	}
	if isPart {
		return country
	}
	return ""
}

// territoryOf returns the name of the place that is home to the law of a code: a group of countries, a country, or a part whose law treats the
// rest of its country as abroad.
func (l *law) territoryOf(code string) string {
	for above := code; above != ""; above = l.parentOf(above) {
		if group, found := l.geography.Territories[above]; found {
			return group
		}
	}
	if slices.Contains(l.geography.Parts, code) {
		return code
	}
	country, _, _ := strings.Cut(code, "-")
	return country
}

// liesIn tells whether a place where data is lies in the territory.
func (l *law) liesIn(place, territory string) bool {
	country, _, _ := strings.Cut(place, "-")
	if members, isGroup := l.geography.Groups[territory]; isGroup {
		return slices.Contains(members, country)
	}
	return place == territory || country == territory
}
