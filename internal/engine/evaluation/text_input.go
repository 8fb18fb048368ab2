package evaluation

import (
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/facts/spdx"
)

// addTextFacts adds what was read out of the texts of a declaration to the input of the entrypoint `declaration`. Empty
// lists are left out.
func addTextFacts(in *opa.Object, facts facts.Texts) {
	opa.AddArray(in, "licences", facts.Licenses, encodeLicense)
	opa.AddArray(in, "texts", facts.Measures, encodeMeasure)
}

// encodeMeasure leaves out what a text of its script does not have.
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

func encodeLicense(l facts.License) *opa.Term {
	var o opa.Object
	o.AddText("field", l.Field)
	o.AddText("text", l.Text)
	opa.AddArray(&o, "alternatives", l.Alternatives, encodeAlternative)
	return o.Term()
}

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
