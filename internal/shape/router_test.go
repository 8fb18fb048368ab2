package shape_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

// theirs are the routes of the preset openai-chat.
const theirs = `- {name: turn, method: POST, path: ["${path}", /chat/completions, /openai/v1/chat/completions, /api/v1/chat/completions,
    /compatibility/v1/chat/completions], use: turn}
- {name: deployment, method: POST, path: "/openai/deployments/{deployment}/chat/completions", use: turn}`

// withRoutes returns a preset with other routes, each a YAML flow mapping, and its parameters.
func withRoutes(t *testing.T, routes ...string) (*shape.Shape, error) {
	t.Helper()
	preset := readPreset(t, "openai-chat")
	if !strings.Contains(preset, theirs) {
		t.Fatalf("the preset has no %q", theirs)
	}
	s, err := shape.Load([]byte(strings.Replace(preset, theirs, "- "+strings.Join(routes, "\n- "), 1)))
	if err != nil {
		return nil, err
	}
	return s.With(nil)
}

func TestRouterFindsTheFirstRouteThatMatches(t *testing.T) {
	s, err := withRoutes(t,
		`{name: chat, method: POST, path: ["${path}", /chat], use: turn}`,
		`{name: generate, method: POST, path: "/models/{model}:generate", use: turn}`,
		`{name: azure, method: POST, path: "/openai/deployments/{d}/chat", query: {api-version: "*", alt: sse}, use: turn}`,
		`{name: form, method: POST, path: /hook, type: multipart/form-data, use: turn}`,
		`{name: said, method: POST, path: /hook, when: {at: $.data.action, in: [send, say]}, use: turn}`,
		`{name: other, method: POST, path: "/hook", use: turn}`,
		`{name: rest, method: POST, path: "/files/**", use: turn}`,
	)
	if err != nil {
		t.Fatal(err)
	}
	router, err := shape.NewRouter(s)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		head shape.Head
		want string
	}{
		"path of a parameter":      {shape.Head{Path: "/v1/chat/completions"}, "chat"},
		"second path":              {shape.Head{Path: "/chat"}, "chat"},
		"another method":           {shape.Head{Method: "GET", Path: "/chat"}, ""},
		"slash at the end":         {shape.Head{Path: "/chat/"}, ""},
		"no slash":                 {shape.Head{Path: "chat"}, ""},
		"variable and suffix":      {shape.Head{Path: "/models/gemini-2.5-flash:generate"}, "generate"},
		"escape in a variable":     {shape.Head{Path: "/models/a%20b:generate"}, "generate"},
		"empty variable":           {shape.Head{Path: "/models/:generate"}, ""},
		"slash in a variable":      {shape.Head{Path: "/models/a/b:generate"}, ""},
		"escaped slash":            {shape.Head{Path: "/models/a%2Fb:generate"}, ""},
		"escaped backslash":        {shape.Head{Path: "/models/a%5cb:generate"}, ""},
		"escaped dot":              {shape.Head{Path: "/models/%2e%2e:generate"}, ""},
		"escape of an escape":      {shape.Head{Path: "/models/a%252Fb:generate"}, ""},
		"half an escape":           {shape.Head{Path: "/models/a%2:generate"}, ""},
		"control character":        {shape.Head{Path: "/models/a%0Ab:generate"}, ""},
		"parameters of a segment":  {shape.Head{Path: "/models/a;b:generate"}, ""},
		"query":                    {shape.Head{Path: "/openai/deployments/d/chat", Query: "alt=sse&api-version=1"}, "azure"},
		"query with another value": {shape.Head{Path: "/openai/deployments/d/chat", Query: "alt=json&api-version=1"}, ""},
		"query given twice":        {shape.Head{Path: "/openai/deployments/d/chat", Query: "alt=sse&alt=json&api-version=1"}, ""},
		"query that is missing":    {shape.Head{Path: "/openai/deployments/d/chat", Query: "alt=sse"}, ""},
		"type":                     {shape.Head{Path: "/hook", Type: "Multipart/Form-Data; boundary=x"}, "form"},
		"another type":             {shape.Head{Path: "/hook", Type: "application/json"}, "said"},
		"rest":                     {shape.Head{Path: "/files/a/b%20c"}, "rest"},
		"rest that is empty":       {shape.Head{Path: "/files/"}, "rest"},
		"nothing below":            {shape.Head{Path: "/files"}, ""},
		"climbing rest":            {shape.Head{Path: "/files/a/../b"}, ""},
		"doubled slash in a rest":  {shape.Head{Path: "/files/a//b"}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.head.Method == "" {
				tc.head.Method = "POST"
			}
			got := ""
			if index, found := router.Find(&tc.head, 0); found {
				got = s.Routes[index].Name
			}
			if got != tc.want {
				t.Errorf("the route is %q, want %q", got, tc.want)
			}
		})
	}
	for body, want := range map[string]bool{
		`{"data":{"action":"say"}}`: true, `{"data":{"action":"load"}}`: false, `{"data":{"Action":"say"}}`: false, `{"data":"say"}`: false,
		`{"action":"say"}`: false, `{"data":{"action":["say"]}}`: false, `say`: false, ``: false,
	} {
		if router.MatchBody(4, []byte(body)) != want {
			t.Errorf("the condition on %s is not %t", body, want)
		}
	}
	if diff := cmp.Diff([]string{"POST"}, router.ListMethods("/chat")); diff != "" {
		t.Errorf("methods (-want +got):\n%s", diff)
	}
}

func TestRouterFindsOtherSpellings(t *testing.T) {
	s, err := withRoutes(t, `{name: chat, method: POST, path: "/Chat/{id}", use: turn}`, `{name: rest, method: POST, path: "/api/**", use: turn}`)
	if err != nil {
		t.Fatal(err)
	}
	router, err := shape.NewRouter(s)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"/chat/a b": true, "/CHAT/7": true, "/chat": false, "/API/x/%2e": true, "/ap/x": false} {
		if router.LeadsTo("POST", path) != want {
			t.Errorf("%s does not lead to a route as wanted: %t", path, want)
		}
	}
}

// TestLoadRefusesRoutesThatNoRequestReaches: an earlier route that matches every request of a later one hides it.
func TestLoadRefusesRoutesThatNoRequestReaches(t *testing.T) {
	const turn = ", method: POST, use: turn}"
	cases := map[string]struct {
		first, second string
		isHidden      bool
	}{
		"the same path":                    {`path: /a`, `path: /a`, true},
		"a variable before a text":         {`path: "/{x}/b"`, `path: /a/b`, true},
		"a text before a variable":         {`path: /a/b`, `path: "/{x}/b"`, false},
		"two variables":                    {`path: "/{x}"`, `path: "/{y}"`, true},
		"a rest before a longer path":      {`path: "/a/**"`, `path: "/a/{x}/c"`, true},
		"a rest before another path":       {`path: "/a/**"`, `path: /b`, false},
		"variables with other suffixes":    {`path: "/{x}:a"`, `path: "/{x}:b"`, false},
		"a variable before one with more":  {`path: "/{x}"`, `path: "/{x}:b"`, true},
		"crossing variables":               {`path: "/{x}/b"`, `path: "/a/{y}"`, false},
		"one of two paths":                 {`path: /a`, `path: [/b, /a]`, true},
		"a condition first":                {`path: /a, when: {at: $.x, in: u}`, `path: /a`, false},
		"a condition behind":               {`path: /a`, `path: /a, when: {at: $.x, in: u}`, true},
		"a wider condition first":          {`path: /a, when: {at: $.x, in: [u, v]}`, `path: /a, when: {at: $.x, in: u}`, true},
		"other texts of a condition":       {`path: /a, when: {at: $.x, in: v}`, `path: /a, when: {at: $.x, in: u}`, false},
		"a type first":                     {`path: /a, type: text/plain`, `path: /a`, false},
		"a type behind":                    {`path: /a`, `path: /a, type: text/plain`, true},
		"any value of a query first":       {`path: /a, query: {q: "*"}`, `path: /a, query: {q: x}`, true},
		"a query that the second lacks":    {`path: /a, query: {q: x}`, `path: /a`, false},
		"another value of a query":         {`path: /a, query: {q: x}`, `path: /a, query: {q: u}`, false},
		"a query of which one is not said": {`path: /a, query: {q: x}`, `path: /a, query: {q: x, r: u}`, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := withRoutes(t, "{name: a, "+tc.first+turn, "{name: b, "+tc.second+turn)
			isHidden := err != nil && strings.Contains(err.Error(), "routes[1]: requests cannot tell POST ")
			if isHidden != tc.isHidden {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// TestParameters: values stand in place of variables in paths, conditions and selectors, and must exist.
func TestParameters(t *testing.T) {
	preset := strings.NewReplacer("parameters: {path: /v1/chat/completions}", "parameters: {path: /ask, text: question}",
		"{at: $.seed, is: opaque}", "{at: '$.${text}', is: opaque}", "$.function_call.name, is: identifier, plain: []", "$.x, plain: []",
		"use: turn}", "use: turn, query: {'${text}': '${text}'}, when: {at: '$.${text}', in: '${text}'}}",
	).Replace(strings.Replace(readPreset(t, "openai-chat"), theirs, `- {name: turn, method: POST, path: "${path}", use: turn}`, 1))
	s, err := shape.Load([]byte(preset))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.With(map[string]string{"text": "input"})
	if err != nil {
		t.Fatal(err)
	}
	want := shape.Route{
		Name: "turn", Method: shape.List{"POST"}, Path: shape.List{"/ask"}, Query: map[string]string{"input": "input"},
		When: &shape.When{At: "$.input", In: shape.List{"input"}}, Use: "turn",
	}
	if diff := cmp.Diff(want, got.Routes[0]); diff != "" {
		t.Errorf("route (-want +got):\n%s", diff)
	}
	if at := got.Request.Places[2].At[0]; at != "$.input" {
		t.Errorf("the place is %s", at)
	}
	if at := s.Request.Places[2].At[0]; at != "$.${text}" {
		t.Errorf("the place of the shape itself became %s", at)
	}
	for _, tc := range []struct{ name, value, want string }{
		{"query", "x", `shape "openai-chat" has no parameter "query": use one of path, text`},
		{"path", "ask", `"ask" is not an absolute path`},
		{"text", "a b", `selector "$.a b" cannot be read`},
	} {
		if _, err := s.With(map[string]string{tc.name: tc.value}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want one with %q", err, tc.want)
		}
	}
}

// TestFindAllocatesNothing: the path of a route costs no allocation.
func TestFindAllocatesNothing(t *testing.T) {
	s, err := withRoutes(t, `{name: chat, method: POST, path: /chat, use: turn}`, `{name: model, method: POST, path: "/m/{x}:say", use: turn}`)
	if err != nil {
		t.Fatal(err)
	}
	router, err := shape.NewRouter(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/chat", "/m/gemini:say"} {
		head := &shape.Head{Method: "POST", Path: path}
		if n := testing.AllocsPerRun(100, func() { router.Find(head, 0) }); n != 0 {
			t.Errorf("%s costs %v allocations", path, n)
		}
	}
}

// TestUpgradesChooseRoutes: a request for another protocol is none of a route that has no protocols.
func TestUpgradesChooseRoutes(t *testing.T) {
	s, err := withRoutes(t,
		`{name: page, method: GET, path: "/**", use: asset}`,
		`{name: socket, method: GET, path: /ws, upgrade: websocket, use: pass}`,
		`{name: any, method: POST, path: "/any/**", use: pass}`,
		`{name: chat, method: POST, path: /chat, use: turn}`,
	)
	if err != nil {
		t.Fatal(err)
	}
	router, err := shape.NewRouter(s)
	if err != nil {
		t.Fatal(err)
	}
	for head, want := range map[shape.Head]string{
		{Method: "GET", Path: "/ws"}:                           "page",
		{Method: "GET", Path: "/ws", Upgrade: "WebSocket"}:     "socket",
		{Method: "GET", Path: "/ws", Upgrade: "tls"}:           "",
		{Method: "POST", Path: "/any/x"}:                       "any",
		{Method: "POST", Path: "/any/x", Upgrade: "websocket"}: "",
		{Method: "GET", Path: "/x", Upgrade: "websocket"}:      "",
		{Method: "POST", Path: "/chat", Upgrade: "websocket"}:  "",
	} {
		got := ""
		if index, found := router.Find(&head, 0); found {
			got = s.Routes[index].Name
		}
		if got != want {
			t.Errorf("the route of %v is %q, want %q", head, got, want)
		}
	}
	_, err = withRoutes(t, `{name: any, method: GET, path: /ws, use: refuse}`, `{name: socket, method: GET, path: /ws, upgrade: websocket, use: refuse}`)
	if err == nil || !strings.Contains(err.Error(), "routes[1]: requests cannot tell GET /ws from routes[0]") {
		t.Errorf("error is %v", err)
	}
}

// TestExampleOfRoutesLoads: the example on the page that lists the shapes is one.
func TestExampleOfRoutesLoads(t *testing.T) {
	page := shape.FormatIndex(nil)
	_, rest, _ := strings.Cut(page, "```yaml\nroutes:\n")
	routes, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the page has no example")
	}
	s, err := withRoutes(t, strings.TrimPrefix(routes, "- "))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Routes) < 7 || len(s.Answers) != 2 {
		t.Errorf("routes are %v", s.Routes)
	}
}

func TestFindSession(t *testing.T) {
	cases := map[string]struct {
		paths []string
		want  int
	}{
		"no variable":                {[]string{"/chat"}, 0},
		"another variable":           {[]string{"/chat/{id}"}, 0},
		"at the end":                 {[]string{"/chat/{session}"}, 2},
		"in the middle":              {[]string{"/api/chat/{session}/messages"}, 3},
		"in both paths":              {[]string{"/chat/{session}", "/talk/{session}/"}, 2},
		"at different places":        {[]string{"/chat/{session}", "/v2/chat/{session}"}, 0},
		"in one of two paths":        {[]string{"/chat/{session}", "/chat"}, 0},
		"in the second of two paths": {[]string{"/chat", "/chat/{session}"}, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := shape.Route{Path: tc.paths}
			if got := r.FindSession(); got != tc.want {
				t.Errorf("segment %d, want %d", got, tc.want)
			}
		})
	}
}
