package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The servers that this program runs as when it starts itself.
const (
	roleApp  = "app"
	roleBare = "bare"
)

const (
	chatPath = "/v1/chat/completions"
	// maxBody is what the bare proxy reads of a request, as the sidecar does.
	maxBody = 1 << 20
	// events is the length of a streamed answer.
	events = 40
	// openHeader asks the app to leave the stream open.
	openHeader = "X-Open"
)

// sentence is what requests and answers are made of: words, a date, a price, an order number.
const sentence = "Your order 4711 of 23.11.2026 over 19.99 EUR is on its way and will arrive in two or three days. "

// The personal data in requests and answers, and what becomes of it.
const (
	personal = "Ring +49 30 901820 or write to jo.doe@shop.example. "
	redacted = "Ring [redacted:phone] or write to [redacted:email]. "
)

// serveApp answers chats with a fixed answer of about 1 KiB, plain or streamed.
func serveApp(address string) error {
	text, err := json.Marshal(personal + strings.Repeat(sentence, 8))
	if err != nil {
		return err
	}
	answer := fmt.Appendf(nil, `{"id":"chatcmpl-1","object":"chat.completion","created":1750000000,"model":"m",`+
		`"choices":[{"index":0,"message":{"role":"assistant","content":%s},"finish_reason":"stop"}]}`, text)
	server := &http.Server{Addr: address, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if bytes.Contains(body, []byte(`"stream":true`)) {
			stream(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})}
	return server.ListenAndServe()
}

func stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	for i := range events {
		_, _ = fmt.Fprintf(w, "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,\"model\":\"m\","+
			"\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word%d \"},\"finish_reason\":null}]}\n\n", i)
		_ = control.Flush()
		if r.Header.Get(openHeader) != "" {
			<-r.Context().Done()
			return
		}
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}

// pool is the bare proxy's own memory.
type pool struct{ buffers sync.Pool }

func (p *pool) Get() []byte {
	if b, ok := p.buffers.Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, 32<<10)
}

func (p *pool) Put(b []byte) { p.buffers.Put(&b) }

// serveBare is the floor: a reverse proxy that reads the request first and does nothing else. It has the two timeouts without which clients
// could keep connections for ever, and which any server on a network needs: those for the header of a request and for idle connections.
func serveBare(address, upstream string) error {
	target, err := url.Parse(upstream)
	if err != nil {
		return err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(target) },
		BufferPool: &pool{},
		ErrorLog:   log.New(io.Discard, "", 0),
		Transport: &http.Transport{
			MaxIdleConns: 512, MaxIdleConnsPerHost: 512, IdleConnTimeout: time.Minute, DisableCompression: true,
		},
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	})
	server := &http.Server{Addr: address, ReadHeaderTimeout: time.Minute, IdleTimeout: 2 * time.Minute, Handler: handler}
	return server.ListenAndServe()
}
