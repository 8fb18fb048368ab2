package transport

import (
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// maxUploadTime bounds the time from the start of an upload to the header of the response: 20 MiB at 25 KiB/s, a slow mobile line.
const maxUploadTime = 15 * time.Minute

// UploadHandler returns the last handler of a route whose requests pass unread and whose answers are read.
func (u *Upstream) UploadHandler(rt *exchange.Route) http.Handler {
	proxy := u.newProxy(rt)
	proxy.Transport = finalResponseTransport{u.Transport, maxUploadTime}
	return proxy
}

// readableStatuses are the statuses of answers that are neither errors nor redirects and that can be read: 206 is a part of an answer, and
// 304 is for caches.
var readableStatuses = []int{
	http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNonAuthoritativeInfo, http.StatusNoContent, http.StatusResetContent,
}

// rewriteOther rewrites an answer that is neither an error, nor a redirect, nor the answer of a turn. It may be JSON of any form or text,
// and have no content. In a form that the route describes, it is read as the route says.
func (u *Upstream) rewriteOther(sc *exchange.Scope, res *http.Response) error {
	types := res.Header["Content-Type"]
	if !slices.Contains(readableStatuses, res.StatusCode) {
		return refusal.Because(refusal.AnswerType, "The chatbot answered with an upgrade, a part of an answer, or a status for caches.").
			WithRemedy("The developer of the chatbot must answer with status 200.")
	}
	// Decode first: rewriteHeader deletes Content-Encoding.
	isReadable := u.decode(res)
	u.rewriteHeader(res.Header, &sc.AnswerRedactions)
	switch {
	case isEmpty(res):
		replaceBody(res, nil)
		// A 204 must not have a length, and after HEAD it would not be the length of the content.
		delete(res.Header, "Content-Length")
		return nil
	case len(types) == 1 && isReadable && sc.Route.Format.FormOf(types[0]) == dialect.Streamed:
		u.rewriteStream(sc, res)
		return nil
	case isStream(types):
		return refuseOtherType() // Do not wait for its end, which may never come.
	}
	return u.takeWhole(sc, res, func(body []byte) error {
		if len(body) == 0 {
			replaceBody(res, nil)
			return nil
		}
		f := u.findReader(sc.Route.Format, nameType(sc.Route, res.Header))
		if f == nil || !isReadable {
			return refuseOtherType()
		}
		return u.rewriteDocument(body, sc, res, f)
	})
}

// refuseOtherType refuses an answer that nothing reads.
func refuseOtherType() error {
	return refusal.Because(refusal.AnswerType, "The answer of the chatbot is neither JSON nor a plain text or page, in a content coding that the sidecar reads.").
		WithRemedy("The team that runs the chatbot must declare a shape that describes the answer, or whose route for this path has the use asset or pass, if nothing of it must be read.")
}

// streamTypes are the media types of streams.
var streamTypes = []string{"text/event-stream", "application/x-ndjson", "application/ndjson", "application/jsonl", "application/stream+json"}

// isStream reports whether the Content-Type is that of a stream. The caller has dealt with streams in the route's format.
func isStream(types []string) bool {
	if len(types) != 1 {
		return false
	}
	mediaType, _, _ := mime.ParseMediaType(types[0])
	return slices.Contains(streamTypes, mediaType)
}

// isEmpty reports whether an answer has no body.
func isEmpty(res *http.Response) bool {
	return res.StatusCode == http.StatusNoContent || res.ContentLength == 0 || res.Request.Method == http.MethodHead
}

// nameType returns the media types of an answer. Messaging services take a response to a webhook that names none for a plain text: nameType
// writes that into the header, so that nothing guesses another one.
func nameType(rt *exchange.Route, h http.Header) []string {
	if h["Content-Type"] == nil && rt.AnswersElsewhere {
		h["Content-Type"] = []string{plainText}
	}
	return h["Content-Type"]
}

// findReader returns the reader of an answer with these media types: the route's format, what it has for texts that a messaging service
// shows, or a reader of JSON or text of any form. It returns nil if there is none.
func (u *Upstream) findReader(f dialect.Format, types []string) dialect.AnswerRewriter {
	switch {
	case len(types) != 1:
		return nil
	case f.FormOf(types[0]) == dialect.Document:
		return f
	}
	if r, isShown := f.ReaderOf(types[0]); isShown {
		return r
	}
	return u.Failures.Find(types[0])
}
