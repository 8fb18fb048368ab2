package shape

import (
	"fmt"
	"slices"
	"strings"
)

// Secrets finds the segments of paths that are not searched for personal data.
type Secrets []secretPath

// secretPath is a path of a route with the index of the segment, the empty one before the first slash included.
type secretPath struct {
	pattern pattern
	index   int
}

// NewSecrets returns the Secrets of a route that With has returned; nil if its paths have none.
func NewSecrets(r *Route) (Secrets, error) {
	var found Secrets
	for _, path := range r.Path {
		index := slices.IndexFunc(strings.Split(path, "/"), func(segment string) bool { return strings.Contains(segment, secretVariable) })
		if index < 0 {
			continue
		}
		p, err := parsePattern(path)
		if err != nil {
			return nil, fmt.Errorf("route %q: %w", r.Name, err)
		}
		found = append(found, secretPath{p, index})
	}
	return found, nil
}

// Find returns the segment that is not searched, as it was sent, of a path as it was sent, or "".
func (s Secrets) Find(path string) string {
	for _, known := range s {
		if known.pattern.match(path) {
			return strings.Split(path, "/")[known.index]
		}
	}
	return ""
}

// LeaveOut returns the path, as it was sent, without the segment that is not searched.
func (s Secrets) LeaveOut(path string) string {
	for _, known := range s {
		if known.pattern.match(path) {
			segments := strings.Split(path, "/")
			return strings.Join(slices.Delete(segments, known.index, known.index+1), "/")
		}
	}
	return path
}
