package filter

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/signature"
)

// Observe begins to observe an exchange that the sidecar passes on unchanged. findFault returns why governing would refuse a request by its
// route and its header, or nil; it gets a copy of the request, after the exchange.
func Observe(rt *exchange.Route, o *observe.Observer, findFault func(*exchange.Route, *http.Request) *refusal.Refusal) Filter {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc := exchange.From(r)
			// Record has set the header of the exchange, which a response that passes unchanged does not have.
			delete(w.Header(), headerExchange)
			ob := o.Begin(r, rt.IsUnread, rt.ReadsQuery)
			sc.Passed = ob
			sc.LookAtHead = func() {
				o.Classify(ob, rt.Direction, rt.Name, r)
				lookAtHead(rt, sc, r, findFault)
			}
			if r.Body != nil && r.Body != http.NoBody {
				ob.RequestBody.Open(r.Body, ob.IsCopied, nil)
				r.Body = &ob.RequestBody
				if !readShort(r) {
					connection := http.NewResponseController(w)
					// The client may send its body while it reads the answer. An error means that the connection allows it anyway.
					_ = connection.EnableFullDuplex()
					defer endRequest(r, &ob.RequestBody, connection)
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// endRequest ends the reading of a request's body before its handler returns. If the client has still to send some of it, the connection
// ends with the exchange: net/http would read the rest only after the handler, and with full duplex panic when it comes to the end.
func endRequest(r *http.Request, body *observe.Tap, connection *http.ResponseController) {
	if body.IsRead() {
		return
	}
	exchange.EndReading(r)
	body.End(func() {
		// A connection without deadlines ends the read with the handler by itself.
		_ = connection.SetReadDeadline(time.Now())
	})
}

// lookAtHead finds the conversation and the fault of a request that has passed unchanged, and its route if the body decides about it.
func lookAtHead(rt *exchange.Route, sc *exchange.Scope, r *http.Request, findFault func(*exchange.Route, *http.Request) *refusal.Refusal) {
	sc.Conversation, sc.PathSession, sc.PathBefore = r.Header.Get(headerConversation), findPathSession(rt, r), findPathBefore(rt, r)
	request := copyHead(r)
	sc.Passed.Fault = findFault(rt, request)
	body, _, isWhole := sc.Passed.RequestBody.Take()
	if rt.ChooseByBody != nil {
		if chosen := rt.ChooseByBody(request, body); chosen != nil {
			sc.Route, sc.Passed.Fault = chosen, findFault(chosen, request) // Governing applies the checks of this route alone.
		}
	}
	if sc.Route.ReadsQuery {
		sc.Passed.Query = r.URL.RawQuery
	}
	if sc.Route.Use == shape.UseReply && isWhole {
		sc.CheckReply = func() *refusal.Refusal {
			sc.Body = body
			return checkAnnounced(sc, r)
		}
	}
	if sc.Passed.Fault == nil && isWhole {
		sc.Passed.Fault = findSignatureFault(sc.Route, signature.Message{Header: r.Header, URI: r.RequestURI, Body: body})
	}
}

// copyHead returns a request whose query and header findFault may change. It returns the request itself if there is nothing to change: the
// checks encode a query again, and delete offers of other protocols.
func copyHead(r *http.Request) *http.Request {
	hasOffer := r.Header["Upgrade"] != nil || r.Header["Http2-Settings"] != nil
	if r.URL.RawQuery == "" && !r.URL.ForceQuery && !hasOffer {
		return r
	}
	request, url := *r, *r.URL
	request.URL, request.Header = &url, maps.Clone(r.Header)
	return &request
}

// maxShort is the length in bytes of the longest body that nearly always arrives together with its header.
const maxShort = 4 << 10

// readShort reads a short body whole, so that net/http can send it in one packet with its header, and again if the connection turns out to
// be closed. It does not read a body of unknown length, nor one that the client sends only once it is asked to (Expect). It reports whether
// it has read the whole body.
func readShort(r *http.Request) bool {
	if r.ContentLength <= 0 || r.ContentLength > maxShort || r.Header["Expect"] != nil {
		return false
	}
	short := make([]byte, r.ContentLength)
	n, err := io.ReadFull(r.Body, short)
	if err != nil {
		// Pass on what has arrived. The next read of the body returns the error again.
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(short[:n]), r.Body), r.Body}
		return false
	}
	// net/http sends a body of these two types, and of few others, in one packet with the header.
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(short)), nil }
	r.Body, _ = r.GetBody()
	return true
}

// FindFault returns why governing would refuse the request by its route and its header, or nil. It chooses the checks as the chains of
// governed exchanges do. It may change the query and the header of the request.
func FindFault(rt *exchange.Route, r *http.Request, hasPersonalData func(text []byte) bool) *refusal.Refusal {
	isIngress := rt.Direction == exchange.Ingress
	switch {
	case isIngress && IsPreflight(r):
		return findPreflightFault(rt, r, hasPersonalData)
	case rt.Use == shape.UseRefuse:
		return newRouteRefusal(rt)
	case rt.Use == shape.UsePass:
		return nil // Nothing checks what passes unread.
	case rt.Use == shape.UseFiles:
		return findUnreadFault(rt, r, hasPersonalData)
	case rt.Use == shape.UseAsset:
		return findAssetFault(r)
	case isIngress && rt.Use == shape.UseSocket:
		return findSocketFault(rt, r, hasPersonalData)
	}
	return findFault(rt, r, hasPersonalData)
}

// FindStatement returns the statement that Disclose would put into the answer, in the default language, or "" if none is due. It is "" for
// nil Statements. It notes why Announce would refuse a message to a messaging service.
func (s *Statements) FindStatement(sc *exchange.Scope, c *Conversations) string {
	sc.StatementKey = sc.Conversation
	switch {
	case isOfChannel(sc.Route):
		sc.StatementKey = identifyShown(sc)
	case sc.Route.Format.DisclosesOnce():
		sc.StatementKey = identifyAnywhere(sc)
	}
	if s != nil {
		noteReplyFault(sc)
	}
	if s != nil && (s.inEveryAnswer || (s.inFirstAnswer || sc.Route.Use == shape.UseReply) && c.isDue(sc, s.repeatHours)) {
		return s.texts[0]
	}
	return ""
}

// noteReplyFault notes why Announce would refuse a message to a messaging service, unless governing would have refused it earlier.
func noteReplyFault(sc *exchange.Scope) {
	if sc.CheckReply == nil || sc.Passed.Refused != "" {
		return
	}
	if why := sc.CheckReply(); why != nil {
		sc.Passed.Refused = why.ID
	}
}

// FindStatementIn is FindStatement for an answer that is a message in a conversation of a messaging service, or that names none (""). The scope has
// what FindStatement has returned.
func (s *Statements) FindStatementIn(sc *exchange.Scope, c *Conversations, conversation string) string {
	if s == nil {
		return ""
	}
	s.chooseStatement(c, sc, conversation)
	return sc.Statement
}

// findSignatureFault returns why CheckSignature would refuse a message, or nil.
func findSignatureFault(rt *exchange.Route, m signature.Message) *refusal.Refusal {
	if rt.Signature == nil || rt.Signature.Secrets == nil {
		return nil
	}
	if _, err := rt.Signature.Check(m); err != nil {
		return newSignatureRefusal(err)
	}
	return nil
}
