package filter

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/signature"
)

// CheckSignature refuses a request to a route with a signature unless the messaging service has signed it. It reads the body as it was sent,
// so that nothing else reads a body whose sender is unknown. If the declaration names no secret, it deletes a signature that covers the
// message, because it would fit some messages and not others. It must come after LimitLoad and before Decode.
func CheckSignature(rt *exchange.Route) Filter {
	scheme := rt.Signature
	if scheme == nil {
		return Pass
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if scheme.Secrets == nil {
				if scheme.CoversMessage() {
					delete(r.Header, scheme.Header)
				}
				next.ServeHTTP(w, r)
				return
			}
			sc := exchange.From(r)
			sent := exchange.TakeBuffer()
			if _, err := takeBody(r, sent); err != nil {
				exchange.PutBuffer(sent)
				Refuse(w, r, newReadRefusal(r.Context(), err))
				return
			}
			body := &keptBody{sent: sent, uncount: sc.Held.Keep()}
			defer func() { _ = body.Close() }()
			var err error
			sc.SigningKey, err = scheme.Check(signature.Message{Header: r.Header, URI: r.RequestURI, Body: sent.Bytes()})
			if err != nil {
				sc.RequestBytes = sent.Len()
				Refuse(w, r, newSignatureRefusal(err))
				return
			}
			r.Body = body
			next.ServeHTTP(w, r)
		})
	}
}

// newSignatureRefusal returns the refusal for an error of signature.Scheme.Check.
func newSignatureRefusal(err error) *refusal.Refusal {
	switch {
	case errors.Is(err, signature.ErrSecret):
		return refusal.New(refusal.SignatureUnchecked)
	case errors.Is(err, signature.ErrAbsent):
		return refusal.Because(refusal.SignatureInvalid, "The message has no signature, or more than one.")
	case errors.Is(err, signature.ErrStale):
		return refusal.Because(refusal.SignatureInvalid, "The time of the signed message is too far from now.").
			WithRemedy("Send the message when it is signed. The clocks of both sides must be right.")
	}
	return refusal.New(refusal.SignatureInvalid)
}

// RenewSignature signs the rewritten request for the app, with the key with which the messaging service has signed it. A request that
// redaction has not changed keeps the signature that it has. It must come after RewriteBody.
func RenewSignature() Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if sc := exchange.From(r); sc.SigningKey != nil {
				scheme := sc.Route.Signature
				m := signature.Message{Header: r.Header, URI: r.URL.RequestURI(), Body: sc.Body}
				r.Header[scheme.Header] = []string{scheme.Sign(m, sc.SigningKey)}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// keptBody is a body that is in memory already. The goroutine of its exchange reads it.
type keptBody struct {
	// sent is nil after its last byte.
	sent *bytes.Buffer
	// uncount ends its reservation.
	uncount func()
}

// Read returns bytes of the body. After the last one, the body takes no memory any more.
func (b *keptBody) Read(p []byte) (n int, err error) {
	if b.sent == nil {
		return 0, io.EOF
	}
	if n, err = b.sent.Read(p); err != nil {
		_ = b.Close()
	}
	return n, err
}

// Close gives the body up, unless that was done before.
func (b *keptBody) Close() error {
	if b.sent != nil {
		exchange.PutBuffer(b.sent)
		b.sent = nil
		b.uncount()
	}
	return nil
}
