package engine

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/util"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// organisationValue is the confidence of a point that a profile made.
const organisationValue = "organisation"

// profile is a JurisdictionProfile whose values are valid points of its code.
type profile struct {
	name, code, kind string
	loosens          bool
	points           []map[string]any
}

// newProfile returns the points of a profile. The error names every value that is not valid, and what is known and allowed.
func newProfile(p *v1alpha1.JurisdictionProfile, data *legalData) (profile, error) {
	made := profile{name: p.Name, code: strings.ToLower(string(p.Spec.Code)), loosens: p.Spec.Loosens}
	switch codes := data.codes(); {
	case data.Jurisdictions[made.code].Code != "":
		made.kind = "jurisdictions"
	case data.Sectors[made.code].Code != "":
		made.kind = "sectors"
	default:
		return profile{}, fmt.Errorf("spec.code is %q, which is not a code of the legal data: use one of %s, %s",
			p.Spec.Code, strings.Join(codes.Jurisdictions, ", "), strings.Join(codes.Sectors, ", "))
	}
	var problems []error
	for i := range p.Spec.Values {
		point, err := profilePoint(&p.Spec.Values[i], fmt.Sprintf("spec.values[%d]", i), data)
		problems = append(problems, err)
		made.points = append(made.points, point)
	}
	return made, errors.Join(problems...)
}

func profilePoint(v *v1alpha1.ProfileValue, where string, data *legalData) (map[string]any, error) {
	f := &faults{where: where}
	known, ok := data.Dimensions.Dimensions[string(v.Dimension)]
	if !ok {
		f.add("dimension %q is not known: use one of %s", v.Dimension, strings.Join(slices.Sorted(maps.Keys(data.Dimensions.Dimensions)), ", "))
		return nil, errors.Join(f.found...)
	}
	value := f.decode("value", v.Value.Raw)
	f.value(known, value)
	raw := map[string]any{
		"dimension": string(v.Dimension), "value": value, "article": v.Reference, "confidence": organisationValue,
	}
	if v.When != nil {
		raw["when"] = f.conditions(f.decode("when", v.When.Raw))
	}
	f.dates(&point{From: string(v.From), Until: string(v.Until)})
	for key, text := range map[string]string{"from": string(v.From), "until": string(v.Until), "url": string(v.URL)} {
		if text != "" {
			raw[key] = text
		}
	}
	if v.Replaces {
		raw["replaces"] = true
	}
	return raw, errors.Join(f.found...)
}

// decode keeps numbers as they are written.
func (f *faults) decode(field string, raw []byte) any {
	var value any
	if err := util.NewJSONDecoder(bytes.NewReader(raw)).Decode(&value); err != nil {
		f.add("%s is no JSON: %v", field, err)
	}
	return value
}

func (f *faults) conditions(value any) map[string]any {
	conditions, ok := value.(map[string]any)
	if !ok {
		f.add("when must map conditions to their values")
	}
	for _, key := range slices.Sorted(maps.Keys(conditions)) {
		f.condition(key, conditions[key])
	}
	return conditions
}

// overlay returns the law with the points of the profiles in it. The law itself is not changed.
func overlay(law map[string]any, profiles []profile) map[string]any {
	law = maps.Clone(law)
	for _, p := range profiles {
		documents := maps.Clone(law[p.kind].(map[string]any))
		document := maps.Clone(documents[p.code].(map[string]any))
		acts := maps.Clone(document["acts"].(map[string]any))
		key := "organisation:" + p.name
		acts[key] = map[string]any{"title": fmt.Sprintf("JurisdictionProfile %q", p.name), "url": "", "status": "in-force"}
		points := append([]any{}, document["points"].([]any)...)
		for _, point := range p.points {
			point = maps.Clone(point)
			point["act"] = key
			points = append(points, point)
		}
		document["acts"], document["points"] = acts, points
		documents[p.code], law[p.kind] = document, documents
	}
	return law
}

// loosensBy reports whether one of the points that loosen, by their ids (`code/index`), is the profile's: no other may have any.
func (p profile) loosensBy(ids []string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(id, p.code+"/") })
}
