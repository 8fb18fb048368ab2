package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped/shapedtest"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

// newStreamBody returns the rewritten form of a stream, and its exchange.
func newStreamBody(t *testing.T, stream io.Reader) (*streamBody, *exchange.Scope) {
	t.Helper()
	set, err := redact.NewSet([]string{"email"})
	if err != nil {
		t.Fatal(err)
	}
	timer := time.NewTimer(time.Hour)
	t.Cleanup(func() { timer.Stop() })
	sc := &exchange.Scope{Route: &exchange.Route{Format: shapedtest.OpenAIChat(t)}}
	return &streamBody{
		scope: sc, response: &http.Response{Request: httptest.NewRequest(http.MethodPost, "/", nil)}, upstream: io.NopCloser(stream), pauseTimer: timer, maxPause: time.Hour,
		stream: transform.New(set).Stream(sc.Route.Format, "AI.", &sc.AnswerRedactions),
	}, sc
}

var errReset = errors.New("connection reset")

// brokenReader ends like a connection that the upstream cuts.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errReset }

// TestStatementCountsOnceItIsWritten: the proxy reads again only after it has written what it read before.
func TestStatementCountsOnceItIsWritten(t *testing.T) {
	const hello = `data: {"choices":[{"delta":{"content":"Hello"}}]}` + "\n\n"
	for name, stream := range map[string]io.Reader{
		"stream that ends":   strings.NewReader(hello),
		"stream that is cut": io.MultiReader(strings.NewReader(hello), brokenReader{}),
	} {
		t.Run(name, func(t *testing.T) {
			body, sc := newStreamBody(t, stream)
			piece := make([]byte, copyBufferBytes)
			n, err := body.Read(piece)
			if err != nil || !strings.Contains(string(piece[:n]), "AI.") {
				t.Fatalf("read %q (%v), want the statement", piece[:n], err)
			}
			if sc.Disclosed {
				t.Error("the statement counts before it is written")
			}
			_, _ = body.Read(piece)
			if !sc.Disclosed {
				t.Error("the statement is written and does not count")
			}
		})
	}
}

// TestPauseOfTheClientIsNotOneOfTheUpstream: only the time of reading counts against the upstream.
func TestPauseOfTheClientIsNotOneOfTheUpstream(t *testing.T) {
	const pause = time.Minute
	for name, tc := range map[string]struct {
		client, upstream time.Duration
		end, cut         error
	}{
		"client that pauses":   {2 * pause, pause / 2, io.EOF, nil},
		"upstream that pauses": {0, 2 * pause, errPause, errPause},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reader, writer := io.Pipe()
				body, sc := newStreamBody(t, reader)
				body.maxPause, body.pauseTimer = pause, time.AfterFunc(pause, func() { _ = writer.CloseWithError(context.Canceled) })
				var sending sync.WaitGroup
				sending.Go(func() {
					for range 3 {
						_, _ = io.WriteString(writer, "data: {\"choices\":[]}\n\n")
						time.Sleep(tc.upstream)
					}
					_ = writer.Close()
				})
				piece := make([]byte, copyBufferBytes)
				var err error
				for err == nil {
					_, err = body.Read(piece)
					time.Sleep(tc.client)
				}
				if !errors.Is(err, tc.end) || !errors.Is(sc.Cut, tc.cut) {
					t.Errorf("ends with %v, cut is %v, want %v and %v", err, sc.Cut, tc.end, tc.cut)
				}
				sending.Wait()
			})
		})
	}
}

// TestUpstreamThatDoesNotReadIsLeft: the HTTP transport itself limits only the time after the request is written.
func TestUpstreamThatDoesNotReadIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer func() { _ = server.Close() }()
		sending := finalResponseTransport{&http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil },
		}, time.Minute}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := httptest.NewRequestWithContext(exchange.With(ctx, &exchange.Scope{Cancel: cancel}), http.MethodPost, "http://app/", strings.NewReader("{}"))
		r.RequestURI = ""
		begun := time.Now()
		res, err := sending.RoundTrip(r)
		if err == nil {
			_ = res.Body.Close()
		}
		if !errors.Is(err, errPause) || time.Since(begun) != time.Minute {
			t.Errorf("error %v after %s", err, time.Since(begun))
		}
	})
}

// TestStreamIsWholeAfterItsLastEvent: a connection that breaks later, or a client that leaves then, cuts nothing off.
func TestStreamIsWholeAfterItsLastEvent(t *testing.T) {
	for name, tc := range map[string]struct {
		stream string
		want   error
	}{
		"before the last event": {"data: {\"choices\":[]}\n\n", errReset},
		"after the last event":  {"data: {\"choices\":[]}\n\ndata: [DONE]\n\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			body, sc := newStreamBody(t, io.MultiReader(strings.NewReader(tc.stream), brokenReader{}))
			got, err := io.ReadAll(body)
			if string(got) != tc.stream {
				t.Errorf("stream is %q, want %q", got, tc.stream)
			}
			if !errors.Is(err, tc.want) || !errors.Is(sc.Cut, tc.want) {
				t.Errorf("reading ends with %v, cut is %v, want %v", err, sc.Cut, tc.want)
			}
		})
	}
}
