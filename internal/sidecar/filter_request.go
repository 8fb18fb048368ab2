package sidecar

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// buffers hold bodies as they come. What is passed on is a new piece of memory: the transport may still read it when the
// exchange is over.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps one large body from occupying memory for ever.
const maxPooled = 64 << 10

// giveBack returns a buffer to the pool. It reports whether the pool keeps it.
func giveBack(b *bytes.Buffer) bool {
	if b.Cap() > maxPooled {
		return false
	}
	b.Reset()
	buffers.Put(b)
	return true
}

// request reads the body whole, checks it, and replaces personal data. Only then does anything go upstream: a proxy that
// streams requests loses answers when the upstream answers early.
func (g *generation) request() filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if f := g.readRequest(w, r); f != nil {
				refuse(w, r, f)
				return
			}
			sc := scopeOf(r)
			r.ContentLength = int64(len(sc.body))
			r.TransferEncoding, r.Trailer = nil, nil
			r.Body = io.NopCloser(bytes.NewReader(sc.body))
			r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(sc.body)), nil }
			next.ServeHTTP(w, r)
		})
	}
}

func (g *generation) readRequest(w http.ResponseWriter, r *http.Request) *finding {
	sc := scopeOf(r)
	in, _ := buffers.Get().(*bytes.Buffer)
	defer func() { giveBack(in) }()
	_, err := in.ReadFrom(r.Body)
	sc.requestBytes = in.Len()
	if err != nil {
		return g.bodyFinding(err)
	}
	// The deadline of bound is over: from now on a read only notices that the client leaves.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	sc.body, sc.request, err = g.codec.Request(make([]byte, 0, in.Len()+in.Len()/8), in.Bytes(), &sc.requestFinds)
	if err == nil {
		return nil
	}
	if f, ok := findingOf(err); ok {
		return f
	}
	return &finding{rule: ruleInternal, what: "The body cannot be read.", remedy: "Report the exchange id to the operator."}
}

func (g *generation) bodyFinding(err error) *finding {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return tooLarge(large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &finding{rule: ruleBodyTimeout, what: "The body did not arrive in time.", remedy: "Send it again."}
	}
	return &finding{rule: ruleBodyIncomplete, what: "The body did not arrive whole.", remedy: "Send it again."}
}
