package shaped

import (
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/awsstream"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsonarray"
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
	// end is the data of the event that ends every stream; "" if there is none.
	end string
	// begin corrects the first bytes of a stream; nil if nothing has to be corrected.
	begin func(written []byte) []byte
}

// framings has the framings that shapes can name.
var framings = map[string]framing{
	shape.FramingSSE: {
		mediaType: "text/event-stream", newSplitter: func() splitter { return &sse.Splitter{} }, appendEvent: sse.Append, keepAlive: sse.Comment,
	},
	shape.FramingNamedSSE: {
		mediaType: "text/event-stream", newSplitter: func() splitter { return &sse.NamedSplitter{} }, appendEvent: sse.AppendNamed, keepAlive: sse.Comment,
	},
	shape.FramingPrefixLines: {
		mediaType: "text/plain", newSplitter: func() splitter { return &ndjson.PrefixSplitter{} }, appendEvent: ndjson.AppendPrefixed,
	},
	shape.FramingNDJSON: {mediaType: "application/x-ndjson", newSplitter: newLineSplitter, appendEvent: ndjson.Append},
	shape.FramingJSONArray: {
		mediaType: "application/json", newSplitter: func() splitter { return &jsonarray.Splitter{} }, appendEvent: jsonarray.Append,
		end: jsonarray.End, begin: jsonarray.Begin,
	},
	shape.FramingAWS: {
		mediaType: "application/vnd.amazon.eventstream", newSplitter: func() splitter { return &awsstream.Splitter{} }, appendEvent: awsstream.Append,
	},
	// The documents of frames have no media type, and a line for each.
	shape.FramingWebSocket: {newSplitter: newLineSplitter, appendEvent: ndjson.Append},
	shape.FramingSocketIO:  {newSplitter: newLineSplitter, appendEvent: ndjson.Append},
}

func newLineSplitter() splitter { return &ndjson.Splitter{} }

// newFraming returns the framing of a stream.
func newFraming(s *shape.Stream) framing {
	f := framings[s.Framing]
	if s.MediaType != "" {
		f.mediaType = s.MediaType
	}
	return f
}

// Begin corrects the first bytes of a stream.
func (f *Format) Begin(written []byte) []byte {
	if f.framing.begin == nil {
		return written
	}
	return f.framing.begin(written)
}

// appendEnd appends the event that ends every stream, if the framing has one.
func (f *Format) appendEnd(dst []byte) []byte {
	if f.framing.end == "" {
		return dst
	}
	return f.framing.appendEvent(dst, []byte(f.framing.end))
}

// appendEvent appends an event with its framing. The name is that of a server-sent event, or "".
func (f *Format) appendEvent(dst []byte, name string, data []byte) []byte {
	if name != "" {
		dst = append(append(append(dst, "event: "...), name...), '\n')
	}
	return f.framing.appendEvent(dst, data)
}
