package filter

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// RewriteBody reads the whole body of a request, checks it, and replaces personal data in it, before anything goes upstream. It does not
// stream the body: when an upstream responds before it has read a streamed request, the proxy can lose the response.
//
// It refuses the request if the budget has no room for the body. A request without a body goes on, unless it is a turn.
func RewriteBody(t *transform.Transform, b *budget.Budget) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !mustRead(exchange.From(r).Route, r) {
				next.ServeHTTP(w, r)
				return
			}
			if why := readRequest(r, t, b); why != nil {
				Refuse(w, r, why)
				return
			}
			setBody(r, exchange.From(r))
			next.ServeHTTP(w, r)
		})
	}
}

// setBody makes Scope.Body the body of the request, or its query if the texts are there.
func setBody(r *http.Request, sc *exchange.Scope) {
	if sc.Route.ReadsQuery {
		r.URL.RawQuery, r.URL.ForceQuery = string(sc.Body), false
		return
	}
	// The rewritten body has a known length, and the HTTP client may send it again on another connection (GetBody).
	r.ContentLength = int64(len(sc.Body))
	r.TransferEncoding, r.Trailer = nil, nil
	r.Body = io.NopCloser(bytes.NewReader(sc.Body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(sc.Body)), nil }
}

// readRequest reads the body, rewrites it, and stores the result in the exchange. It returns the reason to refuse the request, or nil.
func readRequest(r *http.Request, t *transform.Transform, b *budget.Budget) *refusal.Refusal {
	sc := exchange.From(r)
	in := exchange.TakeBuffer()
	defer exchange.PutBuffer(in)
	if why := takeTexts(r, in); why != nil {
		return why
	}
	done, ok := b.Work(r.Context(), in.Len())
	defer done()
	if !ok {
		return newWaitRefusal(r.Context())
	}
	// Replacements can be longer than the personal data that they replace: reserve an eighth more, to rarely allocate again.
	dst := make([]byte, 0, in.Len()+in.Len()/8)
	var err error
	sc.Body, sc.Request, err = t.Request(dst, in.Bytes(), sc.Route.Format, &sc.RequestRedactions)
	if err == nil {
		sc.Corrected += sc.Request.Corrected
		return nil
	}
	describeRequest(sc, in.Bytes())
	var why *refusal.Refusal
	if errors.As(err, &why) {
		return why
	}
	return refusal.Because(refusal.Internal, "The body cannot be read.")
}

// takeTexts puts the body, or the query if the texts are there, into the buffer. It returns the reason to refuse the request, or nil.
func takeTexts(r *http.Request, in *bytes.Buffer) *refusal.Refusal {
	sc := exchange.From(r)
	if isSignedForAWS(r) {
		return refusal.New(refusal.RequestSigned)
	}
	if sc.Route.ReadsQuery {
		in.WriteString(r.URL.RawQuery)
		sc.RequestBytes = in.Len()
		return nil
	}
	if why := readBody(r, in); why != nil {
		return why
	}
	return checkBoundary(r.Header, in.Bytes())
}

// isSignedForAWS reports whether a signature of AWS (Signature Version 4 or 4A, in the header or in the query) covers the request.
func isSignedForAWS(r *http.Request) bool {
	const scheme, parameter = "AWS4-", "X-Amz-Signature="
	isSigned := func(value string) bool {
		return len(value) >= len(scheme) && strings.EqualFold(value[:len(scheme)], scheme)
	}
	return slices.ContainsFunc(r.Header["Authorization"], isSigned) || strings.Contains(r.URL.RawQuery, parameter)
}

// checkBoundary refuses a multipart body that does not begin with the boundary that its header names: the sidecar would read other parts
// than the upstream.
func checkBoundary(h http.Header, body []byte) *refusal.Refusal {
	value := h.Get("Content-Type")
	if !strings.Contains(value, "boundary") && !strings.Contains(value, "multipart") { // Most requests: spare them the parsing.
		return nil
	}
	mediaType, parameters, err := mime.ParseMediaType(value)
	if err != nil || !strings.HasPrefix(mediaType, "multipart/") || bytes.HasPrefix(body, []byte("--"+parameters["boundary"]+"\r\n")) {
		return nil
	}
	return refusal.Because(refusal.BodyMalformed, "The multipart body does not begin with the boundary that its header names.").
		WithRemedy("Send the first boundary at the begin of the body.")
}

// takeBody reads the whole body into the buffer, reserves its memory, and returns its size in bytes. If no memory is left for the body, the
// buffer is empty afterwards.
func takeBody(r *http.Request, in *bytes.Buffer) (size int, err error) {
	held := exchange.From(r).Held
	_, err = in.ReadFrom(held.Reader(r.Body))
	size = in.Len()
	if errors.Is(err, budget.ErrUsedUp) {
		// Free the memory before the rest of the body is read and discarded.
		*in = bytes.Buffer{}
		held.Drop()
		discardBody(r)
	}
	return size, err
}

// readBody reads the whole body into the buffer and reserves its memory. It returns the reason to refuse the request, or nil.
func readBody(r *http.Request, in *bytes.Buffer) *refusal.Refusal {
	sc := exchange.From(r)
	size, err := takeBody(r, in)
	sc.RequestBytes = size
	if err != nil {
		describeRequest(sc, in.Bytes())
		return newReadRefusal(r.Context(), err)
	}
	sc.BodyDeadline.Lift()
	return nil
}

// newWaitRefusal returns the refusal for an exchange that waited for its work in vain.
func newWaitRefusal(ctx context.Context) *refusal.Refusal {
	if why := exchange.FindEnd(ctx); why != nil {
		return why
	}
	if ctx.Err() != nil {
		return refusal.New(refusal.Disconnected)
	}
	return refusal.New(refusal.Overloaded)
}

// newReadRefusal returns the refusal for an error that reading the body of a request returned.
func newReadRefusal(ctx context.Context, err error) *refusal.Refusal {
	var large *http.MaxBytesError
	var why *refusal.Refusal
	switch {
	case exchange.FindEnd(ctx) != nil:
		return exchange.FindEnd(ctx)
	case errors.As(err, &why):
		return why
	case errors.As(err, &large):
		return newTooLargeRefusal(large.Limit)
	case errors.Is(err, budget.ErrUsedUp):
		return refusal.New(refusal.Overloaded)
	}
	return refusal.New(refusal.BodyIncomplete)
}
