package shape

import (
	"encoding/json"
	"slices"
)

// IsMetBy reports whether a body meets the condition.
func (w *When) IsMetBy(body []byte) bool { return w.match(parseMembers(w.At), body) }

// match reports whether a body meets the condition, whose place has the member names.
func (w *When) match(names []string, body []byte) bool {
	for _, name := range names {
		var members map[string]json.RawMessage
		if json.Unmarshal(body, &members) != nil {
			return false
		}
		body = members[name]
	}
	var text string
	return json.Unmarshal(body, &text) == nil && (slices.Contains(w.In, text) || text != "" && slices.Contains(w.In, AnyValue))
}
