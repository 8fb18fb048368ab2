package law

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// The closed lists of the format of the legal data.
var (
	dimensionTypes = []string{
		"flag", "level", "atMost", "atLeast", "allOf", "oneOf", "noneOf", "anyOf", "perCode", "each",
	}
	parties     = []string{"deployer", "developer", "processor", "platform"}
	statuses    = []string{"in-force", "adopted", "proposed", "guidance", "case"}
	confidences = []string{"sourced", "recalled", "default"}
	// conditionValues maps each condition to its values. Nil stands for the value true (for belowAge: a number of years), an empty
	// list for any codes.
	conditionValues = map[string][]string{
		"purposes": {
			"sales", "support", "advice", "claims", "credit", "employment", "health-advice", "companion", "companion-like",
		},
		"channels":             {"web", "mobile", "voice", "email", "messaging"},
		"sectors":              {},
		"riskClass":            {"limited", "high"},
		"minors":               nil,
		belowAge:               nil,
		"sensitive":            nil,
		"significantDecisions": nil,
		"outbound":             nil,
		"recording":            nil,
		"voiceBiometrics":      nil,
		"trainsOnData":         nil,
		"crossBorder":          nil,
		"generatesMedia":       nil,
		"largeOperator":        nil,
	}
	codePattern = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
)

// belowAge is the condition that the chatbot serves people below an age.
const belowAge = "belowAge"

// lastDate bounds the dates of the legal data: the arithmetic on days in Rego (lib/day) ends there.
const lastDate = "2149-12-31"

// maxNumber bounds the numbers of the legal data: a hundred years in hours.
const maxNumber = 36525 * 24

// faults collects faults of the data, each with its place.
type faults struct {
	where string
	found []error
}

func (f *faults) add(format string, args ...any) {
	f.found = append(f.found, fmt.Errorf("%s: %s", f.where, fmt.Sprintf(format, args...)))
}

func (f *faults) checkOneOf(what, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		f.add("%s %q is none of %s", what, value, strings.Join(allowed, ", "))
	}
}

// validate checks the legal data against its format. The error lists every fault with its place.
func validate(data *Data) error {
	f := &faults{}
	for _, name := range slices.Sorted(maps.Keys(data.Dimensions.Dimensions)) {
		f.where = "dimension " + name
		f.checkDimension(name, data.Dimensions.Dimensions[name])
	}
	for _, kind := range []struct {
		name      string
		documents map[string]Document
	}{{"jurisdiction", data.Jurisdictions}, {"sector", data.Sectors}} {
		for _, code := range slices.Sorted(maps.Keys(kind.documents)) {
			f.checkDocument(code, kind.name, kind.documents, data)
		}
	}
	f.checkRest(data)
	return errors.Join(f.found...)
}

func (f *faults) checkDimension(name string, d Dimension) {
	if len(strings.Split(name, ".")) != 2 {
		f.add("the name is not topic.name")
	}
	f.checkOneOf("type", d.Type, dimensionTypes)
	f.checkOneOf("action", d.Action, []string{"deny", "warn", "audit"})
	f.checkOneOf("party", d.Party, parties)
	f.checkCarrier(name, d)
	if d.Field == "" || d.About == "" {
		f.add("field and about must not be empty")
	}
	if (d.Type == "level") != (len(d.Levels) > 0) {
		f.add("levels belong to the type level, and only to it")
	}
	if slices.Contains([]string{"atMost", "atLeast", "each"}, d.Type) != (d.Unit != "") {
		f.add("unit belongs to the types atMost, atLeast and each, and only to them")
	}
}

func (f *faults) checkDocument(code, kind string, documents map[string]Document, data *Data) {
	f.where = kind + " " + code
	d := documents[code]
	if d.Code != code || !codePattern.MatchString(code) {
		f.add("code %q is not the file name in lower case", d.Code)
	}
	if _, both := data.Jurisdictions[code]; both && kind == "sector" {
		f.add("the code is also a jurisdiction")
	}
	if d.Kind != kind {
		f.add("kind is %q", d.Kind)
	}
	f.checkParents(code, documents)
	for _, key := range slices.Sorted(maps.Keys(d.Acts)) {
		a := d.Acts[key]
		f.checkOneOf("act "+key+": status", a.Status, statuses)
		if a.Title == "" {
			f.add("act %s: title must not be empty", key)
		}
	}
	for i := range d.Points {
		f.where = fmt.Sprintf("%s %s, point %d (%s)", kind, code, i+1, d.Points[i].Dimension)
		f.checkPoint(&d.Points[i], d, data)
	}
}

// checkParents follows the chain of parents. Each must exist, and the chain must end.
func (f *faults) checkParents(code string, documents map[string]Document) {
	seen := []string{code}
	for parent := documents[code].Parent; parent != ""; parent = documents[parent].Parent {
		if _, ok := documents[parent]; !ok {
			f.add("parent %q does not exist", parent)
			return
		}
		if slices.Contains(seen, parent) {
			f.add("the parents form a cycle: %s", strings.Join(append(seen, parent), " → "))
			return
		}
		seen = append(seen, parent)
	}
}

func (f *faults) checkPoint(p *Point, d Document, data *Data) {
	dim, ok := data.Dimensions.Dimensions[p.Dimension]
	if !ok {
		f.add("dimension %q is not in dimensions.yaml", p.Dimension)
		return
	}
	if _, ok := d.Acts[p.Act]; !ok {
		f.add("act %q is not among the acts", p.Act)
	}
	if p.Article == "" {
		f.add("article must not be empty")
	}
	f.checkOneOf("confidence", p.Confidence, confidences)
	f.checkAddress(p, d.Acts[p.Act])
	f.checkDates(p)
	f.checkValue(dim, p.Value)
	for _, key := range slices.Sorted(maps.Keys(p.When)) {
		f.checkCondition(key, p.When[key])
	}
	for _, code := range p.Jurisdictions {
		if !codePattern.MatchString(code) {
			f.add("jurisdictions: %q is not a code", code)
		}
	}
	if p.Direct != nil && !*p.Direct {
		f.add("direct can only be true")
	}
}

// checkAddress checks that a sourced value has the address where it was read.
func (f *faults) checkAddress(p *Point, a Act) {
	if p.Confidence == "sourced" && p.ReadAt == "" && a.ReadAt == "" && a.URL == "" {
		f.add("a sourced value needs the address where it was read: readAt, or url or readAt of its act")
	}
}

func (f *faults) checkDates(p *Point) {
	for _, date := range []string{p.From, p.Until} {
		if _, err := time.Parse(policy.DateFormat, date); date != "" && err != nil {
			f.add("%q is not an ISO date", date)
		}
		if date > lastDate {
			f.add("%s is after %s", date, lastDate)
		}
	}
	if p.From != "" && p.Until != "" && p.Until < p.From {
		f.add("until %s is before from %s", p.Until, p.From)
	}
}

func (f *faults) checkCondition(key string, value any) {
	allowed, ok := conditionValues[key]
	if !ok {
		f.add("when: %q is not a condition", key)
		return
	}
	if key == belowAge {
		f.checkNumber(value)
		return
	}
	if allowed == nil {
		if value != true {
			f.add("when: %s can only be true", key)
		}
		return
	}
	words, ok := Words(value)
	if !ok || len(words) == 0 {
		f.add("when: %s must be a list of words that is not empty", key)
	}
	for _, word := range words {
		if len(allowed) > 0 {
			f.checkOneOf("when: "+key, word, allowed)
		}
	}
}

// checkRest checks the data other than dimensions and documents: places, facts, texts and workloads.
func (f *faults) checkRest(data *Data) {
	f.checkFacts(data)
	f.checkPlaces(data)
	f.checkTexts(data)
	f.checkWorkloads(data)
	f.checkReadability(data)
	f.checkGoals(data)
	f.checkLicenses(data)
}

func (f *faults) checkFacts(data *Data) {
	f.where = "facts"
	if !slices.Equal(slices.Sorted(maps.Keys(data.Facts.Fields)), slices.Sorted(maps.Keys(conditionValues))) {
		f.add("fields must have each condition and no other")
	}
	f.checkNumber(data.Facts.AdultAge)
	fields := make(map[string]bool, len(data.Dimensions.Dimensions))
	for _, dimension := range data.Dimensions.Dimensions {
		fields[dimension.Field] = true
	}
	for _, answer := range data.Facts.Answers {
		if !fields[answer] {
			f.add("answers: %q is the field of no dimension", answer)
		}
	}
}

func (f *faults) checkPlaces(data *Data) {
	f.where = "places"
	for code, group := range data.Places.Territories {
		if len(data.Places.Groups[group]) == 0 {
			f.add("territories maps %q to %q, which is not a group", code, group)
		}
	}
	f.where = "regions"
	for region, country := range data.Regions {
		if len(country) != 2 || !codePattern.MatchString(country) {
			f.add("%q of %q is not a country", country, region)
		}
	}
}

func (f *faults) checkTexts(data *Data) {
	f.where = "remedies"
	for name, sentence := range data.Remedies {
		if _, known := data.Dimensions.Dimensions[name]; !known || sentence == "" {
			f.add("%q is not a dimension, or has no sentence", name)
		}
	}
	f.where = "statements"
	for language, statement := range data.Statements.Statements {
		if statement == "" {
			f.add("the statement in %q is empty", language)
		}
	}
}

func (f *faults) checkWorkloads(data *Data) {
	f.where = "workload"
	if len(data.Workload.ChatAPIs) == 0 {
		f.add("chatAPIs is empty: no message could be read")
	}
	for _, pattern := range []string{data.Workload.CredentialNames, data.Workload.CredentialReferences} {
		if _, err := regexp.Compile(pattern); err != nil || pattern == "" {
			f.add("%q is not a regular expression: %v", pattern, cmp.Or(err, errors.New("it is empty")))
		}
	}
}
