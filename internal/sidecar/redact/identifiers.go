package redact

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

//go:embed identifiers.yaml
var identifiersFile []byte

// nationalID is an identifier that a state gives to persons, as identifiers.yaml describes it.
type nationalID struct {
	Name string `json:"name"`
	// Place is the country (ISO 3166-1 alpha-2, in lower case).
	Place string `json:"place"`
	// Alone and Cued are the forms: those that are found anywhere, and those that are found near a cue.
	Alone []string `json:"alone,omitempty"`
	Cued  []string `json:"cued,omitempty"`
	// Source is the publication that defines the form and the checks.
	Source string `json:"source"`
	// Cues are words, or two or three words, in lower case.
	Cues   []string `json:"cues,omitempty"`
	Checks []check  `json:"checks,omitempty"`
}

// nationalIDs are all identifiers, and the groups of countries that a declaration can name as one place.
type nationalIDs struct {
	Groups      map[string][]string `json:"groups"`
	Identifiers []nationalID        `json:"identifiers"`
}

// readNationalIDs reads identifiers.yaml once.
var readNationalIDs = sync.OnceValues(func() (*nationalIDs, error) {
	all := new(nationalIDs)
	if err := yaml.UnmarshalStrict(identifiersFile, all); err != nil {
		return nil, fmt.Errorf("read identifiers.yaml: %w", err)
	}
	for i := range all.Identifiers {
		checks := all.Identifiers[i].Checks
		for c := range checks {
			if checks[c].run = algorithms[checks[c].Algorithm]; checks[c].run == nil {
				return nil, fmt.Errorf("read identifiers.yaml: %s has the unknown algorithm %q", all.Identifiers[i].Name, checks[c].Algorithm)
			}
		}
	}
	return all, nil
})

// maxRun is the most digits with which a form begins.
const maxRun = 17

// idForm is one form of an identifier.
type idForm struct {
	of *nationalID
	// text is the form as identifiers.yaml has it. first is the position of its first digit, and hasGaps means that something separates its
	// digits and letters.
	text    string
	first   int
	hasGaps bool
	// isAlone means that the form is found without a cue.
	isAlone bool
}

// idForms are the forms of the selected places, by how many digits in a row the first digit begins. A form in which a letter or a digit may
// follow these digits is in the list of every longer run too.
type idForms struct {
	byRun [maxRun + 2][]idForm
	cues  cues
}

// newIDForms returns the forms of the places. nil means that no place has any.
func newIDForms(places []string) (*idForms, error) {
	all, err := readNationalIDs()
	if err != nil {
		return nil, err
	}
	countries := all.expand(places)
	forms := &idForms{}
	var isKnown bool
	for i := range all.Identifiers {
		id := &all.Identifiers[i]
		if !slices.Contains(countries, id.Place) {
			continue
		}
		isKnown = true
		forms.cues.add(id)
		for _, text := range id.Alone {
			forms.add(idForm{of: id, text: text, isAlone: true})
		}
		for _, text := range id.Cued {
			forms.add(idForm{of: id, text: text})
		}
	}
	if !isKnown {
		return nil, nil
	}
	return forms, nil
}

// expand returns the countries of places: the members of groups, and the countries of which the places are parts.
func (n *nationalIDs) expand(places []string) []string {
	var countries []string
	for _, place := range places {
		if members, isGroup := n.Groups[place]; isGroup {
			countries = append(countries, members...)
			continue
		}
		country, _, _ := strings.Cut(place, "-")
		countries = append(countries, country)
	}
	return countries
}

// add adds a form to the lists of the runs of digits with which it can begin.
func (f *idForms) add(form idForm) {
	form.first = strings.IndexAny(form.text, "#")
	form.hasGaps = strings.Trim(form.text, "#A*") != ""
	run := len(form.text[form.first:]) - len(strings.TrimLeft(form.text[form.first:], "#"))
	f.byRun[run] = append(f.byRun[run], form)
	if end := form.first + run; end < len(form.text) && form.text[end] == '*' {
		for longer := run + 1; longer < len(f.byRun); longer++ {
			f.byRun[longer] = append(f.byRun[longer], form)
		}
	}
}
