// Package socketio reads and writes the packets of socket.io (protocol 5) over Engine.IO (protocol 4) in the text frames of a WebSocket.
//
// A packet with an event holds a JSON array: the name of the event and its arguments. Shapes describe it as the object
// {"event": name, "data": [arguments]}, because places are members of objects. Acknowledgements and connections have data and no event. A
// member `packet` keeps the rest of the packet, so that it stays with the content wherever that is rewritten.
package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// Kinds of packets.
const (
	// Control packets have no content: they belong to Engine.IO, and to the namespaces of socket.io.
	Control Kind = iota
	// Message packets carry JSON of the app.
	Message
)

// Kind is what the sidecar does with a packet.
type Kind uint8

// ErrUnreadable means that a frame is no packet, or one that the sidecar does not read, such as a binary event.
var ErrUnreadable = errors.New("the frame is not a text packet of socket.io")

// Packet is a packet.
type Packet struct {
	Kind Kind
	// Document is the JSON object that stands for the content of a Message. Its member `packet` has what precedes the content in the frame:
	// the types, the namespace and the ID of the acknowledgement.
	Document []byte
	// Namespace is the namespace, such as /chat, or "" for the main one.
	Namespace string
}

// EventPrefix returns what precedes an event in a namespace, which is "" for the main one.
func EventPrefix(namespace string) string {
	if namespace == "" {
		return DefaultPrefix
	}
	return DefaultPrefix + namespace + ","
}

// DefaultPrefix precedes an event in the main namespace.
const DefaultPrefix = "42"

// Parse parses a frame.
func Parse(frame []byte) (Packet, error) {
	if len(frame) == 0 {
		return Packet{}, ErrUnreadable
	}
	if frame[0] != '4' { // The type 4 of Engine.IO carries the packets of socket.io.
		return parseEngine(frame)
	}
	// The second character is the type in socket.io: 0 connect, 1 disconnect, 2 event, 3 acknowledgement, 4 error. The types above are binary.
	if len(frame) < 2 || frame[1] < '0' || frame[1] > '4' {
		return Packet{}, ErrUnreadable
	}
	parts := packetParts.FindSubmatch(frame[len(DefaultPrefix):])
	if parts == nil {
		return Packet{}, ErrUnreadable
	}
	namespace, acknowledgement := string(bytes.TrimSuffix(parts[1], []byte(","))), parts[2]
	start := len(DefaultPrefix) + len(parts[1]) + len(acknowledgement)
	prefix, content := frame[:start], frame[start:]
	isListed := frame[1] == '2' || frame[1] == '3'
	// Events and acknowledgements have a list. No other packet has the ID of an acknowledgement.
	isFit := len(acknowledgement) == 0
	if isListed {
		isFit = bytes.HasPrefix(content, []byte("["))
	}
	if !isFit {
		return Packet{}, ErrUnreadable
	}
	p, err := parseContent(frame[1], prefix, content)
	p.Namespace = namespace
	return p, err
}

// IsConnect reports whether a frame, which Parse has parsed, connects the client to a namespace. Its content, if any, is for the app to
// know the client by, such as a token.
func IsConnect(frame []byte) bool { return bytes.HasPrefix(frame, []byte("40")) }

// parseContent parses the content of a packet of a type of socket.io. It must be one JSON value.
func parseContent(kind byte, prefix, content []byte) (Packet, error) {
	switch {
	case len(content) == 0:
		return Packet{Kind: Control}, nil
	case !json.Valid(content):
		return Packet{}, ErrUnreadable
	case kind == '2':
		return newEvent(prefix, content)
	case kind == '3':
		return newMessage(prefix, `"data":`, content, `}`), nil
	}
	return newMessage(prefix, `"data":[`, content, `]}`), nil
}

// parseEngine parses a packet of Engine.IO that is no message: open, close, ping, pong, upgrade or noop. The app opens with JSON.
func parseEngine(frame []byte) (Packet, error) {
	switch {
	case frame[0] == '0' && json.Valid(frame[1:]): // open
		return newMessage(frame[:1], `"data":[`, frame[1:], `]}`), nil
	case frame[0] < '0' || frame[0] > '6':
		return Packet{}, ErrUnreadable
	case len(frame) == 1, string(frame[1:]) == "probe": // A ping and a pong say probe when a transport is tried.
		return Packet{Kind: Control}, nil
	}
	return Packet{}, ErrUnreadable
}

// packetParts matches the namespace with its comma and the ID of the acknowledgement, which precede the content. A namespace without a comma
// ends the packet. Both are short, so that nothing else can stand in them.
var packetParts = regexp.MustCompile(`^(/[A-Za-z0-9._:/-]{0,128}(?:,|$))?([0-9]{1,9})?(?:$|[^0-9])`)

// newMessage returns a packet whose document has the prefix as the member packet, and after it the content between two pieces of JSON, of which
// the last closes the document.
func newMessage(prefix []byte, before string, content []byte, after string) Packet {
	document := append(jsontext.AppendString([]byte(`{"packet":`), prefix), ',')
	return Packet{Kind: Message, Document: append(append(append(document, before...), content...), after...)}
}

// newEvent returns the packet of an event. The content is an array with the name of the event first.
func newEvent(prefix, content []byte) (Packet, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(content, &list); err != nil || len(list) == 0 || list[0][0] != '"' {
		return Packet{}, ErrUnreadable
	}
	data := []byte(`"event":` + string(list[0]) + `,"data":[`)
	for i, argument := range list[1:] {
		if i > 0 {
			data = append(data, ',')
		}
		data = append(data, argument...)
	}
	return newMessage(prefix, "", data, "]}"), nil
}

// Format returns the frame of a document. A document without a member `packet` is an event, and its frame begins with the prefix.
func Format(document []byte, prefix string) ([]byte, error) {
	// Names are exact: a struct would also take those that differ in upper and lower case.
	var members map[string]json.RawMessage
	if err := json.Unmarshal(document, &members); err != nil {
		return nil, ErrUnreadable
	}
	content := struct {
		Packet string
		Data   []json.RawMessage
	}{Packet: prefix}
	for name, into := range map[string]any{"packet": &content.Packet, "data": &content.Data} {
		if raw, isThere := members[name]; isThere && json.Unmarshal(raw, into) != nil {
			return nil, ErrUnreadable
		}
	}
	isEvent := strings.HasPrefix(content.Packet, "42")
	if isEvent { // The name is the first element of the list in the frame.
		content.Data = append([]json.RawMessage{members["event"]}, content.Data...)
	}
	out := []byte(content.Packet)
	for i, argument := range content.Data {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, argument...)
	}
	// Only events and acknowledgements have a list in the frame. Other packets have a single value.
	if isEvent || strings.HasPrefix(content.Packet, "43") {
		list := append([]byte(content.Packet+"["), out[len(content.Packet):]...)
		return append(list, ']'), nil
	}
	return out, nil
}
