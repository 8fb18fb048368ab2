package filter

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// headerQuestion carries the question for consent, in the form that formatHeader returns.
const headerQuestion = "Chaperone-Question"

// Asker asks people for consent before their messages go on. It is safe for concurrent use.
type Asker struct {
	voice   *Voice
	handoff *sidecarconfig.Handoff
	// statements are nil without a disclosure.
	statements *Statements
	consents   *Consents
	receipts   *Receipts
	sayings    *Sayings
}

// NewAsker returns the Asker of a configuration, or nil if it asks for no consent.
func NewAsker(config sidecarconfig.Config, v *Voice, s *Statements, c *Consents, rs *Receipts, said *Sayings) *Asker {
	if config.Consent == nil {
		return nil
	}
	handoff := config.Handoff
	if handoff == nil && config.Consent.Contact != "" {
		handoff = &sidecarconfig.Handoff{Contact: config.Consent.Contact}
	}
	return &Asker{voice: v, handoff: handoff, statements: s, consents: c.about(v.version), receipts: rs, sayings: said}
}

// AskConsent asks the person for consent in place of passing on the first message of a conversation, and passes messages on once the person
// has agreed. A request without any text passes. For a nil Asker AskConsent returns Pass. It must come after RewriteBody.
func AskConsent(a *Asker) Filter {
	if a == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			m, why := a.decide(sc, w.Header(), r)
			if why != nil {
				a.statements.setHeader(w, r)
				Refuse(w, r, why)
				return
			}
			a.consents.noteGiven(sc, identifyAnywhere(sc))
			if !sc.Route.AnswersElsewhere { // The answer to a messaging service can be a message to another person.
				sc.ShareConsent = a.shareConsent(sc, findConversationPath(sc, r))
			}
			sc.Body, sc.Request = m.Body, m.Request
			if m.Type != "" {
				r.Header["Content-Type"] = []string{m.Type}
			}
			setBody(r, sc)
			next.ServeHTTP(w, r)
		})
	}
}

// shareConsent returns what has the consent of the exchange hold in a conversation on the path that the answer names.
func (a *Asker) shareConsent(sc *exchange.Scope, path string) func(session string) {
	return func(session string) {
		id := sc.Route.Name + " " + session
		a.consents.noteGiven(sc, id)
		a.consents.noteGiven(sc, path+" "+id)
	}
}

// decide returns the message that goes on in place of a request, or why none does. If nothing names the conversation yet and the question
// can name it, the client gets a new name for it, which nobody else knows. It sets a receipt in the header h of the response.
func (a *Asker) decide(sc *exchange.Scope, h http.Header, r *http.Request) (Message, *refusal.Refusal) {
	sc.PathSession = findPathSession(sc.Route, r)
	sc.Request.HasText = hasText(r)
	if sc.Route.Fetches {
		if why := a.sayings.find(sc); why != nil {
			return Message{}, why
		}
	}
	id := identify(sc, r)
	if isOutside(sc) {
		return Message{Body: sc.Body, Request: sc.Request}, a.checkOutside(sc, id)
	}
	if f := sc.Route.Format; id == "" && !sc.Route.AnswersElsewhere && f.NamesConversations() && !f.RepeatsConversation() {
		sc.NewSession = newSession()
		id = identify(sc, r)
	}
	m := Message{Body: sc.Body, Type: r.Header.Get("Content-Type"), Route: sc.Route.Match, Request: sc.Request, IsNew: sc.NewSession != ""}
	receiptID := identifyForReceipt(sc, r)
	shown, why := a.receipts.find(sc, receiptID)
	if why != nil {
		return m, why
	}
	m.HasReceipt = shown != nil
	next, why := a.Decide(sc, id, m, r.Header)
	if why.IsFor(refusal.ConsentRefused) || why.IsFor(refusal.ConsentWithdrawn) {
		a.receipts.void(receiptID)
	}
	a.receipts.issue(h, sc, receiptID, shown)
	return next, why
}

// isOutside reports whether a message on a messaging service belongs to no conversation of a person with the chatbot: it names no
// conversation, or not who writes there, such as one in the name of a channel.
func isOutside(sc *exchange.Scope) bool {
	isUnnamed := cmp.Or(sc.PathSession, sc.Request.Session) == "" || sc.Request.Person == "" && sc.Route.Format.NamesPeople()
	return sc.Route.AnswersElsewhere && isUnnamed
}

// checkOutside returns why a message outside of a conversation (isOutside) does not go on, or nil if the person has consented. Nothing is
// asked, because no answer would be shown, or several people would answer.
func (a *Asker) checkOutside(sc *exchange.Scope, id string) *refusal.Refusal {
	if sc.Request.HasText && !a.consents.isGiven(id) {
		return refusal.New(refusal.ConsentUnknown)
	}
	sc.HasConsent = sc.Request.HasText
	return nil
}

// newSession returns a random UUID, which apps take for an identifier of their own.
func newSession() string {
	id := []byte(exchange.NewID())
	id[12], id[16] = '4', '8' // Version 4 and the variant of RFC 9562.
	return string(slices.Concat(id[:8], []byte("-"), id[8:12], []byte("-"), id[12:16], []byte("-"), id[16:20], []byte("-"), id[20:]))
}

// Decide returns the message that goes on, or why none does, and notes in the scope whether the person has consented. id is that of the
// conversation, or "". The header is that of the request or handshake.
func (a *Asker) Decide(sc *exchange.Scope, id string, m Message, h http.Header) (Message, *refusal.Refusal) {
	if !m.Request.HasText {
		return m, nil
	}
	if id == "" && !sc.Route.Format.RepeatsConversation() {
		return m, refusal.New(refusal.ConsentUnknown)
	}
	next, what := a.consents.decide(id, m)
	switch what {
	case decideGiven:
		sc.HasConsent = true
		return next, nil
	case decideRefused:
		return m, a.newEnd(refusal.ConsentRefused)
	case decideWithdrawn:
		a.consents.forget(identifyAnywhere(sc))
		return m, a.newEnd(refusal.ConsentWithdrawn)
	}
	return m, a.newQuestion(h)
}

// newEnd returns the refusal of a message with which the person has refused or withdrawn consent.
func (a *Asker) newEnd(rule refusal.Rule) *refusal.Refusal {
	why := refusal.New(rule)
	why.Handoff = a.handoff
	return why
}

// DecideFrame is Decide for a frame of a socket. A frame without prose is never held, because the answer yes would have it go on in place
// of what the person wrote, and one that sets up the connection goes on.
func (a *Asker) DecideFrame(sc *exchange.Scope, id string, m Message, h http.Header) (Message, *refusal.Refusal) {
	switch {
	case m.Request.HasProse || !m.Request.HasText:
		return a.Decide(sc, id, m, h)
	case m.Request.SetsUp:
		return m, nil
	case a.consents.isGiven(id):
		sc.HasConsent = true
		return m, nil
	}
	return m, a.newQuestion(h)
}

// newQuestion returns the refusal that asks the person. The header is that of the request.
func (a *Asker) newQuestion(h http.Header) *refusal.Refusal {
	i := a.voice.languages.choose(h)
	why := refusal.New(refusal.ConsentMissing)
	why.Header = http.Header{headerQuestion: {formatHeader(a.voice.spoken[i], a.voice.questions[i])}}
	return why
}

// RequireConsent refuses a request that is no turn, such as a command to the chatbot, if it has a text and the person has not consented in the
// conversation before. Nothing is asked there, because no person reads the answer. For a nil Asker RequireConsent returns Pass. It must come
// after RewriteBody.
func RequireConsent(a *Asker) Filter {
	if a == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			sc.PathSession = findPathSession(sc.Route, r)
			if why := a.check(sc, r); why != nil {
				Refuse(w, r, why)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// check returns why a request that is no turn does not go on, or nil, and notes in the scope whether the person has consented.
func (a *Asker) check(sc *exchange.Scope, r *http.Request) *refusal.Refusal {
	if !hasText(r) {
		return nil
	}
	id := identifyAnywhere(sc)
	switch {
	case sc.Request.Consent.IsGiven, a.consents.isGiven(id):
		sc.HasConsent = true
		return nil
	case id == "":
		return refusal.New(refusal.ConsentUnknown)
	}
	return a.newQuestion(r.Header)
}

// WouldAsk reports whether governing would ask for consent before the message of an exchange that passes unchanged goes on: once in each
// conversation.
func (a *Asker) WouldAsk(sc *exchange.Scope) bool {
	if a == nil || !sc.Request.HasText {
		return false
	}
	if sc.Route.Format.RepeatsConversation() {
		return !sc.Request.Consent.HasAnswer
	}
	id := identifyAnywhere(sc)
	return id == "" || a.consents.isFirst(id)
}

// identify returns what identifies the conversation of a turn among those of all ports and paths, or "". Chatbots on several paths of a port can
// have conversations with the same ID. Of a path with the ID, only what stands before it counts: after it stands what to do with the
// conversation.
func identify(sc *exchange.Scope, r *http.Request) string {
	id := identifyAnywhere(sc)
	if id == "" {
		return ""
	}
	return findConversationPath(sc, r) + " " + id
}

// findConversationPath returns the path of a request, up to the ID of the conversation if the path has it.
func findConversationPath(sc *exchange.Scope, r *http.Request) string {
	if sc.PathSession == "" {
		return r.URL.Path
	}
	return strings.Join(strings.Split(r.URL.Path, "/")[:sc.Route.SessionSegment], "/")
}

// identifyAnywhere returns what identifies the conversation of an exchange among those of all ports, or "". The path comes first, because
// apps take the conversation from there if it names one. On a messaging service, several people can write in a conversation, and each of
// them consents for himself or herself; what a person does outside of a conversation belongs to the one with the chatbot. The header
// Chaperone-Conversation does not count where requests repeat the conversation, because clients use one for several conversations.
func identifyAnywhere(sc *exchange.Scope) string {
	id := cmp.Or(sc.PathSession, sc.Request.Session)
	if person := sc.Request.Person; sc.Route.AnswersElsewhere && person != "" {
		id = cmp.Or(id, person) + " " + person
	}
	if id == "" && !sc.Route.Format.RepeatsConversation() {
		id = cmp.Or(sc.Conversation, sc.NewSession)
	}
	if id == "" {
		return ""
	}
	return sc.Route.Name + " " + id
}

// findPathSession returns the segment of the path that identifies the conversation, or "".
func findPathSession(rt *exchange.Route, r *http.Request) string {
	if rt.SessionSegment == 0 {
		return ""
	}
	segments := strings.Split(strings.TrimPrefix(r.URL.Path, rt.Prefix), "/")
	if rt.SessionSegment >= len(segments) {
		return ""
	}
	return segments[rt.SessionSegment]
}

// findPathBefore returns the path before the segment that identifies the conversation, or "".
func findPathBefore(rt *exchange.Route, r *http.Request) string {
	if findPathSession(rt, r) == "" {
		return ""
	}
	return strings.Join(strings.Split(strings.TrimPrefix(r.URL.Path, rt.Prefix), "/")[:rt.SessionSegment], "/")
}

// RefuseFiles refuses files where people are asked for consent: nothing tells to which conversation a file belongs. For a nil Asker it
// returns Pass.
func RefuseFiles(a *Asker) Filter {
	if a == nil {
		return Pass
	}
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			Refuse(w, r, refusal.Because(refusal.ConsentUnknown, "Files do not pass where the sidecar asks for consent, because nothing tells to which conversation they belong.").
				WithRemedy("Have the app ask for consent: spec.consent.recordingAskedBy is then app."))
		})
	}
}

// RefusePolling refuses requests of the app for what people have written on a messaging service where people are asked for consent: it would
// get messages of people who were not asked. For a nil Asker it returns Pass.
func RefusePolling(a *Asker) Filter {
	if a == nil {
		return Pass
	}
	return refuseWith(func(*http.Request) *refusal.Refusal {
		return refusal.Because(refusal.ConsentUnknown, "The app must not fetch messages of people where the sidecar asks for consent, because nobody was asked.").
			WithRemedy("Receive messages by a webhook on a declared port, or have the app ask for consent: spec.consent.recordingAskedBy is then app.")
	})
}

// NewQuestions returns the questions of the voice with the answers in all of its languages, or nil if it has none.
func (v *Voice) NewQuestions() *transform.Questions {
	if v.questions == nil {
		return nil
	}
	var yes, no, withdraw, fillers []string
	for _, phrases := range v.phrases {
		yes, no = append(yes, phrases.Consent.Agree...), append(no, phrases.Consent.Decline...)
		withdraw, fillers = append(withdraw, phrases.Consent.Withdraw...), append(fillers, phrases.Consent.Fillers...)
	}
	return transform.NewQuestions(v.questions, yes, no).Withdrawing(withdraw, fillers)
}
