package engine

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/facts/spdx"
)

// addTextFacts adds what was read out of the texts of a declaration to the input of the entrypoint `declaration`. Empty
// lists are left out.
func addTextFacts(in *object, facts facts.Texts) {
	addAll(in, "licences", facts.Licenses, licenceTerm)
	addAll(in, "texts", facts.Measures, measureTerm)
}

// measureTerm leaves out what a text of its script does not have.
func measureTerm(m facts.TextMeasures) *ast.Term {
	var o object
	o.text("field", m.Field)
	o.text("kind", m.Kind)
	o.text("language", m.Language)
	o.add("sentences", ast.InternedTerm(m.Sentences))
	if m.Words > 0 {
		o.add("words", ast.InternedTerm(m.Words))
		o.add("longWords", ast.InternedTerm(m.LongWords))
		o.add("lix", ast.InternedTerm(m.LIX))
	}
	if m.Characters > 0 {
		o.add("characters", ast.InternedTerm(m.Characters))
		o.add("sentenceCharacters", ast.InternedTerm(m.SentenceCharacters))
	}
	return o.term()
}

func licenceTerm(l facts.License) *ast.Term {
	var o object
	o.text("field", l.Field)
	o.text("text", l.Text)
	addAll(&o, "alternatives", l.Alternatives, alternativeTerm)
	return o.term()
}

func alternativeTerm(licenses []spdx.License) *ast.Term {
	return array(licenses, func(l spdx.License) *ast.Term {
		var o object
		o.text("id", l.ID)
		if l.Exception != "" {
			o.text("exception", l.Exception)
		}
		return o.term()
	})
}
