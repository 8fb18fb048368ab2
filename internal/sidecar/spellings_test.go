package sidecar_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestOtherSpellingsOfARouteDoNotPassUnread: a request that the app could take for a turn reaches it on no other route.
func TestOtherSpellingsOfARouteDoNotPassUnread(t *testing.T) {
	const others = `
- {name: form, method: POST, path: /form, type: application/json, use: turn}
- {name: files, method: POST, path: ["/form", "/v1/chat/{kind}"], use: files}`
	for name, header := range map[string][]string{
		"/v1/chat/Completions": nil, "/v1/chat/completion%73": nil,
		"/form": {"Content-Type", "application/json", "Content-Type", "image/png"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newRoutesHarness(t, answerText("Hi"), nil, theirRoute, theirRoute+others)
			h.checkRefusal(h.sendRaw("POST", name, hello, header...), 400, "sidecar.route_unknown", 0)
		})
	}
	for _, path := range []string{"/v1;a/chat;b/completions", "/x/..;/v1/chat/completions", "/v1/chat/completions.json", "/v1%252fchat/completions"} {
		t.Run("undeclared "+path, func(t *testing.T) {
			h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModePassUndeclared })
			if got := h.sendRaw("POST", path, hello); got.status < 400 || len(h.listReceived()) > 0 {
				t.Errorf("answer is %d %s", got.status, got.body)
			}
		})
	}
}

// TestPassedRequestsOpenNoTunnel: what passes unread stays one request to the path and with the method by which the sidecar chose the route.
func TestPassedRequestsOpenNoTunnel(t *testing.T) {
	const pass = `
- {name: health, method: GET, path: /healthz, use: pass}
- {name: live, method: GET, path: /live, upgrade: websocket, use: pass}`
	isUndeclared := func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModePassUndeclared }
	newApp := func(t *testing.T, change func(*sidecarconfig.Config)) *harness {
		return newRoutesHarness(t, answerText("Hi"), change, theirRoute, theirRoute+pass)
	}
	for path, change := range map[string]func(*sidecarconfig.Config){"/healthz": nil, "/nosuch": isUndeclared} {
		for _, protocol := range []string{"websocket", "foo", "h2c, foo"} {
			if protocol == "websocket" && path == "/nosuch" {
				continue // Undeclared sockets pass, as TestUndeclaredUpgrades says.
			}
			t.Run(path+" "+protocol, func(t *testing.T) {
				h := newApp(t, change)
				h.checkRefusal(h.sendRaw("GET", path, "", "Connection", "Upgrade", "Upgrade", protocol), 400, "sidecar.upgrade", 0)
			})
		}
		t.Run(path+" h2c and detours", func(t *testing.T) {
			h := newApp(t, change)
			header := []string{"Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c", "HTTP2-Settings", "AAEA"}
			h.checkNoDetours(h.sendRaw("GET", path, "", append(header, detours...)...))
		})
	}
	t.Run("named protocol", func(t *testing.T) {
		h := newApp(t, nil)
		h.sendRaw("GET", "/live", "", "Connection", "Upgrade", "Upgrade", "h2c, websocket")
		if seen := h.listReceived(); len(seen) != 1 || seen[0].Header.Get("Upgrade") != "websocket" {
			t.Errorf("the app saw %v", seen)
		}
	})
	t.Run("detours of a turn", func(t *testing.T) {
		h := newApp(t, nil)
		h.checkNoDetours(h.sendRaw("POST", chatPath, hello, detours...))
	})
}

// detours are headers that name another path or method.
var detours = []string{
	"X-Original-URL", "/x", "X_Original_URL", "/x", "X-Rewrite-Url", "/x", "X-HTTP-Method-Override", "PUT", "X-HTTP-Method", "PUT",
	"X-Method-Override", "PUT",
}

// checkNoDetours checks that the app answered a request without detours and without an upgrade.
func (h *harness) checkNoDetours(got answer) {
	h.t.Helper()
	seen := h.listReceived()
	if got.status != 200 || len(seen) != 1 {
		h.t.Fatalf("answer is %d %s, and the app saw %v", got.status, got.body, seen)
	}
	for name, values := range seen[0].Header {
		if name == "Upgrade" || name == "Http2-Settings" || values[0] == "/x" || values[0] == "PUT" {
			h.t.Errorf("the app saw %s: %s", name, values)
		}
	}
}

// TestConversationsAreNoSourceMaps: JSON is the source map of a script or a style, or no asset.
func TestConversationsAreNoSourceMaps(t *testing.T) {
	h := newRoutesHarness(t, answerText("Hi"), nil, theirRoute, theirRoute+"\n"+`- {name: page, method: GET, path: "/**", use: asset}`)
	h.checkRefusal(h.sendRaw("GET", "/api/chats/7.map", ""), 502, "sidecar.answer_type", 1)
}
