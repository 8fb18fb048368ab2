package transport

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"strconv"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// maxOnePacket is the length in bytes of the longest answer of known length whose header waits for the first piece of the body, so that both
// leave in one packet.
const maxOnePacket = 2 << 10

// Pass returns the last handler of a route whose exchanges pass unchanged: every method, path, status and header, switched protocols,
// trailers and informational responses, each piece of a body as soon as it is there.
func (u *Upstream) Pass(rt *exchange.Route) http.Handler {
	proxy := &httputil.ReverseProxy{
		Transport:      u.Passing,
		BufferPool:     u.Buffers,
		ErrorLog:       log.New(io.Discard, "", 0),
		Rewrite:        func(pr *httputil.ProxyRequest) { passRequest(pr, rt) },
		ModifyResponse: observeAnswer,
		ErrorHandler:   refuseFailure,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { proxy.ServeHTTP(&plainWriter{ResponseWriter: w}, r) })
}

// forwardedHeaders are the headers that httputil.ReverseProxy deletes from a request. They pass as the client sent them.
var forwardedHeaders = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"}

// passRequest sends the request to the upstream. httputil.ReverseProxy has dropped parameters that it cannot parse from the query, so the
// query is taken from the request that came in.
func passRequest(pr *httputil.ProxyRequest, rt *exchange.Route) {
	sendAtOnce(pr)
	pr.Out.URL = rt.Locate(pr.In.URL)
	pr.Out.URL.RawQuery, pr.Out.URL.ForceQuery = pr.In.URL.RawQuery, pr.In.URL.ForceQuery
	if rt.RewritesHost {
		pr.Out.Host = ""
	}
	for _, name := range forwardedHeaders {
		if values := pr.In.Header[name]; values != nil {
			pr.Out.Header[name] = values
		}
	}
}

// observeAnswer notes the header of the answer and observes its body. The body of a switched protocol is the connection itself.
func observeAnswer(res *http.Response) error {
	sc := exchange.From(res.Request)
	sc.Passed.Answered(res.StatusCode, res.Header)
	if res.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	ctx := res.Request.Context()
	sc.Passed.AnswerBody.Open(res.Body, sc.Passed.IsCopied, func(err error) {
		// The upstream cut the answer, unless the client has disconnected.
		if !errors.Is(err, context.Canceled) && ctx.Err() == nil {
			sc.Cut = err
		}
	})
	res.Body = &sc.Passed.AnswerBody
	return nil
}

// CheckAnswer returns the form of an answer, or why the sidecar would refuse it by its status and its header.
func CheckAnswer(status int, header http.Header, f dialect.Format) (dialect.Form, *refusal.Refusal) {
	return checkAnswer(&http.Response{StatusCode: status, Header: header}, f)
}

// plainWriter keeps net/http from adding headers that the upstream did not send, and passes each piece of an answer of known length at once.
// The proxy does the latter for event streams and answers of unknown length. For the others it has only a time for which pieces may wait,
// and its timer would cost as much as passing a short answer.
type plainWriter struct {
	http.ResponseWriter
	// left is how many bytes of a body of known length are to come, 0 if the length is not known. The last piece needs no flush, because the
	// exchange then ends.
	left int64
}

// WriteHeader sends the header of the upstream, without the headers that net/http would add, such as Date. It leaves out the 100 of the
// upstream, because net/http has sent one to a client that expects it.
func (w *plainWriter) WriteHeader(status int) {
	if status == http.StatusContinue {
		return
	}
	if status >= http.StatusOK {
		for _, name := range []string{"Content-Type", "Date"} {
			if h := w.Header(); h[name] == nil {
				// net/http adds a header that is absent, but not one without values.
				h[name] = nil
			}
		}
		// An error means that the length is not known.
		w.left, _ = strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
	}
	w.ResponseWriter.WriteHeader(status)
	if w.left > maxOnePacket {
		_ = w.flush() // The first write returns the error again.
	}
}

// Write writes a piece of the body to the client.
func (w *plainWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.left -= int64(n)
	if err == nil && w.left > 0 {
		err = w.flush()
	}
	return n, err
}

func (w *plainWriter) flush() error { return http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap returns the wrapped writer, for http.ResponseController.
func (w *plainWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
