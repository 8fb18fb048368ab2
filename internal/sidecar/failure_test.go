package sidecar_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// failAs answers with an error: its status, its Content-Type if it has one, and its body.
func failAs(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestErrorsOfTheAppKeepStatusAndForm(t *testing.T) {
	cases := map[string]struct {
		status             int
		contentType, body  string
		wantType, wantBody string
	}{
		"problem":                  {422, "application/problem+json", `{"title":"joe@shop.example is blocked","card":4111111111111111}`, "application/problem+json", `{"title":"[redacted:email] is blocked","card":"[redacted:payment-card]"}`},
		"list":                     {400, "application/json", ` [{"loc":["body",0],"msg":"no joe@shop.example"}]`, "application/json", `[{"loc":["body",0],"msg":"no [redacted:email]"}]`},
		"object of another kind":   {500, "application/json; charset=utf-8", `{"detail":"joe@shop.example","status":500}`, "application/json; charset=utf-8", `{"detail":"[redacted:email]","status":500}`},
		"page":                     {503, "text/html; charset=utf-8", "<p>Ask <a href=\"mailto:joe@shop.example\">Joe &amp; Ann</a></p>", "text/html; charset=utf-8", "<p>Ask <a href=\"mailto:[redacted:email]\">Joe &amp; Ann</a></p>"},
		"page in the old charset":  {500, "text/html;charset=ISO-8859-1", "<h1>HTTP Status 500</h1>", "text/html;charset=ISO-8859-1", "<h1>HTTP Status 500</h1>"},
		"XML":                      {403, "application/xml", "<Error><Code>AccessDenied</Code></Error>", "application/xml", "<Error><Code>AccessDenied</Code></Error>"},
		"text":                     {404, "text/plain", "no page for joe@shop.example", "text/plain", "no page for [redacted:email]"},
		"text without a type":      {401, "", "<p>joe@shop.example", "text/plain; charset=utf-8", "<p>[redacted:email]"},
		"JSON text":                {409, "application/json", `"busy, ask joe@shop.example"`, "application/json", `"busy, ask [redacted:email]"`},
		"nothing":                  {503, "", "", "", ""},
		"nothing of a type":        {404, "image/png", "", "image/png", ""},
		"a chat completion":        {400, "application/json", `{"choices":[{"message":{"content":"joe@shop.example"}}]}`, "application/json", `{"choices":[{"message":{"content":"[redacted:email]"}}]}`},
		"stream":                   {500, "text/event-stream", "data: {\"error\":{\"message\":\"joe@shop.example\"}}\n\n", "text/event-stream", "data: {\"error\":{\"message\":\"[redacted:email]\"}}\n\n"},
		"a long page without data": {502, "text/html", strings.Repeat("<p>", 9999), "text/html", strings.Repeat("<p>", 9999)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, failAs(tc.status, tc.contentType, tc.body), nil)
			got := h.ask(hello)
			want := []any{tc.status, "7", tc.wantType, tc.wantBody}
			have := []any{got.status, got.header.Get("Retry-After"), got.header.Get("Content-Type"), got.body}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if r := h.takeRecord(); r.Outcome != "answered" || r.Status != tc.status || r.Disclosed {
				t.Errorf("record is %+v", r)
			}
		})
	}
}

func TestErrorsThatCannotBeReadKeepTheirStatus(t *testing.T) {
	broken := "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\n{}"
	cases := map[string]struct {
		upstream http.HandlerFunc
		status   int
		rule     string
	}{
		"image":                      {failAs(503, "image/png", "joe@shop.example"), 503, "sidecar.answer_type"},
		"two types":                  {withHeader("Content-Type", "text/html", failAs(404, "text/plain", "joe@shop.example")), 404, "sidecar.answer_type"},
		"no media type":              {failAs(404, "text", "joe@shop.example"), 404, "sidecar.answer_type"},
		"UTF-16":                     {failAs(500, "text/plain; charset=utf-16", "j\x00o\x00"), 500, "sidecar.answer_type"},
		"Latin-1 beyond ASCII":       {failAs(500, "text/plain; charset=iso-8859-1", "f\xfcr joe"), 500, "sidecar.answer_unreadable"},
		"broken UTF-8":               {failAs(500, "text/plain", "f\xfcr joe"), 500, "sidecar.answer_unreadable"},
		"unknown coding":             {withHeader("Content-Encoding", "compress", failAs(429, "application/json", "{}")), 429, "sidecar.answer_type"},
		"stream in such a coding":    {withHeader("Content-Encoding", "compress", failAs(429, "text/event-stream", "data: {}")), 429, "sidecar.answer_type"},
		"not in its coding":          {withHeader("Content-Encoding", "br", failAs(429, "application/json", "{}")), 429, "sidecar.answer_malformed"},
		"not JSON":                   {failAs(500, "application/json", "<p>joe@shop.example"), 500, "sidecar.answer_malformed"},
		"problem that is not JSON":   {failAs(500, "application/problem+json", "<p>joe@shop.example"), 500, "sidecar.answer_malformed"},
		"personal data in a name":    {failAs(400, "application/problem+json", `{"joe@shop.example":1}`), 400, "sidecar.answer_malformed"},
		"personal data in an entity": {failAs(500, "text/html", "<p>joe&#64;shop.example"), 500, "sidecar.answer_unreadable"},
		"sound":                      {failAs(400, "application/json", `{"choices":[{"message":{"audio":{"data":"eA=="}}}]}`), 400, "sidecar.answer_unreadable"},
		"above the limit":            {failAs(500, "text/plain", strings.Repeat("a", 5<<20)), 500, "sidecar.answer_too_large"},
		"shorter than its length":    {answerBytes(t, []byte(broken)), 429, "sidecar.answer_malformed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tc.upstream, nil)
			got := h.ask(hello)
			if retry := got.header["Retry-After"]; len(retry) != 1 || retry[0] != "7" {
				t.Errorf("Retry-After is %q", retry)
			}
			h.checkRefusal(got, tc.status, tc.rule, 1)
			if strings.Contains(got.body, "joe") {
				t.Errorf("body is %s", got.body)
			}
		})
	}
}

// withHeader adds a value to a header of the response.
func withHeader(name, value string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		next(headerAdder{w, name, value}, r)
	}
}

// headerAdder adds the value just before the header is sent.
type headerAdder struct {
	http.ResponseWriter
	name, value string
}

func (w headerAdder) WriteHeader(status int) {
	w.Header().Add(w.name, w.value)
	w.ResponseWriter.WriteHeader(status)
}

func TestHeadersOfUnreadableErrorsAreInspected(t *testing.T) {
	h := newHarness(t, withHeader("Www-Authenticate", `Basic realm="of joe@shop.example"`, failAs(401, "image/png", "x")), nil)
	got := h.ask(hello)
	if got.status != http.StatusUnauthorized || got.header["Www-Authenticate"] != nil {
		t.Errorf("answer is %+v", got)
	}
	h = newHarness(t, withHeader("Www-Authenticate", `Basic realm="shop"`, failAs(401, "image/png", "x")), nil)
	if got := h.ask(hello); got.header.Get("Www-Authenticate") != `Basic realm="shop"` {
		t.Errorf("answer is %+v", got)
	}
}

func TestErrorsWithoutBodyAndInTextArePassed(t *testing.T) {
	h := newHarness(t, answerBytes(t, readWire(t, "23a-429-text.upstream")), nil)
	got := h.ask(hello)
	if diff := cmp.Diff([]any{429, "7", "text/plain", "slow down"}, []any{got.status, got.header.Get("Retry-After"), got.header.Get("Content-Type"), got.body}); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	h = newHarness(t, answerBytes(t, readWire(t, "23b-401-empty.upstream")), nil)
	got = h.ask(hello)
	if diff := cmp.Diff([]any{401, "", []string{"0"}}, []any{got.status, got.body, got.header["Content-Length"]}); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// TestErrorsInTextOfAFormatWithAnswersInText: a format that labels its JSON as text does not read errors that are one.
func TestErrorsInTextOfAFormatWithAnswersInText(t *testing.T) {
	h := newHarness(t, failAs(500, "text/plain", "Internal Server Error"), func(c *sidecarconfig.Config) { c.Ports[0].Shape = "langgraph-runs" })
	got := h.send(http.MethodPost, h.url()+"/runs/wait", `{"assistant_id":"a","input":{"messages":[{"type":"human","content":"hi"}]}}`)
	if got.status != 500 || got.body != "Internal Server Error" {
		t.Errorf("answer is %d %s", got.status, got.body)
	}
}

// redirectTo redirects every request.
func redirectTo(status int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.Header().Set("Refresh", "0; url=https://elsewhere.example/")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<a href=joe@shop.example>")
	}
}

func TestRedirectsThatLeadBackArePassed(t *testing.T) {
	for name, location := range map[string]string{
		"path": "/login?next=%2Fchat", "relative path": "login", "parent": "../login", "query": "?page=2", "https": "https://SHOP.example/login",
		"http": "http://shop.example/login", "without a scheme": "//shop.example/login", "path with a colon": "/a:b",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(name, func(t *testing.T) {
				h := newHarness(t, redirectTo(status, location), nil)
				got := h.sendRaw(http.MethodPost, chatPath, hello)
				if diff := cmp.Diff([]any{status, location, "", ""}, []any{got.status, got.header.Get("Location"), got.body, got.header.Get("Refresh")}); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
				if r := h.takeRecord(); r.Outcome != "answered" || r.Disclosed {
					t.Errorf("record is %+v", r)
				}
			})
		}
	}
}

func TestRedirectsThatLeadElsewhereAreRefused(t *testing.T) {
	for name, upstream := range map[string]http.HandlerFunc{
		"another host":                 redirectTo(307, "https://elsewhere.example/"),
		"another host without scheme":  redirectTo(302, "//elsewhere.example/"),
		"three slashes":                redirectTo(302, "///elsewhere.example/"),
		"backslashes":                  redirectTo(302, `\\elsewhere.example/`),
		"slash and backslash":          redirectTo(302, `/\elsewhere.example/`),
		"a scheme without slashes":     redirectTo(302, "https:elsewhere.example"),
		"a scheme with one slash":      redirectTo(302, "https:/elsewhere.example"),
		"another port":                 redirectTo(302, "https://shop.example:8443/"),
		"a user":                       redirectTo(302, "https://shop.example@elsewhere.example/"),
		"a user of the host":           redirectTo(302, "https://x@shop.example/"),
		"another scheme":               redirectTo(302, "ftp://shop.example/"),
		"script":                       redirectTo(302, "javascript:alert(1)"),
		"a malformed URL":              redirectTo(302, "https://[::1/"),
		"personal data":                redirectTo(303, "/users/joe@shop.example"),
		"no location":                  redirectTo(303, ""),
		"two locations":                withHeader("Location", "/a", redirectTo(303, "/b")),
		"a status without a location":  redirectTo(300, "/a"),
		"a status for caches":          redirectTo(304, "/a"),
		"a status that proxies obeyed": redirectTo(305, "/a"),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, upstream, nil)
			got := h.sendRaw(http.MethodPost, chatPath, hello)
			if got.header["Location"] != nil {
				t.Errorf("location is %q", got.header["Location"])
			}
			h.checkRefusal(got, 502, "sidecar.answer_type", 1)
		})
	}
}

func TestRedirectsOfModelServicesAreRefused(t *testing.T) {
	h := newHarness(t, redirectTo(307, "/v2/chat"), nil)
	got := h.send(http.MethodPost, "http://"+h.address(contract.SidecarEgressAddress)+"/vendor"+chatPath, hello)
	h.checkRefusal(got, 502, "sidecar.answer_type", 1)
}

// Whoever answers in the place of a model service, at an address that a pod or a name server gives, has no certificate for its name.
func TestModelServicesMustShowTheirCertificate(t *testing.T) {
	var reached atomic.Int32
	foreign := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	foreign.Config.ErrorLog = log.New(io.Discard, "", 0)
	foreign.StartTLS()
	t.Cleanup(foreign.Close)
	h := newHarness(t, nil, func(c *sidecarconfig.Config) { c.Egress[0].Upstream = foreign.URL })
	got := h.send(http.MethodPost, "http://"+h.address(contract.SidecarEgressAddress)+"/vendor"+chatPath, hello)
	if !strings.Contains(got.body, "The certificate of the model service cannot be verified.") {
		t.Errorf("got %s", got.body)
	}
	h.checkRefusal(got, 502, "sidecar.upstream_unreachable", 0)
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
