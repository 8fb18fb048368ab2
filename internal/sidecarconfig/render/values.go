package render

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// renderValues returns the values by place and by class of records, or nil if the declaration states none. Without places of their own, all
// jurisdictions are one place.
func renderValues(spec *v1alpha1.ChatbotDeploymentSpec, verdict policy.Verdict) *sidecarconfig.Values {
	places := verdict.Places
	if len(places) == 0 {
		if spec.Retention == nil || len(spec.Retention.Classes) == 0 {
			return nil
		}
		places = []policy.Place{{Spec: spec, Obligations: verdict.Obligations}}
	}
	rendered := &sidecarconfig.Values{}
	for _, place := range places {
		values := renderPlaceValues(place)
		rendered.Places = append(rendered.Places, sidecarconfig.Place{Jurisdictions: toCodes(place.Spec.Jurisdictions), Values: values})
		rendered.Strictest = joinStrictest(rendered.Strictest, values)
	}
	if spec.Rights != nil { // For people of an unknown place, the contact of the whole declaration comes first.
		rendered.Strictest.Requests.Contact = cmp.Or(string(spec.Rights.Contact), rendered.Strictest.Requests.Contact)
	}
	return rendered
}

// toCodes returns the codes in lower case, sorted and without duplicates.
func toCodes(jurisdictions []v1alpha1.Code) []string {
	codes := make([]string, 0, len(jurisdictions))
	for _, code := range jurisdictions {
		codes = append(codes, strings.ToLower(string(code)))
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// renderPlaceValues returns the values for the people of one place: what the declaration states or, where it states nothing, what the law of
// the place requires. A stated value is never replaced: whether it may stand was decided already.
func renderPlaceValues(place policy.Place) sidecarconfig.PlaceValues {
	law := place.Obligations
	if law == nil {
		law = &obligation.Set{}
	}
	retention, rights, audience := cmp.Or(place.Spec.Retention, &v1alpha1.Retention{}), cmp.Or(place.Spec.Rights, &v1alpha1.Rights{}), cmp.Or(place.Spec.Audience, &v1alpha1.Audience{})
	values := sidecarconfig.PlaceValues{
		Keep: sidecarconfig.Keep{
			TranscriptDays:    chooseNumber(retention.TranscriptDays, law.Retain.TranscriptMaxDays),
			RecordingDays:     chooseNumber(retention.RecordingDays, law.Retain.RecordingMaxDays),
			AuditDays:         chooseNumber(retention.AuditDays, law.Record.AuditMinDays),
			RequestRecordDays: chooseNumber(retention.RequestRecordDays, law.Record.RequestMinDays),
		},
		Requests: sidecarconfig.Requests{
			Contact:         string(rights.Contact),
			Kinds:           slices.Clone(law.Rights.Requests.Value),
			AcknowledgeDays: chooseNumber(rights.AcknowledgeDays, law.Rights.AcknowledgeDays),
			ResponseDays:    chooseNumber(rights.ResponseDays, law.Rights.ResponseDays),
			AppealDays:      chooseNumber(rights.AppealDays, law.Rights.AppealDays),
			ComplaintDays:   chooseNumber(rights.ComplaintDays, law.Rights.ComplaintDays),
		},
		Audience: sidecarconfig.Audience{
			MinimumAge:      chooseNumber(audience.MinimumAge, obligation.Shown[int]{}),
			AgeAssurance:    cmp.Or(string(audience.AgeAssurance), law.Consent.AgeAssurance.Value),
			ParentalConsent: string(audience.ParentalConsent),
		},
	}
	if len(retention.Classes) > 0 {
		values.Keep.Classes = make(map[string]int, len(retention.Classes))
		for class, days := range retention.Classes {
			values.Keep.Classes[class] = int(days)
		}
	}
	if len(rights.Requests) > 0 {
		values.Requests.Kinds = nil
		for _, kind := range rights.Requests {
			values.Requests.Kinds = append(values.Requests.Kinds, string(kind))
		}
	}
	slices.Sort(values.Requests.Kinds)
	return values
}

// chooseNumber returns the declared number, or else the one that the law sets; nil if there is neither.
func chooseNumber[N ~int32](declared *N, law obligation.Shown[int]) *int {
	number := law.Value
	if declared != nil {
		number = int(*declared)
	} else if !law.Required {
		return nil
	}
	return &number
}

// joinStrictest returns the values that are at least as strict as those of both places. What is kept of conversations is kept for the
// shorter time, since whoever is talked to may be in the place that allows no more. Evidence, records of requests, and records of a class
// are kept for the longer time, since the law of one place may ask for it.
func joinStrictest(a, b sidecarconfig.PlaceValues) sidecarconfig.PlaceValues {
	joined := sidecarconfig.PlaceValues{
		Keep: sidecarconfig.Keep{
			TranscriptDays:    chooseSmaller(a.Keep.TranscriptDays, b.Keep.TranscriptDays),
			RecordingDays:     chooseSmaller(a.Keep.RecordingDays, b.Keep.RecordingDays),
			AuditDays:         chooseLarger(a.Keep.AuditDays, b.Keep.AuditDays),
			RequestRecordDays: chooseLarger(a.Keep.RequestRecordDays, b.Keep.RequestRecordDays),
			Classes:           maps.Clone(a.Keep.Classes),
		},
		Requests: sidecarconfig.Requests{
			Contact:         cmp.Or(a.Requests.Contact, b.Requests.Contact),
			Kinds:           slices.Concat(a.Requests.Kinds, b.Requests.Kinds),
			AcknowledgeDays: chooseSmaller(a.Requests.AcknowledgeDays, b.Requests.AcknowledgeDays),
			ResponseDays:    chooseSmaller(a.Requests.ResponseDays, b.Requests.ResponseDays),
			AppealDays:      chooseSmaller(a.Requests.AppealDays, b.Requests.AppealDays),
			ComplaintDays:   chooseSmaller(a.Requests.ComplaintDays, b.Requests.ComplaintDays),
		},
		Audience: sidecarconfig.Audience{
			MinimumAge:      chooseLarger(a.Audience.MinimumAge, b.Audience.MinimumAge),
			AgeAssurance:    chooseStronger(sidecarconfig.AgeAssurances(), a.Audience.AgeAssurance, b.Audience.AgeAssurance),
			ParentalConsent: chooseStronger(sidecarconfig.ParentalConsents(), a.Audience.ParentalConsent, b.Audience.ParentalConsent),
		},
	}
	for class, days := range b.Keep.Classes {
		if joined.Keep.Classes == nil {
			joined.Keep.Classes = map[string]int{}
		}
		joined.Keep.Classes[class] = max(days, joined.Keep.Classes[class])
	}
	slices.Sort(joined.Requests.Kinds)
	joined.Requests.Kinds = slices.Compact(joined.Requests.Kinds)
	return joined
}

// chooseSmaller returns the smaller number; the other one if one is nil.
func chooseSmaller(a, b *int) *int {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// chooseLarger returns the larger number; the other one if one is nil.
func chooseLarger(a, b *int) *int {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// chooseStronger returns the later of two words in a list; the empty word is weaker than all.
func chooseStronger(weakestFirst []string, a, b string) string {
	if slices.Index(weakestFirst, a) >= slices.Index(weakestFirst, b) {
		return a
	}
	return b
}
