package shape

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// checkRoutes checks the names of parameters, and each route. Values must stand in the routes already, in place of the parameters.
func (s *Shape) checkRoutes(f *faults) {
	for _, name := range slices.Sorted(maps.Keys(s.Parameters)) {
		if !parameter.MatchString(name) {
			f.add("parameters", fmt.Sprintf("%q is not a name", name), "Use up to 32 letters and digits, a lower-case letter first.")
		}
	}
	if len(s.Routes) == 0 {
		f.add("routes", "there is none", "Name the method and the path of at least one turn.")
	}
	before := len(*f)
	s.countRoutes(f)
	if len(*f) > before {
		return
	}
	for i := range s.Routes {
		s.checkRoute(f, fmt.Sprintf("routes[%d]", i), &s.Routes[i])
	}
	if len(*f) == before {
		s.checkOrder(f)
	}
}

// countRoutes checks that the shape has no more routes and paths than can be compared with each other.
func (s *Shape) countRoutes(f *faults) {
	if len(s.Routes) > maxRoutes {
		f.add("routes", fmt.Sprintf("there are %d", len(s.Routes)), fmt.Sprintf("Use at most %d.", maxRoutes))
		return
	}
	all := 0
	for i := range s.Routes {
		count := len(s.Routes[i].Path)
		if count > maxPaths {
			f.add(fmt.Sprintf("routes[%d].path", i), fmt.Sprintf("there are %d", count), fmt.Sprintf("Use at most %d, or a variable in place of a segment.", maxPaths))
		}
		all += count
	}
	if all > maxAllPaths {
		f.add("routes", fmt.Sprintf("they have %d paths", all), fmt.Sprintf("Use at most %d.", maxAllPaths))
	}
}

// checkRoute checks one route by itself.
func (s *Shape) checkRoute(f *faults, where string, r *Route) {
	if !shapeName.MatchString(r.Name) {
		f.add(where+".name", fmt.Sprintf("%q is not a name", r.Name), "Use up to 63 lower-case letters, digits and hyphens, a letter first.")
	}
	if s.countNamed(r.Name) > 1 {
		f.add(where+".name", fmt.Sprintf("%q names several routes", r.Name), "Give each route a name of its own.")
	}
	f.checkOneOf(where+".use", r.Use, uses())
	checkList(f, where+".method", r.Method)
	for _, method := range r.Method {
		f.checkOneOf(where+".method", method, methodsOf[r.Use])
	}
	checkList(f, where+".path", r.Path)
	for _, path := range r.Path {
		checkPath(f, where+".path", path)
	}
	for _, media := range r.Type {
		if media != strings.ToLower(media) || strings.Count(media, "/") != 1 || strings.ContainsAny(media, "; *") {
			f.add(where+".type", fmt.Sprintf("%q is not a media type", media), "Write it in lower case, without parameters.")
		}
	}
	checkWhen(f, where+".when", r)
	s.checkRouteDocuments(f, where, r)
}

// countNamed returns the number of routes with the name.
func (s *Shape) countNamed(name string) int {
	count := 0
	for i := range s.Routes {
		if s.Routes[i].Name == name {
			count++
		}
	}
	return count
}

// checkRouteDocuments checks that the documents of a route exist and fit its use, and then its other keys.
func (s *Shape) checkRouteDocuments(f *faults, where string, r *Route) {
	checkNamed(f, where+".request", r.Request, s.Requests)
	checkNamed(f, where+".answer", r.Answer, s.Answers)
	checkNamed(f, where+".stream", r.Stream, s.Streams)
	checkNamed(f, where+".say", r.Say, s.Says)
	of := s.Of(r)
	of.checkRouteBody(f, where, r)
	of.checkSocket(f, where, r)
	of.checkAlwaysStreams(f, where, r)
	of.checkChannel(f, where, r)
	of.checkRouteRecall(f, where, r)
	r.checkKeys(f, where)
}

// checkKeys checks that keys stand only where the use of the route needs them.
func (r *Route) checkKeys(f *faults, where string) {
	if r.Side != "" {
		f.checkOneOf(where+".side", r.Side, []string{SidePorts, SideProcessors})
	}
	namesDocuments := r.Request+r.Answer+r.Stream+r.Say != ""
	isReason := r.Use == UseRefuse && strings.HasSuffix(r.Reason, ".")
	f.addIf(!r.IsRead() && namesDocuments, where,
		"it names documents, but nothing reads them for the use "+r.Use, "Remove request, answer, stream and say.")
	f.addIf(r.Reason != "" && !isReason, where+".reason",
		fmt.Sprintf("%q is not a sentence of a route that refuses", r.Reason), "End it with a full stop, or remove it.")
	f.addIf(r.Fetches && (r.Use != UseTurn || r.FindSession() == 0), where+".fetches",
		"the route is no turn, or its path has no "+sessionVariable, "Remove it, or name the conversation in the path.")
	f.addIf(r.Polls && r.Use != UseHistory, where+".polls", "the route is no history", "Remove it.")
	f.addIf(r.Upgrade != "" && !r.canUpgrade(), where+".upgrade",
		"the sidecar reads other protocols only as a socket", "Use socket, pass or refuse.")
}

// checkAlwaysStreams checks that a route whose answers are always streams has a stream, and what to say in it. The shape is that of the route.
func (s *Shape) checkAlwaysStreams(f *faults, where string, r *Route) {
	if r.AlwaysStreams && (r.Use != UseTurn || s.Stream.isEmpty() || s.Say != nil && len(s.Say.Stream) == 0) {
		f.add(where+".alwaysStreams", "the route is no turn with a stream, or say.stream is missing", "Remove it, or describe what is missing.")
	}
}

func checkList(f *faults, where string, list List) {
	if len(list) == 0 {
		f.add(where, "it is empty", "Name at least one.")
	}
}

// checkPath checks a path of a route.
func checkPath(f *faults, where, path string) {
	for _, match := range variable.FindAllStringSubmatch(path, -1) {
		f.add(where, fmt.Sprintf("the parameter ${%s} does not exist", match[1]), "Give it a default value in parameters.")
		return
	}
	if _, err := parsePattern(path); err != nil {
		f.add(where, err.Error(), "Begin it with a slash, write a variable as {name}, and ** only as the last segment.")
	}
}

// checkWhen checks the condition on the body of a route.
func checkWhen(f *faults, where string, r *Route) {
	if r.When == nil {
		return
	}
	checkCondition(f, where, r.When)
	if !r.IsRead() && r.Use != UseRefuse {
		f.add(where, "nothing reads the body for the use "+r.Use, "Remove it.")
	}
	if !isSubset(r.Method, bodyMethods) {
		f.add(where, "a method of the route has no body", "Use only "+strings.Join(bodyMethods, ", ")+", or a condition on the query.")
	}
}

// checkCondition checks the place and the texts of a condition.
func checkCondition(f *faults, where string, w *When) {
	if steps := parseMembers(w.At); len(steps) == 0 {
		f.add(where+".at", fmt.Sprintf("%q does not consist of member names", w.At), "Write it as $.name or $.name.name.")
	}
	checkList(f, where+".in", w.In)
}

// checkRouteBody checks that the methods of a route have what its requests are written in. The shape is that of the route.
func (s *Shape) checkRouteBody(f *faults, where string, r *Route) {
	fields := s.Request.Fields
	isInBody := isSubset(r.Method, bodyMethods)
	switch {
	case fields == FieldsInQuery && slices.ContainsFunc(r.Method, func(method string) bool { return slices.Contains(bodyMethods, method) }):
		f.add(where+".request", "the texts are in the query, but a method of the route has a body", "Use GET or DELETE.")
	case fields != FieldsInQuery && (r.Use == UseTurn || r.Use == UseReply) && !isInBody:
		f.add(where+".method", "a "+r.Use+" without a body has no texts", "Use POST, or a request with `fields: query`.")
	}
	if fields != "" && r.When != nil {
		f.add(where+".when", "the body is no JSON", "Remove it, or put a condition on the query or the type.")
	}
}

// checkNamed adds a fault if the route names a document that does not exist.
func checkNamed[T any](f *faults, where, name string, documents map[string]T) {
	if _, exists := documents[name]; name != "" && !exists {
		f.add(where, fmt.Sprintf("the document %q does not exist", name), "Use one of "+joinKeys(documents)+".")
	}
}

// joinKeys returns the names in a map, or `none`.
func joinKeys[T any](m map[string]T) string {
	if len(m) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}

// checkOrder adds a fault for each method and path that no request can reach, because an earlier route matches all of them.
func (s *Shape) checkOrder(f *faults) {
	router, err := NewRouter(s)
	if err != nil {
		f.add("routes", err.Error(), "Correct the path.")
		return
	}
	for i := range router.routes {
		for _, method := range s.Routes[i].Method {
			for j, path := range s.Routes[i].Path {
				earlier := slices.IndexFunc(router.routes[:i], func(m matcher) bool { return m.covers(&router.routes[i], method, j) })
				if earlier >= 0 {
					f.add(fmt.Sprintf("routes[%d]", i), fmt.Sprintf("requests cannot tell %s %s from routes[%d]", method, path, earlier),
						"Put the route with the narrower path first, or give the routes different methods, paths or conditions.")
				}
			}
		}
	}
}

// checkDocuments checks the documents of the shape, and those that routes name.
func (s *Shape) checkDocuments(f *faults) {
	checkDocument(f, OfRequest, OfRequest, s.Request, nil)
	if !s.hasOnlySockets() {
		checkDocument(f, OfAnswer, OfAnswer, s.Answer, nil)
	}
	if !s.Stream.isEmpty() {
		s.Stream.check(f, OfStream)
	} else if s.Say != nil && len(s.Say.Stream) > 0 {
		f.add("say.stream", "the shape has no streams", "Remove it.")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Requests)) {
		checkDocument(f, OfRequest, "requests."+name, s.Requests[name], nil)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Answers)) {
		checkDocument(f, OfAnswer, "answers."+name, s.Answers[name], nil)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Streams)) {
		stream := s.Streams[name]
		stream.check(f, "streams."+name)
	}
}
