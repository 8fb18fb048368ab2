package sidecarconfig_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func newValues() *sidecarconfig.Values {
	return &sidecarconfig.Values{
		Places: []sidecarconfig.Place{
			{Jurisdictions: []string{"de"}, Values: sidecarconfig.PlaceValues{
				Keep:     sidecarconfig.Keep{TranscriptDays: ptr.To(30), Classes: map[string]int{"contract": 2192}},
				Requests: sidecarconfig.Requests{Contact: "privacy@shop.example", Kinds: []string{"access"}, ResponseDays: ptr.To(30)},
				Audience: sidecarconfig.Audience{MinimumAge: ptr.To(16), AgeAssurance: "self-declared", ParentalConsent: "none"},
			}},
			{Jurisdictions: []string{"us-ca"}},
		},
	}
}

func TestValuesAreReadAsTheyAreWritten(t *testing.T) {
	config := newValidConfig()
	without, err := config.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	config.Values = newValues()
	data, err := config.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := sidecarconfig.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Values, got.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if sidecarconfig.Hash(data) == sidecarconfig.Hash(without) || strings.Contains(string(without), "values") {
		t.Error("the hash does not cover the values, or a file without values has the field")
	}
}

func TestValidateRefusesValues(t *testing.T) {
	for want, change := range map[string]func(v *sidecarconfig.Values){
		"values.places is 0, want 1 to 65":                       func(v *sidecarconfig.Values) { v.Places = nil },
		"values.places[0].jurisdictions is 0, want 1 to 64":      func(v *sidecarconfig.Values) { v.Places[0].Jurisdictions = nil },
		`values.places[0].jurisdictions[0] is "DE"`:              func(v *sidecarconfig.Values) { v.Places[0].Jurisdictions[0] = "DE" },
		`values.places[1].jurisdictions[0] is "de", which`:       func(v *sidecarconfig.Values) { v.Places[1].Jurisdictions[0] = "de" },
		"values.places[0].values.keep.transcriptDays is -1":      func(v *sidecarconfig.Values) { v.Places[0].Values.Keep.TranscriptDays = ptr.To(-1) },
		"values.places[0].values.keep.classes.contract is 36526": func(v *sidecarconfig.Values) { v.Places[0].Values.Keep.Classes["contract"] = 36526 },
		`values.places[0].values.keep.classes.A b is "A b"`:      func(v *sidecarconfig.Values) { v.Places[0].Values.Keep.Classes["A b"] = 1 },
		"values.places[0].values.requests.contact contains":      func(v *sidecarconfig.Values) { v.Places[0].Values.Requests.Contact = "a\nb" },
		`values.places[0].values.requests.kinds[0] is "A"`:       func(v *sidecarconfig.Values) { v.Places[0].Values.Requests.Kinds[0] = "A" },
		"values.strictest.audience.minimumAge is 121":            func(v *sidecarconfig.Values) { v.Strictest.Audience.MinimumAge = ptr.To(121) },
		`values.strictest.audience.ageAssurance is "some"`:       func(v *sidecarconfig.Values) { v.Strictest.Audience.AgeAssurance = "some" },
		`values.strictest.audience.parentalConsent is "some"`:    func(v *sidecarconfig.Values) { v.Strictest.Audience.ParentalConsent = "some" },
	} {
		config := newValidConfig()
		config.Values = newValues()
		change(config.Values)
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want it to contain %q", err, want)
		}
	}
}
