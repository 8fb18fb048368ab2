package sidecar_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

func TestRequestsThatAreRefused(t *testing.T) {
	cases := map[string]struct {
		method, path, body string
		header             []string
		status             int
		rule               string
	}{
		"another path":             {path: "/v1/models", status: 404, rule: "sidecar.path_unknown"},
		"path in upper case":       {path: strings.ToUpper(chatPath), status: 404, rule: "sidecar.path_unknown"},
		"path with a final slash":  {path: chatPath + "/", status: 404, rule: "sidecar.path_unknown"},
		"GET":                      {method: "GET", status: 405, rule: "sidecar.method"},
		"OPTIONS":                  {method: "OPTIONS", status: 405, rule: "sidecar.method"},
		"PUT":                      {method: "PUT", status: 405, rule: "sidecar.method"},
		"unknown method":           {method: "CHAT", status: 405, rule: "sidecar.method"},
		"form":                     {header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 415, rule: "sidecar.content_type"},
		"other character set":      {header: []string{"Content-Type", "application/json; charset=utf-16"}, status: 415, rule: "sidecar.content_type"},
		"two types":                {header: []string{"Content-Type", "application/json", "Content-Type", "text/plain"}, status: 415, rule: "sidecar.content_type"},
		"no gzip":                  {header: []string{"Content-Encoding", "gzip"}, status: 400, rule: "sidecar.body_malformed"},
		"gzip twice":               {header: []string{"Content-Encoding", "gzip, gzip"}, status: 415, rule: "sidecar.content_encoding"},
		"unknown encoding":         {header: []string{"Content-Encoding", "x"}, status: 415, rule: "sidecar.content_encoding"},
		"WebSocket":                {header: []string{"Connection", "Upgrade", "Upgrade", "websocket"}, status: 400, rule: "sidecar.upgrade"},
		"h2c or WebSocket":         {header: []string{"Connection", "Upgrade", "Upgrade", "h2c, websocket"}, status: 400, rule: "sidecar.upgrade"},
		"h2c, then WebSocket":      {header: []string{"Connection", "Upgrade", "Upgrade", "h2c", "Upgrade", "websocket"}, status: 400, rule: "sidecar.upgrade"},
		"HTTP/2 over TLS":          {header: []string{"Connection", "Upgrade", "Upgrade", "h2"}, status: 400, rule: "sidecar.upgrade"},
		"empty upgrade":            {header: []string{"Connection", "Upgrade", "Upgrade", ""}, status: 400, rule: "sidecar.upgrade"},
		"malformed query":          {path: chatPath + "?a=%zz", status: 400, rule: "sidecar.query_malformed"},
		"semicolon in the query":   {path: chatPath + "?a=1;b=2", status: 400, rule: "sidecar.query_malformed"},
		"many parameters":          {path: chatPath + "?" + strings.Repeat("a=1&", 200), status: 400, rule: "sidecar.query_malformed"},
		"personal data in a query": {path: chatPath + "?user=joe%40shop.example", status: 400, rule: "sidecar.query_malformed"},
		"not JSON":                 {body: "hello", status: 400, rule: "sidecar.body_malformed"},
		"empty body":               {body: " ", status: 400, rule: "sidecar.body_malformed"},
		"broken UTF-8":             {body: "{\"messages\":[{\"content\":\"\xff\"}]}", status: 400, rule: "sidecar.body_malformed"},
		"UTF-16":                   {body: "\xff\xfe{\x00}\x00", status: 400, rule: "sidecar.body_malformed"},
		"two documents":            {body: hello + hello, status: 400, rule: "sidecar.body_malformed"},
		"doubled member":           {body: `{"messages":[{"role":"user","content":"a","content":"b"}]}`, status: 400, rule: "sidecar.body_malformed"},
		"deep nesting":             {body: strings.Repeat(`{"a":`, 5000), status: 400, rule: "sidecar.body_malformed"},
		"another document":         {body: `{"prompt":"hello"}`, status: 400, rule: "sidecar.body_shape"},
		"image":                    {body: `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://shop.example/i.png"}}]}]}`, status: 422, rule: "sidecar.part_unreadable"},
		"personal data in a name":  {body: `{"messages":[{"role":"user","content":"a","joe@shop.example":1}]}`, status: 422, rule: "sidecar.name_personal"},
		"body above the limit":     {body: chat(strings.Repeat("a", 1<<20)), status: 413, rule: "sidecar.body_too_large"},
		"disclosure asked by POST": {path: "/.well-known/chaperone/disclosure", status: 404, rule: "sidecar.no_disclosure"},
		"disclosure with a query":  {method: "GET", path: "/.well-known/chaperone/disclosure?x=1", status: 400, rule: "sidecar.path_ambiguous"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			if tc.body == "" {
				tc.body = hello
			}
			got := h.sendRaw(withDefault(tc.method, "POST"), withDefault(tc.path, chatPath), tc.body, tc.header...)
			h.checkRefusal(got, tc.status, tc.rule, 0)
		})
	}
}

func withDefault(value, other string) string {
	if value == "" {
		return other
	}
	return value
}

// sendRaw writes the request line as it is given.
func (h *harness) sendRaw(method, target, body string, header ...string) answer {
	h.t.Helper()
	fields := fmt.Sprintf("Host: shop.example\r\nContent-Length: %d\r\nConnection: close\r\n", len(body))
	typed := false
	for i := 0; i < len(header); i += 2 {
		typed = typed || header[i] == "Content-Type"
		fields += header[i] + ": " + header[i+1] + "\r\n"
	}
	if !typed {
		fields += "Content-Type: application/json\r\n"
	}
	return h.sendBytes(method + " " + target + " HTTP/1.1\r\n" + fields + "\r\n" + body)
}

// sendBytes writes any bytes to the chat port and reads one answer.
func (h *harness) sendBytes(request string) answer {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.address(listen))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	// A server that refuses early closes while the client writes.
	_, _ = io.WriteString(conn, request)
	return h.readAnswer(conn)
}

// sendHalf writes the bytes, closes the direction to the server, and reads one answer.
func (h *harness) sendHalf(request string) answer {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.address(listen))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, request)
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		h.t.Fatal(err)
	}
	return h.readAnswer(conn)
}

func (h *harness) readAnswer(conn net.Conn) answer {
	h.t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return answer{status: res.StatusCode, header: res.Header, body: string(text), err: err}
}

func TestPathsThatCanBeReadInTwoWaysAreRefused(t *testing.T) {
	for name, target := range map[string]string{
		"escaped letter":    "/v1/%63hat/completions",
		"escaped slash":     "/v1%2fchat/completions",
		"climbing":          "/v1/x/../chat/completions",
		"escaped climbing":  "/v1/..%2fchat/completions",
		"dot":               "/v1/./chat/completions",
		"doubled slash":     "//v1/chat/completions",
		"parameter":         chatPath + ";x=1",
		"zero byte":         chatPath + "%00",
		"backslash":         `/v1\chat\completions`,
		"fragment":          chatPath + "#x",
		"absolute form":     "http://shop.example" + chatPath,
		"letters not ASCII": "/v1/chät/completions",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			h.checkRefusal(h.sendRaw("POST", target, hello), 400, "sidecar.path_ambiguous", 0)
		})
	}
}

func TestConnectionsThatAreNotPlainHTTPAreRefused(t *testing.T) {
	cases := map[string]struct {
		request string
		status  int
	}{
		"HTTP/2 with prior knowledge": {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
		"OPTIONS for the server":      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
		"CONNECT":                     {"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n", 400},
		"two lengths":                 {"POST " + chatPath + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400},
		"unknown transfer coding":     {"POST " + chatPath + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n", 501},
		"no host":                     {"POST " + chatPath + " HTTP/1.1\r\n\r\n", 400},
		"header above 32 KiB":         {"POST " + chatPath + " HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431},
		"line feed in a chunk size":   {"POST " + chatPath + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n", 400},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			if got := h.sendBytes(tc.request); got.status != tc.status {
				t.Errorf("status is %d (%s), want %d", got.status, got.body, tc.status)
			}
			if n := len(h.listReceived()); n != 0 {
				t.Errorf("the upstream saw %d requests", n)
			}
		})
	}
}

func TestBodiesThatDoNotArriveWholeAreRefused(t *testing.T) {
	head := "POST " + chatPath + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
	for name, request := range map[string]string{
		"fewer bytes than announced": head + "Content-Length: 100\r\n\r\n{}",
		"no last chunk":              head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
		"a chunk without a size":     head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			h.checkRefusal(h.sendHalf(request), 400, "sidecar.body_incomplete", 0)
		})
	}
}

// TestLengthAndChunksTogether: what goes upstream has one length, that of the body that was read.
func TestLengthAndChunksTogether(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	chunk := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(hello), hello)
	got := h.sendBytes("POST " + chatPath + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunk)
	if got.status != http.StatusOK {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	seen := h.listReceived()
	if len(seen) != 1 || seen[0].Body != hello || seen[0].Header.Get("Transfer-Encoding") != "" {
		t.Errorf("the upstream saw %+v", seen)
	}
}

func TestChunkedBodyAboveTheLimitIsRefused(t *testing.T) {
	h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Limits.RequestBytes = 2048 })
	body := chat(strings.Repeat("a", 4000))
	got := h.sendBytes("POST " + chatPath + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
		fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body))
	h.checkRefusal(got, 413, "sidecar.body_too_large", 0)
}

func TestAnswersThatAreRefused(t *testing.T) {
	typed := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{contentType}
			_, _ = io.WriteString(w, body)
		}
	}
	cases := map[string]struct {
		upstream http.HandlerFunc
		rule     string
	}{
		"HTML":              {typed("text/html", "<p>joe@shop.example"), "sidecar.answer_type"},
		"text":              {typed("text/plain", "joe@shop.example"), "sidecar.answer_type"},
		"UTF-16":            {typed("application/json; charset=utf-16", "{}"), "sidecar.answer_type"},
		"stream in Latin-1": {typed("text/event-stream; charset=iso-8859-1", ""), "sidecar.answer_type"},
		"no type":           {func(w http.ResponseWriter, _ *http.Request) { w.Header()["Content-Type"] = nil; w.WriteHeader(204) }, "sidecar.answer_type"},
		"redirect": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "sidecar.answer_type"},
		"upgrade": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "x")
			w.WriteHeader(http.StatusSwitchingProtocols)
		}, "sidecar.answer_type"},
		"no content": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNoContent)
		}, "sidecar.answer_type"},
		"content of a status that has none": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusResetContent)
			_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"Hi"}}]}`)
		}, "sidecar.answer_type"},
		"not JSON":        {typed("application/json", "joe@shop.example"), "sidecar.answer_malformed"},
		"cut JSON":        {typed("application/json", `{"choices":[`), "sidecar.answer_malformed"},
		"sound":           {typed("application/json", `{"choices":[{"message":{"audio":{"data":"eA=="}}}]}`), "sidecar.answer_unreadable"},
		"above the limit": {typed("application/json", `{"a":"`+strings.Repeat("a", 5<<20)+`"}`), "sidecar.answer_too_large"},
		"connection cut in the body": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"a":1`)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "sidecar.answer_malformed"},
		"body shorter than its length":     {answerBytes(t, []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}")), "sidecar.answer_malformed"},
		"bad chunk":                        {answerBytes(t, []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nx\r\n")), "sidecar.answer_malformed"},
		"header that is malformed":         {answerBytes(t, []byte("HTTP/1.1 200 OK\r\nContent-Type application/json\r\n\r\n")), "sidecar.upstream_unreachable"},
		"connection cut before the header": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "sidecar.upstream_unreachable"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tc.upstream, nil)
			h.checkRefusal(h.ask(hello), 502, tc.rule, 1)
		})
	}
}

func TestUpstreamThatIsDown(t *testing.T) {
	h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Ports[0].Upstream = "http://127.0.0.1:1" })
	h.checkRefusal(h.ask(hello), 502, "sidecar.upstream_unreachable", 0)
}

func TestUpstreamThatDoesNotAnswer(t *testing.T) {
	t.Parallel() // It waits for a second, the shortest limit.
	release := make(chan struct{})
	h := newHarness(t, func(http.ResponseWriter, *http.Request) { <-release }, func(c *sidecarconfig.Config) { c.Limits.FirstByteSeconds = 1 })
	defer close(release)
	h.checkRefusal(h.ask(hello), 504, "sidecar.upstream_timeout", 1)
}

func TestUpstreamThatPausesInsideAnAnswer(t *testing.T) {
	t.Parallel() // It waits for a second, the shortest limit.
	release := make(chan struct{})
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":`)
		_ = http.NewResponseController(w).Flush()
		<-release
	}, func(c *sidecarconfig.Config) { c.Limits.IdleSeconds = 1 })
	defer close(release)
	h.checkRefusal(h.ask(hello), 504, "sidecar.upstream_timeout", 1)
}

func TestEgressRefuses(t *testing.T) {
	cases := map[string]struct {
		path, body string
		status     int
		rule       string
	}{
		"unknown service":            {"/other" + chatPath, hello, 404, "sidecar.path_unknown"},
		"service that is in no path": {"/", hello, 404, "sidecar.path_unknown"},
		"other path of a service":    {"/vendor/v1/files", hello, 404, "sidecar.path_unknown"},
		"service in another path":    {"/vendor//v1/chat/completions", hello, 400, "sidecar.path_ambiguous"},
		"not JSON":                   {"/vendor" + chatPath, "hello", 400, "sidecar.body_malformed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), nil)
			got := h.send("POST", "http://"+h.address("127.0.0.1:23081")+tc.path, tc.body)
			h.checkRefusal(got, tc.status, tc.rule, 0)
		})
	}
}

func TestTrailersAndEarlyHintsAreDropped(t *testing.T) {
	for name, upstream := range map[string]http.HandlerFunc{"plain": answerText("Hi"), "streamed": streamTexts("Hi")} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Link", "<joe@shop.example>")
				w.WriteHeader(http.StatusEarlyHints)
				w.Header().Del("Link")
				w.Header().Set("Trailer", "X-Said")
				w.Header().Set(http.TrailerPrefix+"X-More", "joe@shop.example")
				upstream(w, r)
				w.Header().Set("X-Said", "joe@shop.example")
			}, nil)
			raw := h.rawAnswer(hello)
			if !strings.HasPrefix(raw, "HTTP/1.1 200 OK\r\n") || !strings.Contains(raw, "\r\nChaperone-Exchange: ") {
				t.Errorf("answer is %s", raw)
			}
			for _, text := range []string{"joe@", "X-Said", "X-More", "Trailer:", " 103 "} {
				if strings.Contains(raw, text) {
					t.Errorf("%q came through: %s", text, raw)
				}
			}
		})
	}
}

// rawAnswer returns every byte that a client gets, chunks and trailers too.
func (h *harness) rawAnswer(body string) string {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.address(listen))
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTe: trailers\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", chatPath, len(body), body)
	raw, err := io.ReadAll(conn)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(raw)
}
