package law

import (
	"maps"
	"slices"
	"strings"
)

// licenseUses returns the uses that a declaration can state (spec.intellectualProperty.use).
func licenseUses() []string {
	return []string{"commercial", "network-service", "modified", "distributed"}
}

// copyleftLevels returns the levels of copyleft that bring a duty about.
func copyleftLevels() []string { return []string{"weak", "strong", "network"} }

// checkLicenses checks that every license states each of its duties, and stands in one group.
func (f *faults) checkLicenses(data *Data) {
	f.where = "licences"
	f.checkUses(data.Licenses.Uses)
	taken := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(data.Licenses.Licenses)) {
		f.where = "licences " + name
		group := data.Licenses.Licenses[name]
		f.checkLicenseGroup(group)
		for _, id := range group.IDs {
			if other, twice := taken[strings.ToLower(id)]; twice {
				f.add("%q is also among %s", id, other)
			}
			taken[strings.ToLower(id)] = name
		}
	}
	f.where = "licences: exceptions"
	for _, id := range slices.Sorted(maps.Keys(data.Licenses.Exceptions)) {
		f.checkOneOf(id, data.Licenses.Exceptions[id], copyleftLevels())
	}
}

// checkUses checks that each duty has the uses that bring it about.
func (f *faults) checkUses(uses map[string][][]string) {
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
				f.checkOneOf("uses: "+duty, use, licenseUses())
			}
		}
	}
}

func (f *faults) checkLicenseGroup(g LicenseGroup) {
	if g.Source == "" || len(g.IDs) == 0 {
		f.add("source and ids must not be empty")
	}
	f.checkOneOf("copyleft", g.Copyleft, append(copyleftLevels(), "none"))
	if slices.Contains([]*bool{g.Commercial, g.Derivatives, g.ShareAlike, g.UseRestrictions, g.Attribution}, nil) {
		f.add("commercial, derivatives, shareAlike, useRestrictions and attribution must be true or false")
	}
}
