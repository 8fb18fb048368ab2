package sidecar_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// apiOfRoutes is the name of the shape that newRoutesHarness serves.
const apiOfRoutes = "routes"

// bareDocument returns a shape in YAML as a configuration carries it: in JSON, without its name.
func bareDocument(t *testing.T, document string) []byte {
	t.Helper()
	var keys map[string]any
	if err := yaml.Unmarshal([]byte(document), &keys); err != nil {
		t.Fatal(err)
	}
	delete(keys, "shape")
	bare, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	return bare
}

// newRoutesHarness starts a sidecar whose port and egress entry have the wire format of OpenAI chat with the changes, which list old and new
// texts of the document in turn.
func newRoutesHarness(t *testing.T, upstream http.HandlerFunc, change func(*sidecarconfig.Config), changes ...string) *harness {
	t.Helper()
	content, err := os.ReadFile("../shape/presets/openai-chat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(string(content), changes[i]) {
			t.Fatalf("the preset has no %q", changes[i])
		}
	}
	document := bareDocument(t, strings.NewReplacer(changes...).Replace(string(content)))
	return newHarness(t, upstream, func(c *sidecarconfig.Config) {
		c.Ports[0].Shape, c.Egress[0].Shape = apiOfRoutes, apiOfRoutes
		c.Ports[0].Document, c.Egress[0].Document = document, document
		if change != nil {
			change(c)
		}
	})
}

// theirRoute is the route of the preset.
const theirRoute = `- {name: turn, method: POST, path: ["${path}", /chat/completions, /openai/v1/chat/completions, /api/v1/chat/completions,
    /compatibility/v1/chat/completions], use: turn}
- {name: deployment, method: POST, path: "/openai/deployments/{deployment}/chat/completions", use: turn}`

// TestRoutesWithVariables: the path of a request goes on as it was sent, on both sides, without personal data.
func TestRoutesWithVariables(t *testing.T) {
	newModels := func(t *testing.T) *harness {
		return newRoutesHarness(t, answerText("Hi"), nil, theirRoute, theirRoute+"\n"+
			`- {name: generate, method: POST, path: "/models/{model}:generate", use: turn}`)
	}
	t.Run("port", func(t *testing.T) {
		h := newModels(t)
		got := h.sendRaw("POST", "/models/a%20b-v1:generate?alt=json", hello)
		if text := readText(t, got.body); got.status != 200 || !strings.HasSuffix(text, "Hi") || !strings.HasPrefix(text, "You are chatting") {
			t.Errorf("answer is %d %s", got.status, got.body)
		}
		if seen := h.listReceived(); len(seen) != 1 || seen[0].URI != "/models/a%20b-v1:generate?alt=json" {
			t.Errorf("the app saw %v", seen)
		}
	})
	t.Run("egress", func(t *testing.T) {
		h := newModels(t)
		got := h.send("POST", "http://"+h.address(contract.SidecarEgressAddress)+"/vendor/models/gemini:generate", chat("I am joe@shop.example"))
		if got.status != 200 {
			t.Errorf("answer is %d %s", got.status, got.body)
		}
		seen := h.listReceived()
		if len(seen) != 1 || seen[0].URI != "/base/models/gemini:generate" || strings.Contains(seen[0].Body, "joe@") {
			t.Errorf("the model service saw %v", seen)
		}
	})
	t.Run("egress with the other scheme", func(t *testing.T) {
		h := newHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) {
			c.Egress[0].Upstream = strings.Replace(c.Egress[0].Upstream, "http://", "https://", 1)
		})
		listener := "http://" + h.address(contract.SidecarEgressAddress)
		if got := h.send("POST", listener+"/vendor.http/v1/chat/completions", chat("I am joe@shop.example")); got.status != 200 {
			t.Errorf("answer over HTTP is %d %s", got.status, got.body)
		}
		if seen := h.listReceived(); len(seen) != 1 || seen[0].URI != "/base/v1/chat/completions" || strings.Contains(seen[0].Body, "joe@") {
			t.Errorf("the model service saw %v", seen)
		}
		if got := h.send("POST", listener+"/vendor/v1/chat/completions", hello); got.status != 502 {
			t.Errorf("answer over HTTPS of a service that has no TLS is %d %s", got.status, got.body)
		}
	})
	t.Run("climbing", func(t *testing.T) {
		h := newModels(t)
		h.checkRefusal(h.sendRaw("POST", "/models/..%2fx:generate", hello), 400, "sidecar.path_ambiguous", 0)
	})
	t.Run("personal data", func(t *testing.T) {
		h := newModels(t)
		h.checkRefusal(h.sendRaw("POST", "/models/joe%40shop.example:generate", hello), 422, "sidecar.path_personal", 0)
	})
	t.Run("another method", func(t *testing.T) {
		h := newModels(t)
		got := h.sendRaw("DELETE", "/models/x:generate", hello)
		if allowed := got.header.Get("Allow"); allowed != "POST" {
			t.Errorf("Allow is %q", allowed)
		}
		h.checkRefusal(got, 405, "sidecar.method", 0)
	})
}

// TestUnmatchedRequestsNameTheRouteThatIsNeeded: the refusal folds what could identify a person or a thing.
func TestUnmatchedRequestsNameTheRouteThatIsNeeded(t *testing.T) {
	h := newHarness(t, answerText("Hi"), nil)
	got := h.sendRaw("GET", "/api/users/4711", "")
	if want := "declare a shape that has a route for GET /api/users/*, in spec.ports[].shape"; !strings.Contains(got.body, want) {
		t.Errorf("refusal is %s, want %q in it", got.body, want)
	}
	if counts := h.get("/observations").body; !strings.Contains(counts, `"pattern":"/api/users/*"`) || !strings.Contains(counts, `"unmatched":1`) {
		t.Errorf("observations are %s", counts)
	}
	h.checkRefusal(got, 404, "sidecar.path_unknown", 0)
}

// TestRoutesByBody: the text of a member chooses the route, and with it the documents that are read.
func TestRoutesByBody(t *testing.T) {
	const path = "/hook"
	routes := `
- {name: seeded, method: POST, path: /hook, when: {at: $.action, in: [seed]}, use: turn}
- {name: unseeded, method: POST, path: /hook, when: {at: $.action, in: [send]}, use: turn, request: unseeded}
requests:
  unseeded:
    places:
    - {at: "$.messages[*]", is: message}
    - {at: "$.messages[*].content", is: prose}
`
	newHooks := func(t *testing.T, change func(*sidecarconfig.Config)) *harness {
		return newRoutesHarness(t, answerText("Hi"), change, theirRoute, theirRoute+routes)
	}
	// A seed is not inspected; a text that no place lists is.
	body := func(action string) string {
		return `{"action":"` + action + `","seed":4111111111111111,"messages":[{"role":"user","content":"Hello"}]}`
	}
	for action, isKept := range map[string]bool{"seed": true, "send": false} {
		t.Run(action, func(t *testing.T) {
			h := newHooks(t, nil)
			if got := h.sendRaw("POST", path, body(action)); got.status != 200 {
				t.Fatalf("answer is %d %s", got.status, got.body)
			}
			if seen := h.listReceived()[0].Body; strings.Contains(seen, "4111") != isKept {
				t.Errorf("the app saw %s", seen)
			}
		})
	}
	for name, sent := range map[string]string{"another text": body("other"), "no JSON": "hello"} {
		t.Run(name, func(t *testing.T) {
			h := newHooks(t, nil)
			h.checkRefusal(h.sendRaw("POST", path, sent), 400, "sidecar.route_unknown", 0)
		})
	}
	t.Run("observed", func(t *testing.T) {
		h := newHooks(t, func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModeObserve })
		for _, action := range []string{"seed", "send"} {
			if got := h.sendRaw("POST", path, body(action)); got.status != 200 {
				t.Fatalf("answer is %d %s", got.status, got.body)
			}
		}
		// Copies are read after the exchanges, in any order.
		found := map[string]any{}
		for _, r := range h.records() {
			found[r.Route] = r.Observed["found"].(map[string]any)["request"]
		}
		want := map[string]any{"seeded": map[string]any{}, "unseeded": map[string]any{"payment-card": 1.0}}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("found in the requests (-want +got):\n%s", diff)
		}
	})
}

// TestOtherSpellingsOfRoutesDoNotPass: in the mode that passes what no route matches, another spelling of a route is no way around it.
func TestOtherSpellingsOfRoutesDoNotPass(t *testing.T) {
	for _, target := range []string{"/Models/x:generate", "/models/x%3agenerate", "/a/../models/x:generate", "/models/a%20b%2fc:generate"} {
		t.Run(target, func(t *testing.T) {
			h := newRoutesHarness(t, answerText("Hi"), func(c *sidecarconfig.Config) { c.Mode = sidecarconfig.ModePassUndeclared },
				theirRoute, `- {name: generate, method: POST, path: "/models/{model}:generate", use: turn}`)
			if got := h.sendRaw("POST", target, hello); got.status < 400 || len(h.listReceived()) != 0 {
				t.Errorf("answer is %d %s, and the app saw %v", got.status, got.body, h.listReceived())
			}
		})
	}
}
