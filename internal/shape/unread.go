package shape

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ListUnread describes what the sidecar passes on unread: the routes that pass everything or files, those that take any path for one of a page,
// the fields of forms that are files, and the places of requests and answers that are opaque. Each description is unique; routes come first.
func (s *Shape) ListUnread() (unread []string) {
	for i := range s.Routes {
		r := &s.Routes[i]
		if r.Use == UsePass || r.Use == UseFiles || r.Use == UseAsset && slices.ContainsFunc(r.Path, isAnyPath) {
			unread = append(unread, fmt.Sprintf("%s %s (route %s: %s)", strings.Join(r.Method, ", "), strings.Join(r.Path, ", "), r.Name, r.Use))
		}
	}
	places := map[string]bool{}
	for _, d := range append(slices.Collect(maps.Values(s.Requests)), s.Request) {
		d.addUnread(places, "opaque")
	}
	for _, d := range append(slices.Collect(maps.Values(s.Answers)), s.Answer) {
		d.addUnread(places, "opaque in answers")
	}
	for _, stream := range append(slices.Collect(maps.Values(s.Streams)), s.Stream) {
		stream.addUnread(places, "opaque in answers")
	}
	return append(unread, slices.Sorted(maps.Keys(places))...)
}

// isAnyPath reports whether a path is a pattern that leaves even the first segment open: a page can then be asked for at any path, with
// anything in its query, and have any content.
func isAnyPath(path string) bool {
	return strings.HasPrefix(path, "/*") || strings.HasPrefix(path, "/{")
}

// addUnread adds a description of each place of a document that passes unread; opaque describes its opaque places.
func (d *Document) addUnread(places map[string]bool, opaque string) {
	for _, field := range d.Files {
		places[field+" (files in a form)"] = true
	}
	for i := range d.Places {
		for _, selector := range d.Places[i].At {
			if d.Places[i].Is == Opaque {
				places[selector+" ("+opaque+")"] = true
			}
		}
	}
}
