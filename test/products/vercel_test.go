package products

import (
	"fmt"
	"testing"
)

// TestVercel puts the sidecar in front of an app made with the Vercel AI SDK, whose page uses `useChat`. Each visit begins a chat.
func TestVercel(t *testing.T) {
	app := startNode(t, ".", "vercel/server.mjs", startModel(t)).readLine(t)
	chats := 0
	p := product{shape: "vercel-ui-message-stream", messages: "li", field: "input", afterYes: []string{"Hello", question, "Yes", statement + "\nYou said: Yes"}, page: func(url string) string {
		chats++
		return fmt.Sprintf("%s/#00000000-0000-4000-8000-%012d", url, chats)
	}}
	p.checkVisits(t, app)
}
