package sidecar_test

import (
	"testing"

	"github.com/coder/websocket"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// newRasa starts a sidecar that shows no statement in answers, and connects a client to a socket of Rasa.
func newRasa(t *testing.T) (h *harness, client, server *websocket.Conn) {
	t.Helper()
	h, app := newSocket(t, rasaName, func(c *sidecarconfig.Config) { c.Disclose.Placements = []string{sidecarconfig.PlaceHeader} })
	client, server, _ = h.dial(app, "/socket.io/?EIO=4&transport=websocket")
	return h, client, server
}

// TestEventsOfSocketsStandForThemselves: nothing is held back for the next event, and none is compared with another one.
func TestEventsOfSocketsStandForThemselves(t *testing.T) {
	_, client, server := newRasa(t)
	for _, step := range [][2]string{
		{`42["bot_uttered",{"text":"Our number is 12345"}]`, `42["bot_uttered",{"text":"Our number is 12345"}]`},
		{`42["bot_uttered",{"text":"Write to joe@shop.example"}]`, `42["bot_uttered",{"text":"Write to [redacted:email]"}]`},
		{`42["bot_message",{"text":"Bye now"}]`, `42["bot_message",{"text":"Bye now"}]`},
		{`42["bot_uttered",{"text":"Or 67890"},{"text":"joe@shop.example"}]`, `42["bot_uttered",{"text":"Or 67890"},{"text":"[redacted:email]"}]`},
		{`42["order",{"code":"A 12345","at":{"x":{"y":"in 5 days"}}}]`, `42["order",{"code":"A 12345","at":{"x":{"y":"in 5 days"}}}]`},
		{`42["order",{"code":"B 67890","at":{"x":{"y":"in 7 days"}}}]`, `42["order",{"code":"B 67890","at":{"x":{"y":"in 7 days"}}}]`},
		{`42["Order 12345 sent"]`, `42["Order 12345 sent"]`},
		{`42["Order 67890 sent"]`, `42["Order 67890 sent"]`},
	} {
		say(t, server, step[0])
		hear(t, client, step[1])
	}
}
