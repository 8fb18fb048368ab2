package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
)

func TestWaysAreWritten(t *testing.T) {
	item := everyMember()
	item.Ways = &report.Ways{Outcome: policy.OutcomeWarn, Ways: []report.Way{
		{Rule: "rights.responseDays", Changes: []report.FieldChange{{Field: "spec.rights.responseDays", Value: "30"}}},
		{Rule: "a.removed", Changes: []report.FieldChange{{Field: "spec.left"}}},
		{Rule: "a.fact", Changes: []report.FieldChange{{Field: "spec.purpose.outbound", Value: "false"}}, Claim: "it contacts nobody first"},
		{Rule: "a.review", Changes: []report.FieldChange{{Field: "spec.assessments", Assess: []string{"dpia", "fria"}}}},
		{Rule: "a.list", Changes: []report.FieldChange{
			{Field: "spec.security.controls", Value: "[backup, logging]", Add: []string{"logging"}, Remove: []string{"wizard"}},
		}},
		{Rule: "a.hopeless"},
	}}
	var text, encoded bytes.Buffer
	if err := report.WriteText(&text, []report.Item{item}, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"rights.responseDays: set spec.rights.responseDays: 30\n", "a.removed: leave out spec.left", "a.fact: if it is true that it contacts nobody first, set spec.purpose.outbound: false",
		"a.review: do dpia, fria, and state in spec.assessments the day on which you completed each",
		"a.list: add logging to spec.security.controls; remove wizard from spec.security.controls",
		"a.hopeless: no change of a value helps", "With all of them the outcome is Warn.",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
	if err := report.WriteJSON(&encoded, []report.Item{item}, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"outcome": "Warn"`, `"value": "30"`, `"claim": "it contacts nobody first"`, `"assess": [`, `"changes": []`} {
		if !strings.Contains(encoded.String(), want) {
			t.Errorf("the JSON lacks %q:\n%s", want, encoded.String())
		}
	}
}

func TestWhatIsNotCoveredIsListed(t *testing.T) {
	item := everyMember()
	item.NotCovered = []string{"us: the law of states", "retail: scheme rules"}
	var text, encoded bytes.Buffer
	if err := report.WriteText(&text, []report.Item{item}, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if want := "Not in the legal data, so not judged: us: the law of states; retail: scheme rules."; !strings.Contains(text.String(), want) {
		t.Errorf("the text lacks %q:\n%s", want, text.String())
	}
	if err := report.WriteJSON(&encoded, []report.Item{item}, nil); err != nil {
		t.Fatal(err)
	}
	if want := `"notCovered"`; !strings.Contains(encoded.String(), want) {
		t.Errorf("the JSON lacks %q:\n%s", want, encoded.String())
	}
}

// What does not apply, as the declaration says, is counted by dimension in the text and in JSON.
func TestWhatDoesNotApplyIsCounted(t *testing.T) {
	item := everyMember()
	for _, dimension := range []string{"rights.responseDays", "consent.training", "rights.responseDays"} {
		item.Verdict.Findings = append(item.Verdict.Findings, policy.Finding{Rule: dimension, Dimension: dimension, Action: policy.ActionNotApplicable, Reason: "no data"})
	}
	var text, encoded bytes.Buffer
	if err := report.WriteText(&text, []report.Item{item}, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := "Not applicable, as the declaration says: consent.training (1 finding), rights.responseDays (2 findings)."
	if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), want) {
		t.Errorf("the text lacks %q:\n%s", want, text.String())
	}
	if err := report.WriteJSON(&encoded, []report.Item{item}, nil); err != nil {
		t.Fatal(err)
	}
	var decoded struct {
		Items []struct{ NotApplicable map[string]int }
	}
	if err := json.Unmarshal(encoded.Bytes(), &decoded); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"consent.training": 1, "rights.responseDays": 2}, decoded.Items[0].NotApplicable); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotNeededIsShown(t *testing.T) {
	item := everyMember()
	item.Unneeded = []policy.Unneeded{{Field: "spec.notApplicable[0]", About: "rights.contact"}, {Field: "spec.confirmed[0]", About: "spec.jurisdictions"}}
	var text, encoded bytes.Buffer
	if err := report.WriteText(&text, []report.Item{item}, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	want := "Not needed, because there is no finding about it: spec.notApplicable[0] (rights.contact), spec.confirmed[0] (spec.jurisdictions)."
	if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), want) {
		t.Errorf("the text lacks %q:\n%s", want, text.String())
	}
	if err := report.WriteJSON(&encoded, []report.Item{item}, nil); err != nil {
		t.Fatal(err)
	}
	if want := `"unneeded": [ { "field": "spec.notApplicable[0]", "about": "rights.contact" },`; !strings.Contains(strings.Join(strings.Fields(encoded.String()), " "), want) {
		t.Errorf("the JSON lacks %q:\n%s", want, encoded.String())
	}
}

// TestWhatNoDetectorKnowsIsNamed expects that a report says which personal data nothing redacts although it should be redacted.
func TestWhatNoDetectorKnowsIsNamed(t *testing.T) {
	var text bytes.Buffer
	item := report.Item{Redacted: []string{"email"}, Unredacted: []string{"password", "national-id"}}
	if err := report.WriteText(&text, []report.Item{item}, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Redacted in messages: email.", "Not redacted, because no detector knows it, so yours to see to: password, national-id."} {
		if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), want) {
			t.Errorf("the report does not say %q:\n%s", want, &text)
		}
	}
}

// TestWhoAsksForConsentIsSaid expects that a report says that the sidecar asks people, and how to have the app ask instead.
func TestWhoAsksForConsentIsSaid(t *testing.T) {
	for _, asks := range []bool{true, false} {
		var text bytes.Buffer
		if err := report.WriteText(&text, []report.Item{{AsksForConsent: asks}}, report.TextOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Join(strings.Fields(text.String()), " "), report.Asked); got != asks {
			t.Errorf("the sidecar asks: %t, the report says so: %t:\n%s", asks, got, &text)
		}
	}
}
