package shaped

import (
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/ndjson"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// splitter splits a stream into events.
type splitter interface {
	Write(piece []byte, handle func(data []byte) error) error
	Close(handle func(data []byte) error) error
}

// framing separates the events of streams.
type framing struct {
	// mediaType is that of the streams.
	mediaType   string
	newSplitter func() splitter
	appendEvent func(dst, data []byte) []byte
	// keepAlive is what keeps a connection open, or "".
	keepAlive string
}

// framings has the framings that shapes can name.
var framings = map[string]framing{
	shape.FramingSSE:    {"text/event-stream", func() splitter { return &sse.Splitter{} }, sse.Append, sse.Comment},
	shape.FramingNDJSON: {"application/x-ndjson", func() splitter { return &ndjson.Splitter{} }, ndjson.Append, ""},
	// The documents of frames have no media type, and a line for each.
	shape.FramingWebSocket: {"", func() splitter { return &ndjson.Splitter{} }, ndjson.Append, ""},
	shape.FramingSocketIO:  {"", func() splitter { return &ndjson.Splitter{} }, ndjson.Append, ""},
}

// newFraming returns the framing of a stream.
func newFraming(s *shape.Stream) framing {
	f := framings[s.Framing]
	if s.MediaType != "" {
		f.mediaType = s.MediaType
	}
	return f
}

// appendEvent appends an event with its framing. The name is that of a server-sent event, or "".
func (f *Format) appendEvent(dst []byte, name string, data []byte) []byte {
	if name != "" {
		dst = append(append(append(dst, "event: "...), name...), '\n')
	}
	return f.framing.appendEvent(dst, data)
}
