package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts/reading"
	"github.com/chaperone-dev/chaperone/internal/facts/spdx"
)

func TestLicensesOfADeclaration(t *testing.T) {
	for name, test := range map[string]struct {
		rights *v1alpha1.IntellectualProperty
		want   []License
	}{
		"nothing about rights":   {nil, nil},
		"rights without a model": {&v1alpha1.IntellectualProperty{OutputRights: "deployer"}, nil},
		"a model of no license":  {&v1alpha1.IntellectualProperty{Model: &v1alpha1.Model{Name: "x"}, TrainingData: &v1alpha1.TrainingData{}}, nil},
		"the model's, then the data's": {
			&v1alpha1.IntellectualProperty{
				Model:        &v1alpha1.Model{License: "MIT OR LicenseRef-own"},
				TrainingData: &v1alpha1.TrainingData{Licenses: []string{"CC0-1.0", "what the vendor says"}},
			},
			[]License{
				{
					Field: "spec.intellectualProperty.model.license", Text: "MIT OR LicenseRef-own",
					Alternatives: [][]spdx.License{{{ID: "MIT"}}, {{ID: "LicenseRef-own"}}},
				},
				{
					Field: "spec.intellectualProperty.trainingData.licenses[0]", Text: "CC0-1.0",
					Alternatives: [][]spdx.License{{{ID: "CC0-1.0"}}},
				},
				{Field: "spec.intellectualProperty.trainingData.licenses[1]", Text: "what the vendor says"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewTexts(&v1alpha1.ChatbotDeploymentSpec{IntellectualProperty: test.rights}).Licenses
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("licenses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMeasuresOfADeclaration(t *testing.T) {
	spec := &v1alpha1.ChatbotDeploymentSpec{
		Disclosure: &v1alpha1.Disclosure{Statements: map[string]v1alpha1.Statement{"en": "I am a machine.", "de": "Ich bin eine Maschine."}},
		Contract:   &v1alpha1.Contract{LiabilityNotice: map[string]v1alpha1.Statement{"zh-Hans": "我们负责。"}},
	}
	want := []TextMeasures{
		{Field: "spec.disclosure.statements.de", Kind: "disclosure.statements", Language: "de", Measures: reading.Measures{Sentences: 1, Words: 4, LongWords: 1, LIX: 29}},
		{Field: "spec.disclosure.statements.en", Kind: "disclosure.statements", Language: "en", Measures: reading.Measures{Sentences: 1, Words: 4, LongWords: 1, LIX: 29}},
		{Field: "spec.contract.liabilityNotice.zh-Hans", Kind: "contract.liabilityNotice", Language: "zh-Hans", Measures: reading.Measures{Sentences: 1, Characters: 4, SentenceCharacters: 4}},
	}
	if diff := cmp.Diff(want, NewTexts(spec).Measures); diff != "" {
		t.Errorf("measures (-want +got):\n%s", diff)
	}
	if got := NewTexts(&v1alpha1.ChatbotDeploymentSpec{}); got.Measures != nil || got.Licenses != nil {
		t.Errorf("facts of nothing: %+v", got)
	}
}
