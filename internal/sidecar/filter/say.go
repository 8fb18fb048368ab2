package filter

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/receipt"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Voice says refusals to people in their languages. It is immutable and safe for concurrent use.
type Voice struct {
	languages *languages
	// spoken and phrases have one element for each of the languages: the language of the phrases, and the phrases.
	spoken  []string
	phrases []refusal.Phrases
	// questions are the question for consent in each language; nil if the sidecar does not ask.
	questions []string
	// version is that of the questions.
	version receipt.Version
}

// NewVoice returns the Voice for the languages of the statements of a configuration. If a language has no phrases, or there are no
// statements, the phrases are in English.
func NewVoice(config sidecarconfig.Config) (*Voice, error) {
	all, err := refusal.ReadPhrases()
	if err != nil {
		return nil, err
	}
	tags := []string{refusal.DefaultLanguage}
	if config.Disclose != nil {
		tags = listLanguages(config.Disclose)
	}
	notice := ""
	if config.Notice != nil {
		notice = config.Notice.PrivacyNoticeURL
	}
	v := &Voice{languages: newLanguages(tags)}
	for _, tag := range tags {
		spoken, _ := language.Make(tag).Base()
		phrases, found := all[spoken.String()]
		if !found {
			phrases = all[refusal.DefaultLanguage]
			spoken = language.MustParseBase(refusal.DefaultLanguage)
		}
		v.spoken, v.phrases = append(v.spoken, spoken.String()), append(v.phrases, phrases)
		if config.Consent != nil {
			v.questions = append(v.questions, phrases.Consent.Question(config.Consent, notice))
		}
	}
	v.version = receipt.NewVersion(v.questions)
	return v, nil
}

// SayRefusals lets Refuse say a refusal that concerns the person as an answer of the chatbot, if the route says refusals. The question for
// consent, what follows a no, and what is about a human, are said on every route. A program that asks for structured output gets the error, which it can tell from
// an answer, and so does a request that is no turn.
func SayRefusals(rt *exchange.Route, v *Voice, said *Sayings, now func() time.Time) Filter {
	if !rt.SaysRefusals && rt.Direction != exchange.Ingress {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc, accept, header := exchange.From(r), r.Header.Get("Accept"), r.Header
			sc.Say = func(why *refusal.Refusal) ([]byte, http.Header) {
				if !isTurn(sc.Route, r) || !isSaid(sc.Route, why) {
					return nil, nil
				}
				answer, headers := v.say(sc, why, v.languages.chooseFor(sc.Request.Language, header), accept, now())
				if answer != nil {
					sc.PathSession = findPathSession(sc.Route, r)
					said.note(sc, why)
				}
				return answer, headers
			}
			next.ServeHTTP(w, r)
		})
	}
}

// isTurn reports whether the route and the type of a request are those of a turn.
func isTurn(rt *exchange.Route, r *http.Request) bool {
	return rt.Use == shape.UseTurn && checkBody(rt, r) == nil
}

// isSaid reports whether the route says the refusal, if it concerns the person. A person who gets an error in place of the question cannot
// answer it, and one who asks for a human must learn what happens.
func isSaid(rt *exchange.Route, why *refusal.Refusal) bool {
	return rt.SaysRefusals || isAboutConsent(why) || why.IsAboutHuman()
}

// isAboutConsent reports whether the refusal is the question for consent, or what follows a no or a withdrawal.
func isAboutConsent(why *refusal.Refusal) bool {
	return why.IsFor(refusal.ConsentMissing) || why.IsFor(refusal.ConsentRefused) || why.IsFor(refusal.ConsentWithdrawn)
}

// findText returns what a person reads of the refusal in the language with the index, or "" if it does not concern the person, or is about
// consent and nobody is asked any more.
func (v *Voice) findText(why *refusal.Refusal, index int) string {
	switch {
	case isAboutConsent(why) && v.questions == nil:
		return ""
	case why.IsFor(refusal.ConsentMissing):
		return v.questions[index]
	}
	return v.phrases[index].Say(why)
}

// say returns the refusal as an answer in the language with the index, or nil if it must be an error.
func (v *Voice) say(sc *exchange.Scope, why *refusal.Refusal, index int, accept string, at time.Time) (answer []byte, header http.Header) {
	text := v.findText(why, index)
	if text == "" || sc.Request.Structured {
		return nil, nil
	}
	format, session := sc.Route.Format, cmp.Or(sc.PathSession, sc.Request.Session, sc.NewSession)
	if sc.Route.AnswersElsewhere && session == "" && format.NamesConversations() { // The service would not know to whom to show the answer.
		return nil, nil
	}
	answer, contentType := format.FormatSaid(dialect.Said{
		Text: text, IsFetched: sc.Route.SaysLater && isAboutConsent(why), Session: session, ExchangeID: sc.ID, At: at,
		Streamed: sc.Request.Streamed || acceptsOnlyStream(accept),
	})
	if answer == nil {
		return nil, nil
	}
	sc.Streamed = format.FormOf(contentType) == dialect.Streamed
	return answer, http.Header{"Content-Type": {contentType}, "Content-Language": {v.spoken[index]}}
}

// SayFrames returns the refusal as the frames of an answer, or nil if it must be an error. The header is that of the handshake.
func (v *Voice) SayFrames(sc *exchange.Scope, why *refusal.Refusal, h http.Header, at time.Time) []byte {
	if !isSaid(sc.Route, why) {
		return nil
	}
	// All that a socket carries is streamed, also a refusal that is an error.
	sc.Request.Streamed = true
	frames, _ := v.say(sc, why, v.languages.chooseFor(sc.Request.Language, h), "", at)
	sc.Streamed = true
	return frames
}

// acceptsOnlyStream reports whether an Accept header names server-sent events and not JSON. It stands in for a request that was refused
// before it was read.
func acceptsOnlyStream(accept string) bool {
	accept = strings.ToLower(accept)
	return strings.Contains(accept, "text/event-stream") && !strings.Contains(accept, "json")
}

// describeRequest notes what Scope.Say, which puts a refusal into the words of the chatbot, must know of a request: whether the client asks
// for a stream.
func describeRequest(sc *exchange.Scope, body []byte) {
	if sc.Say != nil {
		sc.Request.Request = sc.Route.Format.DescribeRequest(body)
	}
}
