package shape

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ListUnread describes what the sidecar passes on unread of what people send: the routes that pass everything or files, and the places of
// requests that are opaque. Each description is unique; routes come first.
func (s *Shape) ListUnread() (unread []string) {
	for i := range s.Routes {
		r := &s.Routes[i]
		if r.Use == UsePass || r.Use == UseFiles {
			unread = append(unread, fmt.Sprintf("%s %s (route %s: %s)", strings.Join(r.Method, ", "), strings.Join(r.Path, ", "), r.Name, r.Use))
		}
	}
	opaque := map[string]bool{}
	for _, d := range append(slices.Collect(maps.Values(s.Requests)), s.Request) {
		for i := range d.Places {
			for _, selector := range d.Places[i].At {
				if d.Places[i].Is == Opaque {
					opaque[selector+" (opaque)"] = true
				}
			}
		}
	}
	return append(unread, slices.Sorted(maps.Keys(opaque))...)
}
