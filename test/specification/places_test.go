package specification_test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// dataPlaces returns the declared places where data is stored or processed, and whether they are all. A part of a country counts as the country,
// unless the law of the part treats the rest of the country as abroad.
func (c *chatbot) dataPlaces() (places []string, areAll bool) {
	areAll = c.spec.Processors != nil && c.spec.Residency != nil && len(c.spec.Residency.Countries) > 0
	if c.spec.Residency != nil {
		places = texts(c.spec.Residency.Countries)
		for _, region := range c.spec.Residency.Regions {
			if country, isKnown := c.regions[string(region)]; isKnown {
				places = append(places, country)
			}
		}
	}
	for i := range c.spec.Processors {
		country := string(c.spec.Processors[i].Country)
		areAll = areAll && country != ""
		if country != "" {
			places = append(places, country)
		}
	}
	for i, place := range places {
		places[i] = c.placeOfData(strings.ToLower(place))
	}
	return places, areAll
}

func (c *chatbot) placeOfData(place string) string {
	country, _, _ := strings.Cut(place, "-")
	if slices.Contains(c.geography.Parts, place) {
		return place
	}
	if home, isTerritory := c.geography.Within[country]; isTerritory {
		return home
	}
	return country
}

// seats returns the places where the deployer is established, and whether they are stated.
func (c *chatbot) seats() ([]string, bool) {
	parties := c.spec.Accountability
	if parties == nil {
		return nil, false
	}
	seats := texts(parties.Establishments)
	isStated := parties.Deployer != nil && parties.Deployer.Country != ""
	if isStated {
		seats = append(seats, string(parties.Deployer.Country))
	}
	return seats, isStated
}

func (c *chatbot) establishedIn(codes []string) truth {
	seats, isStated := c.seats()
	return c.among(codes, seats, isStated)
}

// among tells whether one of the codes is among the places with their parents. While the places are not all stated, it can be among the others.
func (c *chatbot) among(codes, places []string, areAll bool) truth {
	all := c.withParents(places...)
	return truthOf(slices.ContainsFunc(codes, func(code string) bool { return all[code] }), areAll)
}

func (c *chatbot) processedIn(codes []string) truth {
	places, areAll := c.dataPlaces()
	return c.among(codes, places, areAll)
}

// crossesBorder tells whether data leaves the territory of the code. It does not leave one that is reached only because data is there.
func (c *chatbot) crossesBorder(code string) truth {
	places, areAll := c.dataPlaces()
	if areAll && !c.seated[code] {
		return no
	}
	territory := c.territoryOf(code)
	return truthOf(slices.ContainsFunc(places, func(place string) bool { return !c.liesIn(place, territory) }), areAll)
}

// anyPlace returns the strongest answer of a fact that each place has for itself, over the places that a point is about.
func (c *chatbot) anyPlace(p *point, read func(code string) truth) truth {
	strongest := no
	for _, code := range c.placesOf(p) {
		strongest = max(strongest, read(code))
	}
	return strongest
}

// placesOf returns the places for which such a fact of a point is read: those that it names and that are served, all that one names that applies by
// the seat or by the place of data, and, where it names none, its code, or all that are declared if it is of a sector.
func (c *chatbot) placesOf(p *point) []string {
	switch {
	case p.AppliesBy == "establishment" || p.AppliesBy == "processing":
		return p.namedPlaces()
	case p.isSector && p.Jurisdictions == nil:
		return lowered(c.spec.Jurisdictions)
	case p.Jurisdictions != nil:
		return slices.DeleteFunc(slices.Clone(p.Jurisdictions), func(code string) bool { return !c.places[code] })
	}
	return []string{p.code}
}

// isSensitive tells whether a declared category is sensitive in the law of the code. It is in none that is not reached.
func (c *chatbot) isSensitive(code string) truth {
	if c.spec.PersonalData == nil || c.spec.PersonalData.Categories == nil {
		return unstated
	}
	if !c.reached[code] {
		return no
	}
	declared := c.declaredCategories()
	here := c.withParents(code)
	for _, d := range c.documents {
		for _, p := range d.Points {
			if p.Dimension == "personal_data.sensitive" && p.When["sensitive"] == nil && c.definesFor(p, here) &&
				meets(p.Value, declared, true) == yes && p.isInForce(c.day) && c.defines(p) {
				return yes
			}
		}
	}
	return no
}

// definesFor tells whether a point that defines sensitive data is about a code with its parents: it is from one of them, or from a declared
// sector that names one of them or no place.
func (c *chatbot) definesFor(p *point, here map[string]bool) bool {
	if !p.isSector {
		return here[p.code]
	}
	return c.sectors[p.code] && (p.Jurisdictions == nil || slices.ContainsFunc(p.Jurisdictions, func(code string) bool { return here[code] }))
}

// defines tells whether the conditions of a point that defines sensitive data hold. It defines them in each place that is reached, served or not.
func (c *chatbot) defines(p *point) bool {
	if p.AppliesBy == "establishment" || p.AppliesBy == "processing" {
		return c.isSubjectTo(p)
	}
	near := *c
	near.places = c.reached
	return near.conditionsOf(p) != no
}

func (c *chatbot) transferBy(condition any, _ *point) truth {
	if c.spec.Processors == nil {
		return unstated
	}
	var grounds []string
	for i := range c.spec.Processors {
		stated := texts(c.spec.Processors[i].Transfer)
		if slices.Contains(stated, "adequacy") {
			stated = []string{"adequacy"}
		}
		grounds = append(grounds, stated...)
	}
	return meets(condition, grounds, true)
}

func (c *chatbot) roles(condition any, _ *point) truth {
	if c.spec.Accountability == nil {
		return unstated
	}
	return meets(condition, texts(c.spec.Accountability.Roles), c.spec.Accountability.Roles != nil)
}

// notRoles holds if the deployer has none of the roles that goes with a sector or a purpose that is declared.
func (c *chatbot) notRoles(condition any, _ *point) truth {
	if c.spec.Accountability == nil {
		return unstated
	}
	held := slices.DeleteFunc(texts(c.spec.Accountability.Roles), func(name string) bool {
		role := c.facts.Roles[name]
		isExpected := func(of []string, stated []string) bool {
			return slices.ContainsFunc(stated, func(one string) bool { return slices.Contains(of, one) })
		}
		return len(role.Sectors) > 0 && !isExpected(role.Sectors, lowered(c.spec.Sectors)) && !isExpected(role.Purposes, texts(c.spec.Purpose.Kinds))
	})
	return yes - meets(condition, held, c.spec.Accountability.Roles != nil)
}

// deployer returns what is stated of the size of the deployer, and whether it is small.
func (c *chatbot) deployer() (size v1alpha1.Accountability, isSmall bool) {
	if c.spec.Accountability != nil {
		size = *c.spec.Accountability
	}
	isContrary := regexp.MustCompile(c.facts.NotSmall).MatchString(strings.ToLower(size.SmallOperatorReason))
	return size, size.SmallOperator != nil && *size.SmallOperator && size.SmallOperatorReason != "" && !isContrary
}

// reaches compares a number with the one of a condition.
func reaches(number float64, isStated, isSmall bool, threshold any) truth {
	return truthOf(isStated && number >= threshold.(float64), isStated || isSmall)
}

func (c *chatbot) staff(condition any, _ *point) truth {
	size, isSmall := c.deployer()
	if size.Staff == nil {
		return reaches(0, false, isSmall, condition)
	}
	return reaches(float64(*size.Staff), true, isSmall, condition)
}

func (c *chatbot) peopleServed(condition any, _ *point) truth {
	size, isSmall := c.deployer()
	if size.PeopleServed == nil {
		return reaches(0, false, isSmall, condition)
	}
	return reaches(float64(*size.PeopleServed), true, isSmall, condition)
}
