package specification_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// addAnswers states some of the fields that the general comparison reads, at random.
func (g *generator) addAnswers(spec *v1alpha1.ChatbotDeploymentSpec) *v1alpha1.ChatbotDeploymentSpec {
	share := pick(g, []int{0, 30, 90})
	fields := (&chatbot{spec: spec}).fields()
	for _, name := range slices.Sorted(maps.Keys(g.law.dimensions)) {
		d := g.law.dimensions[name]
		if !g.law.isCompared(name) || d.Field == "assessments" || g.isFact(d.Field) || !g.chance(share) {
			continue
		}
		write(fields, d.Field, g.answer(name))
	}
	if g.chance(20) {
		write(fields, "retention.justification", "disputes are settled late")
	}
	return decode(fields)
}

// decode returns the spec that JSON writes with the fields.
func decode(fields map[string]any) *v1alpha1.ChatbotDeploymentSpec {
	content, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	spec := &v1alpha1.ChatbotDeploymentSpec{}
	if err := json.Unmarshal(content, spec); err != nil {
		panic(err)
	}
	return spec
}

// addTerms says at random what findings do, which dimensions do not apply, and which values some of the places have.
func (g *generator) addTerms(spec *v1alpha1.ChatbotDeploymentSpec) {
	spec.Enforcement = pick(g, []v1alpha1.Enforcement{"", "", "Deny", "Quarantine", "Warn", "Audit"})
	if g.chance(20) {
		name := v1alpha1.RuleID(pick(g, slices.Sorted(maps.Keys(g.law.dimensions))))
		spec.NotApplicable = []v1alpha1.NotApplicable{{Dimension: name, Reason: "Nothing of the kind is done here."}}
	}
	if len(spec.Jurisdictions) < 2 || g.chance(60) {
		return
	}
	for _, code := range spec.Jurisdictions[:1+g.IntN(len(spec.Jurisdictions))] {
		other := g.spec()
		entry := v1alpha1.PlaceValues{Jurisdictions: []v1alpha1.Code{code}}
		for _, take := range []func(){
			func() { entry.Retention = other.Retention }, func() { entry.Rights = other.Rights },
			func() { entry.Audience = other.Audience }, func() { entry.Residency = other.Residency },
		} {
			if g.chance(50) {
				take()
			}
		}
		spec.PerPlace = append(spec.PerPlace, entry)
	}
}

// addAssessments states assessments that are recent, due, to come, expired or not completed, around the day.
func (g *generator) addAssessments(spec *v1alpha1.ChatbotDeploymentSpec, day string) {
	spec.Assessments = nil
	types := slices.Sorted(maps.Keys(pick(g, g.values["accountability.assessments"]).(map[string]any)))
	for _, kind := range append(types, "dpia") {
		if g.chance(40) || slices.ContainsFunc(spec.Assessments, func(a v1alpha1.Assessment) bool { return string(a.Type) == kind }) {
			continue
		}
		made := v1alpha1.Assessment{Type: v1alpha1.AssessmentType(kind)}
		if g.chance(80) {
			oldest := int(g.number(numbersOf(g.values["accountability.assessments"])).(float64))
			made.Completed = v1alpha1.Date(dayAfter(day, -oldest-g.IntN(3)+1))
		}
		if g.chance(15) {
			made.Completed = v1alpha1.Date(dayAfter(day, 1+g.IntN(40)))
		}
		if g.chance(30) {
			made.Expires = v1alpha1.Date(dayAfter(day, g.IntN(60)-10))
		}
		spec.Assessments = append(spec.Assessments, made)
	}
}

// isFact tells whether the field answers a condition too, so that it is stated already.
func (g *generator) isFact(field string) bool {
	for _, fields := range g.law.facts.Fields {
		if fields == "spec."+field {
			return true
		}
	}
	return field == "retention.recordingDays" || field == "retention.transcriptDays"
}

func write(fields map[string]any, path string, value any) {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		if fields[name] == nil {
			fields[name] = map[string]any{}
		}
		fields = fields[name].(map[string]any)
	}
	fields[names[len(names)-1]] = value
}

// answer returns a value of the type of the dimension: often one that the data requires, at times a stricter or a weaker one.
func (g *generator) answer(name string) any {
	d := g.law.dimensions[name]
	required := g.values[name]
	switch d.Type {
	case "flag":
		if strings.HasSuffix(d.Field, "URL") {
			return "https://shop.example/page"
		}
		if name == "consent.optOutSignal" || name == "residency.localCopy" {
			return g.chance(50)
		}
		return "team@shop.example"
	case "level":
		return pick(g, d.Levels)
	case "atMost", "atLeast":
		return g.number(required)
	case "each", "eachAtLeast", "eachAtMost":
		numbers := map[string]any{}
		for key := range pick(g, required).(map[string]any) {
			numbers[key] = g.number(numbersOf(required))
		}
		return numbers
	}
	list := []string{}
	for range g.IntN(6) {
		list = append(list, words(pick(g, required))...)
	}
	return unique(list)
}

func (g *generator) number(from []any) any {
	if len(from) == 0 {
		return 1
	}
	return max(0, pick(g, from).(float64)+float64(g.IntN(3))-1)
}

func numbersOf(values []any) []any {
	var numbers []any
	for _, value := range values {
		members := value.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(members)) {
			if number, isNumber := members[key].(float64); isNumber {
				numbers = append(numbers, number)
			}
		}
	}
	return numbers
}
