package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/closest"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// daysOfYear is the average length of a year in days. Numbers of days are shown as years, too, if they are whole years with or without leap
// days, or a day more.
const daysOfYear = 365.25

// kind is what the value of a dimension means: the dimension with its type and unit (law.Dimension). It is empty for any other value.
type kind struct{ dimension, typ, unit string }

// kindOf returns the kind of the value that a finding requires.
func kindOf(f policy.Finding) kind {
	if f.Type == "" {
		return kind{}
	}
	return kind{f.Dimension, f.Type, f.Unit}
}

// describeRequirement returns what the codes of the sources, or the policy if there are none, require: `eu requires at most 30 days`. Codes
// that require different things each have their own part, if there is room for it: `eu requires at least 16 years; gb requires at least 13
// years`. A finding without a required value says that the value found is not allowed.
func describeRequirement(f policy.Finding, b bounds) string {
	if text := cmp.Or(describeFault(f, b), describeByCode(f, b)); text != "" {
		return text
	}
	codes := listCodes(f.Sources)
	subject := cmp.Or(joinBounded(codes, b.codes), "the policy")
	// Kubernetes only documents what some rules of Chaperone require, and a default is a number of Chaperone for a duty without one.
	if slices.Equal(codes, []string{standardKubernetes}) || slices.Equal(codes, []string{standardChaperone}) || areDefaults(f.Sources) {
		subject, codes = "Chaperone", nil
	}
	verb := agree(len(codes), "requires", "require")
	switch {
	case f.Required == nil:
		return subject + agree(len(codes), " does", " do") + " not allow this"
	case f.Type == "" && f.Required == true && f.Found == nil: // `spec.x is not set; eu requires it` reads better than `requires true`.
		return subject + " " + verb + " it"
	case f.Type == "":
		return subject + " " + verb + " " + describeBound(f) + formatPlainRequired(f.Required, min(b.required, maxPlainRunes))
	}
	return subject + " " + verb + " " + kindOf(f).format(f.Required, b.required)
}

// fewNames is the number of known names up to which all of them are named.
const fewNames = 12

// describeFault returns what is wrong with the declaration itself, whoever asks: in the words of the policy, or which known names may have
// been meant by an unknown one. It returns "" for other findings.
func describeFault(f policy.Finding, b bounds) string {
	if !slices.Equal(listCodes(f.Sources), []string{standardChaperone}) {
		return ""
	}
	if isInWords(f.Required) {
		return formatPlainRequired(f.Required, b.required)
	}
	unknown, isName := f.Found.(string)
	known, isList := toPlain(f.Required).([]any)
	if !isName || !isList || len(known) == 0 {
		return ""
	}
	names := make([]string, 0, len(known))
	for _, name := range known {
		names = append(names, fmt.Sprint(name))
	}
	return suggest(unknown, names, b.required)
}

// suggest returns which of the known names may have been meant by an unknown one, in about limit runes.
func suggest(unknown string, names []string, limit int) string {
	if slices.Contains(names, strings.ToLower(unknown)) { // It is known, so what is wrong is that it is there again.
		return "it is named twice"
	}
	if len(names) == 1 {
		return "did you mean " + clean(names[0]) + "?"
	}
	if meant := closest.Find(strings.ToLower(unknown), names); len(meant) > 0 && len(unknown) > 2 { // Every short code is like many others.
		return "did you mean " + strings.Join(meant, " or ") + "?"
	}
	if len(names) > fewNames {
		return fmt.Sprintf("none of the %d known names is like it", len(names))
	}
	return "known are " + joinBounded(names, limit)
}

// agree returns the form of a verb for so many subjects.
func agree(subjects int, singular, plural string) string {
	if subjects > 1 {
		return plural
	}
	return singular
}

// formatPlainRequired returns a required value that is not one of a dimension. A text with several words is in the words of the policy, so it
// has no quotes.
func formatPlainRequired(value any, limit int) string {
	if isInWords(value) {
		return cut(clean(fmt.Sprint(value)), limit)
	}
	return formatValue(value, limit)
}

// isInWords reports whether a value is a text with several words.
func isInWords(value any) bool {
	text, isText := value.(string)
	return isText && strings.Contains(text, " ")
}

// describeByCode returns what each code requires, with the codes that require the same together, and which numbers are Chaperone's. It returns
// "" if the sources do not say what each requires, or if the text would be longer than the bounds.
func describeByCode(f policy.Finding, b bounds) string {
	if slices.Contains([]string{"oneOf", "anyOf", "perCode"}, f.Type) || areDefaults(f.Sources) { // What is allowed says something only together.
		return ""
	}
	if f.Type == "" && isInWords(f.Required) { // The sources have single values, which do not say what the policy says of all of them.
		return ""
	}
	whole := strings.Join(kindOf(f).listByCode(f.Sources, f.Required, f.Found, b), "; ")
	if countRunes(whole) > b.codes+b.required {
		return ""
	}
	return whole
}

// asker is who requires a value: a code by its own law, or Chaperone, where the law of the code has a duty without a number.
type asker struct {
	code      string
	isDefault bool
}

// begin returns the first words of a sentence about a value of these codes, with a space.
func (k kind) begin(codes []string, isDefault bool, limit int) string {
	named := joinBounded(codes, limit)
	switch {
	case phrases()[k.dimension].States:
		return "in " + named + " "
	case isDefault:
		return "for " + named + " Chaperone requires "
	}
	return named + " " + agree(len(codes), "requires", "require") + " "
}

// listByCode returns a text for each value that codes require, with these codes, sorted by code. It returns nil if the sources do not say it.
// merged is the value that all of them require together.
func (k kind) listByCode(sources []legal.Source, merged, found any, b bounds) []string {
	own := k.requireByCode(sources, merged, found)
	type group struct {
		isDefault bool
		text      string
	}
	var groups []group
	codesOf := map[group][]string{}
	for _, a := range slices.SortedFunc(maps.Keys(own), compareAskers) {
		g := group{a.isDefault, k.format(own[a], b.required)}
		if codesOf[g] == nil {
			groups = append(groups, g)
		}
		codesOf[g] = append(codesOf[g], a.code)
	}
	var texts []string
	for _, g := range groups {
		codes := codesOf[g]
		if g.isDefault { // What a code requires by its own law is not said twice.
			codes = slices.DeleteFunc(codes, func(code string) bool { return slices.Contains(codesOf[group{text: g.text}], code) })
		}
		if len(codes) > 0 {
			texts = append(texts, k.begin(codes, g.isDefault, b.codes)+g.text)
		}
	}
	return texts
}

func compareAskers(a, b asker) int {
	if a.isDefault != b.isDefault {
		if b.isDefault {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.code, b.code)
}

// requireByCode returns what the sources of each code require of what is missing. It returns nil if that is not known.
func (k kind) requireByCode(sources []legal.Source, merged, found any) map[asker]any {
	own := map[asker]any{}
	for _, s := range sources {
		var value any
		if json.Unmarshal([]byte(s.Value), &value) != nil {
			return nil
		}
		by := asker{clean(s.Code), s.Confidence == legal.Default}
		known, isKnown := own[by]
		switch {
		case isKnown && slices.Contains([]string{"oneOf", "anyOf"}, k.typ): // Only the policy can join them.
			return nil
		case isKnown && k.typ == "level" && known != value: // Only the policy knows which level is stricter.
			value = merged
		}
		own[by] = joinValues(k.typ, own[by], leaveMissing(k.typ, value, found))
	}
	return own
}

// leaveMissing returns the part of a required list that the found list does not have or, for what is forbidden, that it has. Other values stay.
func leaveMissing(typ string, required, found any) any {
	items, isList := required.([]any)
	stated, isStated := toPlain(found).([]any)
	if !isList || !isStated {
		return required
	}
	return slices.DeleteFunc(items, func(item any) bool { return slices.Contains(stated, item) == (typ == "allOf") })
}

// joinValues merges two values of one code, as the policy merges those of several codes. The first may be nil.
func joinValues(typ string, a, b any) any {
	switch a := a.(type) {
	case float64:
		if b, isNumber := b.(float64); isNumber {
			return stricter(typ, a, b)
		}
		return a // An assessment that counts at every age asks for less than one that must be recent.
	case []any:
		if b, isList := b.([]any); isList {
			return slices.Concat(a, slices.DeleteFunc(b, func(item any) bool { return slices.Contains(a, item) }))
		}
	case map[string]any:
		if b, isMap := b.(map[string]any); isMap {
			for key, value := range b {
				a[key] = joinValues(typ, a[key], value)
			}
			return a
		}
	}
	return b
}

// stricter returns the smaller number of a maximum and of the age of assessments, and the larger number of a minimum.
func stricter(typ string, a, b float64) float64 {
	if typ == "atMost" || typ == "eachAtMost" || typ == "each" {
		return min(a, b)
	}
	return max(a, b)
}

// format returns the required value in words, in at most limit runes.
func (k kind) format(value any, limit int) string {
	plain := toPlain(value)
	if text := k.say(plain, limit); text != "" {
		return text
	}
	switch plain := plain.(type) {
	case bool:
		return "it"
	case float64:
		return cut(map[string]string{"atMost": "at most ", "atLeast": "at least "}[k.typ]+k.quantity(plain), limit)
	case []any:
		if k.typ == "anyOf" {
			return formatClauses(plain, limit)
		}
		before := map[string]string{"oneOf": "only ", "noneOf": "none of "}[k.typ]
		return before + formatItems(plain, limit-len(before))
	case map[string]any:
		between := map[string]string{"each": " ", "eachAtLeast": " at least ", "eachAtMost": " at most "}
		return k.formatNumbers(plain, between[k.typ], limit)
	}
	return formatValue(value, limit)
}

// formatFound returns what a finding says of its field, the value found in at most limit runes: in words if it is the value of a dimension.
func formatFound(f policy.Finding, limit int) string {
	k := kindOf(f)
	switch plain := toPlain(f.Found).(type) {
	case float64:
		return "is " + cut(k.quantity(plain), limit)
	case []any:
		if p := phrases()[k.dimension]; k.typ != "" && p.Finds != "" && len(plain) > 0 {
			p.Says = p.Finds
			return p.sayItems(plain, limit)
		}
		if k.typ != "" {
			return "is " + cmp.Or(formatItems(plain, limit), "empty")
		}
	case map[string]any:
		if strings.HasPrefix(k.typ, "eachAt") {
			return "is " + k.formatNumbers(plain, ": ", limit)
		}
	}
	return "is " + formatValue(f.Found, limit)
}

// since returns the time from which an assessment of at most this age in days is: `from the last 3 years`.
func since(days float64) string {
	years := math.Floor((days + 3) / daysOfYear) // Whole years may leave out their leap days.
	switch isWhole := years >= 1 && days <= years*daysOfYear; {
	case math.IsInf(days, 1):
		return "of any age"
	case !isWhole:
		return fmt.Sprintf("from the last %v days", days)
	case years == 1:
		return "from the last year"
	}
	return fmt.Sprintf("from the last %v years", years)
}

// limitOf returns a number of a map. An assessment that counts at any age has a word instead, which is above every number.
func limitOf(number any) float64 {
	if limit, isNumber := number.(float64); isNumber {
		return limit
	}
	return math.Inf(1)
}

// quantity returns a number with its unit, and whole years for days: `2192 days (6 years)`.
func (k kind) quantity(number any) string {
	n, isNumber := number.(float64)
	if !isNumber || k.unit == "" {
		return fmt.Sprint(number)
	}
	unit := k.unit
	if n == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	text := fmt.Sprintf("%v %s", n, unit)
	years := math.Round(n / daysOfYear)
	if k.unit != "days" || years < 1 || n < years*365 || n > years*daysOfYear+1 {
		return text
	}
	return fmt.Sprintf("%s (%s)", text, formatMore("%d year", int(years)))
}

// formatNumbers returns each key with its number, sorted by key.
func (k kind) formatNumbers(numbers map[string]any, between string, limit int) string {
	texts := make([]string, 0, len(numbers))
	for _, key := range slices.Sorted(maps.Keys(numbers)) {
		text := k.quantity(numbers[key])
		if k.typ == "each" {
			text = since(limitOf(numbers[key]))
		}
		texts = append(texts, clean(key)+between+text)
	}
	return joinBounded(texts, limit)
}

// formatClauses returns alternatives: one of each list.
func formatClauses(clauses []any, limit int) string {
	texts := make([]string, 0, len(clauses))
	for _, clause := range clauses {
		items, _ := clause.([]any)
		texts = append(texts, "one of "+formatItems(items, limit/len(clauses)-len("one of ")))
	}
	return strings.Join(texts, "; and ")
}

// formatItems returns the items without quotes and brackets, in at most limit runes.
func formatItems(items []any, limit int) string {
	return strings.TrimSuffix(strings.TrimPrefix(formatList(items, limit+len("[]")), "["), "]")
}

// toPlain returns a value after encoding and decoding as JSON, since it can have any Go type. It returns the value itself if JSON cannot
// represent it.
func toPlain(value any) any {
	var plain any
	data, err := json.Marshal(value)
	if err != nil || json.Unmarshal(data, &plain) != nil {
		return value
	}
	return plain
}

// areDefaults returns true if there are sources, and the value of each is a number of Chaperone.
func areDefaults(sources []legal.Source) bool {
	return len(sources) > 0 && !slices.ContainsFunc(sources, func(s legal.Source) bool { return s.Confidence != legal.Default })
}
