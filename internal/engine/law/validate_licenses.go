package law

import (
	"maps"
	"slices"
	"strings"
)

// listUses returns the uses of a model that a declaration can state (spec.intellectualProperty.use).
func listUses() []string {
	return []string{"commercial", "network-service", "modified", "distributed"}
}

// listCopyleftLevels returns the levels of copyleft except `none`, the weakest first.
func listCopyleftLevels() []string { return []string{"weak", "strong", "network"} }

// checkLicenses checks the uses that trigger clauses of licenses, the groups of licenses, and the SPDX exceptions, each of which maps to a
// level of copyleft. A license may be in one group only.
func (f *faults) checkLicenses(data *Data) {
	f.place = "licences"
	f.checkUses(data.Licenses.Uses)
	groupOf := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(data.Licenses.Licenses)) {
		f.place = "licences " + name
		group := data.Licenses.Licenses[name]
		f.checkLicenseGroup(group)
		for _, id := range group.IDs {
			// SPDX identifiers are case-insensitive.
			if other, isTaken := groupOf[strings.ToLower(id)]; isTaken {
				f.add("%q is also in group %s", id, other)
			}
			groupOf[strings.ToLower(id)] = name
		}
	}
	f.place = "licences: exceptions"
	for _, id := range slices.Sorted(maps.Keys(data.Licenses.Exceptions)) {
		f.checkOneOf(id, data.Licenses.Exceptions[id], listCopyleftLevels())
	}
}

// checkUses checks the map from each clause of licenses to the combinations of uses that trigger the clause. The map must have exactly the
// clauses that rules check, such as each level of copyleft, with at least one combination for each clause. The clause that the authors must
// be named (`attribution`) is not among them: no declaration states whether it is met, so no rule checks it.
func (f *faults) checkUses(uses map[string][][]string) {
	clauses := append(listCopyleftLevels(), "commercial", "derivatives", "shareAlike", "useRestrictions")
	slices.Sort(clauses)
	if !slices.Equal(slices.Sorted(maps.Keys(uses)), clauses) {
		f.add("uses must have %s and no other", strings.Join(clauses, ", "))
	}
	for _, clause := range slices.Sorted(maps.Keys(uses)) {
		if len(uses[clause]) == 0 {
			f.add("uses: no use triggers %s", clause)
		}
		for _, combination := range uses[clause] {
			for _, use := range combination {
				f.checkOneOf("uses: "+clause, use, listUses())
			}
		}
	}
}

// checkLicenseGroup checks that a group states every permission and duty: a missing one must not pass for false.
func (f *faults) checkLicenseGroup(g LicenseGroup) {
	if g.Source == "" || len(g.IDs) == 0 {
		f.add("source and ids must not be empty")
	}
	f.checkOneOf("copyleft", g.Copyleft, append(listCopyleftLevels(), "none"))
	if slices.Contains([]*bool{g.Commercial, g.Derivatives, g.ShareAlike, g.UseRestrictions, g.Attribution}, nil) {
		f.add("commercial, derivatives, shareAlike, useRestrictions and attribution must be true or false")
	}
}
