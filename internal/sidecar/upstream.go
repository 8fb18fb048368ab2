package sidecar

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

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	// dialTime: the upstream is in the same pod or one network away.
	dialTime = 5 * time.Second
	// handshakeTime bounds TLS with a model service.
	handshakeTime = 10 * time.Second
	// idleTime is below what servers commonly keep idle connections open for, so that we close first.
	idleTime = 50 * time.Second
	// maxIdle connections are kept per upstream: above the number of exchanges that one pod holds at once.
	maxIdle = 512
	// headerBytes bounds the header of requests and answers.
	headerBytes = 32 << 10
)

func newTransport(l sidecarconfig.Limits) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTime}
	return &http.Transport{
		// No proxy from the environment: what is governed goes where the configuration says.
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    handshakeTime,
		ResponseHeaderTimeout:  time.Duration(l.FirstByteSeconds) * time.Second,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: headerBytes,
		// A compressed answer could not be read; none is asked for.
		DisableCompression: true,
	}
}

// copyBuffers is the memory in which the proxy copies answers.
type copyBuffers struct{ pool sync.Pool }

// copySize is the size of one piece: most answers and all events of a chat are smaller.
const copySize = 4 << 10

func newCopyBuffers() *copyBuffers {
	return &copyBuffers{sync.Pool{New: func() any {
		b := make([]byte, copySize)
		return &b
	}}}
}

// Get returns a buffer.
func (c *copyBuffers) Get() []byte {
	b, _ := c.pool.Get().(*[]byte)
	return *b
}

// Put takes it back.
func (c *copyBuffers) Put(b []byte) { c.pool.Put(&b) }

// upstream is the last of a chain: it passes the rewritten request on and the rewritten answer back. Redirects are not
// followed.
func (g *generation) upstream(rt *route) http.Handler {
	return &httputil.ReverseProxy{
		Transport:  quiet{g.transport},
		BufferPool: g.shared.buffers,
		// The record says how an exchange ended; the proxy's own words could hold addresses of people.
		ErrorLog:       log.New(io.Discard, "", 0),
		Rewrite:        func(pr *httputil.ProxyRequest) { rt.rewrite(pr) },
		ModifyResponse: g.answer,
		ErrorHandler:   g.upstreamFailed,
	}
}

// quiet asks the upstream without telling the proxy of informational answers (103 and the like): nothing inspects them, and
// the proxy would pass them on.
type quiet struct{ transport *http.Transport }

// RoundTrip asks the upstream.
func (q quiet) RoundTrip(r *http.Request) (*http.Response, error) {
	return q.transport.RoundTrip(r.WithContext(untraced{r.Context()}))
}

// untraced hides the trace in which informational answers are told. It lets all other values through: the context package
// itself keeps one there that spares a goroutine for each exchange.
type untraced struct{ context.Context }

// Value returns the value, but for a trace.
func (u untraced) Value(key any) any {
	value := u.Context.Value(key)
	if _, trace := value.(*httptrace.ClientTrace); trace {
		return nil
	}
	return value
}

func (rt *route) rewrite(pr *httputil.ProxyRequest) {
	pr.Out.URL = &url.URL{Scheme: rt.scheme, Host: rt.host, Path: rt.target, RawQuery: pr.In.URL.RawQuery}
	if rt.ownHost {
		pr.Out.Host = ""
	}
	pr.Out.Header["Accept-Encoding"] = []string{"identity"}
	delete(pr.Out.Header, "Te")
	delete(pr.Out.Header, "Expect")
}

// upstreamFailed is called when no answer came, or when the answer cannot be passed on.
func (g *generation) upstreamFailed(w http.ResponseWriter, r *http.Request, err error) {
	f, ok := findingOf(err)
	if !ok {
		f = failure(r.Context(), err)
	}
	delete(w.Header(), headerMarking)
	refuse(w, r, f)
}

func failure(ctx context.Context, err error) *finding {
	var network net.Error
	switch {
	case errors.Is(err, errIdle), errors.As(err, &network) && network.Timeout(), errors.Is(err, os.ErrDeadlineExceeded):
		return &finding{rule: ruleTimeout, what: "The chatbot did not answer in time.", remedy: "Try again later."}
	case ctx.Err() != nil:
		return &finding{rule: ruleDisconnected, what: "The client has gone.", remedy: "Ask again."}
	}
	return &finding{rule: ruleUnreachable, what: "The chatbot cannot be reached.", remedy: "Try again later."}
}
