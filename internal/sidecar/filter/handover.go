package filter

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/handover"
	"github.com/chaperone-dev/chaperone/internal/sidecar/intent"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// The results of handovers, a closed set.
const (
	// ResultRequested: the desk took the conversation.
	ResultRequested = "requested"
	// ResultAccepted: a human accepted it.
	ResultAccepted = "accepted"
	// ResultLate: no human accepted it in the promised time.
	ResultLate = "late"
	// ResultFailed: the desk did not take it, and the person got the contact.
	ResultFailed = "failed"
	// ResultContact: there is no desk, and the person got the contact.
	ResultContact = "contact"
	// ResultContinued: a message of the person went to the human.
	ResultContinued = "continued"
)

// Handover hands conversations over to humans. It is safe for concurrent use.
type Handover struct {
	config sidecarconfig.Config
	reader *intent.Reader
	// desk is nil without a desk that answers.
	desk     *handover.Desk
	memory   *Handovers
	consents *Consents
	// answers redacts what humans say.
	answers *transform.Transform
	watch   *handover.Watch
	now     func() time.Time
}

// HandoverParts is what NewHandover needs besides the configuration.
type HandoverParts struct {
	// Desk is the client of the desk; nil if there is none, or if nobody answers there.
	Desk *handover.Desk
	// Memory and Consents outlive the configuration.
	Memory   *Handovers
	Consents *Consents
	// Transform is that of the configuration.
	Transform *transform.Transform
	// Watch learns when humans accept conversations.
	Watch *handover.Watch
	Now   func() time.Time
}

// NewHandover returns the Handover of a configuration, or nil if there is nobody to turn to.
func NewHandover(config sidecarconfig.Config, with HandoverParts) (*Handover, error) {
	if config.Handoff == nil && (config.Oversight == nil || config.Oversight.CrisisContact == "") {
		return nil, nil
	}
	if config.Handoff == nil {
		config.Handoff = &sidecarconfig.Handoff{}
	}
	if config.Oversight == nil {
		config.Oversight = &sidecarconfig.Oversight{}
	}
	tags := []string{refusal.DefaultLanguage}
	if config.Disclose != nil {
		tags = listLanguages(config.Disclose)
	}
	reader, err := intent.NewReader(tags)
	return &Handover{
		config: config, reader: reader, desk: with.Desk, memory: with.Memory, consents: with.Consents, answers: with.Transform,
		watch: with.Watch, now: with.Now,
	}, err
}

// Turn is a message of a person as Handover needs it.
type Turn struct {
	// ID is what identifies the conversation among those of all ports and paths, or "".
	ID string
	// Session is what identifies the conversation in the app, or "".
	Session string
	// Body is the rewritten message, which is a frame of a socket if IsFrame is true.
	Body    []byte
	IsFrame bool
	Request transform.Request
}

// HandOver answers in place of the chatbot if the person asks for a human or is in danger, if the app has failed too often, and while a human
// answers. It passes everything on where the route has no answer in which the sidecar could say so. For a nil Handover it returns Pass. It
// must come after RewriteBody.
func HandOver(rt *exchange.Route, h *Handover) Filter {
	if h == nil || isMute(rt.Format) {
		return Pass
	}
	return refuseWith(func(r *http.Request) *refusal.Refusal {
		sc := exchange.From(r)
		turn := newTurn(sc, r)
		if h.config.Oversight.AfterFailures > 0 && turn.ID != "" {
			sc.NoteEnd = func(hasFailed bool) { h.memory.noteEnd(turn.ID, hasFailed) }
		}
		return h.Decide(r.Context(), sc, turn)
	})
}

// isMute reports whether the format has no answer in which the sidecar could say something.
func isMute(f dialect.Format) bool {
	answer, _ := f.FormatSaid(dialect.Said{Streamed: true})
	return answer == nil
}

// newTurn returns the message of a request that was rewritten.
func newTurn(sc *exchange.Scope, r *http.Request) Turn {
	sc.PathSession = findPathSession(sc.Route, r)
	id := identify(sc, r)
	if id == "" && sc.Conversation != "" {
		id = r.URL.Path + " " + sc.Route.Name + " " + sc.Conversation
	}
	return Turn{ID: id, Session: cmp.Or(sc.PathSession, sc.Request.Session, sc.Conversation), Body: sc.Body, Request: sc.Request}
}

// Decide returns what is said to the person in place of passing the message on, or nil. It notes in the scope what it does.
func (h *Handover) Decide(ctx context.Context, sc *exchange.Scope, t Turn) *refusal.Refusal {
	if !t.Request.HasProse {
		return nil
	}
	found, state := h.reader.Read(t.Request.Spoken), h.memory.find(t.ID)
	switch isHeard := !t.Request.Structured && !h.config.Oversight.HandoffByApp; {
	case found.Kind == intent.Danger:
		sc.Request.Language = found.Language
		return h.helpInDanger(ctx, sc, t, state)
	case state.resource != nil && h.desk != nil:
		return h.passOn(ctx, sc, t, state)
	case isHeard && found.Kind == intent.Human && h.offersHuman():
		sc.Request.Language = found.Language
		return h.handOver(ctx, sc, t, state, handover.ReasonRequest)
	case isHeard && h.hasFailed(state):
		return h.handOver(ctx, sc, t, state, handover.ReasonFailures)
	}
	return nil
}

// Suspended returns what is said to a person who writes to the suspended chatbot, in which why is said otherwise. The desk takes
// conversations with an ID, once, and those in which the person asks for a human or is in danger.
func (h *Handover) Suspended(ctx context.Context, sc *exchange.Scope, t Turn, why *refusal.Refusal) *refusal.Refusal {
	if h == nil || !t.Request.HasProse {
		return why
	}
	found, state := h.reader.Read(t.Request.Spoken), h.memory.find(t.ID)
	if found.Language != "" {
		sc.Request.Language = found.Language
	}
	said := *why
	reason := handover.ReasonSuspended
	if found.Kind == intent.Danger {
		said.Crisis, reason = h.config.Oversight.CrisisContact, handover.ReasonDanger
	}
	if t.ID == "" && found.Kind < intent.Human || h.desk == nil {
		return &said
	}
	return h.takeSuspended(ctx, sc, t, state, reason, &said)
}

// takeSuspended has the desk take a message to the suspended chatbot, or the conversation, and returns what is said.
func (h *Handover) takeSuspended(ctx context.Context, sc *exchange.Scope, t Turn, state handoverState, reason handover.Reason, said *refusal.Refusal) *refusal.Refusal {
	if state.resource != nil {
		if answered := h.passOn(ctx, sc, t, state); answered.Taken != nil {
			answered.Crisis = said.Crisis
			return answered
		}
		return said
	}
	said.Taken = h.open(ctx, sc, t, state, reason)
	if said.Taken != nil && !said.Taken.IsElsewhere {
		said.Handoff = h.contact()
	}
	return said
}

// offersHuman reports whether the person who asks for a human gets more than the chatbot says.
func (h *Handover) offersHuman() bool {
	handoff := h.config.Handoff
	isOffered := handoff.Mode != "" && handoff.Mode != sidecarconfig.HandoffNone
	return isOffered && (h.desk != nil || handoff.URL != "" || handoff.Contact != "")
}

// hasFailed reports whether the app has failed too often in a row.
func (h *Handover) hasFailed(state handoverState) bool {
	limit := h.config.Oversight.AfterFailures
	return limit > 0 && state.failures >= limit && (h.desk != nil || h.config.Handoff.Contact != "")
}

// helpInDanger returns the contact for people in danger, and hands the conversation over.
func (h *Handover) helpInDanger(ctx context.Context, sc *exchange.Scope, t Turn, state handoverState) *refusal.Refusal {
	crisis := h.config.Oversight.CrisisContact
	if crisis == "" {
		return nil
	}
	why := refusal.New(refusal.Danger)
	switch {
	case state.resource != nil && h.desk != nil:
		why = h.passOn(ctx, sc, t, state)
	case h.desk != nil || h.config.Handoff.Contact != "":
		why = h.handOver(ctx, sc, t, state, handover.ReasonDanger)
	default:
		sc.Handover = &exchange.Handover{Reason: string(handover.ReasonDanger), Result: ResultContact}
	}
	why.Crisis = crisis
	return why
}

// handOver hands the conversation over, and returns what is said to the person.
func (h *Handover) handOver(ctx context.Context, sc *exchange.Scope, t Turn, state handoverState, reason handover.Reason) *refusal.Refusal {
	if h.desk == nil || h.config.Handoff.Mode == sidecarconfig.HandoffContact && reason == handover.ReasonRequest {
		sc.Handover = &exchange.Handover{Reason: string(reason), Result: ResultContact}
		h.memory.noteEnd(t.ID, false)
		return h.newRefusal(refusal.HumanContact)
	}
	taken := h.open(ctx, sc, t, state, reason)
	if taken == nil {
		return h.newRefusal(refusal.DeskUnreachable)
	}
	why := h.newRefusal(refusal.HandedOver)
	why.Taken = taken
	if !taken.IsElsewhere {
		why.Handoff = h.contact()
	}
	return why
}

// newRefusal returns the refusal for the rule with the way to a human.
func (h *Handover) newRefusal(rule refusal.Rule) *refusal.Refusal {
	why := refusal.New(rule)
	why.Handoff = h.config.Handoff
	if contact := h.config.Handoff.Contact; contact != "" {
		// A program calls the desk. People get the contact.
		why.Handoff = h.contact()
	}
	return why
}

// contact returns the handoff without the address of the desk, which people need not call.
func (h *Handover) contact() *sidecarconfig.Handoff {
	known := *h.config.Handoff
	known.URL = ""
	return &known
}

// open gives the conversation to the desk, unless the desk has it already. It returns nil if the desk does not take it.
func (h *Handover) open(ctx context.Context, sc *exchange.Scope, t Turn, state handoverState, reason handover.Reason) *refusal.Taken {
	wait := h.config.Handoff.MaxWaitSeconds
	if state.id != "" && (reason != handover.ReasonDanger || state.reason == reason) {
		sc.Handover = &exchange.Handover{ID: state.id, Reason: string(reason), Result: ResultContinued}
		return &refusal.Taken{WaitSeconds: wait, IsElsewhere: state.resource == nil, IsLate: h.isLate(state)}
	}
	now := h.now()
	opened := handoverState{id: exchange.NewID(), reason: reason, requestedAt: now, usedAt: now}
	sc.Handover = &exchange.Handover{ID: opened.id, Reason: string(reason), Result: ResultFailed}
	if !h.memory.mayOpen() {
		return nil
	}
	// The desk may have the handoff although the person has left: go on, so that both know the same.
	resource, progress, err := h.desk.Open(context.WithoutCancel(ctx), handover.Handoff{
		Chatbot: h.config.Chatbot, ID: opened.id, Conversation: h.nameConversation(t), Reason: reason,
		Language: cmp.Or(sc.Request.Language, h.defaultLanguage()), RequestedAt: now.UTC(), MaxWaitSeconds: wait, Transcript: h.transcribe(sc, t),
	})
	if err != nil {
		return nil
	}
	if t.ID != "" && h.mayTellTexts(sc, t) { // Only then can what the person says later go to the human.
		opened.resource = resource
	}
	opened.acceptedAt = progress.AcceptedAt
	h.memory.update(t.ID, func(s *handoverState) { *s = opened })
	sc.Handover.Result = ResultRequested
	h.watch.Add(h.desk, handover.Case{
		ID: opened.id, Exchange: sc.Identify(), Reason: reason, Resource: resource, RequestedAt: now, AcceptedAt: progress.AcceptedAt,
		Wait:     time.Duration(wait) * time.Second,
		Accepted: func(at time.Time) { h.memory.noteAccepted(t.ID, opened.id, at) },
	})
	return &refusal.Taken{WaitSeconds: wait, IsElsewhere: opened.resource == nil}
}

// isLate reports whether the promised wait is over, as far as the desk says when humans accept.
func (h *Handover) isLate(state handoverState) bool {
	wait := time.Duration(h.config.Handoff.MaxWaitSeconds) * time.Second
	return wait > 0 && state.resource != nil && state.acceptedAt.IsZero() && h.now().Sub(state.requestedAt) > wait
}

// passOn gives the message to the human, and returns what the human says. If the desk fails, the person gets the contact, and the chatbot
// the next message.
func (h *Handover) passOn(ctx context.Context, sc *exchange.Scope, t Turn, state handoverState) *refusal.Refusal {
	sc.Handover = &exchange.Handover{ID: state.id, Reason: string(state.reason), Result: ResultContinued}
	lines := transform.Transcript(t.Body, sc.Route.Format, t.IsFrame)
	text := ""
	for _, line := range lines {
		if line.IsPerson {
			text = line.Text
		}
	}
	progress, err := h.desk.Send(ctx, state.resource, state.last, sc.Identify(), text)
	if err != nil {
		sc.Handover.Result = ResultFailed
		h.memory.update(t.ID, func(s *handoverState) { *s = handoverState{} })
		return h.newRefusal(refusal.DeskUnreachable)
	}
	var words []string
	for _, answer := range progress.Answers {
		if answer.ID == state.last && state.last != "" {
			continue
		}
		said, _ := h.answers.Redact(nil, []byte(answer.Text), &sc.AnswerRedactions)
		words = append(words, string(said))
		state.last = answer.ID
	}
	state.acceptedAt, state.usedAt = cmp.Or(state.acceptedAt, progress.AcceptedAt), h.now()
	h.memory.update(t.ID, func(s *handoverState) {
		*s = state
		if !progress.EndedAt.IsZero() {
			*s = handoverState{}
		}
	})
	why := refusal.New(refusal.DeskAnswer)
	why.Words = strings.Join(words, "\n\n")
	why.Taken = &refusal.Taken{IsLate: h.isLate(state)}
	if len(words) == 0 && why.Taken.IsLate {
		why.Handoff = h.contact()
	}
	return why
}

// nameConversation returns the identifier of the conversation in the app, unless it is personal data, such as a telephone number.
func (h *Handover) nameConversation(t Turn) string {
	if h.answers.HasPersonalData([]byte(t.Session)) {
		return ""
	}
	return t.Session
}

func (h *Handover) defaultLanguage() string {
	if h.config.Disclose != nil {
		return h.config.Disclose.DefaultLanguage
	}
	return refusal.DefaultLanguage
}

// mayTellTexts reports whether the desk may get texts of the conversation: the person has agreed to the recording, or need not agree.
func (h *Handover) mayTellTexts(sc *exchange.Scope, t Turn) bool {
	if h.config.Oversight.WithoutTranscript {
		return false
	}
	return h.config.Consent == nil || t.Request.Consent.IsGiven || h.consents.isGiven(t.ID) || sc.HasConsent
}

// transcribe returns the messages of the conversation that the request repeats, which are redacted, or nil if the desk may not get them.
func (h *Handover) transcribe(sc *exchange.Scope, t Turn) []handover.Line {
	if !h.mayTellTexts(sc, t) {
		return nil
	}
	var lines []handover.Line
	for _, line := range transform.Transcript(t.Body, sc.Route.Format, t.IsFrame) {
		from := "chatbot"
		if line.IsPerson {
			from = "person"
		}
		lines = append(lines, handover.Line{From: from, Text: line.Text})
	}
	return lines
}
