package law

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// checkNames checks that the members of `facts` that name codes, roles, capacities and dimensions name ones that exist. A name that does not
// would silently have no effect.
func (f *faults) checkNames(data *Data) {
	facts := &data.Facts
	f.place = "facts"
	capacities, sectors := conditions["audience"].words, slices.Sorted(maps.Keys(data.Sectors))
	for _, key := range slices.Sorted(maps.Keys(facts.AnswersFor)) {
		f.checkOneOf("answersFor:", key, slices.Concat(capacities, sectors))
		f.checkAll("answersFor: "+key, facts.AnswersFor[key], slices.Sorted(maps.Keys(data.Dimensions.Dimensions)))
	}
	places := slices.Sorted(maps.Keys(data.Jurisdictions))
	for _, name := range slices.Sorted(maps.Keys(facts.Certifications)) {
		f.checkAll("certifications: "+name+": of", facts.Certifications[name].Of, places)
		f.checkAll("certifications: "+name+": countries", facts.Certifications[name].Countries, data.Places.Countries)
	}
	for i, doubt := range facts.DoubtedBases {
		place := fmt.Sprintf("doubtedBases[%d]", i)
		f.checkOneOf(place+": basis", doubt.Basis, data.Dimensions.Dimensions["consent.lawfulBasis"].Values)
		f.checkOneOf(place+": audience", doubt.Audience, capacities)
		f.checkAll(place+": of", doubt.Of, places)
	}
	for i, act := range facts.SeatLaws {
		f.checkOneOf(fmt.Sprintf("seatLaws[%d]: code", i), act.Code, places)
		if act.Act == "" || act.Article == "" {
			f.add("seatLaws[%d]: act and article must not be empty", i)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(facts.Roles)) {
		f.checkKnown("roles: "+name+": sectors", facts.Roles[name].Sectors, sectors)
		f.checkKnown("roles: "+name+": purposes", facts.Roles[name].Purposes, conditions["purposes"].words)
	}
	f.checkKnown("adults", facts.Adults, capacities)
	if _, err := regexp.Compile(facts.NotSmall); err != nil || facts.NotSmall == "" {
		f.add("notSmall: %q is not a pattern", facts.NotSmall)
	}
	f.checkDates(facts.EarliestAssessment, "")
}

// checkAll checks that a list is not empty and has known words only.
func (f *faults) checkAll(name string, words, known []string) {
	if len(words) == 0 {
		f.add("%s must not be empty", name)
	}
	f.checkKnown(name, words, known)
}

func (f *faults) checkKnown(name string, words, known []string) {
	for _, word := range words {
		f.checkOneOf(name+":", word, known)
	}
}
