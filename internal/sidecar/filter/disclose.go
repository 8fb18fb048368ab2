package filter

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// headerDisclosure carries the statement, in the form that formatHeader returns.
	headerDisclosure = "Chaperone-Disclosure"
	// headerMarking tells machines that the content is generated. Its value is markingGenerated.
	headerMarking    = "Chaperone-Marking"
	markingGenerated = "ai-generated"
	// headerAIDisclosure says the same in the form of draft-abaris-aicdh-01, sections 5.2 and 6, which expired on 3 August 2026 without having been
	// adopted. Its value is modeGenerated: nobody has reviewed the answer.
	headerAIDisclosure = "Ai-Disclosure"
	modeGenerated      = "mode=machine-generated"

	// DisclosurePath is the path of the disclosure document, for clients that show the statement before the first message.
	DisclosurePath = "/.well-known/chaperone/disclosure"
	// APIDisclosure stands for the API in records of exchanges at DisclosurePath.
	APIDisclosure = "disclosure"
)

// Statements are the disclosure of one configuration in its languages, ready to be sent. Their content is immutable; they are safe for
// concurrent use.
type Statements struct {
	languages *languages
	// texts and headers have one element for each language: the statement, and the statement in the form of a header.
	texts, headers []string

	// inHeader means that every response carries the statement in its header, unless an earlier filter has refused the request.
	inHeader bool
	// inEveryAnswer means that every answer begins with the statement, inFirstAnswer that the first answer of a conversation does.
	inEveryAnswer, inFirstAnswer bool
	// repeatHours is the number of hours after which a conversation gets the statement again, 0 for never.
	repeatHours int
	// marksContent means that every response of the upstream carries headerMarking and headerAIDisclosure. A refusal does not.
	marksContent bool
}

// NewStatements returns the statements of a disclosure, or nil for a configuration without one.
func NewStatements(d *sidecarconfig.Disclose) *Statements {
	if d == nil {
		return nil
	}
	has := func(placement string) bool { return slices.Contains(d.Placements, placement) }
	// The sidecar cannot tell which clients fetch the statement before the first message, so all get it in the header and the first answer.
	beforeFirst := has(sidecarconfig.PlaceBeforeFirstMessage)
	s := &Statements{
		inHeader:      has(sidecarconfig.PlaceHeader) || beforeFirst,
		inEveryAnswer: has(sidecarconfig.PlaceEveryMessage),
		inFirstAnswer: has(sidecarconfig.PlaceFirstMessage) || beforeFirst,
		repeatHours:   d.RepeatHours,
		marksContent:  slices.Contains(d.Marking, sidecarconfig.MarkMachineReadable),
	}
	tags := listLanguages(d)
	for _, tag := range tags {
		s.texts = append(s.texts, d.Statements[tag])
		s.headers = append(s.headers, formatHeader(tag, d.Statements[tag]))
	}
	s.languages = newLanguages(tags)
	return s
}

// Texts returns the statement in every language, the default language first. It returns nil for nil Statements.
func (s *Statements) Texts() []string {
	if s == nil {
		return nil
	}
	return s.texts
}

// listLanguages returns the languages of a disclosure, the default language first and the others sorted.
func listLanguages(d *sidecarconfig.Disclose) []string {
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(d.Statements)), func(tag string) bool { return tag == d.DefaultLanguage })
	return append([]string{d.DefaultLanguage}, others...)
}

// RepeatAfterHours reports whether a conversation gets the statement again after some hours. It returns false for nil Statements.
func (s *Statements) RepeatAfterHours() bool { return s != nil && s.inFirstAnswer && s.repeatHours > 0 }

// Repeats reports whether a person who saw the statement some time ago in the same connection is due to see it again.
func (s *Statements) Repeats(ago time.Duration) bool {
	return s != nil && (s.inEveryAnswer || s.inFirstAnswer && s.repeatHours > 0 && ago >= time.Duration(s.repeatHours)*time.Hour)
}

// formatHeader returns the statement as the value of a header: unchanged if it is printable ASCII, otherwise as an extended value of
// RFC 8187, UTF-8'<language>'<percent-encoded text>.
func formatHeader(tag, text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text
	}
	return "UTF-8'" + tag + "'" + strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// DeleteMarking deletes what says that a model generated the content.
func DeleteMarking(h http.Header) {
	delete(h, headerMarking)
	delete(h, headerAIDisclosure)
}

// Disclose adds the statement and the marking to the header of the response where the configuration asks for them. If the answer must
// show the statement, Disclose stores the statement in the scope, and the transport writes it. An answer that a program reads must not
// begin with a statement, so the statement stands in its header instead. People do not see the header, so the statement stays due for the
// next answer in prose. For nil Statements Disclose returns Pass.
func Disclose(s *Statements, c *Conversations) Filter {
	if s == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			i := s.languages.chooseFor(sc.Request.Language, r.Header)
			identifyStatement(sc, r)
			c.noteLanguage(sc.StatementKey, sc.Request.Language)
			isDue := s.inEveryAnswer || s.inFirstAnswer && c.isDue(sc, s.repeatHours)
			if s.inHeader || isDue && sc.Request.Structured {
				w.Header()[headerDisclosure] = []string{s.headers[i]}
			}
			if s.marksContent {
				w.Header()[headerMarking] = []string{markingGenerated}
				w.Header()[headerAIDisclosure] = []string{modeGenerated}
				sc.IsMarked = true
			}
			if isDue && !sc.Request.Structured {
				sc.Statement = s.texts[i]
			}
			if sc.Route.AnswersElsewhere {
				sc.ChooseStatement = func(conversation string) { s.chooseStatement(c, sc, conversation) }
			}
			next.ServeHTTP(w, r)
		})
	}
}

// chooseStatement sets the statement of an answer that is a message in a conversation of the messaging service other than that of the
// request. Without a conversation the statement is always due, and counts nowhere.
func (s *Statements) chooseStatement(c *Conversations, sc *exchange.Scope, conversation string) {
	key := ""
	if conversation != "" {
		key = identifyChat(sc.Route, conversation)
	}
	if key == sc.StatementKey {
		return
	}
	sc.StatementKey, sc.Statement = key, ""
	if s.inEveryAnswer || s.inFirstAnswer && c.isDue(sc, s.repeatHours) {
		sc.Statement = s.translate(c, key)
	}
}
