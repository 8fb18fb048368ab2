package refusal

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Refusal is the reason for which the sidecar refuses one exchange. It is an error, so that code that reads a body can return it.
type Refusal struct {
	// Row is a copy of the rule's row. Its What and Remedy may be more exact than those in the table, and its Status may be that of an error
	// response (WithStatus).
	Row
	// Handoff is the way to a human. Refusals have one if only humans answer, or if none can take over.
	Handoff *sidecarconfig.Handoff
	// Header are headers that the response has besides those of all refusals, or nil.
	Header http.Header
	// Crisis is the public contact for people in danger, which people read first; "" for none.
	Crisis string
	// Words are what a human at the desk says. They take the place of the text of the rule.
	Words string
	// Taken says how the desk took the conversation; nil if it did not.
	Taken *Taken
}

// Taken describes a conversation that the desk has taken.
type Taken struct {
	// WaitSeconds is the promised longest wait; 0 for no promise.
	WaitSeconds int
	// IsElsewhere means that the human answers outside of the chat.
	IsElsewhere bool
	// IsLate means that the promised wait is over, and that no human has accepted the conversation.
	IsLate bool
}

// New returns a refusal with the sentences of the table.
func New(rule Rule) *Refusal { return &Refusal{Row: table[rule]} }

// Because returns a refusal with a more exact sentence about what is wrong. The sentence must not hold text of the exchange, which may be
// personal data.
func Because(rule Rule, what string) *Refusal {
	r := New(rule)
	r.What = what
	return r
}

// WithRemedy replaces the remedy by a more exact one and returns the refusal.
func (r *Refusal) WithRemedy(remedy string) *Refusal {
	r.Remedy = remedy
	return r
}

// WithStatus gives the refusal the status and the header of the error response that it replaces, and returns the refusal.
func (r *Refusal) WithStatus(status int, header http.Header) *Refusal {
	r.Status, r.Header = status, header
	return r
}

// IsFor reports whether the refusal is for the rule. A nil refusal is for none.
func (r *Refusal) IsFor(rule Rule) bool { return r != nil && r.ID == table[rule].ID }

// lasting are the rules that refuse the same request again, although their status is one after which clients of models repeat it.
var lasting = []Rule{Suspended, HandoffUnavailable, AnswerType, AnswerTooLarge, AnswerMalformed, AnswerUnreadable}

// Lasts reports whether clients that repeat requests after the status of the refusal would only be refused again. It returns false for a
// refusal with the status of an error response of the app: the app may serve the next request.
func (r *Refusal) Lasts() bool {
	return slices.ContainsFunc(lasting, func(rule Rule) bool { return r.IsFor(rule) && r.Status == table[rule].Status })
}

// IsAboutHuman reports whether the refusal says how the person reaches a human, or help in danger.
func (r *Refusal) IsAboutHuman() bool {
	about := []Rule{HandedOver, HumanContact, DeskUnreachable, DeskAnswer, Danger}
	return r != nil && (r.Crisis != "" || slices.ContainsFunc(about, r.IsFor))
}

// Error returns the two sentences: what is wrong, and what to do.
func (r *Refusal) Error() string { return r.What + " " + r.Remedy }

// Contact returns the address or the telephone number of a human, or "" if the refusal has none.
func (r *Refusal) Contact() string {
	if r.Handoff == nil {
		return ""
	}
	return cmp.Or(r.Handoff.URL, r.Handoff.Contact)
}

// RenderMarkdown returns the content of docs/refusals.md.
func RenderMarkdown() (string, error) {
	all, err := ReadPhrases()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# What the sidecar refuses\n\n")
	b.WriteString("The sidecar responds to a refused request in the error format of the chatbot's API. The error names the rule, what is wrong and\n")
	b.WriteString("what to do. Its sentences can be more exact than those of this table, which is generated from `internal/sidecar/refusal/rule.go`.\n\n")
	b.WriteString("If a refusal replaces an error response of the chatbot or model service that the sidecar cannot read, it has the status of that error\n")
	b.WriteString("response and its headers Retry-After and WWW-Authenticate.\n\n")
	b.WriteString("Clients of models repeat requests after an error of the server. Where that cannot help, the response has the header `X-Should-Retry: false`,\n")
	b.WriteString("which the clients of OpenAI and Anthropic follow:\n" + listLasting() + ".\n\n")
	b.WriteString("| rule | status | what is wrong | what to do |\n|---|---|---|---|\n")
	for _, row := range table {
		b.WriteString("| `" + row.ID + "` | " + strconv.Itoa(row.Status) + " | " + row.What + " | " + row.Remedy + " |\n")
	}
	b.WriteString("\n## What people read\n\n")
	b.WriteString("These refusals concern the person who writes. Where clients do not show errors, the sidecar says them as an answer of the chatbot, with\n")
	b.WriteString("status 200 (`refusals: answers`, in the [shape](shapes/README.md) or for a port of the declaration). The response header\n")
	b.WriteString("Chaperone-Refusal has the rule; only responses that the sidecar wrote have it. Clients that ask for structured output get the error.\n\n")
	b.WriteString("The language is the one of the statements that fits the header Accept-Language best. If none is declared, and no language either, the built-in\n")
	b.WriteString("statements are there in all languages; English stands in for a language\n")
	b.WriteString("without texts. There are texts in: " + listLanguages(all) + " (`internal/sidecar/refusal/said.yaml`). If there is a way to a human, it follows.\n\n")
	b.WriteString("| rule | text |\n|---|---|\n")
	for _, row := range table {
		if text := all[DefaultLanguage].Texts[row.ID]; text != "" {
			b.WriteString("| `" + row.ID + "` | " + text + " |\n")
		}
	}
	writeConsent(&b, all)
	return b.String(), nil
}

// listLasting returns the IDs of the lasting rules as a list in Markdown.
func listLasting() string {
	ids := make([]string, 0, len(lasting))
	for _, rule := range lasting {
		ids = append(ids, "`"+table[rule].ID+"`")
	}
	return strings.Join(ids, ", ")
}

// writeConsent writes the section about the question for consent.
func writeConsent(b *strings.Builder, all map[string]Phrases) {
	own := all[DefaultLanguage].Consent
	b.WriteString("\n## The question for consent\n\n")
	b.WriteString("Where the law requires that people agree before a conversation is recorded (`consent.recording` is `opt-in`), the sidecar says a\n")
	b.WriteString("question in place of passing on the first message, on every port whose shape can say something, unless the declaration says that the app\n")
	b.WriteString("asks (`spec.consent.recordingAskedBy: app`). Its header Chaperone-Refusal is `sidecar.consent_missing`, and Chaperone-Question has the\n")
	b.WriteString("text for programs ([ADR 47](adr/0047-consent-in-the-chat.md)). In English, with all that can be declared:\n\n")
	b.WriteString("> " + own.Question(&sidecarconfig.Consent{Name: "Shop GmbH", Contact: "privacy@shop.example", Purpose: "Order and return questions"},
		"https://shop.example/privacy") + "\n\n")
	b.WriteString("A message answers the question if it is one of these as a whole, without regard to case and punctuation; a chatbot takes the\n")
	b.WriteString("answers in all languages of its statements.\n\n| language | yes | no |\n|---|---|---|\n")
	for _, tag := range slices.Sorted(maps.Keys(all)) {
		b.WriteString("| " + tag + " | " + strings.Join(all[tag].Consent.Agree, ", ") + " | " + strings.Join(all[tag].Consent.Decline, ", ") + " |\n")
	}
}
