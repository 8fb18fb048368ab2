package facts

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/text/language"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts/reading"
	"github.com/chaperone-dev/chaperone/internal/facts/spdx"
)

// Texts holds the parsed license expressions of a declaration and the measures of its texts. The policy judges them.
type Texts struct {
	// Licenses are the declared license expressions: the model's, then those of the training data in their order.
	Licenses []License
	// Measures are the measures of the texts that people are shown: the disclosure statements, then the liability notices, each sorted by
	// language.
	Measures []TextMeasures
	// UnknownLanguages are the declared tags of languages that do not exist.
	UnknownLanguages []UnknownLanguage
}

// UnknownLanguage is a declared tag that names no language: none of the IANA registry (BCP 47).
type UnknownLanguage struct {
	// Field is the JSON path of the tag, or of the text in this language.
	Field string
	Tag   string
	// Closest is what is left of the tag without the parts that do not exist: `de` of `DE-ZZZ`. Empty if nothing is left.
	Closest string
}

// TextMeasures tells how long and how hard to read one text is. The text itself is in the spec, which rules also get.
type TextMeasures struct {
	// Field is the JSON path of the text.
	Field string
	// Kind is the field that maps languages to texts, without `spec.`: `disclosure.statements` or `contract.liabilityNotice`.
	Kind string
	// Language is the BCP 47 tag of the text's language, as declared.
	Language string
	// Plain is the text as people see it, if it is not as written: an invisible character, or a letter that only looks like another one,
	// would hide a word from a rule. Empty if it is as written.
	Plain string
	reading.Measures
}

// License is one declared license expression.
type License struct {
	// Field is the JSON path of the expression.
	Field string
	// Text is the expression as written.
	Text string
	// Alternatives are the choices that the expression offers (OR). All licenses of an alternative apply together (AND). Nil when the text
	// is not an SPDX expression.
	Alternatives [][]spdx.License
}

// NewTexts returns the facts about the texts in the specification, which it does not change. Undeclared fields have no entries.
func NewTexts(spec *v1alpha1.ChatbotDeploymentSpec) Texts {
	facts := Texts{Licenses: readLicenses(spec.IntellectualProperty)}
	if spec.Disclosure != nil {
		facts.Measures = append(facts.Measures, measureTexts("disclosure.statements", spec.Disclosure.Statements)...)
	}
	if spec.Contract != nil {
		facts.Measures = append(facts.Measures, measureTexts("contract.liabilityNotice", spec.Contract.LiabilityNotice)...)
	}
	facts.UnknownLanguages = findUnknownLanguages(spec)
	return facts
}

// findUnknownLanguages returns the tags of texts, sorted, and then those of the audiences that name no language.
func findUnknownLanguages(spec *v1alpha1.ChatbotDeploymentSpec) []UnknownLanguage {
	var unknown []UnknownLanguage
	add := func(field, tag string) {
		if known, err := language.Parse(tag); err != nil {
			unknown = append(unknown, UnknownLanguage{Field: field, Tag: tag, Closest: nameLanguage(known)})
		}
	}
	if spec.Disclosure != nil {
		for _, tag := range slices.Sorted(maps.Keys(spec.Disclosure.Statements)) {
			add("spec.disclosure.statements."+tag, tag)
		}
	}
	if spec.Contract != nil {
		for _, tag := range slices.Sorted(maps.Keys(spec.Contract.LiabilityNotice)) {
			add("spec.contract.liabilityNotice."+tag, tag)
		}
	}
	addAudience := func(field string, audience *v1alpha1.Audience) {
		if audience == nil {
			return
		}
		for i, tag := range audience.Languages {
			add(fmt.Sprintf("%s.languages[%d]", field, i), string(tag))
		}
	}
	addAudience("spec.audience", spec.Audience)
	for i := range spec.PerPlace {
		addAudience(fmt.Sprintf("spec.perPlace[%d].audience", i), spec.PerPlace[i].Audience)
	}
	return unknown
}

// nameLanguage returns a tag, or nothing if it is that of no language.
func nameLanguage(tag language.Tag) string {
	if tag.IsRoot() {
		return ""
	}
	return tag.String()
}

// measureTexts returns the measures of the texts in a map of the declaration, sorted by language. The keys of the map are languages. kind
// is the JSON path of the map without `spec.`.
func measureTexts(kind string, texts map[string]v1alpha1.Statement) []TextMeasures {
	var facts []TextMeasures
	for _, language := range slices.Sorted(maps.Keys(texts)) {
		text := string(texts[language])
		facts = append(facts, TextMeasures{
			Field:    "spec." + kind + "." + language,
			Kind:     kind,
			Language: language,
			Plain:    readPlain(text),
			Measures: reading.Measure(text),
		})
	}
	return facts
}

// readPlain returns the text as people see it, or nothing if that is as written.
func readPlain(text string) string {
	if plain := reading.Plain(text); plain != text {
		return plain
	}
	return ""
}

// readLicenses returns the declared licenses: that of the model, then those of the training data in their order.
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

// readLicense parses the expression at the JSON path field. A text that is not an SPDX expression has no alternatives; this is not an
// error, because a rule reports it.
func readLicense(field, text string) License {
	alternatives, err := spdx.ParseAlternatives(text)
	if err != nil {
		return License{Field: field, Text: text}
	}
	return License{Field: field, Text: text, Alternatives: alternatives}
}
