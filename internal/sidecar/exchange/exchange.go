// Package exchange holds what the filters and the transport know of one exchange.
//
// There is one typed Scope for each exchange, in the context of its request. Every field says what it means and who sets it.
// Only Body holds texts of people, and only during the exchange.
package exchange

import (
	"context"
	"net/http"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// Scope is what is known of one exchange. It belongs to the goroutine that serves it.
type Scope struct {
	// ID is 128 random bits in hexadecimal. Set by the filter record.
	ID string
	// Started is the time at which the header of the request had arrived. Set by the filter record.
	Started time.Time
	// Route is the port or egress entry. Set by the filter record.
	Route *Route
	// Cancel cancels the request to the upstream. Set by the filter record.
	Cancel context.CancelFunc
	// Conversation is the header Chaperone-Conversation of the request, empty when it is missing or unusable. Set by the filter identity.
	Conversation string
	// Request is what was read of the body. Set by the filter request.
	Request transform.Request
	// Body is the rewritten body that goes upstream. Set by the filter request.
	Body []byte
	// RequestBytes is the length of the body before it is rewritten. Set by the filter request.
	RequestBytes int
	// RequestFinds and AnswerFinds count the personal data that was replaced. Set by the filter request and by the transport.
	RequestFinds, AnswerFinds redact.Counts
	// Statement goes in front of the answer, empty when none is due. Set by the filter disclose.
	Statement string
	// Disclosed: an answer that people see holds the statement. Set by the transport; the filter record clears it when the
	// answer did not arrive.
	Disclosed bool
	// Streamed: the answer is a stream. Set by the transport.
	Streamed bool
	// Refused is why the exchange was refused, nil when it was not. Set by filter.Refuse and by the transport.
	Refused *refusal.Refusal
	// Cut is why the answer ended early on the upstream's side, nil when it did not. Set by the transport.
	Cut error
}

// The directions.
const (
	Ingress = "ingress"
	Egress  = "egress"
)

// Route is where exchanges of one port or egress entry go.
type Route struct {
	// Direction is Ingress or Egress.
	Direction string
	// Name is the name of the port or egress entry.
	Name string
	// API is one of sidecarconfig.APIs, or what the sidecar itself answers.
	API string
	// Format is the wire format in which exchanges are read and refused; never nil.
	Format dialect.Format
	// Unsupported: the sidecar cannot read API. It refuses all exchanges of the route, with responses in Format.
	Unsupported bool
	// Path is the only request path that is served.
	Path string
	// Scheme, Host and Target are those of the upstream.
	Scheme, Host, Target string
	// OwnHost: the upstream is asked under its own host name rather than the client's.
	OwnHost bool
}

type scopeKey struct{}

// With returns a context with the scope.
func With(ctx context.Context, sc *Scope) context.Context {
	return context.WithValue(ctx, scopeKey{}, sc)
}

// From returns the scope of a request. Outside of the chain it returns an empty one.
func From(r *http.Request) *Scope {
	if sc, ok := r.Context().Value(scopeKey{}).(*Scope); ok {
		return sc
	}
	return &Scope{Route: &Route{}}
}
