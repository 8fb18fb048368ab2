package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/budget"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// ReplyHandler returns the last handler of a route for messages of the chatbot that the app sends to a messaging service. It first sends the
// statement, if it is due.
func (u *Upstream) ReplyHandler(rt *exchange.Route) http.Handler {
	proxy := u.newProxy(rt)
	proxy.Transport = announcingTransport{proxy.Transport, u.Budget, u.maxWait() + u.maxPause()}
	return proxy
}

// announcingTransport sends the statement before a message. If the service does not accept the statement, its answer is that to the message,
// which is not sent: the app learns from the answer what it would have learned about its own message, such as when to try again.
type announcingTransport struct {
	http.RoundTripper

	budget *budget.Budget
	// maxWait is how long the service may take to answer the statement.
	maxWait time.Duration
}

// RoundTrip sends the statement, if it is due, and then the request. An app that gives up meanwhile does not end the statement: the service may
// have shown it already, and the answer says so.
func (t announcingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	sc := exchange.From(r)
	if sc.Ahead == "" {
		return t.RoundTripper.RoundTrip(r)
	}
	announcement, ok := sc.Route.Format.Announce(sc.Body, sc.Ahead)
	if !ok {
		return nil, refusal.Because(refusal.BodyShape, "The message has no form in which the sidecar could show the disclosure before it.")
	}
	ctx, cancel := t.outlast(r.Context(), *sc)
	res, err := t.RoundTripper.RoundTrip(newAnnouncingRequest(ctx, r, announcement))
	if err != nil {
		cancel()
		return nil, err
	}
	res.Body = cancelingBody{res.Body, cancel}
	answer, isAccepted, err := t.readAccepted(res, sc.Route)
	if err != nil || !isAccepted {
		return res, err
	}
	sc.Ahead, sc.Disclosed = "", true
	conversation, _ := sc.Route.Format.ConversationOfAnswer(answer)
	sc.NoteAhead(conversation)
	return t.RoundTripper.RoundTrip(r)
}

// outlast returns a context that ends after maxWait, or when the sidecar itself ends the exchange, and not when the app gives up. Its scope has a
// Cancel that ends the statement alone.
func (t announcingTransport) outlast(ctx context.Context, sc exchange.Scope) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.maxWait)
	stop := context.AfterFunc(ctx, func() {
		if exchange.FindEnd(ctx) != nil {
			cancel()
		}
	})
	sc.Cancel = cancel
	return exchange.With(lasting, &sc), func() {
		stop()
		cancel()
	}
}

// cancelingBody is the body of an answer whose request has a context of its own, which ends with the body.
type cancelingBody struct {
	io.ReadCloser

	cancel context.CancelFunc
}

// Close closes the body and ends the context.
func (b cancelingBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// newAnnouncingRequest returns the request with the statement. It has the header of the request whose message follows, with its credentials.
func newAnnouncingRequest(ctx context.Context, r *http.Request, a dialect.Announcement) *http.Request {
	out := r.Clone(ctx)
	out.Method = http.MethodPost
	if a.Segment != "" {
		out.URL.Path, out.URL.RawPath = replaceLast(out.URL.Path, a.Segment), ""
	}
	out.URL.RawQuery = keepParameters(out.URL.Query(), a.Parameters)
	if exchange.From(r).Route.ReadsQuery { // The members of the query are in the body.
		out.URL.RawQuery = ""
	}
	out.Body = io.NopCloser(bytes.NewReader(a.Body))
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(a.Body)), nil }
	out.ContentLength, out.TransferEncoding = int64(len(a.Body)), nil
	out.Header["Content-Type"] = []string{a.ContentType}
	out.Header["Content-Length"] = []string{strconv.Itoa(len(a.Body))}
	return out
}

// keepParameters returns the parameters of the query with the names. All others can be a part of the message of the app.
func keepParameters(query url.Values, names []string) string {
	maps.DeleteFunc(query, func(name string, _ []string) bool { return !slices.Contains(names, name) })
	return query.Encode()
}

// replaceLast returns the path with another last segment.
func replaceLast(path, segment string) string {
	return path[:strings.LastIndexByte(path, '/')+1] + segment
}

// readAccepted reports whether a service has accepted the message. If it has, readAccepted returns the body of the answer. Otherwise the answer
// can still be read. readAccepted refuses an answer above Route.MaxAnswerBytes, of which it cannot know that. An error means that the answer
// could not be read.
func (t announcingTransport) readAccepted(res *http.Response, rt *exchange.Route) (body []byte, isAccepted bool, err error) {
	if res.StatusCode < 200 || res.StatusCode >= 300 {
		return nil, false, nil
	}
	defer func() { _ = res.Body.Close() }()
	held := t.budget.Answer()
	defer held.Release()
	body, err = io.ReadAll(held.Reader(io.LimitReader(res.Body, rt.MaxAnswerBytes+1)))
	switch {
	case errors.Is(err, budget.ErrUsedUp):
		return nil, false, refusal.New(refusal.Overloaded)
	case err != nil:
		return nil, false, err
	case int64(len(body)) > rt.MaxAnswerBytes:
		return nil, false, newTooLargeRefusal(rt.MaxAnswerBytes)
	case rt.Format.AcceptsAnnouncement(body):
		return body, true, nil
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return nil, false, nil
}
