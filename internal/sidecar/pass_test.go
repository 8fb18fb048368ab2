package sidecar_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// newPassing starts a sidecar that observes, in front of an app.
func newPassing(t *testing.T, app http.HandlerFunc) (h *harness, direct *httptest.Server) {
	t.Helper()
	direct = httptest.NewServer(app)
	t.Cleanup(direct.Close)
	h = newHarness(t, nil, func(c *sidecarconfig.Config) {
		c.Mode = sidecarconfig.ModeObserve
		c.Ports[0].Upstream = direct.URL
		c.Egress[0].Upstream = direct.URL + "/base"
	})
	return h, direct
}

func (h *harness) url() string { return "http://" + h.address(listen) }

// odd is what an app may do, chosen by the path.
func odd(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header()["Date"] = []string{"Sun, 29 Nov 2026 10:00:00 GMT"}
	// What reached the app goes back, so that the client's comparison covers it.
	r.Header.Del("Connection") // a matter of each connection (RFC 9110, section 7.6.1)
	header, _ := json.Marshal(r.Header)
	w.Header().Set("X-Saw-Header", string(header))
	w.Header().Set("X-Saw", fmt.Sprintf("%s %s %s %s %d %v %x", r.Method, r.RequestURI, r.Host, r.Proto, r.ContentLength, r.TransferEncoding, body))
	switch r.URL.Path {
	case "/page":
		w.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
		w.Header().Set("Etag", `"x"`)
		_, _ = io.WriteString(w, "<html>ada@shop.example")
	case "/no-type":
		w.Header()["Content-Type"] = nil
		_, _ = io.WriteString(w, "<html>")
	case "/not-modified":
		w.WriteHeader(http.StatusNotModified)
	case "/empty":
		w.WriteHeader(http.StatusNoContent)
	case "/moved":
		w.Header().Set("Location", "http://elsewhere.example/?mail=ada@shop.example")
		w.WriteHeader(http.StatusMovedPermanently)
	case "/too-many":
		w.Header().Set("Retry-After", "7")
		http.Error(w, "slow down", http.StatusTooManyRequests)
	case "/hints":
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "hinted")
	case "/trailers":
		w.Header().Set("Trailer", "X-Sum")
		w.Header().Set("Content-Type", "application/grpc-web")
		_, _ = io.WriteString(w, "text")
		w.Header().Set("X-Sum", "42")
	case "/zipped":
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		_, _ = io.WriteString(zip, "packed")
		_ = zip.Close()
	case "/cookies":
		w.Header().Add("Set-Cookie", "a=1; HttpOnly")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Set("Chaperone-Exchange", "of the app")
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"choices":[],"method":%q}`, r.Method)
	}
}

// seen is all that a client can see of an exchange.
type seen struct {
	Proto, Body     string
	Status          int
	Header, Trailer http.Header
	Length          int64
	Encoding        []string
	Hints           []string
}

// exchange sends the request over a connection of its own and returns what comes back.
func exchange(t *testing.T, url string, request func(url string) *http.Request) seen {
	t.Helper()
	r := request(url)
	// The two servers have different addresses.
	r.Host = "shop.example"
	got := seen{}
	r = r.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			got.Hints = append(got.Hints, fmt.Sprint(code, header["Link"]))
			return nil
		},
	}))
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got.Proto, got.Body, got.Status, got.Header, got.Trailer = res.Proto, string(body), res.StatusCode, res.Header, res.Trailer
	got.Length, got.Encoding = res.ContentLength, res.TransferEncoding
	return got
}

func TestObservedExchangesPassUnchanged(t *testing.T) {
	h, direct := newPassing(t, odd)
	send := func(method, target, body string, header ...string) func(string) *http.Request {
		return func(url string) *http.Request {
			r, err := http.NewRequest(method, url+target, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body == "" {
				r.Body = nil
			}
			r.Header.Set("User-Agent", "")
			for i := 0; i < len(header); i += 2 {
				r.Header.Add(header[i], header[i+1])
			}
			return r
		}
	}
	chunked := func(url string) *http.Request {
		r := send(http.MethodPost, "/upload", "x", "Content-Type", "application/octet-stream")(url)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("pieces")), -1
		return r
	}
	tests := map[string]func(string) *http.Request{
		"a page":                            send(http.MethodGet, "/page", ""),
		"HEAD":                              send(http.MethodHead, "/page", ""),
		"a body without a type":             send(http.MethodGet, "/no-type", ""),
		"304":                               send(http.MethodGet, "/not-modified", "", "If-None-Match", `"x"`),
		"204":                               send(http.MethodDelete, "/empty", ""),
		"a redirect":                        send(http.MethodGet, "/moved", ""),
		"429 with Retry-After":              send(http.MethodPost, "/too-many", "a=b", "Content-Type", "application/x-www-form-urlencoded"),
		"early hints":                       send(http.MethodGet, "/hints", ""),
		"trailers":                          send(http.MethodPost, "/trailers", "x", "TE", "trailers"),
		"a compressed answer":               send(http.MethodGet, "/zipped", "", "Accept-Encoding", "gzip, br"),
		"cookies and a header of our names": send(http.MethodGet, "/cookies", "", "Chaperone-Conversation", "c1", "Cookie", "a=ada@shop.example"),
		"a preflight":                       send(http.MethodOptions, "/x", "", "Origin", "https://shop.example", "Access-Control-Request-Method", "PUT"),
		"a method of one's own":             send("PROPFIND", "/x", "<xml/>"),
		"an odd path and query":             send(http.MethodGet, "/a%2Fb//c;d/%7e?x=%zz&mail=ada@shop.example;y&&", ""),
		"an empty query":                    send(http.MethodGet, "/x?", ""),
		"forwarding headers": send(http.MethodGet, "/x", "", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https",
			"Forwarded", "for=203.0.113.9", "X-Real-Ip", "203.0.113.9"),
		"a chunked upload":              chunked,
		"what expects to continue":      send(http.MethodPost, "/x", "body", "Expect", "100-continue"),
		"a chat that no codec can read": send(http.MethodPost, chatPath, `{"messages": 3} trailing`, "Content-Type", "application/json"),
		"a chat with personal data":     send(http.MethodPost, chatPath, chat("ada@shop.example"), "Content-Type", "application/json"),
		"the path of the disclosure":    send(http.MethodGet, "/.well-known/chaperone/disclosure", ""),
	}
	for name, request := range tests {
		t.Run(name, func(t *testing.T) {
			want, got := exchange(t, direct.URL, request), exchange(t, h.url(), request)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("direct and through the sidecar (-want +got):\n%s", diff)
			}
		})
	}
	for _, r := range h.records() {
		if r.Outcome != "passed" || r.Observed == nil || r.Status == 0 {
			t.Errorf("record %+v", r)
		}
	}
}

func TestObservedModelCallsPassUnchanged(t *testing.T) {
	h, direct := newPassing(t, odd)
	egress := "http://" + h.address(contract.SidecarEgressAddress)
	request := func(base string) func(string) *http.Request {
		return func(url string) *http.Request {
			r, err := http.NewRequest(http.MethodGet, url+base+"/v1/models%2Fx?a=b;c", nil)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
	}
	want, got := exchange(t, direct.URL, request("/base")), exchange(t, egress, request("/vendor"))
	host := strings.TrimPrefix(direct.URL, "http://")
	want.Header.Set("X-Saw", strings.Replace(want.Header.Get("X-Saw"), "shop.example", host, 1))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("direct and through the sidecar (-want +got):\n%s", diff)
	}
}

func TestObservedBodiesPassPieceByPiece(t *testing.T) {
	read, answered := make(chan string), make(chan struct{})
	h, _ := newPassing(t, func(w http.ResponseWriter, r *http.Request) {
		flush := func(text string) {
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		}
		_ = http.NewResponseController(w).EnableFullDuplex()
		// With a known length, a proxy may wait for more.
		w.Header().Set("Content-Length", "11")
		piece := make([]byte, 100)
		n, _ := r.Body.Read(piece)
		read <- string(piece[:n])
		flush("first")
		<-answered
		rest, _ := io.ReadAll(r.Body)
		read <- string(rest)
		flush("second")
	})
	body, send := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url()+"/duplex", body)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(send, "one") }()
	go func() {
		if got := <-read; got != "one" {
			t.Errorf("the app read %q", got)
		}
	}()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	// The app answers before it has the whole request, and the client sends the rest when it has read that answer.
	piece := make([]byte, 5)
	if _, err := io.ReadFull(res.Body, piece); err != nil || string(piece) != "first" {
		t.Fatalf("the first piece is %q, %v", piece, err)
	}
	go func() {
		_, _ = io.WriteString(send, "two")
		_ = send.Close()
	}()
	answered <- struct{}{}
	if got := <-read; got != "two" {
		t.Errorf("the app read %q", got)
	}
	rest, err := io.ReadAll(res.Body)
	if err != nil || string(rest) != "second" {
		t.Errorf("the rest is %q, %v", rest, err)
	}
}

func TestObservedUpgradesPass(t *testing.T) {
	h, _ := newPassing(t, func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\nhello ", r.Header.Get("Upgrade"))
		line, _ := rw.ReadString('\n')
		_, _ = io.WriteString(conn, strings.ToUpper(line))
	})
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", h.address(listen))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, "GET /socket HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
	reader := bufio.NewReader(conn)
	res, err := http.ReadResponse(reader, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Upgrade") != "chat" {
		t.Fatalf("%v, %v", res, err)
	}
	_, _ = io.WriteString(conn, "ada\n")
	got := make([]byte, len("hello ADA\n"))
	if _, err := io.ReadFull(reader, got); err != nil || string(got) != "hello ADA\n" {
		t.Errorf("%q, %v", got, err)
	}
	_ = conn.Close()
	if r := h.takeRecord(); r.Outcome != "passed" || r.Status != http.StatusSwitchingProtocols {
		t.Errorf("record %+v", r)
	}
}

// TestObservingNeverBreaksAnExchange tries many exchanges at the same time whose answers begin before the request is read.
func TestObservingNeverBreaksAnExchange(t *testing.T) {
	h, _ := newPassing(t, func(w http.ResponseWriter, r *http.Request) { streamTexts("one", "two", "three")(w, r) })
	kept := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range 20 {
				res, err := kept.Post(h.url()+chatPath, "application/json", strings.NewReader(chat(strings.Repeat("long ", 2000))))
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || !strings.HasSuffix(string(body), "[DONE]\n\n") {
					t.Errorf("cut: %v after %q", err, body)
				}
			}
		})
	}
	group.Wait()
}

// TestPassedExchangeHasOneID: a refusal and the record name the exchange by the same ID, and a later exchange by another one.
func TestPassedExchangeHasOneID(t *testing.T) {
	answered, _ := newPassing(t, odd)
	answered.ask(chat("Hello"))
	if r := answered.takeRecord(); r.Exchange == "" {
		t.Errorf("the record of an answered exchange has no ID: %+v", r)
	}
	h := newHarness(t, nil, func(c *sidecarconfig.Config) {
		c.Mode, c.Ports[0].Upstream = sidecarconfig.ModeObserve, "http://127.0.0.1:1" // Nobody answers there.
	})
	asked := []answer{h.ask(chat("Hello")), h.ask(chat("Hello"))}
	records := h.records()
	if len(records) != len(asked) || records[0].Exchange == records[1].Exchange {
		t.Fatalf("the records are %+v", records)
	}
	for i, r := range records {
		if r.Exchange == "" || !strings.Contains(asked[i].body, r.Exchange) {
			t.Errorf("the record has the ID %q, the refusal is %s", r.Exchange, asked[i].body)
		}
	}
}
