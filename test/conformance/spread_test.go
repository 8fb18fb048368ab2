package conformance_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

// few is the number of jurisdictions up to which a case says something about each of them.
const few = 10

// codes are those of the shipped legal data: of its jurisdictions, or of its sectors.
func codes(t *testing.T, kind string) []string {
	t.Helper()
	files, err := fs.Glob(policies.FS, path.Join("data", kind, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s: %v", kind, err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(path.Base(file), ".yaml")
	}
	return files
}

// The declarations of the corpus are many, and spread over every place, sector and enforcement.
func TestDeclarationsSpread(t *testing.T) {
	declarations, several := 0, 0
	seen := map[string]int{}
	for _, c := range corpus(t) {
		if !c.judgesDeclaration() {
			continue
		}
		declarations++
		spec := c.declaration.Spec
		seen["enforcement "+string(spec.Enforcement)]++
		for _, sector := range spec.Sectors {
			seen["sectors "+strings.ToLower(string(sector))]++
		}
		if len(spec.Jurisdictions) >= 3 {
			several++
		}
		for _, code := range spec.Jurisdictions {
			if len(spec.Jurisdictions) <= few {
				seen["jurisdictions "+strings.ToLower(string(code))]++
			}
		}
	}
	if declarations < 500 || several < 60 {
		t.Errorf("%d declarations, %d for three places or more, want at least 500 and 60", declarations, several)
	}
	wanted := []string{"enforcement Audit", "enforcement Quarantine", "enforcement Warn"}
	for _, kind := range []string{"jurisdictions", "sectors"} {
		for _, code := range codes(t, kind) {
			wanted = append(wanted, kind+" "+code)
		}
	}
	for _, want := range wanted {
		if seen[want] == 0 {
			t.Errorf("no declaration of the corpus has %s", want)
		}
	}
}

// Many laws are met on the last day before they apply and broken on the first, by the same declaration.
func TestDaysOnBothSidesOfALaw(t *testing.T) {
	type side struct{ base, change, day string }
	found := map[string]map[side]bool{}
	for _, c := range corpus(t) {
		if c.judgesDeclaration() {
			if found[c.rule] == nil {
				found[c.rule] = map[side]bool{}
			}
			found[c.rule][side{c.Base, string(c.Change), c.AsOf}] = slices.Contains(c.Rules, c.rule)
		}
	}
	pairs := 0
	for _, sides := range found {
		for s, broken := range sides {
			day, err := time.Parse(policy.DateFormat, s.day)
			if err != nil {
				t.Fatal(err)
			}
			s.day = day.AddDate(0, 0, 1).Format(policy.DateFormat)
			if next, both := sides[s]; both && next != broken {
				pairs++
			}
		}
	}
	if pairs < 20 {
		t.Errorf("%d pairs of a last and a first day, want at least 20", pairs)
	}
}
