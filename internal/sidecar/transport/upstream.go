// Package transport carries the rewritten request to the upstream and the rewritten answer back.
//
// It speaks HTTP and nothing else: what the bytes of an answer say is up to the route's `dialect.Format`, what happens to its
// texts up to `internal/sidecar/transform`.
package transport

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// dialTime: the upstream is in the same pod or one network away.
	dialTime = 5 * time.Second
	// handshakeTime bounds TLS with a model service.
	handshakeTime = 10 * time.Second
	// idleTime is shorter than the time for which servers commonly keep idle connections, so that the sidecar closes first.
	idleTime = 50 * time.Second
	// maxIdle connections are kept per upstream: above the number of exchanges that one pod holds at once.
	maxIdle = 512
	// HeaderBytes bounds the header of requests and answers.
	HeaderBytes = 32 << 10
)

// New returns the HTTP transport of one configuration. Its user closes idle connections.
func New(l sidecarconfig.Limits) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTime}
	return &http.Transport{
		// Proxies of the environment are ignored: the configuration alone decides where traffic goes.
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    handshakeTime,
		ResponseHeaderTimeout:  time.Duration(l.FirstByteSeconds) * time.Second,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: HeaderBytes,
		// The sidecar cannot read compressed answers and does not ask for them.
		DisableCompression: true,
	}
}

// CopyBuffers is the memory in which the proxy copies answers.
type CopyBuffers struct{ pool sync.Pool }

// copySize is the size of one piece: most answers and all events of a chat are smaller.
const copySize = 4 << 10

// NewCopyBuffers returns an empty pool.
func NewCopyBuffers() *CopyBuffers {
	return &CopyBuffers{sync.Pool{New: func() any {
		b := make([]byte, copySize)
		return &b
	}}}
}

// Get returns a buffer of copySize bytes.
func (c *CopyBuffers) Get() []byte {
	b, _ := c.pool.Get().(*[]byte)
	return *b
}

// Put returns a buffer to the pool.
func (c *CopyBuffers) Put(b []byte) { c.pool.Put(&b) }

// Upstream is the end of a chain: it passes the rewritten request on and the rewritten answer back. It is immutable and safe
// for concurrent use.
type Upstream struct {
	// Transport is the result of New.
	Transport *http.Transport
	Buffers   *CopyBuffers
	Transform *transform.Transform
	// Limits have no zero fields.
	Limits sidecarconfig.Limits
}

// Handler passes exchanges of one route on. Redirects are not followed.
func (u *Upstream) Handler(rt *exchange.Route) http.Handler {
	return &httputil.ReverseProxy{
		Transport:  quiet{u.Transport},
		BufferPool: u.Buffers,
		// The record says how an exchange ended; the proxy's own messages could hold addresses of people.
		ErrorLog:       log.New(io.Discard, "", 0),
		Rewrite:        func(pr *httputil.ProxyRequest) { rewriteRequest(pr, rt) },
		ModifyResponse: u.rewriteAnswer,
		ErrorHandler:   refuseFailure,
	}
}

// quiet hides informational responses (such as 103) from the proxy, which would pass them on. Nothing inspects them.
type quiet struct{ transport *http.Transport }

// RoundTrip sends the request.
func (q quiet) RoundTrip(r *http.Request) (*http.Response, error) {
	return q.transport.RoundTrip(r.WithContext(untraced{r.Context()}))
}

// untraced hides the client trace, through which the proxy receives informational responses. It passes all other values: the
// context package keeps one of them to save a goroutine for each exchange.
type untraced struct{ context.Context }

// Value returns the value of the key, or nil for a client trace.
func (u untraced) Value(key any) any {
	value := u.Context.Value(key)
	if _, trace := value.(*httptrace.ClientTrace); trace {
		return nil
	}
	return value
}

func rewriteRequest(pr *httputil.ProxyRequest, rt *exchange.Route) {
	pr.Out.URL = &url.URL{Scheme: rt.Scheme, Host: rt.Host, Path: rt.Target, RawQuery: pr.In.URL.RawQuery}
	if rt.RewritesHost {
		pr.Out.Host = ""
	}
	pr.Out.Header["Accept-Encoding"] = []string{"identity"}
	delete(pr.Out.Header, "Te")
	delete(pr.Out.Header, "Expect")
}

// refuseFailure is called when no answer came, or when the answer cannot be passed on.
func refuseFailure(w http.ResponseWriter, r *http.Request, err error) {
	delete(w.Header(), filter.HeaderMarking)
	filter.Refuse(w, r, explainFailure(r.Context(), err))
}

func explainFailure(ctx context.Context, err error) *refusal.Refusal {
	var why *refusal.Refusal
	var network net.Error
	switch {
	case errors.As(err, &why):
		return why
	case errors.Is(err, errIdle), errors.As(err, &network) && network.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return refusal.New(refusal.Timeout)
	case ctx.Err() != nil:
		return refusal.New(refusal.Disconnected)
	}
	return refusal.New(refusal.Unreachable)
}
