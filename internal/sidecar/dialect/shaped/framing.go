package shaped

import (
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/sse"
)

// framing opens the splitter of a stream.
type framing struct {
	open func() splitter
}

// framings has the framings that shapes can name.
var framings = map[string]framing{
	shape.FramingSSE: {open: func() splitter { return &sse.Splitter{} }},
}

// appendEvent appends an event with its framing.
func (f *Format) appendEvent(dst []byte, name string, data []byte) []byte {
	if name != "" {
		dst = append(append(append(dst, "event: "...), name...), '\n')
	}
	return sse.Append(dst, data)
}
