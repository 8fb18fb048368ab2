package sidecarconfig

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// Bounds of Values.
const (
	maxPlaces    = 65 // Each entry of spec.perPlace, and the other jurisdictions.
	maxCodes     = 64
	maxClasses   = 32
	maxKinds     = 32
	maxDays      = 36525
	maxAge       = 120
	maxCodeBytes = 63
)

var codePattern = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// Values are what differs by place or by class of records: how long records are kept, how requests are answered, and who may chat. The store
// of conversations reads them. The sidecar keeps nothing and does not know the place of a person, so it acts on none of them.
type Values struct {
	// Places are 1 to 65 groups of jurisdictions with the same values. No jurisdiction is in two of them.
	Places []Place `json:"places"`
	// Strictest are the values for people whose place is not known.
	Strictest PlaceValues `json:"strictest"`
}

// Place is a group of jurisdictions with the same values.
type Place struct {
	// Jurisdictions are the codes of the places in lower case, sorted: 1 to 64.
	Jurisdictions []string    `json:"jurisdictions"`
	Values        PlaceValues `json:"values"`
}

// PlaceValues are the values for the people of a place. A value that neither the declaration nor the law sets is nil or empty.
type PlaceValues struct {
	Keep     Keep     `json:"keep"`
	Requests Requests `json:"requests"`
	Audience Audience `json:"audience"`
}

// Keep tells for how many days, 0 to 36525, records are kept.
type Keep struct {
	TranscriptDays    *int `json:"transcriptDays,omitempty"`
	RecordingDays     *int `json:"recordingDays,omitempty"`
	AuditDays         *int `json:"auditDays,omitempty"`
	RequestRecordDays *int `json:"requestRecordDays,omitempty"`
	// Classes has the number of days for up to 32 classes of records, such as `contract`. For such a record it takes precedence over the
	// other fields.
	Classes map[string]int `json:"classes,omitempty"`
}

// Requests tells how requests of people about their data are answered, in days from 0 to 36525.
type Requests struct {
	// Contact is the public contact to which people send requests.
	Contact string `json:"contact,omitempty"`
	// Kinds is the set of requests that people can make, such as `access`.
	Kinds           []string `json:"kinds,omitempty"`
	AcknowledgeDays *int     `json:"acknowledgeDays,omitempty"`
	ResponseDays    *int     `json:"responseDays,omitempty"`
	AppealDays      *int     `json:"appealDays,omitempty"`
	ComplaintDays   *int     `json:"complaintDays,omitempty"`
}

// Audience tells who may chat.
type Audience struct {
	// MinimumAge is the lowest age in years, 0 to 120.
	MinimumAge *int `json:"minimumAge,omitempty"`
	// AgeAssurance is one of AgeAssurances, or empty.
	AgeAssurance string `json:"ageAssurance,omitempty"`
	// ParentalConsent is one of ParentalConsents, or empty.
	ParentalConsent string `json:"parentalConsent,omitempty"`
}

// AgeAssurances returns the values of Audience.AgeAssurance, weakest first.
func AgeAssurances() []string { return []string{"none", "self-declared", "reasonable", "verified"} }

// ParentalConsents returns the values of Audience.ParentalConsent, weakest first.
func ParentalConsents() []string { return []string{"none", "declared", "verified"} }

// checkValues checks the values of each place. Nil is valid.
func (p *problems) checkValues(v *Values) {
	if v == nil {
		return
	}
	p.checkBounds("values.places", int64(len(v.Places)), 1, maxPlaces)
	seen := map[string]bool{}
	for i := range v.Places {
		place, at := &v.Places[i], fmt.Sprintf("values.places[%d]", i)
		p.checkBounds(at+".jurisdictions", int64(len(place.Jurisdictions)), 1, maxCodes)
		for j, code := range place.Jurisdictions {
			path := fmt.Sprintf("%s.jurisdictions[%d]", at, j)
			if len(code) > maxCodeBytes {
				p.add(path, "has %d bytes; the maximum is %d", len(code), maxCodeBytes)
			}
			p.checkName(path, code, codePattern)
			p.checkUnique(path, code, seen)
		}
		p.checkPlaceValues(at+".values", &place.Values)
	}
	p.checkPlaceValues("values.strictest", &v.Strictest)
}

// checkPlaceValues checks the values of one place.
func (p *problems) checkPlaceValues(at string, v *PlaceValues) {
	for field, days := range map[string]*int{
		".keep.transcriptDays": v.Keep.TranscriptDays, ".keep.recordingDays": v.Keep.RecordingDays, ".keep.auditDays": v.Keep.AuditDays,
		".keep.requestRecordDays": v.Keep.RequestRecordDays, ".requests.acknowledgeDays": v.Requests.AcknowledgeDays,
		".requests.responseDays": v.Requests.ResponseDays, ".requests.appealDays": v.Requests.AppealDays, ".requests.complaintDays": v.Requests.ComplaintDays,
	} {
		p.checkOptional(at+field, days, maxDays)
	}
	p.checkBounds(at+".keep.classes", int64(len(v.Keep.Classes)), 0, maxClasses)
	for _, class := range slices.Sorted(maps.Keys(v.Keep.Classes)) {
		path := at + ".keep.classes." + class
		p.checkName(path, class, wordPattern)
		p.checkBounds(path, int64(v.Keep.Classes[class]), 0, maxDays)
	}
	p.checkText(at+".requests.contact", v.Requests.Contact, maxListedContact)
	p.checkBounds(at+".requests.kinds", int64(len(v.Requests.Kinds)), 0, maxKinds)
	for i, kind := range v.Requests.Kinds {
		p.checkName(fmt.Sprintf("%s.requests.kinds[%d]", at, i), kind, wordPattern)
	}
	p.checkOptional(at+".audience.minimumAge", v.Audience.MinimumAge, maxAge)
	if v.Audience.AgeAssurance != "" {
		p.checkOneOf(at+".audience.ageAssurance", v.Audience.AgeAssurance, AgeAssurances())
	}
	if v.Audience.ParentalConsent != "" {
		p.checkOneOf(at+".audience.parentalConsent", v.Audience.ParentalConsent, ParentalConsents())
	}
}

// checkOptional checks a number of at least 0 that may be nil.
func (p *problems) checkOptional(path string, number *int, highest int64) {
	if number != nil {
		p.checkBounds(path, int64(*number), 0, highest)
	}
}
