// Package exchange holds what the filters and the transport know of one exchange.
//
// Each exchange has one Scope, in the context of its request. Each field of the Scope says who sets it. Only Body and the copies in Passed
// hold texts of people. No other exchange uses a Scope.
package exchange

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/calls"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/signature"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// Scope is what is known of one exchange. It belongs to the goroutine that serves it.
type Scope struct {
	// ID is the result of NewID. Set by filter.Record, and by Identify for an exchange that passes unchanged, after its end.
	ID string
	// Started is the time at which the sidecar had read the header of the request. Set by filter.Record.
	Started time.Time
	// Route is the route of the exchange. Set by filter.Record, filter.ChooseRoute and LookAtHead.
	Route *Route
	// Cancel cancels the request to the upstream. Set by filter.Record; nil for an exchange that passes unchanged.
	Cancel context.CancelFunc
	// Held is the memory that the exchange has reserved. Set by filter.LimitLoad; nil without it.
	Held *budget.Reservation
	// BodyDeadline is the deadline of the body of the request, which Lift removes. It must not outlast the body: the server goes on reading to
	// notice that the client has left, and would take the end of that reading for its leaving. Set by filter.LimitBody.
	BodyDeadline interface{ Lift() }
	// Conversation is the header Chaperone-Conversation of the request, empty when it is missing or unusable. Set by
	// filter.TakeReservedHeaders, and by filter.Observe for an exchange that passes unchanged.
	Conversation string
	// PathSession is the part of the path that identifies the conversation, or "". Set by filter.AskConsent, filter.Disclose and LookAtHead.
	PathSession string
	// PathBefore is what stands before PathSession in the path, such as the account to which the conversation belongs. It is "" without a
	// PathSession. Set together with it by filter.Disclose, filter.Announce and LookAtHead.
	PathBefore string
	// NewSession is the name that the sidecar gives to a conversation that has none yet, so that the person can answer the question for
	// consent, or "". Set by filter.AskConsent.
	NewSession string
	// ShareConsent has the consent hold in the conversation with the identifier too. Set by filter.AskConsent; nil without consent.
	ShareConsent func(session string)
	// NoteBegun notes that the conversation with the identifier has begun. Set by filter.RequireDesk; nil without it.
	NoteBegun func(session string)
	// Handover says how the exchange has the conversation handed over to a human; nil if it does not. Set by filter.Handover.
	Handover *Handover
	// NoteEnd takes whether the app has failed to answer. Set by filter.HandOver; nil where nobody counts failures.
	NoteEnd func(hasFailed bool)
	// HasConsent means that the person has consented to the recording of the conversation, so that the message goes on. Set by filter.Asker.
	HasConsent bool
	// Receipts are the values of the header Chaperone-Consent-Receipt of the request. Set by filter.TakeReservedHeaders.
	Receipts []string
	// ReceiptDigest is receipt.Digest of the receipt in the answer, or "". Set by filter.AskConsent.
	ReceiptDigest string
	// SigningKey is what the messaging service has signed the request with; nil if it is not signed, or if the declaration
	// names no secret. Set by filter.CheckSignature.
	SigningKey *signature.Key
	// Request is what later filters and refusals must know of the body. Set by filter.RewriteBody. Filters that refuse the request before that
	// set what they can read of it.
	Request transform.Request
	// Body is the rewritten body that goes upstream. Set by filter.RewriteBody.
	Body []byte
	// Model is what the call says of the model: calls.ModelDeclared, calls.ModelOther or "". Set by filter.SettleCall.
	Model string
	// RequestBytes is the length of the body before it is rewritten. Set by the filters that read the body, and for an exchange that passes
	// unchanged after its end.
	RequestBytes int
	// RequestRedactions counts the replacements of personal data in the request. Set by filter.RewriteBody.
	RequestRedactions redact.Counts
	// AnswerRedactions counts the replacements of personal data in the answer, and the matches in its deleted headers. Set by the
	// transport.
	AnswerRedactions redact.Counts
	// Corrected is the number of sentences of the answer that said falsely that a human or a licensed professional speaks, and were replaced; of
	// the request, if it is a message of the chatbot to a messaging service. Set by filter.RewriteBody and the transport.
	Corrected int
	// Statement is the text with which the answer must begin, empty if none is due. Set by filter.Disclose and filter.DisclosePast; the
	// transport clears it for an error response.
	Statement string
	// StatementInEach means that each message of a history begins with Statement, and not only the first. Set by filter.DisclosePast.
	StatementInEach bool
	// Ahead is the statement that a messaging service must show to the person before the message of the exchange; empty if none is due. Set
	// by filter.Announce; the transport clears it when the service has accepted the statement.
	Ahead string
	// NoteAhead notes that the service has accepted the statement. The conversation is the one that the answer of the service names, which can
	// be another name of the conversation of the request, or "". Set by filter.Announce together with Ahead.
	NoteAhead func(conversation string)
	// ChooseStatement sets Statement for an answer to a messaging service that is a message in the conversation, which need not be that of the
	// request, or that names none (""). Set by filter.Disclose for routes that are answered elsewhere; nil for all others.
	ChooseStatement func(conversation string)
	// StatementKey is what identifies the conversation in which the statement is shown, or "". Set by filter.Disclose, and for an exchange that
	// passes unchanged by filter.FindStatement.
	StatementKey string
	// IsMarked means that the header of the answer says that a model generated it. Set by filter.Disclose.
	IsMarked bool
	// Disclosed means that the answer shows the statement to the person, or that a messaging service does. Set by the transport and by
	// filter.ServeDisclosure; filter.Record clears it if the answer did not reach the client.
	Disclosed bool
	// Streamed means that the answer is a stream. Set by the transport, and by Say for a refusal.
	Streamed bool
	// FindSharing returns the headers with which the web page that sent the request may read a response of the sidecar, or nil. It may
	// ask the app. Set by filter.ShareRefusals; nil for requests that no web page sends.
	FindSharing func() http.Header
	// Say returns a refusal as an answer of the chatbot, with the headers that describe it. It returns nil if the refusal does not concern
	// the person. Set by filter.SayRefusals; nil where refusals are errors.
	Say func(*refusal.Refusal) (answer []byte, header http.Header)
	// Recalled is what the sidecar has said last in the conversation, and the answer has too; nil if nothing. Set by filter.RecallSaid.
	Recalled *dialect.Said
	// Refused is the reason for which the sidecar refused the exchange or for which the client did not receive all of the answer, or nil. Set
	// by filter.Refuse, filter.Record and the transport.
	Refused *refusal.Refusal
	// Passed is what is known of an exchange that the sidecar passes on unchanged, and nil for every other. Set by filter.Observe.
	Passed *observe.Observation
	// CheckReply returns why governing would refuse a message of the chatbot to a messaging service that has passed unchanged, or nil. Set by
	// LookAtHead; nil for all other exchanges.
	CheckReply func() *refusal.Refusal
	// LookAtHead sets what Passed and the scope say of the route and the header of an exchange that has passed unchanged. It must be called
	// once, after the exchange. Set by filter.Observe.
	LookAtHead func()
	// Cut is the error with which a streamed answer of the upstream, or one that passes unchanged, ended early; or nil. Set by the transport.
	Cut error
}

// Handover is how a conversation is handed over to a human.
type Handover struct {
	// ID identifies the handoff; "" if the desk was not asked.
	ID string
	// Reason is a handover.Reason, and Result what became of it, one of a closed set.
	Reason, Result string
}

// Identify returns the ID, and sets it first if it is empty.
func (sc *Scope) Identify() string {
	if sc.ID == "" {
		sc.ID = NewID()
	}
	return sc.ID
}

// NewID returns 128 random bits in hexadecimal.
func NewID() string {
	var id [16]byte
	// crypto/rand.Read never returns an error.
	_, _ = rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// NoteConversation has the consent of the exchange hold in the conversation that the answer names, which can be one that the request has
// begun, and notes that it has begun. The session is "" if the answer names none.
func (sc *Scope) NoteConversation(session string) {
	if session != "" && sc.NoteBegun != nil {
		sc.NoteBegun(session)
		sc.NoteBegun = nil
	}
	if session != "" && sc.ShareConsent != nil {
		sc.ShareConsent(session)
		sc.ShareConsent = nil // Each event of a stream can name the conversation.
	}
}

// Directions of exchanges.
const (
	// Ingress is from a client to the app.
	Ingress = "ingress"
	// Egress is from the app to a model service.
	Egress = "egress"
)

// Route says how the sidecar reads the exchanges of one route of a port or egress entry, and where it sends them.
type Route struct {
	// Direction is Ingress or Egress.
	Direction string
	// Name is the name of the port or egress entry.
	Name string
	// API is the name of the shape. It is `disclosure` or `none` for exchanges to which the sidecar itself responds.
	API string
	// Format is the wire format in which the sidecar reads and refuses exchanges. It is never nil.
	Format dialect.Format
	// SaysRefusals means that people learn of refusals that concern them by an answer, and not by an error.
	SaysRefusals bool
	// MaxRequestBytes and MaxAnswerBytes are the length of the longest body of a request, and of an answer that is not streamed.
	MaxRequestBytes, MaxAnswerBytes int64
	// Revision is the revision of the shape; 0 if there is no shape.
	Revision int
	// Match is the name of the route in the shape, and Use what it is for. Both are empty for requests that no route matches.
	Match, Use string
	// Reason is the sentence that says why a route for shape.UseRefuse refuses requests; "" if there is nothing to say.
	Reason string
	// IsUnread means that the shape passes bodies of the route unread.
	IsUnread bool
	// ReadsQuery means that the texts of requests are in the query, and that they have no body.
	ReadsQuery bool
	// HasPackets means that the frames of a socket are packets of socket.io.
	HasPackets bool
	// AnswersElsewhere means that the app may answer a turn without content, because its messages leave by other routes (shape.UseReply).
	AnswersElsewhere bool
	// Secrets are the segments of paths that are not searched for personal data, such as credentials.
	Secrets shape.Secrets
	// SessionSegment is the index of the segment of the path that identifies the conversation; 0 for none.
	SessionSegment int
	// Fetches means that requests fetch the answers to earlier requests of the conversation, and SaysLater that the port has a route with
	// Fetches.
	Fetches, SaysLater bool
	// Recalls means that answers of another route of the port have what the sidecar has said last.
	Recalls bool
	// Polls means that new answers of the chatbot arrive here, and HasTalk that people talk to the chatbot on another route of the port.
	Polls, HasTalk bool
	// HasVariables means that clients choose a part of the path.
	HasVariables bool
	// Prefix is what paths of an egress entry begin with, `/name`; it is empty for a port.
	Prefix string
	// Scheme, Host and Base are the scheme, the host and the path of the upstream's URL. The path has no slash at its end. It takes the
	// place of Prefix in the paths of requests.
	Scheme, Host, Base string
	// RewritesHost means that the Host header names the upstream. Otherwise the upstream receives the client's Host header.
	RewritesHost bool
	// FindModel returns what a call says of the model, of which path is the path and body the rewritten body: calls.ModelDeclared, calls.ModelOther
	// or "". It is nil if the declaration or the shape names no model.
	FindModel func(path string, body []byte) string
	// Calls is what the sidecar sees to in calls of a model; nil for nothing.
	Calls *calls.Settings
	// Signature is how requests of the route are signed; nil if they are not.
	Signature *signature.Scheme
	// ChooseByBody returns the route of a request with the body; it is nil if the header of a request decides about its route.
	ChooseByBody func(r *http.Request, body []byte) *Route
}

// Locate returns the URL of the upstream for the path of a request, without a query.
func (rt *Route) Locate(in *url.URL) *url.URL {
	u := &url.URL{Scheme: rt.Scheme, Host: rt.Host, Path: rt.Base + strings.TrimPrefix(in.Path, rt.Prefix)}
	if in.RawPath != "" {
		u.RawPath = rt.Base + strings.TrimPrefix(in.RawPath, rt.Prefix)
	}
	return u
}

type scopeKey struct{}

// With returns a copy of the context that carries the scope.
func With(ctx context.Context, sc *Scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, sc)
}

// FindEnd returns the refusal with which the sidecar itself has ended the context of an exchange, or nil. The server ends exchanges when
// the process terminates and when a reload has closed their port.
func FindEnd(ctx context.Context) *refusal.Refusal {
	if why := (*refusal.Refusal)(nil); errors.As(context.Cause(ctx), &why) {
		return why
	}
	return nil
}

// From returns the scope of a request, or an empty scope for a request that did not pass filter.Record.
func From(r *http.Request) *Scope {
	if sc, ok := r.Context().Value(scopeKey{}).(*Scope); ok {
		return sc
	}
	return &Scope{Route: &Route{}}
}
