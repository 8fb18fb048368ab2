package shape

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Head is what the header of a request says about its route.
type Head struct {
	Method string
	// Path is the path as it was sent, with its percent escapes.
	Path string
	// Query is the query as it was sent.
	Query string
	// Type is the Content-Type; "" for none, and all of them with commas between if there are several.
	Type string
	// Upgrade is the header Upgrade; "" for none, and for an offer that a server may ignore.
	Upgrade string
}

// Router finds the routes of requests. It is immutable and safe for concurrent use.
type Router struct{ routes []matcher }

// matcher is a compiled route.
type matcher struct {
	route    *Route
	patterns []pattern
	// loose are the patterns for LeadsTo, which finds paths that an app could take for one of the route: in lower case, with variables that
	// stand for any text.
	loose []pattern
	// when are the member names of the condition on the body.
	when []string
	// readsQuery means that the texts of the requests are in the query.
	readsQuery bool
}

// NewRouter returns the router of a shape that With has returned.
func NewRouter(s *Shape) (*Router, error) {
	r := &Router{}
	for i := range s.Routes {
		m := matcher{route: &s.Routes[i]}
		m.readsQuery = s.Of(m.route).Request.Fields == FieldsInQuery
		for _, path := range m.route.Path {
			p, err := parsePattern(path)
			if err != nil {
				return nil, fmt.Errorf("route %q: %w", m.route.Name, err)
			}
			m.patterns, m.loose = append(m.patterns, p), append(m.loose, p.relax())
		}
		if m.route.When != nil {
			m.when = parseMembers(m.route.When.At)
		}
		r.routes = append(r.routes, m)
	}
	return r, nil
}

// Find returns the index of the first route, from the given index on, that the header of a request matches. If the route has a When, the
// caller must read the body; if the body does not match, the next route that matches holds. Find returns none if a server could take the
// request for one of an earlier route, such as one whose path is spelled in another way.
func (r *Router) Find(c *Head, from int) (index int, found bool) {
	for i := from; i < len(r.routes); i++ {
		if r.routes[i].match(c) {
			return i, !r.isShadowed(i, c)
		}
	}
	return 0, false
}

// ListMethods returns the methods of all routes that have the path. It is empty if nothing is served there.
func (r *Router) ListMethods(path string) []string {
	var list []string
	for i := range r.routes {
		if r.routes[i].matchPath(path) {
			list = append(list, r.routes[i].route.Method...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// FindPath returns the index of the first route that has the path, whatever else it needs. It prefers a route that has the
// method.
func (r *Router) FindPath(method, path string) (index int, found bool) {
	for i := range r.routes {
		if !r.routes[i].matchPath(path) {
			continue
		}
		if slices.Contains(r.routes[i].route.Method, method) {
			return i, true
		}
		if !found {
			index, found = i, true
		}
	}
	return index, found
}

// LeadsTo reports whether a server could read the path of a route out of a path. Routes that pass requests unread do not count.
func (r *Router) LeadsTo(method, path string) bool {
	spellings := foldSpellings(method, path)
	return slices.ContainsFunc(r.routes, func(m matcher) bool { return m.isGoverned() && m.leadsTo(path, spellings) })
}

// HasWhen reports whether the route at the index has a condition on the body.
func (r *Router) HasWhen(index int) bool { return len(r.routes[index].when) > 0 }

// MatchBody reports whether a body meets the condition of the route at the index.
func (r *Router) MatchBody(index int, body []byte) bool {
	m := &r.routes[index]
	return len(m.when) == 0 || m.route.When.match(m.when, body)
}

func (m *matcher) match(c *Head) bool {
	return m.matchMethod(c.Method) && m.matchPath(c.Path) && m.matchType(c.Type) && m.matchQuery(c.Query) &&
		m.matchUpgrade(c.Upgrade)
}

// matchUpgrade reports whether the route has requests that ask for a protocol, or for none.
func (m *matcher) matchUpgrade(upgrade string) bool {
	if m.route.Upgrade == "" {
		return upgrade == "" || m.route.takesUpgrades()
	}
	return strings.EqualFold(m.route.Upgrade, upgrade)
}

// matchMethod reports whether the route has a method. HEAD asks for the header of what GET would get, but no route of a turn takes it: a
// turn by GET has its message in the query, and the app would act on the message of a HEAD, too.
func (m *matcher) matchMethod(method string) bool {
	isHead := method == http.MethodHead && m.route.Use != UseTurn
	return slices.Contains(m.route.Method, method) || isHead && slices.Contains(m.route.Method, http.MethodGet)
}

func (m *matcher) matchPath(path string) bool {
	for i := range m.patterns {
		if m.patterns[i].match(path) {
			return true
		}
	}
	return false
}

func (m *matcher) matchType(contentType string) bool {
	if len(m.route.Type) == 0 {
		return true
	}
	// The error is that of the parameters, which do not matter.
	media, _, _ := mime.ParseMediaType(contentType)
	return slices.Contains(m.route.Type, media)
}

func (m *matcher) matchQuery(query string) bool {
	if len(m.route.Query) == 0 {
		return true
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return false
	}
	for name, want := range m.route.Query {
		got := values[name]
		if len(got) != 1 || want != AnyValue && got[0] != want {
			return false
		}
	}
	return true
}

// pattern is a compiled path.
type pattern struct {
	segments []segment
	// hasRest means that the pattern goes on with any segments.
	hasRest bool
	// isLoose means that variables and the rest stand for any text, also for one that servers read in different ways.
	isLoose bool
}

// segment is a segment of a pattern: a text, or a variable between two texts.
type segment struct {
	before, after string
	isOpen        bool
	// isSecret means that the variable is secretVariable.
	isSecret bool
}

// parsePattern parses a path of a route, without parameters.
func parsePattern(path string) (pattern, error) {
	rest, isAbsolute := strings.CutPrefix(path, "/")
	if !isAbsolute {
		return pattern{}, fmt.Errorf("%q is not an absolute path", path)
	}
	var p pattern
	list := strings.Split(rest, "/")
	if list[len(list)-1] == "**" {
		p.hasRest, list = true, list[:len(list)-1]
	}
	for _, text := range list {
		before, variable, isOpen := strings.Cut(text, "{")
		name, after, isClosed := strings.Cut(variable, "}")
		if isOpen && (!isClosed || !parameter.MatchString(name)) {
			return pattern{}, fmt.Errorf("%q has a variable that is not written as {name}", path)
		}
		if strings.ContainsAny(before+after, "{}*%?#;\\") {
			return pattern{}, fmt.Errorf("the segment %q of %q has a special character, or two variables", text, path)
		}
		p.segments = append(p.segments, segment{before, after, isOpen, "{"+name+"}" == secretVariable})
	}
	return p, nil
}

// match reports whether the pattern stands for the path. It allocates nothing.
func (p pattern) match(path string) bool {
	rest, isAbsolute := strings.CutPrefix(path, "/")
	if !isAbsolute {
		return false
	}
	hasMore := true
	for _, s := range p.segments {
		if !hasMore {
			return false
		}
		var text string
		text, rest, hasMore = strings.Cut(rest, "/")
		if !p.matchSegment(s, text) {
			return false
		}
	}
	if !p.hasRest {
		return !hasMore
	}
	return hasMore && (p.isLoose || isPlainRest(rest))
}

// matchSegment reports whether a segment of the pattern stands for the text. An open segment has a variable, which stands only for texts that
// all servers read alike, unless the pattern is loose.
func (p pattern) matchSegment(s segment, text string) bool {
	if p.isLoose || !s.isOpen {
		return s.match(text)
	}
	return s.match(text) && (isPlainSegment(text) || s.isSecret && isPlainSecret(text))
}

// relax returns the pattern in lower case, without a slash at its end, with variables that stand for any text.
func (p pattern) relax() pattern {
	loose := pattern{hasRest: p.hasRest, isLoose: true}
	segments := p.segments
	if last := len(segments) - 1; last > 0 && !p.hasRest && segments[last] == (segment{}) { // The path ends with a slash.
		segments = segments[:last]
	}
	for _, s := range segments {
		loose.segments = append(loose.segments, segment{strings.ToLower(s.before), strings.ToLower(s.after), s.isOpen, s.isSecret})
	}
	return loose
}

func (s segment) match(text string) bool {
	if !s.isOpen {
		return text == s.before
	}
	return len(text) > len(s.before)+len(s.after) && strings.HasPrefix(text, s.before) && strings.HasSuffix(text, s.after)
}

// covers reports whether every request that other matches, with its method and path at the indexes, matches m too.
func (m *matcher) covers(other *matcher, method string, path int) bool {
	if !slices.Contains(m.route.Method, method) || !isWhenCovered(m.route.When, other.route.When) {
		return false
	}
	if upgrade := other.route.Upgrade; !m.matchUpgrade(upgrade) || upgrade == "" && other.route.takesUpgrades() && !m.route.takesUpgrades() {
		return false
	}
	if len(m.route.Type) > 0 && (len(other.route.Type) == 0 || !isSubset(other.route.Type, m.route.Type)) {
		return false
	}
	if !isQueryCovered(m.route.Query, other.route.Query) {
		return false
	}
	return slices.ContainsFunc(m.patterns, func(p pattern) bool { return p.covers(other.patterns[path]) })
}

// isQueryCovered reports whether a query that meets the conditions meets the earlier ones too.
func isQueryCovered(earlier, conditions map[string]string) bool {
	for name, value := range earlier {
		got, exists := conditions[name]
		if !exists || value != AnyValue && got != value {
			return false
		}
	}
	return true
}

// isWhenCovered reports whether a body that meets the condition meets the earlier one too.
func isWhenCovered(earlier, condition *When) bool {
	if earlier == nil {
		return true
	}
	if condition == nil || condition.At != earlier.At {
		return false
	}
	return isSubset(condition.In, earlier.In) || slices.Contains(earlier.In, AnyValue) && !slices.Contains(condition.In, "")
}

// parseMembers returns the member names of a selector, or nil if it does not consist of member names.
func parseMembers(selector string) []string {
	steps, err := ParseSelector(selector)
	if err != nil {
		return nil
	}
	var names []string
	for _, step := range steps {
		if step.Kind != ToMember {
			return nil
		}
		names = append(names, step.Name)
	}
	return names
}

func isSubset(list, of List) bool {
	return !slices.ContainsFunc(list, func(text string) bool { return !slices.Contains(of, text) })
}

// covers reports whether p matches every path that other matches.
func (p pattern) covers(other pattern) bool {
	if !p.hasRest && (other.hasRest || len(p.segments) != len(other.segments)) || len(other.segments) < len(p.segments) {
		return false
	}
	for i, s := range p.segments {
		if !s.covers(other.segments[i]) {
			return false
		}
	}
	return true
}

// covers reports whether s matches every text that other matches. Two segments with variables must have the same texts around them.
func (s segment) covers(other segment) bool {
	if s.isOpen && !other.isOpen {
		return s.match(other.before)
	}
	return s.isOpen == other.isOpen && strings.HasPrefix(other.before, s.before) && strings.HasSuffix(other.after, s.after) &&
		(s.isOpen || s.before == other.before)
}

// bodyMethods are the methods of requests with a body.
var bodyMethods = []string{http.MethodPatch, http.MethodPost, http.MethodPut}
