package failure

import (
	"bytes"
	"encoding/json"
)

// isStream reports whether each line of a text is an event that clients put together with others: JSON, alone (NDJSON), after `data:`
// (server-sent events), or after one character and a colon (0:"Hello"). A single event is none.
func isStream(text []byte) bool {
	events := 0
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0, isEventField(line):
		case isEvent(line):
			events++
		default:
			return false
		}
	}
	return events > 1
}

// isEventField reports whether a line is a comment, or a field other than data, of server-sent events.
func isEventField(line []byte) bool {
	for _, field := range []string{":", "event:", "id:", "retry:"} {
		if bytes.HasPrefix(line, []byte(field)) {
			return true
		}
	}
	return false
}

// isEvent reports whether a line is an event of a stream.
func isEvent(line []byte) bool {
	if data, isData := bytes.CutPrefix(line, []byte("data:")); isData {
		return len(data) > 0
	}
	if len(line) > 2 && line[1] == ':' {
		line = line[2:]
	}
	isText := line[0] == '"' || line[0] == '{' || line[0] == '['
	return isText && json.Valid(line)
}
