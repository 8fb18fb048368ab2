package evaluation

import (
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/facts/spdx"
)

// addTextFacts adds the facts about the texts of a declaration to the input of the entrypoint `declaration`. It omits empty lists.
func addTextFacts(input *opa.Object, texts facts.Texts) {
	opa.AddArray(input, "licences", texts.Licenses, encodeLicense)
	opa.AddArray(input, "texts", texts.Measures, encodeMeasures)
	opa.AddArray(input, "unknownLanguages", texts.UnknownLanguages, encodeUnknownLanguage)
}

// encodeUnknownLanguage encodes a tag that names no language.
func encodeUnknownLanguage(l facts.UnknownLanguage) *opa.Term {
	var o opa.Object
	o.AddText("field", l.Field)
	o.AddText("tag", l.Tag)
	o.AddText("closest", l.Closest)
	return o.Term()
}

// encodeMeasures encodes the measures of a text. A text in a script with spaces has counts of words and LIX, a readability index computed
// from them. A text in a script without spaces has counts of characters instead.
func encodeMeasures(m facts.TextMeasures) *opa.Term {
	var o opa.Object
	o.AddText("field", m.Field)
	o.AddText("kind", m.Kind)
	o.AddText("language", m.Language)
	if m.Plain != "" {
		o.AddText("plain", m.Plain)
	}
	o.AddNumber("sentences", m.Sentences)
	if m.Words > 0 {
		o.AddNumber("words", m.Words)
		o.AddNumber("longWords", m.LongWords)
		o.AddNumber("lix", m.LIX)
	}
	if m.Characters > 0 {
		o.AddNumber("characters", m.Characters)
		o.AddNumber("sentenceCharacters", m.SentenceCharacters)
	}
	return o.Term()
}

// encodeLicense encodes a license expression. The list of alternatives is missing if the text is not an SPDX expression.
func encodeLicense(l facts.License) *opa.Term {
	var o opa.Object
	o.AddText("field", l.Field)
	o.AddText("text", l.Text)
	opa.AddArray(&o, "alternatives", l.Alternatives, encodeAlternative)
	return o.Term()
}

// encodeAlternative encodes one alternative that a license expression offers: licenses that apply together. It leaves out OrLater, which no
// rule reads.
func encodeAlternative(licenses []spdx.License) *opa.Term {
	return opa.Array(licenses, func(l spdx.License) *opa.Term {
		var o opa.Object
		o.AddText("id", l.ID)
		if l.Exception != "" {
			o.AddText("exception", l.Exception)
		}
		return o.Term()
	})
}
