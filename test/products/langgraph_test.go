package products

import (
	"net/url"
	"testing"

	"github.com/chaperone-dev/chaperone/test/samplebot/bot"
)

// TestLangGraph puts the sidecar in front of an Agent Server of LangGraph. The page, which uses `useStream`, is of another origin.
func TestLangGraph(t *testing.T) {
	server := startNode(t, ".", "langgraph/server.mjs", startModel(t))
	app, page := server.readLine(t), server.readLine(t)
	// The page shows the messages that the server keeps, which has only the one that waited.
	afterYes := []string{"Hello", statement + "\n" + bot.Greeting}
	p := product{shape: "langgraph-runs", messages: "li", field: "input", afterYes: afterYes, page: func(api string) string {
		return page + "/?api=" + url.QueryEscape(api)
	}}
	p.checkVisits(t, app)
}
