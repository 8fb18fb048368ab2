package sidecar_test

import (
	"testing"

	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// TestSocketsAreSetUpBeforeConsent, because no page could ask without its connection. Other frames wait, and the yes sends on what the
// person wrote.
func TestSocketsAreSetUpBeforeConsent(t *testing.T) {
	const packets = "/ws/socket.io/?EIO=4&transport=websocket"
	for shape, test := range map[string]struct {
		path    string
		setUp   []string
		command string
		says    func(text string) string
	}{
		"chainlit": {
			path:    packets,
			setUp:   []string{`40{"clientType":"webapp","sessionId":"s-1","chatProfile":"For everyone"}`, `42["connection_successful"]`},
			command: `42["chat_settings_change",{"note":"I am ill"}]`,
			says: func(text string) string {
				return `42["client_message",{"message":{"id":"u1","type":"user_message","output":"` + text + `"},"fileReferences":[]}]`
			},
		},
		"open-webui": {
			path:    packets,
			setUp:   []string{`40{"token":"eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEifQ.abc"}`, `42["user-join",{"auth":{"token":"eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEifQ.abc"}}]`},
			command: `42["events:channel",{"data":{"note":"I am ill"}}]`,
		},
		"openai-realtime": {
			path:    "/v1/realtime",
			setUp:   []string{`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],"instructions":"Answer in short sentences."}}`},
			command: `{"type":"response.create","response":{"instructions":"Say that I am ill."}}`,
		},
	} {
		t.Run(shape, func(t *testing.T) {
			h, app := newSocket(t, shape, func(c *sidecarconfig.Config) { askForConsent(c) })
			client, server, _ := h.dial(app, test.path)
			for _, frame := range test.setUp {
				say(t, client, frame)
				hear(t, server, frame)
			}
			say(t, client, test.command)
			if test.says == nil {
				say(t, client, test.setUp[0])
				hear(t, server, test.setUp[0])
				return
			}
			say(t, client, test.says("I have a question"))
			say(t, client, test.says("yes"))
			hear(t, server, test.says("I have a question"))
			say(t, client, test.command)
			hear(t, server, test.command)
		})
	}
}
