package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// keptHeaders are the headers of an error response that tell a client how to go on. They stay if a refusal replaces the body.
var keptHeaders = []string{"Retry-After", "Www-Authenticate"}

// rewriteFailure rewrites an error response, whose status 400 or above stays. People do not read it as an answer of the chatbot, so it gets
// no statement. If the body cannot be read, a refusal with the same status replaces it: clients decide by the status whether and when
// they try again.
func (u *Upstream) rewriteFailure(sc *exchange.Scope, res *http.Response) error {
	sc.Statement = ""
	// Decode first: rewriteHeader deletes Content-Encoding.
	isReadable := u.decode(res)
	u.rewriteHeader(res.Header, &sc.AnswerRedactions)
	err := u.rewriteFailureBody(sc, res, isReadable)
	var why *refusal.Refusal
	if !errors.As(err, &why) {
		return err
	}
	return why.WithStatus(res.StatusCode, keepHeaders(res.Header))
}

// keepHeaders returns the keptHeaders of an error response.
func keepHeaders(h http.Header) http.Header {
	kept := http.Header{}
	for _, name := range keptHeaders {
		if values := h[name]; values != nil {
			kept[name] = values
		}
	}
	return kept
}

// rewriteFailureBody rewrites the body of an error response in the form of the route if the route's format has the media type, and
// otherwise in one of the forms in which servers write errors.
func (u *Upstream) rewriteFailureBody(sc *exchange.Scope, res *http.Response, isReadable bool) error {
	types := res.Header["Content-Type"]
	var form dialect.Form
	if len(types) == 1 {
		form = sc.Route.Format.FormOf(types[0])
	}
	if form == dialect.Streamed && isReadable {
		u.rewriteStream(sc, res)
		return nil
	}
	return u.takeWhole(sc, res, func(body []byte) error {
		if len(body) == 0 {
			replaceBody(res, nil)
			return nil
		}
		f := u.findFailure(sc.Route.Format, form, types, body)
		if f == nil || !isReadable {
			return refusal.Because(refusal.AnswerType, "The error response of the chatbot or model service is neither JSON nor a text in a content coding that the sidecar reads.").
				WithRemedy("The status tells what is wrong. The developer of the chatbot or model service must send errors as JSON or text.")
		}
		if len(types) == 0 {
			// Name the type as which the body was read, so that no client guesses another one.
			res.Header["Content-Type"] = []string{plainText}
		}
		return u.rewriteDocument(body, sc, res, f)
	})
}

// plainText is the type of error responses, and of responses to webhooks, that name none.
const plainText = "text/plain; charset=utf-8"

// findFailure returns what reads the body of an error response, or nil if nothing can. The body is not empty. Only a JSON object can be in the
// route's format, whatever its media type, and neither is a text, also if the format labels its JSON as text.
func (u *Upstream) findFailure(f dialect.Format, form dialect.Form, types []string, body []byte) dialect.AnswerRewriter {
	isObject := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && json.Valid(body)
	switch {
	case form == dialect.Document && isObject:
		return f.Failure()
	case len(types) == 0:
		return u.Failures.Find(plainText)
	case len(types) > 1:
		return nil
	}
	return u.Failures.Find(types[0])
}
