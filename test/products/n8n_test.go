package products

import (
	"testing"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// TestN8n puts the sidecar in front of n8n, whose Chat Trigger serves the page: a workflow with whole answers, and one with streamed ones.
// The page reaches n8n at the URL that n8n is told, wherever the page was loaded from.
func TestN8n(t *testing.T) {
	packages := requireFile(t, "n8n/node_modules")
	app := startNode(t, "n8n", "server.mjs", startModel(t), "http://shop.example/").readLine(t)
	whole := product{shape: "n8n-chat", afterYes: []string{"Hello", question, "Yes", statement + "\n" + bot.Greeting}}
	streamed := product{shape: "n8n-chat-stream", statesApart: true, afterYes: []string{"Hello", question, "Yes", statement, bot.Greeting}}
	for name, p := range map[string]product{"whole": whole, "streamed": streamed} {
		t.Run(name, func(t *testing.T) {
			// The first message is the greeting, which is in the page.
			p.messages, p.field, p.host, p.packages = ".chat-message ~ .chat-message", "textarea", "shop.example", packages
			p.page = func(string) string { return "http://shop.example/webhook/" + name + "/chat" }
			p.checkVisits(t, app)
		})
	}
}
