package sidecar_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// appRoutes are the routes of an app that serves its page, its assets, the history, uploads and the chat on one port.
const appRoutes = theirRoute + `
- {name: greeting, method: GET, path: /api/greeting, use: opening, answer: greeting}
- {name: past, method: GET, path: "/api/chats/{id}", use: history, answer: past}
- {name: stop, method: [POST, DELETE], path: "/api/chats/{id}/stop", use: control}
- {name: upload, method: POST, path: /api/files, use: files}
- {name: socket, method: GET, path: /socket, upgrade: websocket, use: refuse, reason: The sidecar does not read this socket.}
- {name: settings, method: [GET, PUT], path: "/api/settings/**", use: pass}
- {name: health, method: GET, path: /healthz, use: pass}
- {name: page, method: GET, path: ["/", "/assets/**"], use: asset}
answers:
  greeting:
    places:
    - {at: $, is: message, author: assistant}
    - {at: $.greeting, is: prose}
  past:
    places:
    - {at: "$.messages[*]", is: message}
    - {at: "$.messages[*].role", is: role, roles: {user: user, assistant: assistant}}
    - {at: "$.messages[*].text", is: prose}
`

// newAppHarness starts an app with appRoutes behind a sidecar. It answers a path with the text, the type and the header that files has.
func newAppHarness(t *testing.T, change func(*sidecarconfig.Config), files map[string]appFile) *harness {
	t.Helper()
	serve := func(w http.ResponseWriter, r *http.Request) {
		file, found := files[r.URL.Path]
		if !found {
			answerText("Hi")(w, r)
			return
		}
		for name, value := range file.header {
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Type", file.mediaType)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(file.text))
	}
	return newRoutesHarness(t, serve, change, theirRoute, appRoutes)
}

type appFile struct {
	mediaType, text string
	header          map[string]string
}

const (
	statement = "You are chatting with an AI system."
	mail      = "joe@shop.example"
)

// TestAppOnOnePort: a page, its assets, the greeting, the history, uploads and the chat of one app work behind one port.
func TestAppOnOnePort(t *testing.T) {
	page := "<html>Write to " + mail + "</html>"
	h := newAppHarness(t, nil, map[string]appFile{
		"/":                  {mediaType: "text/html; charset=utf-8", text: page},
		"/assets/app.js":     {"text/javascript", "1", map[string]string{"Etag": `"v1"`, "Cache-Control": "max-age=60"}},
		"/assets/app.js.map": {"application/json", `{"version":3}`, nil},
		"/api/greeting":      {"application/json", `{"greeting":"Ask me.","mail":"` + mail + `"}`, nil},
		"/api/chats/7": {"application/json", `{"messages":[{"role":"user","text":"I am ` + mail + `"},` +
			`{"role":"assistant","text":"Hello."},{"role":"assistant","text":"Bye."}]}`, nil},
		"/api/chats/7/stop": {"application/json", `{"stopped":"` + mail + `"}`, nil},
		"/api/files":        {"application/json", `{"name":"` + mail + `"}`, nil},
		"/api/settings/a":   {"application/json", `{"mail":"` + mail + `"}`, nil},
		"/healthz":          {"text/plain", "ok", nil},
	})
	cases := []struct {
		method, path, body, want, use string
	}{
		{"GET", "/", "", page, "asset"},
		{"GET", "/assets/app.js?v=4111111111111111", "", "1", "asset"},
		{"GET", "/assets/app.js.map", "", `{"version":3}`, "asset"},
		{"GET", "/api/greeting", "", `{"greeting":"` + statement + `\n\nAsk me.","mail":"[redacted:email]"}`, "opening"},
		{"GET", "/api/chats/7", "", `{"messages":[{"role":"user","text":"I am [redacted:email]"},` +
			`{"role":"assistant","text":"` + statement + `\n\nHello."},{"role":"assistant","text":"Bye."}]}`, "history"},
		{"POST", "/api/chats/7/stop", `{"why":"` + mail + `"}`, `{"stopped":"[redacted:email]"}`, "control"},
		{"DELETE", "/api/chats/7/stop", "", `{"stopped":"[redacted:email]"}`, "control"},
		{"POST", "/api/files", "file of " + mail, `{"name":"[redacted:email]"}`, "files"},
		{"PUT", "/api/settings/a", mail, `{"mail":"` + mail + `"}`, "pass"},
		{"GET", "/healthz", "", "ok", "pass"},
		{"HEAD", "/healthz", "", "", "pass"},
		{"HEAD", "/api/chats/7", "", "", "history"},
	}
	sent := map[string]string{}
	for _, tc := range cases {
		got := h.sendRaw(tc.method, tc.path, tc.body)
		if got.status != 200 || got.body != tc.want {
			t.Errorf("%s %s is %d %s, want %s", tc.method, tc.path, got.status, got.body, tc.want)
		}
	}
	for _, r := range h.listReceived() {
		sent[r.URI] += r.Body
	}
	for path, want := range map[string]string{"/api/chats/7/stop": `{"why":"[redacted:email]"}`, "/api/files": "file of " + mail, "/api/settings/a": mail} {
		if sent[path] != want {
			t.Errorf("the app got %q at %s, want %q", sent[path], path, want)
		}
	}
	if text := readText(t, h.ask(hello).body); text != statement+"\n\nHi" {
		t.Errorf("the chat says %q", text)
	}
	h.observations(3) // What passes is counted a little later.
	metrics := h.get("/metrics").body
	for _, want := range []string{
		`chaperone_route_exchanges_total{direction="ingress",route="turn",use="turn"} 1`,
		`chaperone_route_exchanges_total{direction="ingress",route="settings",use="pass"} 1`,
		`chaperone_passed_exchanges_total{direction="ingress",result="unread"} 3`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	var uses []string
	for _, r := range h.records() {
		uses = append(uses, r.Use)
		if wantDisclosed := r.Use == "history" && r.AnswerBytes > 0 || r.Use == "opening" || r.Use == "turn"; r.Disclosed != wantDisclosed {
			t.Errorf("the record of %s says disclosed: %t", r.Route, r.Disclosed)
		}
	}
	want := []string{"turn"}
	for _, tc := range cases {
		want = append(want, tc.use)
	}
	slices.Sort(want)
	slices.Sort(uses)
	if diff := cmp.Diff(want, uses); diff != "" {
		t.Errorf("uses in the records (-want +got):\n%s", diff)
	}
}

// TestHistoryIsDisclosed: where the statement stands in the answers of earlier turns, as the placements say.
func TestHistoryIsDisclosed(t *testing.T) {
	message := func(role, text string) string { return fmt.Sprintf(`{"role":%q,"text":%q}`, role, text) }
	history := func(messages ...string) string { return `{"messages":[` + strings.Join(messages, ",") + `]}` }
	stated := statement + "\n\n"
	cases := map[string]struct {
		placement, sent, want string
		disclosed             bool
	}{
		"first message": {sidecarconfig.PlaceFirstMessage, history(message("user", "a"), message("assistant", "b"), message("assistant", "c")),
			history(message("user", "a"), message("assistant", stated+"b"), message("assistant", "c")), true},
		"every message": {sidecarconfig.PlaceEveryMessage, history(message("user", "a"), message("assistant", "b"), message("assistant", "c")),
			history(message("user", "a"), message("assistant", stated+"b"), message("assistant", stated+"c")), true},
		"header": {sidecarconfig.PlaceHeader, history(message("assistant", "b")), history(message("assistant", "b")), false},
		"statement that is there": {sidecarconfig.PlaceFirstMessage, history(message("assistant", stated+"b")),
			history(message("assistant", stated+"b")), true},
		"no answer yet":  {sidecarconfig.PlaceFirstMessage, history(message("user", "a")), history(message("user", "a")), false},
		"unknown author": {sidecarconfig.PlaceFirstMessage, history(message("critic", "a")), history(message("critic", "a")), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newAppHarness(t, func(c *sidecarconfig.Config) { c.Disclose.Placements = []string{tc.placement} },
				map[string]appFile{"/api/chats/7": {"application/json", tc.sent, nil}})
			if got := h.sendRaw("GET", "/api/chats/7", ""); got.body != tc.want {
				t.Errorf("history is %s, want %s", got.body, tc.want)
			}
			if r := h.takeRecord(); r.Disclosed != tc.disclosed {
				t.Errorf("the record says disclosed: %t", r.Disclosed)
			}
		})
	}
}

// TestAssetsKeepTheirCaches: conditions, ranges, codings and headers of caches pass in both directions.
func TestAssetsKeepTheirCaches(t *testing.T) {
	script := appFile{"text/javascript", "0123456789", map[string]string{"Etag": `"v1"`, "Cache-Control": "max-age=60", "Content-Encoding": "br"}}
	for name, tc := range map[string]struct {
		header []string
		status int
		body   string
	}{
		"whole":     {nil, 200, script.text},
		"not newer": {[]string{"If-None-Match", `"v1"`}, 304, ""},
		"range":     {[]string{"Range", "bytes=2-4"}, 206, "234"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newAppHarness(t, nil, map[string]appFile{"/assets/app.js": script})
			got := h.sendRaw("GET", "/assets/app.js", "", append(tc.header, "Accept-Encoding", "br")...)
			if got.status != tc.status || got.body != tc.body || got.header.Get("Etag") != `"v1"` || got.header.Get("Cache-Control") != "max-age=60" {
				t.Errorf("answer is %d %q %v", got.status, got.body, got.header)
			}
			if accepted := h.listReceived()[0].Header.Get("Accept-Encoding"); accepted != "br" {
				t.Errorf("the app saw Accept-Encoding %q", accepted)
			}
		})
	}
}

func TestAssetsOfOtherTypesAreRefused(t *testing.T) {
	for _, mediaType := range []string{"application/json", "text/event-stream", "text/plain", "application/x-ndjson", "text/x-component", "audio/mpeg"} {
		t.Run(mediaType, func(t *testing.T) {
			h := newAppHarness(t, nil, map[string]appFile{"/assets/x": {mediaType, "{}", nil}})
			h.checkRefusal(h.sendRaw("GET", "/assets/x", ""), 502, "sidecar.answer_type", 1)
		})
	}
	t.Run("no type", func(t *testing.T) {
		h := newRoutesHarness(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "text")
		}, nil, theirRoute, appRoutes)
		h.checkRefusal(h.sendRaw("GET", "/assets/x", ""), 502, "sidecar.answer_type", 1)
	})
}

// TestRequestsOfAnAppThatAreRefused: nothing of them reaches the app.
func TestRequestsOfAnAppThatAreRefused(t *testing.T) {
	cases := map[string]struct {
		method, path, body string
		header             []string
		status             int
		rule               string
	}{
		"socket":                     {"GET", "/socket", "", []string{"Connection", "Upgrade", "Upgrade", "websocket"}, 403, "sidecar.route_refused"},
		"no socket":                  {"GET", "/socket", "", nil, 400, "sidecar.route_unknown"},
		"another path":               {"GET", "/api/users", "", nil, 404, "sidecar.path_unknown"},
		"asset with a body":          {"GET", "/assets/a.js", "x", nil, 400, "sidecar.body_malformed"},
		"POST of an asset":           {"POST", "/assets/a.js", "x", nil, 405, "sidecar.method"},
		"command that is no JSON":    {"POST", "/api/chats/7/stop", "x=y", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "sidecar.content_type"},
		"personal data in a history": {"GET", "/api/chats/" + mail, "", nil, 422, "sidecar.path_personal"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := newAppHarness(t, nil, nil)
			h.checkRefusal(h.sendRaw(tc.method, tc.path, tc.body, tc.header...), tc.status, tc.rule, 0)
		})
	}
}

// TestUndeclaredUpgrades: an asset route for all paths has no sockets, so they are undeclared. Under Warn they pass, but other protocols, which
// open a tunnel, do not.
func TestUndeclaredUpgrades(t *testing.T) {
	cases := []struct {
		mode, protocol string
		want           int
	}{
		{"", "websocket", 400},
		{sidecarconfig.ModePassUndeclared, "WebSocket", 200},
		{sidecarconfig.ModePassUndeclared, "foo", 400},
		{sidecarconfig.ModePassUndeclared, "websocket, foo", 400},
		{sidecarconfig.ModeObserve, "foo", 200},
	}
	for _, tc := range cases {
		h := newAppHarness(t, func(c *sidecarconfig.Config) { c.Mode = tc.mode }, map[string]appFile{"/assets/x": {"text/plain", "", nil}})
		if got := h.sendRaw("GET", "/assets/x", "", "Connection", "Upgrade", "Upgrade", tc.protocol); got.status != tc.want {
			t.Errorf("%s in mode %q: %d %s", tc.protocol, tc.mode, got.status, got.body)
		}
	}
}

// TestUploadsAreNotBoundedByTheLimitOfRequests: the sidecar holds nothing of a file.
func TestUploadsAreNotBoundedByTheLimitOfRequests(t *testing.T) {
	h := newAppHarness(t, nil, map[string]appFile{"/api/files": {"application/json", "{}", nil}})
	got := h.sendRaw("POST", "/api/files", strings.Repeat("a", 2*sidecarconfig.DefaultRequestBytes))
	if seen := h.listReceived(); got.status != 200 || len(seen) != 1 || len(seen[0].Body) != 2*sidecarconfig.DefaultRequestBytes {
		t.Errorf("answer is %d %s, requests of the app: %d", got.status, got.body, len(seen))
	}
}

// TestSuspendedApp: the page, the past and what stops or deletes stay, everything with a text, and what could lead to the chatbot, is
// refused.
func TestSuspendedApp(t *testing.T) {
	h := newAppHarness(t, func(c *sidecarconfig.Config) { c.Suspended = true }, map[string]appFile{
		"/": {"text/html", "page", nil}, "/api/chats/7": {"application/json", `{}`, nil}, "/api/chats/7/stop": {"application/json", `{}`, nil},
	})
	for target, want := range map[string]int{
		"GET /": 200, "GET /api/chats/7": 200, "GET /api/chats/7?page=1": 200, "GET /api/chats/7?q=my%20order": 503, "POST /api/chats/7/stop": 200, "POST /api/files": 503, "PUT /api/settings/a": 503, "GET /healthz": 503,
	} {
		method, path, _ := strings.Cut(target, " ")
		if got := h.sendRaw(method, path, ""); got.status != want {
			t.Errorf("%s is %d %s, want %d", target, got.status, got.body, want)
		}
	}
}

// TestPreflightOfEachRoute: a browser may ask about every path that a route has.
func TestPreflightOfEachRoute(t *testing.T) {
	for _, path := range []string{"/api/greeting", "/api/chats/7", "/api/files", "/api/settings/a", "/assets/a.woff2"} {
		t.Run(path, func(t *testing.T) {
			h := newRoutesHarness(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Access-Control-Allow-Origin", shopPage)
				w.WriteHeader(http.StatusNoContent)
			}, nil, theirRoute, appRoutes)
			got := h.sendRaw(http.MethodOptions, path, "", preflight(shopPage)...)
			if seen := h.listReceived(); got.status != 204 || len(seen) != 1 || seen[0].URI != path {
				t.Errorf("answer is %d %s, the app saw %v", got.status, got.body, seen)
			}
		})
	}
}

// TestObservingFindsTheRefusalsOfGoverning: what governing refuses by the route and the header, observing counts under the same rule.
func TestObservingFindsTheRefusalsOfGoverning(t *testing.T) {
	const byBody = `
- {name: message, method: POST, path: /hook, when: {at: $.action, in: [send]}, use: turn}
- {name: other, method: POST, path: /hook, use: refuse}
- {name: delete, method: POST, path: /delete, use: refuse}
`
	routes, answers, _ := strings.Cut(appRoutes, "\nanswers:\n")
	routes, answers = routes+byBody, "answers:\n"+answers
	const mail = "?mail=ada@shop.example"
	question := []string{"Origin", "https://shop.example", "Access-Control-Request-Method", "POST"}
	cases := map[string]struct {
		method, path, body string
		header             []string
		want               string
	}{
		"refused route":                  {"POST", "/delete", "{}", nil, "sidecar.route_refused"},
		"refused socket":                 {"GET", "/socket", "", []string{"Connection", "Upgrade", "Upgrade", "websocket"}, "sidecar.route_refused"},
		"preflight of a refused route":   {"OPTIONS", "/delete", "", question, ""},
		"preflight with personal data":   {"OPTIONS", "/api/files" + mail, "", question, "sidecar.query_malformed"},
		"route refused by the body":      {"POST", "/hook", `{"action":"delete"}`, nil, "sidecar.route_refused"},
		"route served by the body":       {"POST", "/hook", `{"action":"send","messages":[{"role":"user","content":"Hello"}]}`, nil, ""},
		"upload":                         {"POST", "/api/files", "%PDF", []string{"Content-Encoding", "deflate"}, ""},
		"upload with personal data":      {"POST", "/api/files" + mail, "%PDF", nil, "sidecar.query_malformed"},
		"upload with an upgrade":         {"POST", "/api/files", "%PDF", []string{"Connection", "Upgrade", "Upgrade", "other"}, "sidecar.upgrade"},
		"asset":                          {"GET", "/assets/a.js" + mail, "", nil, ""},
		"asset with a body":              {"GET", "/assets/a.js", "{}", nil, "sidecar.body_malformed"},
		"what passes, and personal data": {"PUT", "/api/settings/a" + mail, "{}", nil, ""},
	}
	for name, tc := range cases {
		for mode, find := range map[string]func(record) any{
			"": func(r record) any { return r.Rule },
			sidecarconfig.ModeObserve: func(r record) any {
				rule, _ := r.Observed["wouldRefuse"].(string)
				return rule
			},
		} {
			t.Run(name+", mode "+mode, func(t *testing.T) {
				upstream := func(w http.ResponseWriter, r *http.Request) {
					if strings.HasSuffix(r.URL.Path, ".js") {
						w.Header().Set("Content-Type", "text/javascript")
						return
					}
					answerText("Hi")(w, r)
				}
				h := newRoutesHarness(t, upstream, func(c *sidecarconfig.Config) { c.Mode = mode }, theirRoute, routes+answers)
				h.send(tc.method, h.url()+tc.path, tc.body, tc.header...)
				if got := find(h.takeRecord()); got != tc.want {
					t.Errorf("the rule is %q, want %q: %s", got, tc.want, h.audit.String())
				}
			})
		}
	}
}
