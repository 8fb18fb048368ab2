package specification_test

import (
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// truth is what a declaration says about a condition.
type truth int

const (
	no truth = iota
	unstated
	yes
)

func truthOf(holds, isStated bool) truth {
	switch {
	case holds:
		return yes
	case isStated:
		return no
	}
	return unstated
}

// chatbot is a declaration on a day.
type chatbot struct {
	*law
	spec *v1alpha1.ChatbotDeploymentSpec
	day  string
	// places are the declared jurisdictions with their parents, sectors the declared sectors with theirs.
	places, sectors map[string]bool
	// seated are the places that are served and those of the seats, reached these and those of the data, with their parents.
	seated, reached map[string]bool
	// open are the facts that the declaration leaves open although it states them.
	open map[string]bool
}

func newChatbot(l *law, spec *v1alpha1.ChatbotDeploymentSpec, day string) *chatbot {
	c := &chatbot{law: l, spec: spec, day: day}
	c.places = l.withParents(texts(spec.Jurisdictions)...)
	c.sectors = l.withParents(texts(spec.Sectors)...)
	c.reach()
	c.open = c.leftOpen()
	return c
}

func texts[T ~string](list []T) []string {
	all := make([]string, 0, len(list))
	for _, one := range list {
		all = append(all, string(one))
	}
	return all
}

// lowered returns the texts in lower case.
func lowered[T ~string](list []T) []string {
	all := texts(list)
	for i := range all {
		all[i] = strings.ToLower(all[i])
	}
	return all
}

// words returns a value of the data that is a list of words.
func words(value any) []string {
	list, _ := value.([]any)
	all := make([]string, 0, len(list))
	for _, one := range list {
		all = append(all, one.(string))
	}
	return all
}

// meets tells whether one of the values of a condition is among those of the fact.
func meets(condition any, fact []string, isStated bool) truth {
	wanted := words(condition)
	return truthOf(slices.ContainsFunc(fact, func(v string) bool { return slices.Contains(wanted, v) }), isStated)
}

// holds returns what the declaration says about a condition of a point.
func (c *chatbot) holds(name string, condition any, p *point) truth {
	if c.open[name] {
		return unstated
	}
	if read, found := c.conditions[name]; found {
		return read(c, condition, p)
	}
	panic("the specification has no condition " + name)
}

// reader reads the fact of a condition.
type reader func(c *chatbot, condition any, p *point) truth

// readers returns the facts of section 2.
func readers() map[string]reader {
	return map[string]reader{
		"purposes": func(c *chatbot, v any, _ *point) truth { return meets(v, texts(c.spec.Purpose.Kinds), true) },
		"channels": func(c *chatbot, v any, _ *point) truth { return meets(v, texts(c.spec.Channels), true) },
		"sectors": func(c *chatbot, v any, _ *point) truth {
			return meets(v, keys(c.sectors), c.spec.Sectors != nil)
		},
		"riskClass": func(c *chatbot, v any, _ *point) truth {
			return meets(v, []string{string(c.spec.RiskClass)}, c.spec.RiskClass != "")
		},
		"practices": func(c *chatbot, v any, _ *point) truth {
			return meets(v, texts(c.spec.Purpose.Practices), c.spec.Purpose.Practices != nil)
		},
		"outbound":             func(c *chatbot, _ any, _ *point) truth { return flagged(c.spec.Purpose.Outbound) },
		"generatesMedia":       func(c *chatbot, _ any, _ *point) truth { return flagged(c.spec.Purpose.GeneratesMedia) },
		"lawfulBasis":          (*chatbot).lawfulBasis,
		"audience":             (*chatbot).audience,
		"roles":                (*chatbot).roles,
		"notRoles":             (*chatbot).notRoles,
		"categories":           (*chatbot).categories,
		"minors":               func(c *chatbot, _ any, _ *point) truth { return c.isBelow(c.facts.AdultAge) },
		"belowAge":             func(c *chatbot, v any, _ *point) truth { return c.isBelow(v.(float64)) },
		"significantDecisions": func(c *chatbot, _ any, _ *point) truth { return c.decides("none") },
		"solelyAutomated": func(c *chatbot, _ any, _ *point) truth {
			return c.decides("none", "human-decides", "prohibited")
		},
		"voiceBiometrics": func(c *chatbot, _ any, p *point) truth {
			return c.categories([]any{"biometric"}, p)
		},
		"trainsOnData":     func(c *chatbot, _ any, _ *point) truth { return c.trainsOnData() },
		"recording":        func(c *chatbot, _ any, _ *point) truth { return c.records() },
		"collectsData":     func(c *chatbot, _ any, _ *point) truth { return c.collectsData() },
		"processesData":    func(c *chatbot, _ any, _ *point) truth { return c.processesData() },
		"sensitive":        func(c *chatbot, _ any, p *point) truth { return c.anyPlace(p, c.isSensitive) },
		"crossBorder":      func(c *chatbot, _ any, p *point) truth { return c.anyPlace(p, c.crossesBorder) },
		"processedIn":      func(c *chatbot, v any, _ *point) truth { return c.processedIn(words(v)) },
		"transferBy":       (*chatbot).transferBy,
		"establishedIn":    func(c *chatbot, v any, _ *point) truth { return c.establishedIn(words(v)) },
		"notEstablishedIn": func(c *chatbot, v any, _ *point) truth { return yes - c.establishedIn(words(v)) },
		"staff":            (*chatbot).staff,
		"peopleServed":     (*chatbot).peopleServed,
		"turnover":         (*chatbot).turnover,
		"enterprise":       (*chatbot).enterprise,
	}
}

func flagged(stated *bool) truth { return truthOf(stated != nil && *stated, stated != nil) }

func keys(set map[string]bool) []string {
	all := make([]string, 0, len(set))
	for one := range set {
		all = append(all, one)
	}
	return all
}

func (c *chatbot) lawfulBasis(condition any, _ *point) truth {
	if c.spec.Consent == nil {
		return unstated
	}
	return meets(condition, texts(c.spec.Consent.LawfulBasis), c.spec.Consent.LawfulBasis != nil)
}

func (c *chatbot) audience(condition any, _ *point) truth {
	if c.spec.Audience == nil {
		return unstated
	}
	return meets(condition, texts(c.spec.Audience.Who), c.spec.Audience.Who != nil)
}

func (c *chatbot) categories(condition any, _ *point) truth {
	if c.spec.PersonalData == nil {
		return unstated
	}
	return meets(condition, c.declaredCategories(), c.spec.PersonalData.Categories != nil)
}

// declaredCategories are the categories as they are declared, with those that other words stand for.
func (c *chatbot) declaredCategories() []string {
	if c.spec.PersonalData == nil {
		return nil
	}
	declared := texts(c.spec.PersonalData.Categories)
	for _, word := range declared {
		if category, isWord := c.facts.Categories.Also[word]; isWord {
			declared = append(declared, category)
		}
	}
	return declared
}

func (c *chatbot) isBelow(age float64) truth {
	if c.spec.Audience == nil || c.spec.Audience.MinimumAge == nil {
		return unstated
	}
	return truthOf(float64(*c.spec.Audience.MinimumAge) < age, true)
}

// decides tells whether significant decisions are taken in another way than those that do not count.
func (c *chatbot) decides(without ...string) truth {
	if c.spec.Oversight == nil || c.spec.Oversight.SignificantDecisions == "" {
		return unstated
	}
	return truthOf(!slices.Contains(without, string(c.spec.Oversight.SignificantDecisions)), true)
}

func (c *chatbot) trainsOnData() truth {
	if c.spec.Processors == nil {
		return unstated
	}
	all := no
	for i := range c.spec.Processors {
		all = max(all, flagged(c.spec.Processors[i].TrainsOnData))
	}
	return all
}

func (c *chatbot) records() truth {
	kept := func(days *v1alpha1.Days) bool { return days != nil && *days > 0 }
	retention := c.spec.Retention
	if retention == nil {
		retention = &v1alpha1.Retention{}
	}
	holds := slices.Contains(c.spec.Channels, "voice") || kept(retention.TranscriptDays) || kept(retention.RecordingDays)
	return truthOf(holds, retention.TranscriptDays != nil)
}

func (c *chatbot) processesData() truth {
	if len(c.spec.Processors) > 0 {
		return yes
	}
	if collects := c.collectsData(); collects != no {
		return collects
	}
	return truthOf(false, c.spec.Processors != nil)
}

func (c *chatbot) collectsData() truth {
	categories := c.spec.PersonalData
	if categories != nil && len(categories.Categories) > 0 {
		return yes
	}
	if records := c.records(); records != no {
		return records
	}
	return truthOf(false, categories != nil && categories.Categories != nil)
}
