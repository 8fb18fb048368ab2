package transform

import (
	"bytes"
	"encoding/json"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
)

// isPlainJSON reports whether a text that people do not read, or what a tool has returned, is a list of JSON, or for a tool one number. Both could
// begin prose, so that the text alone does not say it.
func isPlainJSON(s *dialect.Segment) bool {
	isOfTool := s.Role == dialect.RoleTool
	text := bytes.TrimLeft(s.Text, " \t\r\n")
	if len(text) == 0 || s.Kind != dialect.Text && !isOfTool {
		return false
	}
	isNumber := isOfTool && (text[0] == '-' || '0' <= text[0] && text[0] <= '9')
	return (text[0] == '[' || isNumber) && json.Valid(text)
}

// openWindow returns the window for a text of the kind of the segment.
func (r *redaction) openWindow(s *dialect.Segment) *textWindow {
	if s.Kind == dialect.Text {
		return &textWindow{Window: r.set.DataWindow()}
	}
	return &textWindow{Window: r.set.Window(), correction: r.window(s)}
}
