package sidecar_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

const (
	shopPage  = "https://shop.example"
	otherPage = "https://elsewhere.example"
)

// shareWith is an app that allows one page to read its answers, as an application with CORS does.
func shareWith(origin, secrets string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == shopPage {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Credentials", secrets)
		}
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Headers", "content-type")
			w.Header().Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next(w, r)
	}
}

// preflight are the headers with which a browser asks for a page.
func preflight(origin string) []string {
	return []string{"Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type"}
}

// readSharing returns the headers that decide who may read a response.
func readSharing(h http.Header) map[string]string {
	found := map[string]string{}
	for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Max-Age"} {
		if value := h.Get(name); value != "" {
			found[name] = value
		}
	}
	return found
}

func TestAppAnswersPreflights(t *testing.T) {
	h := newHarness(t, shareWith(shopPage, "true", answerText("Hi")), nil)
	got := h.sendRaw(http.MethodOptions, chatPath, "", preflight(shopPage)...)
	want := map[string]string{
		"Access-Control-Allow-Origin": shopPage, "Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Headers": "content-type", "Access-Control-Max-Age": "600",
	}
	if diff := cmp.Diff(want, readSharing(got.header)); diff != "" || got.status != http.StatusNoContent || got.header["Content-Length"] != nil {
		t.Errorf("answer is %+v, headers (-want +got):\n%s", got, diff)
	}
	if got.header.Get("Chaperone-Marking") != "" || got.header.Get("Chaperone-Disclosure") != "" {
		t.Errorf("header is %v, but a preflight has no content", got.header)
	}
	r := h.takeRecord()
	if diff := cmp.Diff([]any{"answered", 204, false}, []any{r.Outcome, r.Status, r.Disclosed}); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestAnswersToPreflightsAreInspected(t *testing.T) {
	h := newHarness(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-User", "joe@shop.example")
		w.Header().Set("Chaperone-Marking", "human")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "joe@shop.example")
	}, nil)
	got := h.sendRaw(http.MethodOptions, chatPath, "", preflight(otherPage)...)
	if diff := cmp.Diff([]any{403, "", "", "", ""}, []any{got.status, got.body, got.header.Get("X-User"), got.header.Get("Chaperone-Marking"), got.header.Get("Content-Type")}); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestPreflightsThatAreRefused(t *testing.T) {
	cases := map[string]struct {
		method, path, body string
		header             []string
		status             int
		rule               string
	}{
		"another path":             {path: "/v1/models", header: preflight(shopPage), status: 404, rule: "sidecar.path_unknown"},
		"a body":                   {body: hello, header: preflight(shopPage), status: 400, rule: "sidecar.body_malformed"},
		"personal data in a query": {path: chatPath + "?user=joe%40shop.example", header: preflight(shopPage), status: 400, rule: "sidecar.query_malformed"},
		"an upgrade":               {header: append(preflight(shopPage), "Connection", "Upgrade", "Upgrade", "websocket"), status: 400, rule: "sidecar.upgrade"},
		"no origin":                {header: []string{"Access-Control-Request-Method", "POST"}, status: 405, rule: "sidecar.method"},
		"two origins":              {header: append(preflight(shopPage), "Origin", otherPage), status: 405, rule: "sidecar.method"},
		"no method":                {header: []string{"Origin", "null"}, status: 405, rule: "sidecar.method"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, failAs(http.StatusNotFound, "", ""), nil)
			got := h.sendRaw(http.MethodOptions, withDefault(tc.path, chatPath), tc.body, tc.header...)
			// A refusal of another request than a preflight asks the app.
			h.checkRefusal(got, tc.status, tc.rule, len(h.listReceived()))
			for _, r := range h.listReceived() {
				if r.Body != "" || r.URI != chatPath {
					t.Errorf("the app got %+v", r)
				}
			}
		})
	}
}

func TestPreflightsOfModelServicesAreRefused(t *testing.T) {
	h := newHarness(t, shareWith(shopPage, "true", answerText("Hi")), nil)
	got := h.send(http.MethodOptions, "http://"+h.address(contract.SidecarEgressAddress)+"/vendor"+chatPath, "", preflight(shopPage)...)
	h.checkRefusal(got, 405, "sidecar.method", 0)
}

func TestRedirectOfAPreflightIsRefused(t *testing.T) {
	h := newHarness(t, redirectTo(307, "/login"), nil)
	h.checkRefusal(h.sendRaw(http.MethodOptions, chatPath, "", preflight(shopPage)...), 502, "sidecar.answer_type", 1)
}

func TestPagesReadRefusalsIfTheAppAllowsThem(t *testing.T) {
	cases := map[string]struct {
		upstream http.HandlerFunc
		origin   []string
		want     map[string]string
	}{
		"an allowed page":               {shareWith(shopPage, "true", nil), []string{"Origin", shopPage}, map[string]string{"Access-Control-Allow-Origin": shopPage, "Access-Control-Allow-Credentials": "true"}},
		"an allowed page, no secrets":   {shareWith(shopPage, "", nil), []string{"Origin", shopPage}, map[string]string{"Access-Control-Allow-Origin": shopPage}},
		"every page":                    {shareWith("*", "", nil), []string{"Origin", shopPage}, map[string]string{"Access-Control-Allow-Origin": shopPage}},
		"every page with secrets":       {shareWith("*", "true", nil), []string{"Origin", shopPage}, map[string]string{"Access-Control-Allow-Origin": shopPage}},
		"another page":                  {shareWith(shopPage, "true", nil), []string{"Origin", otherPage}, map[string]string{}},
		"a page that is not the origin": {shareWith(otherPage, "true", nil), []string{"Origin", shopPage}, map[string]string{}},
		"several origins":               {shareWith("*", "", nil), []string{"Origin", shopPage, "Origin", otherPage}, map[string]string{}},
		"an app without CORS":           {failAs(http.StatusMethodNotAllowed, "", ""), []string{"Origin", shopPage}, map[string]string{}},
		"an app that declines":          {withHeader("Access-Control-Allow-Origin", "*", failAs(http.StatusForbidden, "", "")), []string{"Origin", shopPage}, map[string]string{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tc.upstream, nil)
			got := h.sendRaw(http.MethodPost, chatPath, "hello", tc.origin...)
			if diff := cmp.Diff(tc.want, readSharing(got.header)); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			wantExposed := map[bool]string{true: "Chaperone-Exchange, Chaperone-Refusal, Chaperone-Question, Chaperone-Consent-Receipt, X-Should-Retry"}[len(tc.want) > 0]
			if exposed := got.header.Get("Access-Control-Expose-Headers"); exposed != wantExposed {
				t.Errorf("the page may read %q, want %q", exposed, wantExposed)
			}
			if isShared := len(tc.want) > 0; isShared != (got.header.Get("Vary") == "Origin") {
				t.Errorf("Vary is %q", got.header["Vary"])
			}
			h.checkRefusal(got, 400, "sidecar.body_malformed", len(h.listReceived()))
		})
	}
}

func TestRequestsWithoutOriginDoNotAskTheApp(t *testing.T) {
	h := newHarness(t, shareWith("*", "", nil), nil)
	h.checkRefusal(h.ask("hello"), 400, "sidecar.body_malformed", 0)
}

func TestAppIsAskedOnceInAWhile(t *testing.T) {
	h := newHarness(t, shareWith(shopPage, "true", nil), nil)
	for range 3 {
		h.ask("hello", "Origin", shopPage)
	}
	if n := len(h.listReceived()); n != 1 {
		t.Errorf("the app was asked %d times, want once", n)
	}
	h.clock.add(time.Minute)
	h.ask("hello", "Origin", shopPage)
	if n := len(h.listReceived()); n != 2 {
		t.Errorf("the app was asked %d times, want twice", n)
	}
}

// TestPageReadsThatTheAppIsDown: what the app said to an earlier preflight holds while the app cannot be asked.
func TestPageReadsThatTheAppIsDown(t *testing.T) {
	h := newHarness(t, shareWith(shopPage, "true", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), nil)
	h.sendRaw(http.MethodOptions, chatPath, "", preflight(shopPage)...)
	got := h.ask(hello, "Origin", shopPage)
	if got.status != http.StatusBadGateway || got.header.Get("Access-Control-Allow-Origin") != shopPage {
		t.Errorf("answer is %+v", got)
	}
	if n := len(h.listReceived()); n != 2 {
		t.Errorf("the app saw %d requests, want a preflight and a chat", n)
	}
}

func TestPagesReadSuspensionAndDisclosure(t *testing.T) {
	h := newHarness(t, shareWith(shopPage, "true", nil), func(c *sidecarconfig.Config) { c.Suspended = true })
	want := map[string]string{"Access-Control-Allow-Origin": shopPage, "Access-Control-Allow-Credentials": "true"}
	suspended := h.ask(hello, "Origin", shopPage)
	if diff := cmp.Diff(want, readSharing(suspended.header)); diff != "" || suspended.status != http.StatusServiceUnavailable {
		t.Errorf("status %d, headers (-want +got):\n%s", suspended.status, diff)
	}
	document := h.send(http.MethodGet, "http://"+h.address(listen)+"/.well-known/chaperone/disclosure", "", "Origin", shopPage)
	if diff := cmp.Diff(want, readSharing(document.header)); diff != "" || document.status != http.StatusOK {
		t.Errorf("status %d, headers (-want +got):\n%s", document.status, diff)
	}
	if diff := cmp.Diff([]string{"Origin", "Accept-Language"}, document.header["Vary"]); diff != "" {
		t.Errorf("Vary (-want +got):\n%s", diff)
	}
}

// TestObservedOffersAndPreflightsArePassed: what governing passes is no finding of observing, and goes on unchanged.
func TestObservedOffersAndPreflightsArePassed(t *testing.T) {
	h, _ := newPassing(t, shareWith(shopPage, "true", answerText("Hi")))
	h.sendRaw(http.MethodOptions, chatPath, "", preflight(shopPage)...)
	h.ask(hello, "Connection", "Upgrade", "Upgrade", "h2c")
	for _, r := range h.observations(2).Routes {
		if len(r.Refused) > 0 {
			t.Errorf("%s would be refused: %v", r.Method, r.Refused)
		}
	}
}
