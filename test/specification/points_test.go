package specification_test

import (
	"maps"
	"slices"
)

// applied is a point that applies to a chatbot. It advises if it does not bind.
type applied struct {
	*point
	binds bool
}

// isInForce tells whether the day is between the first and the last day of the point, both inclusive.
func (p *point) isInForce(day string) bool {
	return p.From <= day && (p.Until == "" || day <= p.Until)
}

// listPoints returns the points that apply, without those that an organization replaces.
func (c *chatbot) listPoints() []applied { return withoutReplaced(c.listApplying()) }

// listApplying returns the points that apply, also those that an organization replaces.
func (c *chatbot) listApplying() []applied {
	var all []applied
	for _, d := range c.documents {
		for _, p := range d.Points {
			if c.isSubjectTo(p) {
				all = append(all, applied{p, p.obliges() && (p.Confidence == "sourced" || p.isOwn()) && c.isAddressed(p)})
			}
		}
	}
	return all
}

// isSubjectTo tells whether a point applies.
func (c *chatbot) isSubjectTo(p *point) bool {
	return c.isReached(p) && p.isInForce(c.day) && c.conditionsOf(p) != no
}

// isReached tells whether the declaration has to do with the code of a point: it is served, or, if the point applies by the seat or by the place of
// data, it is reached, and so is one of the places that the point names. Data that is in a place does not reach the law of seats there.
func (c *chatbot) isReached(p *point) bool {
	isServed := c.places[p.code] || c.sectors[p.code]
	near := c.reached
	switch p.AppliesBy {
	case "establishment":
		near = c.seated
	case "processing":
	default:
		return isServed
	}
	return (isServed || c.reached[p.code]) && slices.ContainsFunc(p.namedPlaces(), func(place string) bool { return near[place] })
}

// namedPlaces are the places that a point names, or else its code.
func (p *point) namedPlaces() []string {
	if p.Jurisdictions == nil {
		return []string{p.code}
	}
	return p.Jurisdictions
}

// reach finds the places that are served or where the deployer is established, and these with those where data is, all with their parents.
func (c *chatbot) reach() {
	seats, _ := c.seats()
	c.seated = c.withParents(slices.Concat(texts(c.spec.Jurisdictions), seats)...)
	places, _ := c.dataPlaces()
	c.reached = maps.Clone(c.seated)
	maps.Copy(c.reached, c.withParents(places...))
}

// conditionsOf returns the weakest answer to the conditions of a point.
func (c *chatbot) conditionsOf(p *point) truth {
	weakest := min(c.placeOf(p), c.directness(p), c.whereLaw(p))
	for name, condition := range p.When {
		weakest = min(weakest, c.holds(name, condition, p))
	}
	return weakest
}

// placeOf returns the answer to the condition on the place that brings the chatbot under the point.
func (c *chatbot) placeOf(p *point) truth {
	named := p.namedPlaces()
	switch {
	case p.AppliesBy == "establishment":
		return c.establishedIn(named)
	case p.AppliesBy == "processing":
		return c.processedIn(named)
	case p.Jurisdictions == nil:
		return yes
	}
	return truthOf(slices.ContainsFunc(named, func(code string) bool { return c.places[code] }), true)
}

func (c *chatbot) directness(p *point) truth {
	if !p.Direct {
		return yes
	}
	return truthOf(slices.Contains(append(lowered(c.spec.Jurisdictions), lowered(c.spec.Sectors)...), p.code), true)
}

// whereLaw tells whether the act of a point is law in one of the declared jurisdictions that the point is about. A point of a sector that names no
// place is about none.
func (c *chatbot) whereLaw(p *point) truth {
	about := []string{p.code}
	if p.isSector {
		about = p.Jurisdictions
	}
	if p.act.NotIn == nil || about == nil || p.AppliesBy == "establishment" || p.AppliesBy == "processing" {
		return yes
	}
	return truthOf(slices.ContainsFunc(lowered(c.spec.Jurisdictions), func(code string) bool {
		above := c.withParents(code)
		isAmong := func(place string) bool { return above[place] }
		return slices.ContainsFunc(about, isAmong) && !slices.ContainsFunc(p.act.NotIn, isAmong)
	}), true)
}

// isAddressed tells whether no fact that says whom the point binds is unstated.
func (c *chatbot) isAddressed(p *point) bool {
	if c.placeOf(p) == unstated {
		return false
	}
	for name, condition := range p.When {
		if slices.Contains(c.facts.Addressee, name) && c.holds(name, condition, p) == unstated {
			return false
		}
	}
	return true
}

// force is the kind of text that the point is from.
func (p *point) force() string {
	switch {
	case p.isOwn():
		return ""
	case p.Confidence == "default":
		return "default"
	case p.act.Force != "":
		return p.act.Force
	case p.act.Status == "case":
		return "court"
	case p.act.Status == "guidance":
		return "guidance"
	}
	return "statute"
}

// obliges tells whether people must follow the point, once its first day has come.
func (p *point) obliges() bool {
	if p.isOwn() {
		return true
	}
	switch p.act.Status {
	case "in-force", "case":
	case "adopted":
		if p.From == "" {
			return false
		}
	default:
		return false
	}
	return p.Confidence != "default" && p.act.Force != "voluntary"
}
