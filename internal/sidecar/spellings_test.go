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
