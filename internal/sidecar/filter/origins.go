package filter

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

const (
	headerOrigin         = "Origin"
	headerAllowedOrigin  = "Access-Control-Allow-Origin"
	headerAllowedSecrets = "Access-Control-Allow-Credentials"
	// headerExposed names the headers that the web page may read.
	headerExposed = "Access-Control-Expose-Headers"

	// maxOrigins is the number of origins that Origins remembers: more web sites than one chatbot is built into.
	maxOrigins = 256
	// maxOriginBytes is the length of the longest origin that Origins asks the app about: a host name has at most 253 characters.
	maxOriginBytes = 300
	// maxAsking is how many requests may ask the app at the same time, so that refusals do not become a load for the app.
	maxAsking = 4
	// originAge is how long Origins trusts what the app said: browsers ask again after 5 seconds if the app does not say otherwise.
	originAge = 5 * time.Second
)

// AskOrigin asks the app which web pages may read its answers: it sends the preflight of a browser for the origin of the request, and
// returns the status and the header of the response. It returns an error if the app did not answer.
type AskOrigin func(ctx context.Context, r *http.Request) (status int, header http.Header, err error)

// Origins knows which origins of web pages the app of one port allows to read its answers (CORS). The sidecar allows these, and no others,
// to read its refusals: a browser hides every other response from the page. It is safe for concurrent use.
type Origins struct {
	now func() time.Time
	ask AskOrigin
	// asking has one element for each request that asks the app.
	asking chan struct{}

	mu sync.Mutex
	// known maps each origin to what the app said about it last.
	known map[string]allowance
}

// allowance is what the app said about an origin: the headers that allow it to read responses, or none.
type allowance struct {
	header http.Header
	at     time.Time
}

// NewOrigins returns an Origins that knows nothing yet. now is its clock, and ask asks the app.
func NewOrigins(now func() time.Time, ask AskOrigin) *Origins {
	return &Origins{now: now, ask: ask, asking: make(chan struct{}, maxAsking), known: map[string]allowance{}}
}

// ShareRefusals lets the web page that sent a request read what the sidecar itself responds, if the app lets it read answers. For nil
// Origins it returns Pass: no web page sends the requests.
func ShareRefusals(o *Origins) Filter {
	if o == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			exchange.From(r).FindSharing = func() http.Header { return o.find(r) }
			next.ServeHTTP(w, r)
		})
	}
}

// Learn remembers what the app said about the origin of a preflight request.
func (o *Origins) Learn(r *http.Request, status int, header http.Header) {
	origin, isUsable := readOrigin(r)
	if !isUsable {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.known) >= maxOrigins {
		clear(o.known)
	}
	o.known[origin] = allowance{header: newSharing(origin, status, header), at: o.now()}
}

// find returns the headers with which the page that sent the request may read a response of the sidecar, or nil. It asks the app
// unless it knows a recent answer about the origin. If the app does not answer, or if too many requests already ask it, the last known
// headers hold.
func (o *Origins) find(r *http.Request) http.Header {
	origin, isUsable := readOrigin(r)
	if !isUsable {
		return nil
	}
	o.mu.Lock()
	known, isKnown := o.known[origin]
	o.mu.Unlock()
	if isKnown && o.now().Sub(known.at) < originAge {
		return known.header
	}
	select {
	case o.asking <- struct{}{}:
	default:
		return known.header
	}
	defer func() { <-o.asking }()
	// The exchange may be over already, for example because the app took too long to answer.
	status, header, err := o.ask(context.WithoutCancel(r.Context()), r)
	if err != nil {
		return known.header
	}
	o.Learn(r, status, header)
	return newSharing(origin, status, header)
}

// readOrigin returns the origin of the page that sent the request. isUsable is false if the request names none, or several.
func readOrigin(r *http.Request) (origin string, isUsable bool) {
	values := r.Header[headerOrigin]
	if len(values) != 1 || values[0] == "" || len(values[0]) > maxOriginBytes {
		return "", false
	}
	return values[0], true
}

// newSharing returns the headers of the response to a preflight request that allow the origin to read responses, or nil if none does. It
// takes over no wider permission than for this origin.
func newSharing(origin string, status int, header http.Header) http.Header {
	allowed := header[headerAllowedOrigin]
	isSuccess := status >= 200 && status < 300
	if !isSuccess || len(allowed) != 1 || allowed[0] != origin && allowed[0] != "*" {
		return nil
	}
	sharing := http.Header{headerAllowedOrigin: {origin}, headerExposed: {headerExchange + ", " + headerRefusal + ", " + headerQuestion + ", " + headerReceipt + ", " + headerShouldRetry}, "Vary": {headerOrigin}}
	if secrets := header[headerAllowedSecrets]; len(secrets) == 1 && secrets[0] == "true" && allowed[0] == origin {
		sharing[headerAllowedSecrets] = secrets
	}
	return sharing
}
