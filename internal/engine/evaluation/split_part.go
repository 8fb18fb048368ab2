package evaluation

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// The dimensions about the countries in which data is kept. A part can resolve a conflict in them by keeping data in fewer countries.
const (
	allowedCountries   = "residency.countries"
	forbiddenCountries = "residency.noneOf"
)

// newPart returns a copy of the declaration to split, for these codes.
func (p *splitter) newPart(jurisdictions, sectors []v1alpha1.Code) *v1alpha1.ChatbotDeployment {
	part := p.in.Declaration.DeepCopy()
	part.Spec.Jurisdictions, part.Spec.Sectors = jurisdictions, sectors
	part.Spec.PerPlace = keepPlaces(part.Spec.PerPlace, jurisdictions)
	return part
}

// keepPlaces returns the values for the jurisdictions of a part, without those for the places of other parts.
func keepPlaces(values []v1alpha1.PlaceValues, jurisdictions []v1alpha1.Code) []v1alpha1.PlaceValues {
	var kept []v1alpha1.PlaceValues
	for _, place := range values {
		place.Jurisdictions = slices.DeleteFunc(place.Jurisdictions, func(code v1alpha1.Code) bool {
			return !slices.ContainsFunc(jurisdictions, func(own v1alpha1.Code) bool { return strings.EqualFold(string(own), string(code)) })
		})
		if len(place.Jurisdictions) > 0 {
			kept = append(kept, place)
		}
	}
	return kept
}

// adoptNumbers sets the numbers of a part that the law of its places refuses, and that the author chose for the places of other parts too,
// to the numbers that the law requires.
func adoptNumbers(part *v1alpha1.ChatbotDeployment, verdict policy.Verdict) {
	for _, f := range verdict.Findings {
		required, isNumber := decodeNumber(f.Required)
		if f.Action != policy.ActionDeny || !isNumber || f.Found == nil {
			continue
		}
		switch f.Field {
		case "spec.retention.transcriptDays":
			part.Spec.Retention.TranscriptDays = new(v1alpha1.Days(required))
		case "spec.retention.recordingDays":
			part.Spec.Retention.RecordingDays = new(v1alpha1.Days(required))
		case "spec.retention.auditDays":
			part.Spec.Retention.AuditDays = new(v1alpha1.Days(required))
		case "spec.audience.minimumAge":
			part.Spec.Audience.MinimumAge = new(required)
		}
	}
}

// decodeNumber returns a required value that is a whole number.
func decodeNumber(required any) (number int32, ok bool) {
	content, err := json.Marshal(required)
	if err != nil {
		return 0, false
	}
	return number, json.Unmarshal(content, &number) == nil
}

// resolveCountryConflicts removes from a part the countries, regions and processors about which the verdict has a finding. It returns false
// if there was nothing to remove, so that it is useless to evaluate the part again.
func resolveCountryConflicts(part *v1alpha1.ChatbotDeployment, verdict policy.Verdict) bool {
	hasChanged := false
	for _, f := range verdict.Findings {
		switch f.Dimension {
		case allowedCountries:
			hasChanged = removeUnallowedResidency(part, verdict) || hasChanged
		case forbiddenCountries:
			hasChanged = removeForbiddenCountries(part, verdict) || hasChanged
		}
	}
	return hasChanged
}

// removeUnallowedResidency removes the declared countries that the law does not allow, and all declared regions, because they may be in
// such countries. It returns false, and removes nothing, if no country or region is declared or if the law allows all countries.
func removeUnallowedResidency(part *v1alpha1.ChatbotDeployment, verdict policy.Verdict) bool {
	declared := part.Spec.Residency
	if declared == nil || len(declared.Countries)+len(declared.Regions) == 0 || findRequiredList(verdict, allowedCountries) == nil {
		return false
	}
	keepAllowedCountries(part, verdict)
	declared.Regions = nil
	return true
}

// keepAllowedCountries removes the declared countries that the law does not allow. If it removes a country, it removes all declared regions
// too, because they may be in it.
// It does nothing if the law allows all countries.
func keepAllowedCountries(part *v1alpha1.ChatbotDeployment, verdict policy.Verdict) {
	if allowed := findRequiredList(verdict, allowedCountries); allowed != nil {
		removeCountries(part, func(c v1alpha1.PlaceCode) bool { return !containsCountry(allowed, c) })
	}
}

// removeForbiddenCountries removes from a part the declared countries that the law forbids, and the processors in such countries; the
// author must then declare other processors. If none remains, the part leaves processors undeclared, because an empty list would say that
// there are none. It reports whether it removed anything.
func removeForbiddenCountries(part *v1alpha1.ChatbotDeployment, verdict policy.Verdict) bool {
	forbidden := findRequiredList(verdict, forbiddenCountries)
	before := len(part.Spec.Processors)
	isForbidden := func(c v1alpha1.PlaceCode) bool { return containsCountry(forbidden, c) }
	part.Spec.Processors = slices.DeleteFunc(part.Spec.Processors, func(p v1alpha1.Processor) bool { return isForbidden(p.Country) })
	hasRemovedProcessors := len(part.Spec.Processors) < before
	if hasRemovedProcessors && len(part.Spec.Processors) == 0 {
		part.Spec.Processors = nil
	}
	hasRemovedCountries := removeCountries(part, isForbidden)
	return hasRemovedCountries || hasRemovedProcessors
}

// removeCountries removes the selected countries from spec.residency, and reports whether it removed any. If it did, it removes all regions
// too, because they may be in the removed countries.
func removeCountries(part *v1alpha1.ChatbotDeployment, isSelected func(v1alpha1.PlaceCode) bool) bool {
	declared := part.Spec.Residency
	if declared == nil {
		return false
	}
	remaining := slices.DeleteFunc(slices.Clone(declared.Countries), isSelected)
	if len(remaining) == len(declared.Countries) {
		return false
	}
	declared.Countries, declared.Regions = remaining, nil
	return true
}

// findRequiredList returns the required value of a dimension whose values are lists, or nil if the law requires nothing in it.
func findRequiredList(verdict policy.Verdict, dimension string) []any {
	for _, r := range verdict.Requirements {
		if r.Dimension == dimension {
			list, _ := r.Value.([]any)
			return list
		}
	}
	return nil
}

// containsCountry reports whether a list of the legal data, whose codes are in lower case, contains a country.
func containsCountry(countries []any, country v1alpha1.PlaceCode) bool {
	return slices.Contains(countries, any(strings.ToLower(string(country))))
}
