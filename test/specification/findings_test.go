package specification_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// otherRules are the dimensions that rules of their topic judge, each with the reason why the general comparison cannot. Section 4 of the
// specification has the same list.
var otherRules = map[string]string{
	"transparency.disclosure":         "the sidecar's statement is the answer",
	"transparency.disclosureAt":       "placements are words of their own",
	"transparency.languages":          "the keys of a map, and texts that are built in",
	"transparency.marking":            "placements are words of their own",
	"transparency.noticeAt":           "a URL answers a level",
	"transparency.truthful":           "practices answer a flag",
	"fairness.darkPatterns":           "practices answer a flag",
	"consent.training":                "flags of processors answer a level",
	"consent.childAge":                "a parent's consent answers too",
	"consent.parental":                "an age answers too",
	"personal_data.minimise":          "categories answer a flag",
	"personal_data.redact":            "the law's own redactions are added",
	"retention.declared":              "days answer a flag",
	"retention.deleteAtEnd":           "days answer a flag",
	"fairness.monitoring":             "cohorts answer a flag",
	"oversight.solelyAutomated":       "human-decides and none are no levels",
	"accountability.named":            "parties are not a list",
	"accountability.assessments":      "assessments have days and expire",
	"intellectual_property.states":    "rights are not a list",
	"security.controls":               "two flags are controls too",
	"security.authorityHours":         "a contact answers hours",
	"security.peopleHours":            "a contact answers hours",
	"security.seriousIncidentHours":   "a contact answers hours",
	"security.processorHours":         "each processor answers",
	"contract.processorAgreement":     "each processor answers",
	"contract.processorAgreementSays": "each processor answers",
	"residency.mechanisms":            "each processor answers, code by code",
	"residency.adequateIfCertified":   "each processor answers, code by code",
	"residency.noneOf":                "countries of processors and of storage answer",
	"residency.countries":             "groups and regions answer",
	"personal_data.sensitive":         "it defines words, and asks for nothing",
	"rights.extensionDays":            "it is shown, and asks for nothing",
}

// isCompared tells whether the general comparison of section 4 judges a dimension.
func (l *law) isCompared(name string) bool {
	d := l.dimensions[name]
	_, hasOther := otherRules[name]
	return !hasOther && d.Field != "-" && (d.Action != "audit" || d.Carried == "declaration")
}

// findings returns the action of each finding of the general comparison, by dimension.
func (c *chatbot) findings() map[string]string {
	points := c.listPoints()
	var binding []applied
	for _, p := range points {
		if p.binds {
			binding = append(binding, p)
		}
	}
	all, bindingAlone := c.requirements(points), c.requirements(binding)
	stated := c.fields()
	found := map[string]string{}
	for name, required := range all {
		if !c.isCompared(name) || c.isMet(name, required.Value, stated) {
			continue
		}
		action := c.dimensions[name].Action
		alone, isBinding := bindingAlone[name]
		if action == "deny" && (!isBinding || c.isMet(name, alone.Value, stated)) {
			action = "warn"
		}
		weighty := c.weighty(name, points, stated)
		isOfMany := slices.Contains([]string{"allOf", "noneOf", "oneOf", "anyOf", "each"}, c.dimensions[name].Type)
		if action == "deny" && isOfMany && !slices.ContainsFunc(weighty, func(p applied) bool { return p.binds }) {
			action = "warn"
		}
		if len(weighty) == 0 {
			action = "audit"
		}
		found[name] = action
	}
	return found
}

// weighty returns the points of a dimension that are not met and are no remarks.
func (c *chatbot) weighty(name string, points []applied, stated map[string]any) []applied {
	var weighty []applied
	for _, p := range points {
		if p.Dimension == name && !c.isMet(name, c.valueOf(p.point), stated) && !c.isRemark(p, stated) {
			weighty = append(weighty, p)
		}
	}
	return weighty
}

// isRemark tells whether a point that is not met is a remark.
func (c *chatbot) isRemark(p applied, stated map[string]any) bool {
	d := c.dimensions[p.Dimension]
	switch {
	case p.force() == "voluntary":
		return true
	case p.Confidence == "default" && d.Type == "each":
		return c.isEachStated(p.point)
	case p.Confidence == "default" && d.Ours == "audit":
		return isSomething(read(stated, d.Field))
	case p.force() == "scheme" && d.Type == "each":
		return c.isNoneTooOld(p.point)
	default:
		return false
	}
}

// isSomething tells whether a field states a number, or a list that is not empty.
func isSomething(stated any) bool {
	switch stated := stated.(type) {
	case float64:
		return true
	case []any:
		return len(stated) > 0
	default:
		return false
	}
}

// isEachStated tells whether an assessment of each type that the point names is stated, was made and has not expired.
func (c *chatbot) isEachStated(p *point) bool {
	for kind := range p.Value.(map[string]any) {
		if !c.isAssessed(kind, math.Inf(1)) {
			return false
		}
	}
	return true
}

// isNoneTooOld tells whether each assessment that the point names is recent enough, or not stated.
func (c *chatbot) isNoneTooOld(p *point) bool {
	for kind, oldest := range p.Value.(map[string]any) {
		if c.isAssessed(kind, math.Inf(1)) && !c.isAssessed(kind, limitOf(oldest)) {
			return false
		}
	}
	return true
}

// fields returns the spec as JSON has it.
func (c *chatbot) fields() map[string]any {
	content, err := json.Marshal(c.spec)
	if err != nil {
		panic(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(content, &fields); err != nil {
		panic(err)
	}
	return fields
}

// read returns the value of a field; nil if it is not stated.
func read(fields map[string]any, path string) any {
	var value any = fields
	for name := range strings.SplitSeq(path, ".") {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	return value
}

// isMet tells whether a declaration meets a required value, or needs no answer.
func (c *chatbot) isMet(name string, required any, fields map[string]any) bool {
	if name == "accountability.assessments" {
		return c.isEachAssessed(required.(limits))
	}
	d := c.dimensions[name]
	stated := read(fields, d.Field)
	if stated == nil && name == "fairness.accessibility" {
		stated = "reasonable"
	}
	if stated == nil {
		isCarried := strings.HasPrefix(d.Carried, "sidecar:") && !slices.Contains(c.facts.Answers, d.Field)
		return isCarried || d.Partial || d.Type == "noneOf"
	}
	if name == "retention.justifyAbove" && read(fields, "retention.justification") != nil {
		return true
	}
	return d.isMetBy(stated, required)
}

func (c *chatbot) isEachAssessed(required limits) bool {
	for kind, oldest := range required {
		if !c.isAssessed(kind, oldest) {
			return false
		}
	}
	return true
}

// isMetBy compares a stated value with a required one, by the type of the dimension.
func (d dimension) isMetBy(stated, required any) bool {
	switch d.Type {
	case "flag":
		return stated != false && stated != ""
	case "level":
		return slices.Index(d.Levels, stated.(string)) >= slices.Index(d.Levels, required.(string))
	case "atMost":
		return stated.(float64) <= required.(float64)
	case "atLeast":
		return stated.(float64) >= required.(float64)
	case "allOf":
		return isWithin(required.([]string), d.withImplied(words(stated)))
	case "noneOf":
		return len(intersect(required.([]string), words(stated))) == 0
	case "oneOf":
		return len(words(stated)) > 0 && isWithin(words(stated), required.([]string))
	case "anyOf":
		return !slices.ContainsFunc(required.([][]string), func(clause []string) bool { return len(intersect(clause, words(stated))) == 0 })
	default:
		return d.isMetByKeys(stated.(map[string]any), required.(limits))
	}
}

// withImplied returns the words with those that they imply.
func (d dimension) withImplied(stated []string) []string {
	all := slices.Clone(stated)
	for _, word := range stated {
		all = append(all, d.Implies[word]...)
	}
	return all
}

func (d dimension) isMetByKeys(stated map[string]any, required limits) bool {
	for key, number := range required {
		value, isStated := stated[key].(float64)
		switch {
		case !isStated && d.Partial:
		case !isStated, d.Type == "eachAtLeast" && value < number, d.Type != "eachAtLeast" && value > number:
			return false
		}
	}
	return true
}

// decided returns the findings of a verdict that the general comparison makes, as decide does.
// hidden returns the dimensions whose findings others about the same fact hide.
func hidden(verdict policy.Verdict) map[string]bool {
	all := map[string]bool{}
	for i := range verdict.Findings {
		for _, rule := range verdict.Findings[i].Also {
			all[rule] = true
		}
	}
	return all
}

func (l *law) decided(verdict policy.Verdict) []string {
	var lines []string
	for i := range verdict.Findings {
		f := &verdict.Findings[i]
		if _, isDimension := l.dimensions[f.Rule]; isDimension && l.isCompared(f.Rule) {
			lines = append(lines, fmt.Sprintf("%s: %s %s", f.Rule, f.Action, f.Field))
		}
	}
	return unique(lines)
}
