package facts

import (
	"fmt"
	"maps"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts/reading"
	"github.com/chaperone-dev/chaperone/internal/facts/spdx"
)

// Texts are what is measured and parsed in the texts of a declaration. The policy judges it.
type Texts struct {
	// Licenses are the declared license expressions, the model's first.
	Licenses []License
	// Measures are those of the texts that people are shown, by field and language.
	Measures []TextMeasures
}

// TextMeasures is how long one text is and how hard to read. The text itself is not in it.
type TextMeasures struct {
	// Field is the JSON path of the text.
	Field string
	// Kind is the field that holds the texts of all languages, without `spec.`.
	Kind string
	// Language is the tag of the text (BCP 47), as declared.
	Language string
	reading.Measures
}

// License is one declared license expression.
type License struct {
	// Field is the JSON path of the expression.
	Field string
	// Text is the expression as written.
	Text string
	// Alternatives are the choices that the expression offers; the licenses of one alternative apply together. Nil when the text is not
	// an SPDX expression.
	Alternatives [][]spdx.License
}

// NewTexts reads the specification and does not change it. What is not declared leaves no facts.
func NewTexts(spec *v1alpha1.ChatbotDeploymentSpec) Texts {
	facts := Texts{Licenses: readLicenses(spec.IntellectualProperty)}
	if spec.Disclosure != nil {
		facts.Measures = append(facts.Measures, measureTexts("disclosure.statements", spec.Disclosure.Statements)...)
	}
	if spec.Contract != nil {
		facts.Measures = append(facts.Measures, measureTexts("contract.liabilityNotice", spec.Contract.LiabilityNotice)...)
	}
	return facts
}

func measureTexts(kind string, texts map[string]v1alpha1.Statement) []TextMeasures {
	var facts []TextMeasures
	for _, language := range slices.Sorted(maps.Keys(texts)) {
		facts = append(facts, TextMeasures{
			Field:    "spec." + kind + "." + language,
			Kind:     kind,
			Language: language,
			Measures: reading.Measure(string(texts[language])),
		})
	}
	return facts
}

func readLicenses(rights *v1alpha1.IntellectualProperty) []License {
	if rights == nil {
		return nil
	}
	var facts []License
	if rights.Model != nil && rights.Model.License != "" {
		facts = append(facts, readLicense("spec.intellectualProperty.model.license", rights.Model.License))
	}
	if rights.TrainingData != nil {
		for i, text := range rights.TrainingData.Licenses {
			facts = append(facts, readLicense(fmt.Sprintf("spec.intellectualProperty.trainingData.licenses[%d]", i), text))
		}
	}
	return facts
}

// readLicense leaves out the alternatives of a text that cannot be read. The policy judges it; it is not an error here.
func readLicense(field, text string) License {
	alternatives, err := spdx.ParseAlternatives(text)
	if err != nil {
		alternatives = nil
	}
	return License{Field: field, Text: text, Alternatives: alternatives}
}
