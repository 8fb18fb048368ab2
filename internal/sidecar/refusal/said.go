package refusal

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

//go:embed said.yaml
var saidFile []byte

// DefaultLanguage is the language of texts for people in whose language there are none.
const DefaultLanguage = "en"

// Variables of texts. contactVariable stands for an address or telephone number.
const (
	contactVariable = "${contact}"
	nameVariable    = "${name}"
	purposeVariable = "${purpose}"
	noticeVariable  = "${notice}"
	minutesVariable = "${minutes}"
)

// Phrases are what the sidecar says to people in one language.
type Phrases struct {
	// Human is a sentence with contactVariable, and so is Crisis, for people in danger.
	Human  string `json:"human"`
	Crisis string `json:"crisis"`
	// Wait is a sentence with minutesVariable. Elsewhere says that a human answers outside of the chat, and Late that it takes longer than
	// promised.
	Wait      string `json:"wait"`
	Elsewhere string `json:"elsewhere"`
	Late      string `json:"late"`
	// Texts has the text of each refusal that concerns the person, by the ID of its rule.
	Texts   map[string]string `json:"texts"`
	Consent ConsentPhrases    `json:"consent"`
}

// ConsentPhrases are the question whether a conversation may be recorded, and its answers.
type ConsentPhrases struct {
	// Operator stands for the name of a deployer who declares none.
	Operator string `json:"operator"`
	// Begin is a sentence with nameVariable. Purpose, Contact and Notice have their variables, and are left out without a value for these.
	Begin   string `json:"begin"`
	Purpose string `json:"purpose"`
	Contact string `json:"contact"`
	Notice  string `json:"notice"`
	// Ask is what the person is asked, and how to say no.
	Ask string `json:"ask"`
	// Agree and Decline list the messages that answer the question, in lower case and without punctuation.
	Agree   []string `json:"agree"`
	Decline []string `json:"decline"`
	// Withdraw lists the sentences that take the consent back, without the words of Fillers, in the same form.
	Withdraw []string `json:"withdraw"`
	Fillers  []string `json:"fillers"`
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
	var sentences []string
	if r.Crisis != "" {
		sentences = append(sentences, strings.ReplaceAll(p.Crisis, contactVariable, r.Crisis))
	}
	if text := cmp.Or(r.Words, p.Texts[r.ID]); text != "" {
		sentences = append(sentences, text)
	}
	if len(sentences) == 0 {
		return ""
	}
	sentences = append(sentences, p.sayTaken(r)...)
	if contact := r.Contact(); contact != "" {
		sentences = append(sentences, strings.ReplaceAll(p.Human, contactVariable, contact))
	}
	return strings.Join(sentences, " ")
}

// sayTaken returns what a person reads of the desk that has taken the conversation.
func (p Phrases) sayTaken(r *Refusal) []string {
	var sentences []string
	switch {
	case r.Taken == nil:
		return nil
	case !r.IsFor(HandedOver) && !r.IsFor(DeskAnswer):
		sentences = append(sentences, p.Texts[table[HandedOver].ID])
	}
	if r.Taken.IsElsewhere {
		sentences = append(sentences, p.Elsewhere)
	}
	switch minutes := (r.Taken.WaitSeconds + 59) / 60; {
	case r.Taken.IsLate:
		sentences = append(sentences, p.Late)
	case minutes > 0:
		sentences = append(sentences, strings.ReplaceAll(p.Wait, minutesVariable, strconv.Itoa(minutes)))
	}
	return sentences
}

// Question returns the question for a deployer. notice is the address of the privacy notice, or "".
func (p ConsentPhrases) Question(c *sidecarconfig.Consent, notice string) string {
	sentences := []string{strings.ReplaceAll(p.Begin, nameVariable, cmp.Or(c.Name, p.Operator))}
	for _, s := range []struct{ text, variable, value string }{
		{p.Purpose, purposeVariable, strings.TrimRight(c.Purpose, ". ")}, {p.Contact, contactVariable, c.Contact}, {p.Notice, noticeVariable, notice},
	} {
		if s.value != "" {
			sentences = append(sentences, strings.ReplaceAll(s.text, s.variable, s.value))
		}
	}
	return strings.Join(append(sentences, p.Ask), " ")
}

// listLanguages returns the languages of the phrases, sorted.
func listLanguages(all map[string]Phrases) string {
	return strings.Join(slices.Sorted(maps.Keys(all)), ", ")
}
