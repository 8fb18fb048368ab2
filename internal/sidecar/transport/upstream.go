// Package transport carries the rewritten request to the upstream and the rewritten answer back to the client.
//
// It speaks HTTP and nothing else: the route's `dialect.Format` reads the bytes of an answer, and `internal/sidecar/transform` changes its
// texts.
package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"os"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// dialTime bounds the time to connect. The upstream is in the same pod, or is a model service.
	dialTime = 5 * time.Second
	// handshakeTime bounds the TLS handshake with a model service.
	handshakeTime = 10 * time.Second
	// sendTime is how long an upstream may take to read a request, in addition to the time that it may take to answer: as long as a client
	// may take to send it.
	sendTime = 30 * time.Second
	// idleConnTime is the time after which the sidecar closes an idle connection. Servers commonly keep one for longer, 60 seconds or
	// more: a server that closes first could break a request that is just being sent.
	idleConnTime = 50 * time.Second
	// maxIdleConns is the largest number of idle connections to an upstream: more than a pod has exchanges at the same time.
	maxIdleConns = 512
	// HeaderBytes is the largest header, in bytes, of a request or a response. net/http tolerates a little more in a request.
	HeaderBytes = 32 << 10
)

// New returns the HTTP transport for one configuration, which calls the ports of the pod and the entries. The caller must close its idle
// connections when the configuration ends.
func New(l sidecarconfig.Limits, entries []sidecarconfig.Egress) *http.Transport {
	return &http.Transport{
		// Ignore HTTP_PROXY and similar variables: the configuration alone decides where traffic goes.
		Proxy:                  nil,
		DialContext:            newDialer(entries).dial,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    handshakeTime,
		ResponseHeaderTimeout:  time.Duration(l.FirstByteSeconds) * time.Second,
		MaxIdleConns:           maxIdleConns,
		MaxIdleConnsPerHost:    maxIdleConns,
		IdleConnTimeout:        idleConnTime,
		MaxResponseHeaderBytes: HeaderBytes,
		// The sidecar does not ask for compressed answers, and decodes those that come all the same itself, within bounds.
		DisableCompression: true,
	}
}

// CopyBuffers is a pool of the buffers through which the proxy copies answers.
type CopyBuffers struct{ pool sync.Pool }

// copyBufferBytes is the size of a buffer. Most answers and nearly all events are smaller.
const copyBufferBytes = 4 << 10

// NewCopyBuffers returns an empty pool.
func NewCopyBuffers() *CopyBuffers {
	return &CopyBuffers{sync.Pool{New: func() any {
		b := make([]byte, copyBufferBytes)
		return &b
	}}}
}

// Get returns a buffer of copyBufferBytes bytes.
func (c *CopyBuffers) Get() []byte {
	b, _ := c.pool.Get().(*[]byte) // The pool holds nothing else.
	return *b
}

// Put returns a buffer to the pool.
func (c *CopyBuffers) Put(b []byte) { c.pool.Put(&b) }

// Upstream forwards exchanges to the chatbot or a model service. It is immutable and safe for concurrent use.
type Upstream struct {
	// Transport is the result of New.
	Transport *http.Transport
	// Passing is the result of NewPassing.
	Passing   *Passing
	Buffers   *CopyBuffers
	Transform *transform.Transform
	// Failures finds the forms of error responses.
	Failures dialect.Failures
	Budget   *budget.Budget
	// Limits must have no zero fields.
	Limits sidecarconfig.Limits
}

// Handler returns the last handler in the chain of a route. It forwards the rewritten request and passes the rewritten answer back. It
// does not follow redirects.
func (u *Upstream) Handler(rt *exchange.Route) http.Handler { return u.newProxy(rt) }

// newProxy returns the proxy of a route. It rewrites answers as those of the chatbot, or of a model service.
func (u *Upstream) newProxy(rt *exchange.Route) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		// Informational responses, such as 103 Early Hints, do not reach the proxy: nothing inspects them.
		Transport:  finalResponseTransport{u.Transport, u.maxWait()},
		BufferPool: u.Buffers,
		// The audit record says how an exchange ended. The messages of the proxy could contain IP addresses of people.
		ErrorLog:       log.New(io.Discard, "", 0),
		Rewrite:        func(pr *httputil.ProxyRequest) { rewriteRequest(pr, rt) },
		ModifyResponse: u.rewriteAnswer,
		ErrorHandler:   refuseFailure,
	}
}

// maxWait is the longest time from the start of a request to the header of the response.
func (u *Upstream) maxWait() time.Duration {
	return time.Duration(u.Limits.FirstByteSeconds)*time.Second + sendTime
}

// finalResponseTransport hides informational responses, such as 103 Early Hints, from the proxy. The proxy would pass them on, but nothing
// inspects them.
type finalResponseTransport struct {
	transport *http.Transport
	// maxWait is the longest time from the start of the request to the header of the response. The HTTP transport itself limits only the
	// time after the request, so an upstream that does not read the request could hold the exchange for ever.
	maxWait time.Duration
}

// RoundTrip sends the request and returns the final response. It returns errPause if that takes longer than maxWait.
func (t finalResponseTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	timer := time.AfterFunc(t.maxWait, exchange.From(r).Cancel)
	res, err := t.transport.RoundTrip(r.WithContext(untraced{r.Context(), r.URL.Scheme}))
	if !timer.Stop() && err != nil {
		return nil, errPause
	}
	return res, err
}

// untraced is a context without its httptrace.ClientTrace, through which the proxy receives informational responses. It keeps all other
// values, also one that the package context needs: without that value the package starts a goroutine for each derived context. It adds the
// scheme of the request (schemeKey).
type untraced struct {
	context.Context
	scheme string
}

// Value returns the value of the key, or nil if the value is a client trace, so that the HTTP transport finds no trace to call for
// informational responses.
func (u untraced) Value(key any) any {
	if _, isScheme := key.(schemeKey); isScheme {
		return u.scheme
	}
	value := u.Context.Value(key)
	if _, isTrace := value.(*httptrace.ClientTrace); isTrace {
		return nil
	}
	return value
}

// rewriteRequest sets the URL and the header of the request that goes to the upstream.
func rewriteRequest(pr *httputil.ProxyRequest, rt *exchange.Route) {
	pr.Out.URL = rt.Locate(pr.In.URL)
	pr.Out.URL.RawQuery = pr.In.URL.RawQuery
	if rt.RewritesHost {
		// A model service expects its own name as Host. If Out.Host is empty, net/http sends the host of the URL.
		pr.Out.Host = ""
	}
	sendAtOnce(pr)
	rewriteForwarding(pr, rt)
	// The sidecar would have to decode a compressed answer, and sends it on without a coding.
	pr.Out.Header["Accept-Encoding"] = []string{"identity"}
	// Te says that the client accepts trailers, which the sidecar does not pass on.
	delete(pr.Out.Header, "Te")
	// A part of an answer cannot be read, and the sidecar does not keep answers.
	for _, name := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
		delete(pr.Out.Header, name)
	}
	// Expect says that the client waits before it sends the body, which the sidecar has already read.
	delete(pr.Out.Header, "Expect")
}

// sendAtOnce takes a body that is in memory, which GetBody shows, out of the wrapper that the proxy puts around it. net/http does not know
// the wrapper, and would send the header in a packet of its own in case the body has to be waited for.
func sendAtOnce(pr *httputil.ProxyRequest) {
	if pr.In.GetBody != nil {
		pr.Out.Body = pr.In.Body
	}
}

// refuseFailure refuses an exchange whose answer did not arrive or cannot be passed on. The proxy calls it before it writes a header.
func refuseFailure(w http.ResponseWriter, r *http.Request, err error) {
	// No model has generated a refusal.
	filter.DeleteMarking(w.Header())
	filter.Refuse(w, r, newFailureRefusal(r.Context(), err))
}

// newFailureRefusal returns the refusal for an error of the HTTP transport or of rewriteAnswer. It looks for a timeout before it looks at
// the context, which is canceled when the client disconnects, when the sidecar ends the exchange, and also when the pause timer fires.
func newFailureRefusal(ctx context.Context, err error) *refusal.Refusal {
	var why *refusal.Refusal
	var network net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &why):
		return why
	case errors.As(err, &certificate):
		return refusal.Because(refusal.Unreachable, "The certificate of the model service cannot be verified.").
			WithRemedy("The team that runs the chatbot must see that the host in spec.processors[].host has a valid certificate for this name.")
	case errors.Is(err, errPause), errors.As(err, &network) && network.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return refusal.New(refusal.Timeout)
	case exchange.FindEnd(ctx) != nil:
		return exchange.FindEnd(ctx)
	case ctx.Err() != nil:
		return refusal.New(refusal.Disconnected)
	}
	return refusal.New(refusal.Unreachable)
}
