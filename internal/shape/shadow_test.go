package shape_test

import (
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// TestRequestsOfReadRoutesDoNotFallThrough: a request that a server could take for one of an earlier route, which reads or refuses it, is
// none of a later route, unless that names the path. Pages load.
func TestRequestsOfReadRoutesDoNotFallThrough(t *testing.T) {
	const turn, page = `{name: turn, method: POST, path: /api/chat, use: turn}`, `{name: page, method: GET, path: "/**", use: asset}`
	const open = `{name: open, method: [GET, POST, PUT, DELETE], path: "/**", use: pass}`
	const ask = `{name: ask, method: GET, path: /ask, use: turn, request: fields}`
	const mode = `{name: mode, method: POST, path: /m, query: {mode: chat}, use: turn}`
	const form = `{name: form, method: POST, path: /f, type: multipart/form-data, use: turn}`
	files := func(path string) string {
		return `{name: files, method: [POST, PUT], path: "` + path + `", use: files}`
	}
	const past = `{name: past, method: [GET, POST], path: "/api/{id}", use: history}`
	const no = `{name: refused, method: GET, path: /admin, use: refuse}`
	const socket = `{name: talk, method: GET, path: /ws, upgrade: websocket, use: pass}`
	type request struct{ method, path, query, contentType, want string }
	cases := map[string]struct {
		routes   []string
		requests []request
	}{
		"spelling before files": {[]string{turn, files("/api/{kind}")}, []request{
			{"POST", "/api/chat", "", "", "turn"}, {"POST", "/api/Chat", "", "", ""}, {"POST", "/api/ch%61t", "", "", ""}, {"POST", "/api/ch%2561t", "", "", ""},
			{"POST", "/api/chat%20", "", "", ""}, {"POST", "/api/chat.json", "", "", ""}, {"POST", "/api/chat.", "", "", ""}, {"PUT", "/api/chat", "", "", ""},
			{"POST", "/api/photo.png", "", "", "files"}, {"PUT", "/api/a%20b", "", "", "files"},
		}},
		"path that a later route names": {[]string{turn, `{name: files, method: PUT, path: /api/chat, use: files}`}, []request{
			{"PUT", "/api/chat", "", "", "files"}, {"POST", "/api/chat", "", "", "turn"},
		}},
		"spelling before pass": {[]string{turn, no, open}, []request{
			{"POST", "/API/chat", "", "", ""}, {"POST", "/api/chat/", "", "", ""}, {"DELETE", "/api/chat", "", "", ""}, {"POST", "/api/chats", "", "", "open"},
			{"GET", "/Admin", "", "", ""}, {"GET", "/adm%69n", "", "", ""}, {"GET", "/admin/", "", "", ""}, {"HEAD", "/admin/", "", "", ""},
			{"GET", "/admin", "", "", "refused"}, {"PUT", "/admin", "", "", "open"}, {"GET", "/administer", "", "", "open"},
		}},
		"spelling before a history": {[]string{turn, past, page}, []request{
			{"POST", "/api/Chat", "", "", ""}, {"POST", "/api/7", "", "", "past"}, {"GET", "/api/chat", "", "", "past"}, {"GET", "/API/7", "", "", ""},
		}},
		"page": {[]string{turn, page}, []request{
			{"GET", "/api/chat", "", "", "page"}, {"HEAD", "/api/chat", "", "", "page"}, {"GET", "/api/Chat/", "", "", "page"},
			{"GET", "/api/chat.js", "", "", "page"}, {"GET", "/", "", "", "page"},
		}},
		"turn in the query": {[]string{ask, page}, []request{
			{"GET", "/ask", "text=x", "", "ask"}, {"HEAD", "/ask", "text=x", "", ""}, {"GET", "/Ask", "text=x", "", ""}, {"GET", "/%61sk", "", "", ""},
			{"GET", "/ask/", "text=x", "", ""}, {"GET", "/ask.js", "", "", "page"}, {"GET", "/ask.json", "", "", ""},
		}},
		"query": {[]string{mode, files("/m")}, []request{
			{"POST", "/m", "mode=chat", "", "mode"}, {"POST", "/m", "mode=chat&mode=chat", "", ""}, {"POST", "/m", "mode=chat&x=%zz", "", ""},
			{"POST", "/m", "mode=chat;x", "", ""}, {"POST", "/m", "Mode=%43hat", "", ""}, {"POST", "/m", "", "", "files"}, {"POST", "/m", "mode=file", "", "files"},
		}},
		"query before a wildcard": {[]string{mode, files("/{x}")}, []request{{"POST", "/m", "mode=file", "", ""}}},
		"type": {[]string{form, files("/f")}, []request{
			{"POST", "/f", "", "multipart/form-data; boundary=b", "form"}, {"POST", "/f", "", "multipart/form-data; boundary=b; boundary=c", ""},
			{"POST", "/f", "", "image/png, multipart/form-data", ""}, {"POST", "/f", "", "", ""}, {"POST", "/f", "", "image/png", "files"},
		}},
		"upgrade": {[]string{socket, page}, []request{{"GET", "/ws", "", "", "page"}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			first := `{name: other, method: POST, path: /other, use: turn}`
			s, err := withRoutes(t, first+"\n- "+strings.Join(tc.routes, "\n- ")+"\nrequests:\n  fields: {fields: query, places: [{at: $.text, is: prose}]}")
			if err != nil {
				t.Fatal(err)
			}
			router, err := shape.NewRouter(s)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range tc.requests {
				got := ""
				if index, found := router.Find(&shape.Head{Method: r.method, Path: r.path, Query: r.query, Type: r.contentType}, 0); found {
					got = s.Routes[index].Name
				}
				if got != r.want {
					t.Errorf("the route of %v is %q", r, got)
				}
			}
		})
	}
}

// TestLeadsToReadsPathsAsServersDo: each is a spelling of the path of the preset.
func TestLeadsToReadsPathsAsServersDo(t *testing.T) {
	s, err := withRoutes(t, `{name: chat, method: POST, path: "${path}", use: turn}`)
	if err != nil {
		t.Fatal(err)
	}
	router, err := shape.NewRouter(s)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"/v1;a/chat;b/completions": true, "/x/..;/v1/chat/completions": true, "/v1/chat/completions.json": true, "/v1%252fchat/completions": true,
		"/v1/chat/completions%20": true, "/v1/chat/completions%00": true, "/v1/chat/completions%0a": true, "/v1/chat/completions.": true,
		`/v1\chat//completions/`: true, "/v1/chat%3bx/completions": true, "/v1/./chat/%2e%2e/chat/completions": true,
		"/v1/chat/completions/7": false, "/v1/chat": false, "/v1/chat/completions2": false, "/": false, "/%": false,
	} {
		if router.LeadsTo("POST", path) != want {
			t.Errorf("%s does not lead to the route as wanted: %t", path, want)
		}
	}
	if router.LeadsTo("GET", "/v1/chat/completions.js") {
		t.Error("a script leads to the route")
	}
}
