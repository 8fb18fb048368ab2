package sidecar

import (
	"context"
	"net/http"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/openai"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// scope is what is known of one exchange. It belongs to the goroutine that serves it.
type scope struct {
	// exchange is the id: 128 random bits in hexadecimal. Set by record.
	exchange string
	// started is when the request's header had arrived. Set by record.
	started time.Time
	// route is the port or egress entry. Set by record.
	route *route
	// cancel gives up the upstream's part of the exchange. Set by record.
	cancel context.CancelFunc
	// conversation is what the client sent as Chaperone-Conversation, empty when nothing usable. Set by identity.
	conversation string
	// request is what was read of the body. Set by request.
	request openai.Request
	// body is the rewritten body that goes upstream. Set by request.
	body []byte
	// requestBytes is how long the body was as it came. Set by request.
	requestBytes int
	// requestFinds and answerFinds count what was replaced. Set by request and by the answer's rewriting.
	requestFinds, answerFinds redact.Counts
	// opening is the statement that goes in front of the answer, empty when none is due. Set by disclose.
	opening string
	// disclosed: the statement stands in an answer that a person gets to see. Set by the answer's rewriting; record takes it
	// back when the answer did not arrive.
	disclosed bool
	// streamed: the answer is an event stream. Set by the answer's rewriting.
	streamed bool
	// refused is why the exchange was refused, nil when it was not. Set by refuse.
	refused *finding
	// cut is why the answer ended early on the upstream's side, nil when it did not. Set by the answer's rewriting.
	cut error
}

// route is where exchanges of one port or egress entry go.
type route struct {
	// direction is ingress or egress.
	direction string
	// name is that of the port or egress entry.
	name string
	// api is one of sidecarconfig.APIs.
	api string
	// path is the one request path that is served.
	path string
	// target is the scheme, host and path of the upstream.
	scheme, host, target string
	// ownHost: the upstream is asked under its own host name rather than the client's.
	ownHost bool
}

// The directions.
const (
	ingress = "ingress"
	egress  = "egress"
)

type scopeKey struct{}

// scopeOf returns the scope of an exchange. Outside the chain it returns an empty one.
func scopeOf(r *http.Request) *scope {
	if sc, ok := r.Context().Value(scopeKey{}).(*scope); ok {
		return sc
	}
	return &scope{}
}
