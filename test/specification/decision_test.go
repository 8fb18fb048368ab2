package specification_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// decide returns the findings of the general comparison about a declaration on a day, each as a line with its dimension, action and field. A
// field is that of the whole declaration where an entry of perPlace does not state it. Places can have the same line.
func (l *law) decide(spec *v1alpha1.ChatbotDeploymentSpec, day string) []string {
	var lines []string
	add := func(part place, judges func(name, action string) bool) {
		c := newChatbot(l, part.spec, day)
		for name, action := range c.findings() {
			if judges(name, action) {
				lifts := action != "deny" || !c.statesPractice(name)
				lines = append(lines, fmt.Sprintf("%s: %s %s", name, effect(spec, name, action, lifts), part.fieldOf(l.dimensions[name])))
			}
		}
	}
	add(place{spec: spec}, func(name, _ string) bool { return len(spec.PerPlace) == 0 || !l.dimensions[name].PerPlace })
	whole := newChatbot(l, spec, day).findings()
	for _, part := range divide(spec) {
		add(part, func(name, action string) bool {
			ofWhole, isFound := whole[name]
			return l.dimensions[name].PerPlace || !isFound || slices.Index(strength, ofWhole) < slices.Index(strength, action)
		})
	}
	return unique(lines)
}

// strength are the actions that an enforcement limits, weakest first.
var strength = []string{"audit", "warn", "quarantine", "deny"}

// statesPractice tells whether what the declaration states about a dimension is itself a practice that law forbids, if a finding denies it.
func (c *chatbot) statesPractice(name string) bool {
	d := c.dimensions[name]
	stated := read(c.fields(), d.Field)
	if !d.Practice || stated == nil {
		return false
	}
	list, isList := stated.([]any)
	isEmpty := isList && len(list) == 0
	return isEmpty == (d.Type == "allOf")
}

// effect returns the action of a finding after what the declaration says about it. lifts tells whether a reason counts.
func effect(spec *v1alpha1.ChatbotDeploymentSpec, name, action string, lifts bool) string {
	for _, said := range spec.NotApplicable {
		if lifts && string(said.Dimension) == name {
			return "notApplicable"
		}
	}
	limit := slices.Index(strength, strings.ToLower(string(spec.Enforcement)))
	if limit < 0 {
		limit = len(strength) - 1
	}
	return strength[min(limit, slices.Index(strength, action))]
}

// place is a part of a declaration that is judged by itself.
type place struct {
	spec *v1alpha1.ChatbotDeploymentSpec
	// path is the path of the entry of perPlace with the fields entry; empty for what is in none.
	path  string
	entry map[string]any
}

// fieldOf returns the path of the field that answers a dimension.
func (p place) fieldOf(d dimension) string {
	if read(p.entry, d.Field) != nil {
		return p.path + d.Field
	}
	return "spec." + d.Field
}

// divide returns a part for each entry of perPlace, and one for the other jurisdictions.
func divide(spec *v1alpha1.ChatbotDeploymentSpec) []place {
	var parts []place
	whole := (&chatbot{spec: spec}).fields()
	entries, _ := whole["perPlace"].([]any)
	delete(whole, "perPlace")
	rest := texts(spec.Jurisdictions)
	for i := range entries {
		entry := entries[i].(map[string]any)
		parts = append(parts, place{decode(override(whole, entry)), fmt.Sprintf("spec.perPlace[%d].", i), entry})
		rest = slices.DeleteFunc(rest, func(code string) bool {
			return slices.ContainsFunc(words(entry["jurisdictions"]), func(of string) bool { return strings.EqualFold(of, code) })
		})
	}
	if len(entries) > 0 && len(rest) > 0 {
		parts = append(parts, place{spec: decode(override(whole, map[string]any{"jurisdictions": rest}))})
	}
	return parts
}

// override returns the fields of the whole declaration with those that the entry states.
func override(whole, entry map[string]any) map[string]any {
	all := maps.Clone(whole)
	for name, value := range entry {
		members, isObject := value.(map[string]any)
		old, wasObject := all[name].(map[string]any)
		if isObject && wasObject {
			value = override(old, members)
		}
		all[name] = value
	}
	return all
}
