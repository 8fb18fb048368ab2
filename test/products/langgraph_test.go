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
	p := product{shape: "langgraph-runs", messages: "li", field: "input", afterYes: bot.Greeting, page: func(api string) string {
		return page + "/?api=" + url.QueryEscape(api)
	}}
	p.checkVisits(t, app)
}
