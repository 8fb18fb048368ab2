package shape

import (
	"fmt"
	"slices"
)

// Framings of sockets.
const (
	// FramingWebSocket is for text frames with JSON.
	FramingWebSocket = "websocket"
	// FramingSocketIO is for packets of socket.io. A document is the object {"event": name, "data": [arguments]}.
	FramingSocketIO = "socketio"
)

// socketFramings lists the framings of sockets.
func socketFramings() []string { return []string{FramingSocketIO, FramingWebSocket} }

// framings lists the values of Stream.Framing, sorted.
func framings() []string {
	return []string{FramingAWS, FramingJSONArray, FramingNamedSSE, FramingNDJSON, FramingPrefixLines, FramingSocketIO, FramingSSE, FramingWebSocket}
}

// IsSocket reports whether the events are the frames of a socket. Each of them stands for itself: an app sends events of many names, in any
// order, for as long as the connection is open.
func (s *Stream) IsSocket() bool { return slices.Contains(socketFramings(), s.Framing) }

// hasOnlySockets reports whether nothing but frames is read, so that there are no whole answers.
func (s *Shape) hasOnlySockets() bool {
	return !slices.ContainsFunc(s.Routes, func(r Route) bool { return r.IsRead() && r.Use != UseSocket })
}

// checkSocket checks that frames are described for sockets, and for nothing else. The shape is that of the route.
func (s *Shape) checkSocket(f *faults, where string, r *Route) {
	framing, isSocket := s.Stream.Framing, s.Stream.IsSocket()
	if r.Use == UseSocket && !isSocket || r.Use == UseTurn && isSocket {
		f.add(where+".stream", fmt.Sprintf("streams with the framing %q do not belong to the use %s", framing, r.Use),
			"Describe frames, with the framing socketio or websocket, for the use socket and for no other.")
	}
}
