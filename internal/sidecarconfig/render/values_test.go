package render_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
)

// newPlace is a place with values of its own and the law there.
func newPlace(code v1alpha1.Code, retention *v1alpha1.Retention, rights *v1alpha1.Rights, age int32, law ...require) policy.Place {
	place := policy.Place{Obligations: &obligation.Set{}, Spec: &v1alpha1.ChatbotDeploymentSpec{
		Jurisdictions: []v1alpha1.Code{code}, Retention: retention, Rights: rights, Audience: &v1alpha1.Audience{MinimumAge: &age},
	}}
	for _, add := range law {
		add(place.Obligations)
	}
	return place
}

func responseDays(days int) require {
	return func(s *obligation.Set) {
		s.Rights.ResponseDays.Merged = obligation.Merged[int]{Required: true, Value: days}
		s.Rights.Requests.Merged = obligation.Merged[[]string]{Required: true, Value: []string{"erasure", "access"}}
		s.Consent.AgeAssurance.Merged = obligation.Merged[string]{Required: true, Value: "reasonable"}
	}
}

func renderValues(t *testing.T, d *v1alpha1.ChatbotDeployment, verdict policy.Verdict) *sidecarconfig.Values {
	t.Helper()
	config, err := render.Config(d, verdict, builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return config.Values
}

func TestValuesByPlace(t *testing.T) {
	verdict := newVerdict()
	verdict.Places = []policy.Place{
		newPlace("DE", &v1alpha1.Retention{TranscriptDays: ptr.To[v1alpha1.Days](90), AuditDays: ptr.To[v1alpha1.Days](400), Classes: map[string]v1alpha1.Days{"contract": 2192}},
			&v1alpha1.Rights{Contact: "de@shop.example", Requests: []v1alpha1.RightsRequest{"portability"}}, 16, responseDays(30)),
		newPlace("us-ca", &v1alpha1.Retention{TranscriptDays: ptr.To[v1alpha1.Days](30), AuditDays: ptr.To[v1alpha1.Days](730), Classes: map[string]v1alpha1.Days{"contract": 1461, "request": 730}},
			&v1alpha1.Rights{ResponseDays: ptr.To[v1alpha1.Days](45)}, 13, responseDays(45)),
	}
	d := newDeclaration()
	d.Spec.Rights = &v1alpha1.Rights{Contact: "privacy@shop.example"}
	want := &sidecarconfig.Values{
		Places: []sidecarconfig.Place{
			{Jurisdictions: []string{"de"}, Values: sidecarconfig.PlaceValues{
				Keep:     sidecarconfig.Keep{TranscriptDays: ptr.To(90), AuditDays: ptr.To(400), Classes: map[string]int{"contract": 2192}},
				Requests: sidecarconfig.Requests{Contact: "de@shop.example", Kinds: []string{"portability"}, ResponseDays: ptr.To(30)},
				Audience: sidecarconfig.Audience{MinimumAge: ptr.To(16), AgeAssurance: "reasonable"},
			}},
			{Jurisdictions: []string{"us-ca"}, Values: sidecarconfig.PlaceValues{
				Keep:     sidecarconfig.Keep{TranscriptDays: ptr.To(30), AuditDays: ptr.To(730), Classes: map[string]int{"contract": 1461, "request": 730}},
				Requests: sidecarconfig.Requests{Kinds: []string{"access", "erasure"}, ResponseDays: ptr.To(45)},
				Audience: sidecarconfig.Audience{MinimumAge: ptr.To(13), AgeAssurance: "reasonable"},
			}},
		},
		Strictest: sidecarconfig.PlaceValues{
			Keep:     sidecarconfig.Keep{TranscriptDays: ptr.To(30), AuditDays: ptr.To(730), Classes: map[string]int{"contract": 2192, "request": 730}},
			Requests: sidecarconfig.Requests{Contact: "privacy@shop.example", Kinds: []string{"access", "erasure", "portability"}, ResponseDays: ptr.To(30)},
			Audience: sidecarconfig.Audience{MinimumAge: ptr.To(16), AgeAssurance: "reasonable"},
		},
	}
	if diff := cmp.Diff(want, renderValues(t, d, verdict)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	strictest := want.Strictest
	slices.Reverse(verdict.Places)
	if diff := cmp.Diff(strictest, renderValues(t, d, verdict).Strictest); diff != "" {
		t.Errorf("the strictest values depend on the order (-want +got):\n%s", diff)
	}
}

func TestValuesByClassAlone(t *testing.T) {
	d := newDeclaration()
	d.Spec.Jurisdictions = []v1alpha1.Code{"us-ca", "de"}
	d.Spec.Retention = &v1alpha1.Retention{TranscriptDays: ptr.To[v1alpha1.Days](30)}
	if got := renderValues(t, d, newVerdict(responseDays(30))); got != nil {
		t.Errorf("values of a declaration that states one for all: %+v", got)
	}
	d.Spec.Retention.Classes = map[string]v1alpha1.Days{"contract": 2192}
	got := renderValues(t, d, newVerdict(responseDays(30)))
	if got == nil || len(got.Places) != 1 || !slices.Equal(got.Places[0].Jurisdictions, []string{"de", "us-ca"}) || *got.Strictest.Requests.ResponseDays != 30 {
		t.Errorf("values: %+v", got)
	}
}

// TestTextsOfPlaces: people of a place get its language, and its contact is not redacted.
func TestTextsOfPlaces(t *testing.T) {
	d := newDeclaration()
	d.Spec.PerPlace = []v1alpha1.PlaceValues{{
		Jurisdictions: []v1alpha1.Code{"fr"}, Rights: &v1alpha1.Rights{Contact: "fr@shop.example"}, Audience: &v1alpha1.Audience{Languages: []v1alpha1.LanguageTag{"fr"}},
	}}
	config, err := render.Config(d, newVerdict(disclose("always"), handOff("on-request", 0)), builtIn(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(config.Contacts, []string{"fr@shop.example"}) || config.Handoff.Contact != "fr@shop.example" || config.Disclose.Statements["fr"] == "" {
		t.Errorf("contacts %v, handoff %+v, statements %v", config.Contacts, config.Handoff, config.Disclose.Statements)
	}
}
