package specification_test

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// generator makes declarations at random. Each fact is left out, empty or stated.
type generator struct {
	*rand.Rand
	law           *law
	jurisdictions []string
	sectors       []string
	days          []string
	// conditions are the values of each condition in the data, with one that no law names.
	conditions map[string][]string
	// thresholds are the numbers of each condition in the data.
	thresholds map[string][]float64
	currencies []string
	// values are the values of each dimension in the data.
	values map[string][]any
}

// newGenerator returns a generator that makes the same declarations whenever it has the same seed.
func newGenerator(l *law, seed uint64) *generator {
	g := &generator{
		Rand: rand.New(rand.NewPCG(seed, seed)), law: l, jurisdictions: l.codes("jurisdiction"), sectors: l.codes("sector"),
		conditions: map[string][]string{}, values: map[string][]any{}, thresholds: map[string][]float64{}, days: []string{"2026-11-28", "2027-08-01", "2030-01-01"},
	}
	for _, code := range slices.Concat(g.jurisdictions, g.sectors) {
		for _, p := range l.documents[code].Points {
			g.readPoint(p)
		}
	}
	g.days = unique(g.days)
	g.currencies = unique(g.currencies)
	for name, values := range g.conditions {
		g.conditions[name] = unique(values)
	}
	for name, values := range g.thresholds {
		slices.Sort(values)
		g.thresholds[name] = slices.Compact(values)
	}
	return g
}

// readPoint takes over the days, values and numbers of a point.
func (g *generator) readPoint(p *point) {
	g.values[p.Dimension] = append(g.values[p.Dimension], p.Value)
	if p.From > "2018" {
		g.days = append(g.days, dayAfter(p.From, -1), p.From, dayAfter(p.From, 1))
	}
	if p.Until != "" {
		g.days = append(g.days, p.Until, dayAfter(p.Until, 1))
	}
	for name, condition := range p.When {
		switch v := condition.(type) {
		case []any:
			g.conditions[name] = append(g.conditions[name], words(v)...)
		case float64:
			g.thresholds[name] = append(g.thresholds[name], v)
		case map[string]any:
			for currency, amount := range v {
				g.currencies = append(g.currencies, currency)
				g.thresholds[name] = append(g.thresholds[name], amount.(float64))
			}
		}
	}
	if p.Dimension == "personal_data.sensitive" {
		g.conditions["categories"] = append(g.conditions["categories"], words(p.Value)...)
	}
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// some returns up to four of the values, each once; nil, or an empty list, at times.
func some[T ~string](g *generator, from []string) []T {
	if g.chance(30) {
		return nil
	}
	list := []T{}
	if g.chance(10) {
		return list
	}
	for range 1 + g.IntN(4) {
		if one := T(pick(g, from)); !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// anyCase writes a code in lower or upper case.
func (g *generator) anyCase(code string) string {
	if g.chance(20) {
		return strings.ToUpper(code)
	}
	return code
}

func (g *generator) codes(from []string, most int) []v1alpha1.Code {
	var list []v1alpha1.Code
	for range 1 + g.IntN(most) {
		code := v1alpha1.Code(g.anyCase(pick(g, from)))
		if !slices.ContainsFunc(list, func(other v1alpha1.Code) bool { return strings.EqualFold(string(other), string(code)) }) {
			list = append(list, code)
		}
	}
	return list
}

// place returns a country or a part of one: one of the legal data, or one without a document.
func (g *generator) place() v1alpha1.PlaceCode {
	if g.chance(20) {
		return pick(g, []v1alpha1.PlaceCode{"BZ", "mz", "US-DC", "ca-mb", "CA-QC", "DE-BY", "IS", "PR", "US", "de"})
	}
	for {
		if code := pick(g, g.jurisdictions); code != "eu" && len(code) <= 6 {
			return v1alpha1.PlaceCode(strings.ToUpper(code))
		}
	}
}

func (g *generator) placesOf(most int) []v1alpha1.PlaceCode {
	var list []v1alpha1.PlaceCode
	for range g.IntN(most + 1) {
		if place := g.place(); !slices.Contains(list, place) {
			list = append(list, place)
		}
	}
	return list
}

func (g *generator) flag() *bool {
	return pick(g, []*bool{nil, new(true), new(false)})
}

// near returns a number at a threshold of the condition, or below or above it.
func (g *generator) near(condition string) int64 {
	return max(0, int64(pick(g, g.thresholds[condition]))+int64(g.IntN(3))-1)
}

func (g *generator) question(name string) question {
	spec := g.spec()
	g.addTerms(spec)
	day := pick(g, g.days)
	g.addAssessments(spec, day)
	return question{name: name, spec: spec, day: day}
}

func (g *generator) spec() *v1alpha1.ChatbotDeploymentSpec {
	spec := &v1alpha1.ChatbotDeploymentSpec{
		Purpose:       v1alpha1.Purpose{Kinds: some[v1alpha1.PurposeKind](g, g.conditions["purposes"]), Outbound: g.flag(), GeneratesMedia: g.flag()},
		Channels:      []v1alpha1.Channel{pick(g, []v1alpha1.Channel{"web", "mobile", "voice", "email", "messaging"})},
		Jurisdictions: g.codes(g.jurisdictions, 4),
		RiskClass:     pick(g, []v1alpha1.RiskClass{"", "minimal", "limited", "high"}),
		Processors:    g.processors(),
	}
	if spec.Purpose.Kinds == nil {
		spec.Purpose.Kinds = []v1alpha1.PurposeKind{}
	}
	spec.Purpose.Practices = some[v1alpha1.Practice](g, append([]string{"dark-patterns"}, g.conditions["practices"]...))
	if g.chance(60) {
		spec.Sectors = g.codes(g.sectors, 3)
	} else if g.chance(50) {
		spec.Sectors = []v1alpha1.Code{}
	}
	g.addPeople(spec)
	g.addData(spec)
	if g.chance(85) {
		spec.Accountability = g.accountability()
	}
	return g.addAnswers(spec)
}

func (g *generator) addPeople(spec *v1alpha1.ChatbotDeploymentSpec) {
	if g.chance(80) {
		spec.Audience = &v1alpha1.Audience{}
		if who := some[v1alpha1.Capacity](g, g.conditions["audience"]); len(who) > 0 {
			spec.Audience.Who = who
		}
		if g.chance(70) {
			spec.Audience.MinimumAge = new(pick(g, []int32{0, 12, 13, 15, 16, 17, 18, 21}))
		}
	}
	if g.chance(80) {
		decisions := []v1alpha1.SignificantDecisions{"", "none", "human-decides", "allowed", "notice", "opt-out", "only-with-basis", "prohibited"}
		spec.Oversight = &v1alpha1.Oversight{SignificantDecisions: pick(g, decisions)}
	}
}

func (g *generator) addData(spec *v1alpha1.ChatbotDeploymentSpec) {
	if g.chance(80) {
		bases := []string{"consent", "contract", "legal-obligation", "public-task", "legitimate-interests", "business-purpose"}
		spec.Consent = &v1alpha1.Consent{}
		if lawful := some[v1alpha1.LawfulBasis](g, bases); len(lawful) > 0 {
			spec.Consent.LawfulBasis = lawful
		}
	}
	if g.chance(80) {
		categories := append([]string{"order", "contact", "allergy", "passport", "unheard-of"}, g.conditions["categories"]...)
		spec.PersonalData = &v1alpha1.PersonalData{Categories: some[v1alpha1.Word](g, categories)}
	}
	if g.chance(80) {
		days := []*v1alpha1.Days{nil, new(v1alpha1.Days(0)), new(v1alpha1.Days(30)), new(v1alpha1.Days(3000))}
		spec.Retention = &v1alpha1.Retention{TranscriptDays: pick(g, days), RecordingDays: pick(g, days)}
	}
	if g.chance(80) {
		spec.Residency = &v1alpha1.Residency{Countries: g.placesOf(2)}
	}
}

func (g *generator) processors() []v1alpha1.Processor {
	if g.chance(20) {
		return nil
	}
	list := []v1alpha1.Processor{}
	for range g.IntN(3) {
		processor := v1alpha1.Processor{Name: string(rune('a' + len(list))), TrainsOnData: g.flag()}
		if g.chance(80) {
			processor.Country = g.place()
		}
		grounds := []string{"adequacy", "standard-clauses", "binding-rules", "certification", "derogation", "consent", "contract", "assessment"}
		if transfer := some[v1alpha1.TransferMechanism](g, grounds); len(transfer) > 0 {
			processor.Transfer = transfer
		}
		list = append(list, processor)
	}
	return list
}

func (g *generator) accountability() *v1alpha1.Accountability {
	parties := &v1alpha1.Accountability{Roles: some[v1alpha1.Word](g, g.conditions["roles"]), SmallOperator: g.flag(), Establishments: g.placesOf(1)}
	if g.chance(70) {
		parties.Deployer = &v1alpha1.NamedParty{Name: "Shop"}
		if g.chance(80) {
			parties.Deployer.Country = g.place()
		}
	}
	if g.chance(50) {
		parties.Staff = new(int32(g.near("staff")))
	}
	if g.chance(50) {
		parties.PeopleServed = new(g.near("peopleServed"))
	}
	if g.chance(60) {
		parties.Turnover = map[string]int64{}
		for range 1 + g.IntN(2) {
			parties.Turnover[pick(g, append([]string{"NOK", "EUR"}, g.currencies...))] = g.near("turnover")
		}
	}
	if g.chance(70) {
		parties.SmallOperatorReason = pick(g, []string{"few people work here", "few people work here", "We are not a small firm"})
	}
	return parties
}
