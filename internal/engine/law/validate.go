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

// The words that are allowed in the members `type`, `party`, `status`, `confidence` and `when` of the legal data.
var (
	dimensionTypes = []string{
		"flag", "level", "atMost", "atLeast", "allOf", "oneOf", "noneOf", "anyOf", "perCode", "each", "eachAtLeast", "eachAtMost",
	}
	parties     = []string{"deployer", "developer", "processor", "platform"}
	statuses    = []string{"in-force", "adopted", "proposed", "guidance", "case"}
	confidences = []string{"sourced", "recalled", "default"}
	forces      = []string{"regulation", "scheme", "voluntary"}
	reaches     = []string{"customer", "establishment", "processing"}
	// conditions maps the name of each condition to the form of its value.
	conditions = map[string]condition{
		"purposes": {form: listForm, words: []string{
			"sales", "support", "advice", "claims", "credit", "employment", "health-advice", "companion", "companion-like", "debt-collection",
		}},
		"channels":    {form: listForm, words: []string{"web", "mobile", "voice", "email", "messaging"}},
		"sectors":     {form: listForm},
		"riskClass":   {form: listForm, words: []string{"limited", "high"}},
		"lawfulBasis": {form: listForm},
		"practices":   {form: listForm},
		"transferBy":  {form: listForm},
		"audience": {form: listForm, words: []string{
			"consumers", "businesses", "employees", "patients", "pupils", "residents", "candidates", "children",
		}},
		"roles":                {form: listForm},
		"notRoles":             {form: listForm},
		"categories":           {form: listForm},
		"processedIn":          {form: listForm},
		"enterprise":           {form: listForm, words: []string{"micro", "small", "medium", "large"}},
		"establishedIn":        {form: listForm},
		"notEstablishedIn":     {form: listForm},
		"staff":                {form: numberForm},
		"peopleServed":         {form: numberForm},
		"turnover":             {form: amountForm},
		"belowAge":             {form: numberForm},
		"minors":               {form: trueForm},
		"sensitive":            {form: trueForm},
		"significantDecisions": {form: trueForm},
		"solelyAutomated":      {form: trueForm},
		"outbound":             {form: trueForm},
		"recording":            {form: trueForm},
		"voiceBiometrics":      {form: trueForm},
		"trainsOnData":         {form: trueForm},
		"crossBorder":          {form: trueForm},
		"generatesMedia":       {form: trueForm},
		"collectsData":         {form: trueForm},
		"processesData":        {form: trueForm},
	}
	codePattern = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
)

// lastDate is the last date that the legal data may have, because the arithmetic on days in Rego (lib/day) ends there.
const lastDate = "2149-12-31"

// maxNumber is the largest number that the legal data may have, in any unit: the hours in a hundred years, which is the longest period that
// a declaration can state (v1alpha1.Days).
const maxNumber = 36525 * 24

// faults collects the faults of the legal data, or of a value of a JurisdictionProfile. Its check methods add a fault for whatever is
// wrong.
type faults struct {
	// place is the part of the data that is being checked. Each fault begins with it.
	place string
	errs  []error
}

// add adds a fault at the current place.
func (f *faults) add(format string, args ...any) {
	f.errs = append(f.errs, fmt.Errorf("%s: %s", f.place, fmt.Sprintf(format, args...)))
}

// checkOneOf checks that a value is in the closed list `allowed`. The text of the fault contains `name`, the field that holds the value,
// for example `status`.
func (f *faults) checkOneOf(name, value string, allowed []string) {
	if !slices.Contains(allowed, value) {
		f.add("%s %q is not allowed: use one of %s", name, value, strings.Join(allowed, ", "))
	}
}

// validate checks the legal data on which the rules rely, but not all of it: the reserved names and ports of workloads, for example, are
// not checked. The error lists every fault that it finds, with its place.
func validate(data *Data) error {
	f := &faults{}
	for _, name := range slices.Sorted(maps.Keys(data.Dimensions.Dimensions)) {
		f.place = "dimension " + name
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
	return errors.Join(f.errs...)
}

// checkDimension checks the definition of one dimension. A dimension of type `level` must have levels, and one whose values have numbers
// must have a unit. No other dimension may have levels or a unit.
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
	numberTypes := []string{"atMost", "atLeast", "each", "eachAtLeast", "eachAtMost"}
	if hasNumbers := slices.Contains(numberTypes, d.Type); hasNumbers != (d.Unit != "") {
		f.add("unit belongs to the types %s, and only to them", strings.Join(numberTypes, ", "))
	}
}

// checkDocument checks the law of one code, with all its acts and points. The kind is `jurisdiction` or `sector`, and documents has the law
// of all codes of this kind. The keys of documents are the names of the files, without extension.
func (f *faults) checkDocument(code, kind string, documents map[string]Document, data *Data) {
	f.place = kind + " " + code
	d := documents[code]
	f.checkGaps(d)
	if d.Code != code || !codePattern.MatchString(code) {
		f.add("code %q is not the file name in lower case", d.Code)
	}
	if _, isJurisdiction := data.Jurisdictions[code]; isJurisdiction && kind == "sector" {
		f.add("the code is also a jurisdiction")
	}
	if d.Kind != kind {
		f.add("kind is %q", d.Kind)
	}
	f.checkParents(code, documents)
	for _, key := range slices.Sorted(maps.Keys(d.Acts)) {
		a := d.Acts[key]
		f.checkOneOf("act "+key+": status", a.Status, statuses)
		f.checkOneOf("act "+key+": force", a.Force, append([]string{""}, forces...))
		if a.Title == "" {
			f.add("act %s: title must not be empty", key)
		}
		for _, place := range a.NotIn {
			if _, ok := data.Jurisdictions[place]; !ok {
				f.add("act %s: notIn: jurisdiction %q does not exist", key, place)
			}
		}
	}
	for i := range d.Points {
		f.place = fmt.Sprintf("%s %s, point %d (%s)", kind, code, i+1, d.Points[i].Dimension)
		f.checkPoint(&d.Points[i], d, data)
	}
}

// checkParents checks that each code in the chain of parents exists, and that the chain is not a cycle.
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

// checkPoint checks one point of the document d, the law of one jurisdiction or sector.
func (f *faults) checkPoint(p *Point, d Document, data *Data) {
	dimension, ok := data.Dimensions.Dimensions[p.Dimension]
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
	f.checkDates(p.From, p.Until)
	f.checkValue(dimension, p.Value)
	for _, key := range slices.Sorted(maps.Keys(p.When)) {
		f.checkCondition(key, p.When[key], data)
	}
	// Only the form of these codes is checked. An unknown code has no effect, because Chaperone refuses declarations that name it.
	for _, code := range p.Jurisdictions {
		if !codePattern.MatchString(code) {
			f.add("jurisdictions: %q is not a code", code)
		}
	}
	// With `direct: true`, the point does not apply to children of the code. Any other point omits `direct`, so that there is only one way to
	// write it.
	if p.Direct != nil && !*p.Direct {
		f.add("direct can only be true")
	}
	f.checkReach(p, d)
}

// checkReach checks what brings a chatbot under the point. A sector is no place, so a point of a sector names the places.
func (f *faults) checkReach(p *Point, d Document) {
	f.checkOneOf("appliesBy", p.AppliesBy, append([]string{""}, reaches...))
	if p.AppliesBy == "" || p.AppliesBy == "customer" {
		return
	}
	if d.Kind == "sector" && len(p.Jurisdictions) == 0 {
		f.add("appliesBy: %s needs the places in jurisdictions, because a sector is no place", p.AppliesBy)
	}
	if p.Direct != nil {
		f.add("appliesBy: %s and direct exclude each other: direct is about the place of the people", p.AppliesBy)
	}
}

// checkAddress checks that the point or its act has the address where a sourced value was read.
func (f *faults) checkAddress(p *Point, act Act) {
	if p.Confidence == "sourced" && p.ReadAt == "" && act.ReadAt == "" && act.URL == "" {
		f.add("a sourced value needs the address where it was read: readAt, or url or readAt of its act")
	}
}

// checkDates checks the first and the last day on which a point applies. Either may be empty. No date may be after lastDate, where the
// arithmetic on days in Rego ends. ISO dates can be compared as strings.
func (f *faults) checkDates(from, until string) {
	for _, date := range []string{from, until} {
		if _, err := time.Parse(policy.DateFormat, date); date != "" && err != nil {
			f.add("%q is not an ISO date", date)
		}
		if date > lastDate {
			f.add("%s is after %s", date, lastDate)
		}
	}
	if from != "" && until != "" && until < from {
		f.add("until %s is before from %s", until, from)
	}
}

// checkRest checks data other than dimensions, jurisdictions and sectors. Not every member of that data is checked.
func (f *faults) checkRest(data *Data) {
	f.checkFacts(data)
	f.checkNames(data)
	f.checkPlaces(data)
	f.checkTexts(data)
	f.checkWorkloads(data)
	f.checkReadability(data)
	f.checkClaims(data)
	f.checkCategories(data)
	f.checkContradictions(data)
	f.checkGoals(data)
	f.checkLicenses(data)
}

// checkFacts checks the document `facts`: it must have an entry for every condition in `fields`, and the age of adults. The texts in
// `fields` are not checked. Each field in its member `answers` must be the field of a dimension.
func (f *faults) checkFacts(data *Data) {
	f.place = "facts"
	if !slices.Equal(slices.Sorted(maps.Keys(data.Facts.Fields)), slices.Sorted(maps.Keys(conditions))) {
		f.add("fields must have each condition and no other")
	}
	f.checkNumber(data.Facts.AdultAge)
	if _, exists := data.Facts.Enterprises.Worth["other"]; !exists {
		f.add("enterprises: worth must have other")
	}
	fields := make(map[string]bool, len(data.Dimensions.Dimensions))
	for _, dimension := range data.Dimensions.Dimensions {
		fields[dimension.Field] = true
	}
	for _, field := range data.Facts.DeclaredFields {
		if !fields[field] {
			f.add("answers: no dimension has the field %q", field)
		}
	}
}

// checkPlaces checks that each territory refers to a group that has countries, that each part belongs to a jurisdiction, and that each cloud region maps to two lower-case letters,
// the form of a country's code.
func (f *faults) checkPlaces(data *Data) {
	f.place = "places"
	for code, group := range data.Places.Territories {
		if len(data.Places.Groups[group]) == 0 {
			f.add("territories maps %q to %q, which is not a group", code, group)
		}
	}
	for group, members := range data.Places.Groups {
		for _, code := range members {
			f.checkOneOf("groups: "+group, code, data.Places.Countries)
		}
	}
	for _, code := range data.Places.Parts {
		if data.Jurisdictions[code].Parent == "" {
			f.add("parts has %q, which is not a part of a jurisdiction", code)
		}
	}
	f.checkWithin(data)
	f.place = "regions"
	for region, country := range data.Regions {
		if len(country) != 2 || !codePattern.MatchString(country) {
			f.add("%q of %q is not a country", country, region)
		}
	}
}

// checkWithin checks that territories and the countries to which they belong exist, and that none of these belongs to another.
func (f *faults) checkWithin(data *Data) {
	for _, territory := range slices.Sorted(maps.Keys(data.Places.Within)) {
		country := data.Places.Within[territory]
		f.checkOneOf("within", territory, data.Places.Countries)
		f.checkOneOf("within."+territory, country, data.Places.Countries)
		if data.Places.Within[country] != "" {
			f.add("within: %q is itself within another country", country)
		}
	}
}

// checkTexts checks the remedies and the disclosure statements.
func (f *faults) checkTexts(data *Data) {
	f.place = "remedies"
	for name, sentence := range data.Remedies {
		if _, exists := data.Dimensions.Dimensions[name]; !exists || sentence == "" {
			f.add("%q is not a dimension, or has no sentence", name)
		}
	}
	f.place = "statements"
	for language, statement := range data.Statements.Statements {
		if statement == "" {
			f.add("the statement in %q is empty", language)
		}
	}
}

// checkWorkloads checks the patterns for credentials. The other data for the rules about pods is not checked.
func (f *faults) checkWorkloads(data *Data) {
	f.place = "workload"
	for _, pattern := range []string{data.Workload.CredentialNames, data.Workload.CredentialReferences} {
		if _, err := regexp.Compile(pattern); err != nil || pattern == "" {
			f.add("%q is not a regular expression: %v", pattern, cmp.Or(err, errors.New("it is empty")))
		}
	}
}
