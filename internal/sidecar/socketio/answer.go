package socketio

import (
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// pingMilliseconds is how often a client may expect a ping: once in a day. Pings of WebSocket keep the connection alive.
const pingMilliseconds = "86400000"

// Open returns the frames with which a server begins a connection with the ID. version is that of Engine.IO, as the parameter EIO of the
// handshake has it. In version 3, the server connects the client to the main namespace by itself.
func Open(id, version string) []string {
	open := `0{"sid":` + string(jsontext.AppendString(nil, id)) + `,"upgrades":[],"pingInterval":` + pingMilliseconds + `,"pingTimeout":20000,"maxPayload":1000000}`
	if version == "3" {
		return []string{open, "40"}
	}
	return []string{open}
}

// Answer returns what a server says to a packet that only opens or keeps the connection with the ID, or "" if it says nothing.
func Answer(frame []byte, id string) string {
	if string(frame) == "2" {
		return "3"
	}
	content, isConnect := strings.CutPrefix(string(frame), "40")
	if !isConnect {
		return ""
	}
	namespace := ""
	if strings.HasPrefix(content, "/") {
		namespace, _, _ = strings.Cut(content, ",")
		namespace += ","
	}
	return "40" + namespace + `{"sid":` + string(jsontext.AppendString(nil, id)) + "}"
}
