package refusal

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

//go:embed said.yaml
var saidFile []byte

// DefaultLanguage is the language of texts for people in whose language there are none.
const DefaultLanguage = "en"

// contactVariable stands in a text for the address or telephone number of a human.
const contactVariable = "${contact}"

// Phrases are what the sidecar says to people in one language.
type Phrases struct {
	// Human is a sentence with contactVariable.
	Human string `json:"human"`
	// Texts has the text of each refusal that concerns the person, by the ID of its rule.
	Texts map[string]string `json:"texts"`
}

// ReadPhrases returns the phrases by language (BCP 47). It reads them once. The caller must not change them.
var ReadPhrases = sync.OnceValues(func() (map[string]Phrases, error) {
	all := map[string]Phrases{}
	if err := yaml.UnmarshalStrict(saidFile, &all); err != nil {
		return nil, fmt.Errorf("read said.yaml: %w", err)
	}
	return all, nil
})

// Say returns what a person reads of the refusal. It returns "" for a refusal that does not concern the person: those are for developers.
func (p Phrases) Say(r *Refusal) string {
	text := p.Texts[r.ID]
	if contact := r.Contact(); text != "" && contact != "" {
		text += " " + strings.ReplaceAll(p.Human, contactVariable, contact)
	}
	return text
}

// listLanguages returns the languages of the phrases, sorted.
func listLanguages(all map[string]Phrases) string {
	return strings.Join(slices.Sorted(maps.Keys(all)), ", ")
}
