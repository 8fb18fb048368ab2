package shape

import (
	"slices"
	"strings"
)

// Paths are the paths that a shape serves. The zero value has none.
type Paths struct {
	list     []string
	patterns []pattern
}

// ListPaths returns the paths of all routes but those that refuse their requests, in the order of the routes. values stand in place of the
// parameters, as in With. ListPaths omits paths that With refuses.
func (s *Shape) ListPaths(values map[string]string) Paths {
	all := expansion{values: s.chooseValues(values)}
	var paths Paths
	for i := range s.Routes {
		if s.Routes[i].Use == UseRefuse {
			continue
		}
		for _, path := range expandList(s.Routes[i].Path, all.expand) {
			if parsed, err := parsePattern(path); err == nil && !slices.Contains(paths.list, path) {
				paths.list, paths.patterns = append(paths.list, path), append(paths.patterns, parsed)
			}
		}
	}
	return paths
}

// chooseValues returns a value for each parameter of the shape: the given one, or else the default.
func (s *Shape) chooseValues(given map[string]string) map[string]string {
	values := make(map[string]string, len(s.Parameters))
	for name, value := range s.Parameters {
		if chosen, isGiven := given[name]; isGiven {
			value = chosen
		}
		values[name] = value
	}
	return values
}

// List returns the paths as the shape has them, with its variables.
func (p Paths) List() []string { return p.list }

// HaveBase reports whether one of the paths begins with base, the path of the URL to which clients append the rest of a path. A base is also
// a whole path. A slash at its end does not matter, because clients omit it or need it.
func (p Paths) HaveBase(base string) bool {
	base = strings.TrimSuffix(base, "/")
	return base == "" || slices.ContainsFunc(p.patterns, func(path pattern) bool { return path.hasBase(base) })
}

// hasBase reports whether the pattern stands for a path that begins with the segments of base, which does not end with a slash.
func (p pattern) hasBase(base string) bool {
	first := p
	if count := strings.Count(base, "/"); count <= len(p.segments) {
		first = pattern{segments: p.segments[:count]}
	}
	return first.match(base)
}
