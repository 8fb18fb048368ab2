package shape

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ListUnread describes what the sidecar passes on unread of what people send: the routes that pass everything or files, the fields of
// forms that are files, and the places of requests that are opaque. Each description is unique; routes come first.
func (s *Shape) ListUnread() (unread []string) {
	for i := range s.Routes {
		r := &s.Routes[i]
		if r.Use == UsePass || r.Use == UseFiles {
			unread = append(unread, fmt.Sprintf("%s %s (route %s: %s)", strings.Join(r.Method, ", "), strings.Join(r.Path, ", "), r.Name, r.Use))
		}
	}
	places := map[string]bool{}
	for _, d := range append(slices.Collect(maps.Values(s.Requests)), s.Request) {
		d.addUnread(places)
	}
	return append(unread, slices.Sorted(maps.Keys(places))...)
}

// addUnread adds a description of each place of a request that passes unread.
func (d *Document) addUnread(places map[string]bool) {
	for _, field := range d.Files {
		places[field+" (files in a form)"] = true
	}
	for i := range d.Places {
		for _, selector := range d.Places[i].At {
			if d.Places[i].Is == Opaque {
				places[selector+" (opaque)"] = true
			}
		}
	}
}
