package shape

import (
	"cmp"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// isShadowed reports whether the route at the index must not serve a request that it matches, because a server could take the request for
// one of an earlier route that reads or refuses it.
func (r *Router) isShadowed(index int, c *Head) bool {
	later := &r.routes[index]
	if later.route.Use == UseRefuse {
		return false
	}
	var spellings []string
	isFolded := false
	for i := range index {
		earlier := &r.routes[i]
		if !earlier.isGoverned() {
			continue
		}
		if earlier.matchPath(c.Path) {
			if earlier.hidesExactly(later, c) {
				return true
			}
			continue
		}
		if !isFolded {
			spellings, isFolded = foldSpellings(c.Method, c.Path), true
		}
		if earlier.leadsTo(c.Path, spellings) && !earlier.isNamedBy(later, c.Path) && earlier.hidesMethod(later, c.Method) {
			return true
		}
	}
	return false
}

// isGoverned reports whether the sidecar reads or refuses the requests of the route.
func (m *matcher) isGoverned() bool { return m.route.IsRead() || m.route.Use == UseRefuse }

// leadsTo reports whether a server could read the path of the route out of a path with the spellings.
func (m *matcher) leadsTo(path string, spellings []string) bool {
	return slices.ContainsFunc(m.loose, func(p pattern) bool { return p.match(path) || slices.ContainsFunc(spellings, p.match) })
}

// isNamedBy reports whether a later route names the path as precisely as m does, so that its author has chosen this path.
func (m *matcher) isNamedBy(later *matcher, path string) bool {
	for i := range later.patterns {
		isNamed := func(p pattern) bool { return p.covers(later.loose[i]) }
		if later.patterns[i].match(path) && (later.patterns[i].isLiteral() || slices.ContainsFunc(m.loose, isNamed)) {
			return true
		}
	}
	return false
}

// hidesMethod reports whether a request with the path of m and the method must not go to the later route, unless the later route names the
// path itself. Requests with a method of m must not. Those with another method may go to a later route that reads them, or whose page is
// at the same path as a turn, if m reads no query.
func (m *matcher) hidesMethod(later *matcher, method string) bool {
	switch {
	case m.hasMethod(method):
		return true
	case m.route.Use == UseRefuse, later.route.IsRead():
		return false
	}
	return later.route.Use != UseAsset || m.readsQuery
}

// hidesExactly reports whether a request with exactly the path of m must not go to the later route.
func (m *matcher) hidesExactly(later *matcher, c *Head) bool {
	isNamed := m.isNamedBy(later, c.Path)
	if !m.hasMethod(c.Method) {
		return !isNamed && m.hidesMethod(later, c.Method)
	}
	isWithoutUpgrade := m.needsUpgrade() && c.Upgrade == ""
	if !isWithoutUpgrade && m.matchUpgrade(c.Upgrade) && m.couldMatch(later, c) {
		return true
	}
	// Without the upgrade, nothing but a page is asked for.
	isPage := isWithoutUpgrade && later.route.Use == UseAsset
	return !later.route.IsRead() && !isNamed && !isPage
}

// needsUpgrade reports whether the route has only requests that ask for another protocol.
func (m *matcher) needsUpgrade() bool { return m.route.Upgrade != "" || m.route.Use == UseSocket }

// couldMatch reports whether a server could take a request with the path and the method of m for one of m, although its query or type, or
// HEAD, is not that of m. A later route that reads the request may have another type, and HEAD.
func (m *matcher) couldMatch(later *matcher, c *Head) bool {
	isQuery := m.matchQuery(c.Query)
	if !isQuery && m.couldMatchQuery(c.Query) {
		return true
	}
	if later.route.IsRead() {
		return false
	}
	return isQuery && !m.matchMethod(c.Method) || !m.matchType(c.Type) && m.couldMatchType(c.Type)
}

// hasMethod reports whether a server that takes HEAD for GET serves the method on the route.
func (m *matcher) hasMethod(method string) bool {
	return slices.Contains(m.route.Method, method) || method == http.MethodHead && slices.Contains(m.route.Method, http.MethodGet)
}

// couldMatchQuery reports whether a server could find the query of the route in a query: it may take any of several values, ignore upper and
// lower case, separate by a semicolon, and keep what is wrongly escaped.
func (m *matcher) couldMatchQuery(query string) bool {
	pairs := strings.FieldsFunc(query, func(c rune) bool { return c == '&' || c == ';' })
	for name, want := range m.route.Query {
		isFound := slices.ContainsFunc(pairs, func(pair string) bool {
			key, value, _ := strings.Cut(pair, "=")
			return strings.EqualFold(decodeLoosely(key), name) && (want == AnyValue || strings.EqualFold(decodeLoosely(value), want))
		})
		if !isFound {
			return false
		}
	}
	return true
}

// decodeLoosely decodes a text of a query, and keeps what is no escape.
func decodeLoosely(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		decoded = decodePath(text)
	}
	return strings.TrimSpace(decoded)
}

// couldMatchType reports whether a server could find a type of the route in a Content-Type: one that says nothing, contradicts itself, or
// cannot be parsed.
func (m *matcher) couldMatchType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	sent := strings.ToLower(cmp.Or(contentType, strings.Join(m.route.Type, " ")))
	return (media == "" || err != nil) && slices.ContainsFunc(m.route.Type, func(want string) bool { return strings.Contains(sent, want) })
}

// isLiteral reports whether the pattern stands for one path.
func (p pattern) isLiteral() bool {
	return !p.hasRest && !slices.ContainsFunc(p.segments, func(s segment) bool { return s.isOpen })
}
