package specification_test

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
)

// requirement is the merged value of a dimension.
type requirement struct {
	// Value is a bool, a word, a number, a sorted list of words, a sorted list of such lists, or a map.
	Value any
	// Sources set the value, Overridden apply too but require less. They are descriptions of points.
	Sources, Overridden []string
}

// requirements merges the points of each dimension.
func (l *law) requirements(points []applied) map[string]requirement {
	byDimension := map[string][]*point{}
	for _, p := range points {
		byDimension[p.Dimension] = append(byDimension[p.Dimension], p.point)
	}
	all := map[string]requirement{}
	for name, list := range byDimension {
		value := l.valueOf(list[0])
		for _, p := range list[1:] {
			value = l.join(name, value, l.valueOf(p))
		}
		merged := requirement{Value: value}
		for _, p := range list {
			if l.sets(name, p, value) {
				merged.Sources = append(merged.Sources, p.describe())
			} else {
				merged.Overridden = append(merged.Overridden, p.describe())
			}
		}
		merged.Sources = unique(merged.Sources)
		merged.Overridden = unique(merged.Overridden)
		all[name] = merged
	}
	return all
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// describe says what is compared of a source.
func (p *point) describe() string {
	return strings.Join([]string{p.code, p.act.Title, p.Article, p.From, p.Confidence, p.act.Status, p.force(), oblige(p.obliges()), p.Note}, " | ")
}

func oblige(obliges bool) string {
	if obliges {
		return "obliges"
	}
	return "does not oblige"
}

// valueOf returns the value of a point in the form of a merged value. Groups of countries are replaced by their members.
func (l *law) valueOf(p *point) any {
	switch l.dimensions[p.Dimension].Type {
	case "allOf", "noneOf", "oneOf":
		return l.expand(words(p.Value), p.Dimension)
	case "anyOf":
		return [][]string{l.expand(words(p.Value), p.Dimension)}
	case "perCode":
		return map[string][]string{p.code: l.expand(words(p.Value), p.Dimension)}
	case "each", "eachAtLeast", "eachAtMost":
		numbers := limits{}
		for key, number := range p.Value.(map[string]any) {
			numbers[key] = limitOf(number)
		}
		return numbers
	}
	return p.Value
}

func (l *law) expand(list []string, dimension string) []string {
	var all []string
	for _, word := range list {
		if dimension == "transparency.languages" {
			word = strings.ToLower(word)
		}
		if members, isGroup := l.geography.Groups[word]; isGroup && strings.HasPrefix(dimension, "residency.") {
			all = append(all, members...)
		} else {
			all = append(all, word)
		}
	}
	return unique(all)
}

// limits are numbers by key.
type limits map[string]float64

// limitOf returns a number of the data. An assessment of any age has none that is too large.
func limitOf(number any) float64 {
	if number == "any" {
		return math.Inf(1)
	}
	return number.(float64)
}

// MarshalJSON writes the limits as the data has them.
func (l limits) MarshalJSON() ([]byte, error) {
	written := map[string]any{}
	for key, number := range l {
		written[key] = number
		if math.IsInf(number, 1) {
			written[key] = "any"
		}
	}
	return json.Marshal(written)
}

// join merges two values of a dimension.
func (l *law) join(name string, a, b any) any {
	switch d := l.dimensions[name]; d.Type {
	case "flag":
		return true
	case "level":
		if slices.Index(d.Levels, a.(string)) >= slices.Index(d.Levels, b.(string)) {
			return a
		}
		return b
	case "atMost":
		return min(a.(float64), b.(float64))
	case "atLeast":
		return max(a.(float64), b.(float64))
	case "allOf", "noneOf":
		return unique(slices.Concat(a.([]string), b.([]string)))
	case "oneOf":
		return intersect(a.([]string), b.([]string))
	case "anyOf":
		return joinClauses(slices.Concat(a.([][]string), b.([][]string)))
	case "perCode":
		return joinKeys(a.(map[string][]string), b.(map[string][]string), intersect)
	case "eachAtLeast":
		return limits(joinKeys(a.(limits), b.(limits), func(x, y float64) float64 { return max(x, y) }))
	default:
		return limits(joinKeys(a.(limits), b.(limits), func(x, y float64) float64 { return min(x, y) }))
	}
}

func intersect(a, b []string) []string {
	common := []string{}
	for _, word := range a {
		if slices.Contains(b, word) {
			common = append(common, word)
		}
	}
	return common
}

// joinClauses returns the sets of which none contains another.
func joinClauses(clauses [][]string) [][]string {
	slices.SortFunc(clauses, slices.Compare)
	clauses = slices.CompactFunc(clauses, slices.Equal)
	var kept [][]string
	for i, clause := range clauses {
		containsAnother := slices.ContainsFunc(clauses, func(other []string) bool {
			return len(other) < len(clause) && isWithin(other, clause)
		})
		if !containsAnother {
			kept = append(kept, clauses[i])
		}
	}
	return kept
}

func isWithin(a, b []string) bool { return len(intersect(a, b)) == len(a) }

func joinKeys[V any](a, b map[string]V, join func(x, y V) V) map[string]V {
	all := maps.Clone(a)
	for key, value := range b {
		if old, found := all[key]; found {
			value = join(old, value)
		}
		all[key] = value
	}
	return all
}

// sets tells whether a point is one of those that set the merged value.
func (l *law) sets(name string, p *point, merged any) bool {
	value := l.valueOf(p)
	switch l.dimensions[name].Type {
	case "level", "atMost", "atLeast":
		return value == merged
	case "each", "eachAtLeast", "eachAtMost":
		for key, number := range value.(limits) {
			if merged.(limits)[key] == number {
				return true
			}
		}
		return false
	case "anyOf":
		return slices.ContainsFunc(merged.([][]string), func(clause []string) bool { return slices.Equal(clause, value.([][]string)[0]) })
	}
	return true
}

// canonical returns a value as JSON, with lists of words sorted.
func canonical(value any) string {
	content, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	var plain any
	if err := json.Unmarshal(content, &plain); err != nil {
		panic(err)
	}
	content, err = json.Marshal(sortLists(plain))
	if err != nil {
		panic(err)
	}
	return string(content)
}

func sortLists(value any) any {
	switch v := value.(type) {
	case []any:
		texts := make([]string, len(v))
		for i := range v {
			content, _ := json.Marshal(sortLists(v[i]))
			texts[i] = string(content)
		}
		slices.Sort(texts)
		return json.RawMessage("[" + strings.Join(texts, ",") + "]")
	case map[string]any:
		for key := range v {
			v[key] = sortLists(v[key])
		}
	}
	return value
}
