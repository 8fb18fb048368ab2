package engine

import (
	"maps"
	"slices"
	"strings"
)

// licensedUses are the uses that a declaration can state (spec.intellectualProperty.use).
func licensedUses() []string {
	return []string{"commercial", "network-service", "modified", "distributed"}
}

// copyleftLevels are the levels of copyleft that ask for something.
func copyleftLevels() []string { return []string{"weak", "strong", "network"} }

// ofLicences checks that every licence says all of what it asks for, once.
func (f *faults) ofLicences(data *legalData) {
	f.where = "licences"
	f.uses(data.Licences.Uses)
	taken := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(data.Licences.Licences)) {
		f.where = "licences " + name
		group := data.Licences.Licences[name]
		f.licenceGroup(group)
		for _, id := range group.IDs {
			if other, twice := taken[strings.ToLower(id)]; twice {
				f.add("%q is also among %s", id, other)
			}
			taken[strings.ToLower(id)] = name
		}
	}
	f.where = "licences: exceptions"
	for _, id := range slices.Sorted(maps.Keys(data.Licences.Exceptions)) {
		f.oneOf(id, data.Licences.Exceptions[id], copyleftLevels())
	}
}

// uses checks that each duty has the uses that bring it about.
func (f *faults) uses(uses map[string][][]string) {
	duties := append(copyleftLevels(), "commercial", "derivatives", "shareAlike", "useRestrictions")
	slices.Sort(duties)
	if !slices.Equal(slices.Sorted(maps.Keys(uses)), duties) {
		f.add("uses must have %s and no other", strings.Join(duties, ", "))
	}
	for _, duty := range slices.Sorted(maps.Keys(uses)) {
		if len(uses[duty]) == 0 {
			f.add("uses: nothing brings %s about", duty)
		}
		for _, together := range uses[duty] {
			for _, use := range together {
				f.oneOf("uses: "+duty, use, licensedUses())
			}
		}
	}
}

func (f *faults) licenceGroup(g licenceGroup) {
	if g.Source == "" || len(g.IDs) == 0 {
		f.add("source and ids must not be empty")
	}
	f.oneOf("copyleft", g.Copyleft, append(copyleftLevels(), "none"))
	if slices.Contains([]*bool{g.Commercial, g.Derivatives, g.ShareAlike, g.UseRestrictions, g.Attribution}, nil) {
		f.add("commercial, derivatives, shareAlike, useRestrictions and attribution must be true or false")
	}
}
