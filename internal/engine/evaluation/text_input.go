package evaluation

import (
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/facts/spdx"
)

// addTextFacts adds the facts about the texts of a declaration to the input of the entrypoint `declaration`. It omits empty lists.
func addTextFacts(in *opa.Object, facts facts.Texts) {
	opa.AddArray(in, "licences", facts.Licenses, encodeLicense)
	opa.AddArray(in, "texts", facts.Measures, encodeMeasure)
}

// encodeMeasure encodes the measures of a text. It omits those that texts in the script of this one do not have.
func encodeMeasure(m facts.TextMeasures) *opa.Term {
	var o opa.Object
	o.AddText("field", m.Field)
	o.AddText("kind", m.Kind)
	o.AddText("language", m.Language)
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

// encodeLicense encodes a license expression with its alternatives.
func encodeLicense(l facts.License) *opa.Term {
	var o opa.Object
	o.AddText("field", l.Field)
	o.AddText("text", l.Text)
	opa.AddArray(&o, "alternatives", l.Alternatives, encodeAlternative)
	return o.Term()
}

// encodeAlternative encodes one alternative of a license expression: the licenses that apply together.
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
