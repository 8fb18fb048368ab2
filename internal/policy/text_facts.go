package policy

import (
	"fmt"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/spdx"
)

// TextFacts are what the texts of a declaration say beside their words: measured and parsed here, judged by the policy.
type TextFacts struct {
	// Licences are the declared licence expressions, the model's first.
	Licences []LicenceFacts
}

// LicenceFacts is one declared licence expression.
type LicenceFacts struct {
	// Field is where it stands.
	Field string
	// Text is the expression as written.
	Text string
	// Alternatives are what it offers to choose from; the licences of one apply together. Nil when it is no SPDX expression.
	Alternatives [][]spdx.License
}

// NewTextFacts reads the specification, and never changes it. What is not declared leaves no facts.
func NewTextFacts(spec *v1alpha1.ChatbotDeploymentSpec) TextFacts {
	return TextFacts{Licences: licences(spec.IntellectualProperty)}
}

func licences(rights *v1alpha1.IntellectualProperty) []LicenceFacts {
	if rights == nil {
		return nil
	}
	var facts []LicenceFacts
	if rights.Model != nil && rights.Model.License != "" {
		facts = append(facts, licence("spec.intellectualProperty.model.license", rights.Model.License))
	}
	if rights.TrainingData != nil {
		for i, text := range rights.TrainingData.Licenses {
			facts = append(facts, licence(fmt.Sprintf("spec.intellectualProperty.trainingData.licenses[%d]", i), text))
		}
	}
	return facts
}

// licence leaves out the alternatives of a text that cannot be read: that is for the policy to judge, as no error.
func licence(field, text string) LicenceFacts {
	alternatives, err := spdx.Alternatives(text)
	if err != nil {
		alternatives = nil
	}
	return LicenceFacts{Field: field, Text: text, Alternatives: alternatives}
}
