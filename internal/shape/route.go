package shape

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Route describes requests of the API: how they are told apart from others, what they are for, and which documents they carry. The first
// route that matches a request holds.
type Route struct {
	// Name is unique in the shape. Records and metrics have it.
	Name string `json:"name"`
	// Method lists the methods.
	Method List `json:"method"`
	// Path lists absolute paths. `{name}` stands for a part of a segment that is not empty, `**` as the last segment for the rest of the
	// path, and `${name}` for a parameter of the shape.
	Path List `json:"path"`
	// Query has the parameters of the query that the request must have, each with its value or AnyValue.
	Query map[string]string `json:"query,omitempty"`
	// Type lists media types, one of which the request must have; empty means any.
	Type List `json:"type,omitempty"`
	// Upgrade is the protocol for which the request must ask in the header Upgrade, such as `websocket`; "" means any for
	// UseSocket and UseRefuse, and none for all others.
	Upgrade string `json:"upgrade,omitempty"`
	// When is what the body must say; nil means anything.
	When *When `json:"when,omitempty"`
	// Use is what the requests are for, such as UseTurn.
	Use string `json:"use"`
	// Reason is the sentence that says why requests are refused, for UseRefuse; "" if there is nothing to say.
	Reason string `json:"reason,omitempty"`
	// Request, Answer and Stream name documents of Shape.Requests, Shape.Answers and Shape.Streams. For a turn, an empty name means
	// Shape.Request, Shape.Answer and Shape.Stream. If only Answer is named, the route has no streams.
	Request string `json:"request,omitempty"`
	Answer  string `json:"answer,omitempty"`
	Stream  string `json:"stream,omitempty"`
	// Say names the answers with a text of the sidecar, of Shape.Says; an empty name means Shape.Say. Such an answer has the form that is
	// named, whatever the request asks for.
	Say string `json:"say,omitempty"`
	// AlwaysStreams means that clients of the route read every answer as a stream, whatever the request says. An answer with a text of the
	// sidecar is then Say.Stream.
	AlwaysStreams bool `json:"alwaysStreams,omitempty"`
	// Fetches means that the request fetches the answer to an earlier request of the conversation that the path names ({session}), so that a
	// question for consent to that request is said here again.
	Fetches bool `json:"fetches,omitempty"`
	// AnswersElsewhere is for a turn that a messaging service sends to the app, which may answer it without content: its messages to the
	// person leave as requests of routes with UseReply.
	AnswersElsewhere bool `json:"answersElsewhere,omitempty"`
	// Side is SidePorts or SideProcessors if the route is there only, such as the API of a messaging service, which no port has; "" if it
	// is at both. A route with UseReply is at processors only, whatever Side says.
	Side string `json:"side,omitempty"`
	// Signed means that the messaging service signs requests of the route to the app, as Shape.Signature says.
	Signed bool `json:"signed,omitempty"`
	// Polls means, for UseHistory, that new answers arrive here too, so that a suspended chatbot refuses the request.
	Polls bool `json:"polls,omitempty"`
}

// When is a condition on the body of a request: a JSON object that has a text at a place.
type When struct {
	// At is a selector of member names only.
	At string `json:"at"`
	// In lists the texts of which the place must have one. AnyValue stands for every text that is not empty.
	In List `json:"in"`
}

// The values of Route.Use.
const (
	// UseTurn is for messages of a person and the answers to them. The documents of the shape are those of its turns.
	UseTurn = "turn"
	// UseHistory is for answers of earlier turns, which are inspected and disclosed again.
	UseHistory = "history"
	// UseOpening is for the greeting of the chatbot.
	UseOpening = "opening"
	// UseReply is for messages of the chatbot to a person that the app sends to a messaging service, as requests. If the statement is due,
	// the sidecar sends it first, in a request of its own.
	UseReply = "reply"
	// UseControl is for commands such as to stop an answer or to rate it. Requests and answers are inspected.
	UseControl = "control"
	// UseFiles is for uploads. Requests pass unread; answers are inspected.
	UseFiles = "files"
	// UseSocket is for connections that switch to WebSocket. Their frames carry turns: those of the client are described by the request,
	// those of the app by the stream.
	UseSocket = "socket"
	// UseAsset is for pages, scripts, styles, fonts and images. Answers of other types are refused.
	UseAsset = "asset"
	// UsePass is for what passes unread in both directions.
	UsePass = "pass"
	// UseRefuse is for what is refused.
	UseRefuse = "refuse"
)

// methodsOf has the methods that a route can have, by its use.
var methodsOf = map[string][]string{
	UseTurn: {http.MethodGet, http.MethodPost}, UseSocket: {http.MethodGet}, UseHistory: {http.MethodGet, http.MethodPost}, UseOpening: {http.MethodGet, http.MethodPost},
	UseControl: methods(), UseFiles: {http.MethodPatch, http.MethodPost, http.MethodPut}, UseAsset: {http.MethodGet},
	UseReply: {http.MethodGet, http.MethodPost, http.MethodPut}, UsePass: methods(), UseRefuse: methods(),
}

// At returns the shape with the routes that ports have, or with those that processors have, as side says: SidePorts or SideProcessors.
func (s *Shape) At(side string) *Shape {
	isElsewhere := func(r Route) bool {
		return r.Side != "" && r.Side != side || r.Use == UseReply && side == SidePorts
	}
	if !slices.ContainsFunc(s.Routes, isElsewhere) {
		return s
	}
	of := *s
	of.Routes = slices.DeleteFunc(slices.Clone(s.Routes), isElsewhere)
	return &of
}

// uses lists the values of Route.Use, sorted.
func uses() []string { return slices.Sorted(maps.Keys(methodsOf)) }

// methods lists the values of Route.Method. A route with GET, other than a turn, has HEAD too.
func methods() []string {
	return []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodPut}
}

// requestOf returns the document of the requests of a route.
func (s *Shape) requestOf(r *Route) Document { return s.Of(r).Request }

// canUpgrade reports whether the route can name another protocol.
func (r *Route) canUpgrade() bool { return r.Use == UsePass || r.takesUpgrades() }

// takesUpgrades reports whether a request that asks for another protocol can match the route although the route names no protocol. A route
// that refuses its requests takes them too. One whose requests pass unread does not: after an upgrade they would be a tunnel.
func (r *Route) takesUpgrades() bool { return r.Use == UseSocket || r.Use == UseRefuse }

// IsRead reports whether the sidecar reads the texts of the requests and answers of the route.
func (r *Route) IsRead() bool {
	return slices.Contains([]string{UseTurn, UseSocket, UseHistory, UseOpening, UseReply, UseControl}, r.Use)
}

// Of returns a shape whose documents are those of the route. The shape shares its parts with s.
func (s *Shape) Of(r *Route) *Shape {
	of := *s
	// A name that is empty leads to an empty document: one whose texts are all inspected, and nothing more is known of.
	isTurn := r.Use == UseTurn || r.Use == UseSocket
	if r.Request != "" || !isTurn {
		of.Request = s.Requests[r.Request]
	}
	if r.Answer != "" || !isTurn {
		of.Answer, of.Stream = s.Answers[r.Answer], Stream{}
	}
	if r.Stream != "" {
		of.Stream = s.Streams[r.Stream]
	}
	if say, isNamed := s.Says[r.Say]; isNamed {
		of.Say = &say
	}
	if of.Stream.isEmpty() {
		of.Refusal.Stream = nil
	}
	if of.Say != nil {
		of.Say = of.Say.limitTo(&of.Stream, r)
	}
	return &of
}

// limitTo returns the answers of the sidecar that the route can have: whole ones if it has no stream, and streamed ones if it always streams.
func (s *Say) limitTo(stream *Stream, r *Route) *Say {
	switch {
	case stream.isEmpty():
		return &Say{Body: s.Body, Refusals: s.Refusals}
	case r.AlwaysStreams:
		return &Say{Stream: s.Stream, Refusals: s.Refusals}
	}
	return s
}

// pathParameter is the name of the parameter with the path of the first route.
const pathParameter = "path"

// plainPath matches a path that every client, proxy and server reads in the same way.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$`)

// Textual returns the shape for its examples, which are texts: a binary framing becomes one of lines.
func (s *Shape) Textual() *Shape {
	textual := *s
	if s.Stream.Framing == FramingAWS {
		textual.Stream.Framing = FramingNDJSON
	}
	return &textual
}

// With returns a copy of the shape in which values stand in place of the variables ${name}: those that are given, and the default values of
// the others. It returns an error if a parameter does not exist, or if the shape cannot be executed with the values. The copy may share
// its parts with s.
func (s *Shape) With(values map[string]string) (*Shape, error) {
	parameters := map[string]string{}
	for name, value := range s.Parameters {
		parameters[name] = value
	}
	for name, value := range values {
		if _, exists := s.Parameters[name]; !exists {
			return nil, fmt.Errorf("shape %q has no parameter %q: use one of %s", s.Name, name, joinKeys(s.Parameters))
		}
		if name == pathParameter && strings.HasPrefix(value, "/") && !plainPath.MatchString(value) {
			return nil, fmt.Errorf("parameter %s is %q: give a plain path such as /v1/chat/completions, without empty segments, segments "+
				"that begin with a dot, and a slash at the end", name, value)
		}
		parameters[name] = value
	}
	expanded := s.expand(parameters)
	if s.isChecked && !s.usesInDocuments(values) {
		return expanded, expanded.checkNewRoutes()
	}
	return expanded, expanded.check()
}

// CheckWith returns the error of With, without the copy. Values that the shape was checked with when it was loaded are not checked again.
func (s *Shape) CheckWith(values map[string]string) error {
	if len(values) == 0 && s.isChecked && !s.isTooLarge {
		return nil
	}
	_, err := s.With(values)
	return err
}

// checkNewRoutes returns the faults of the routes of a shape whose other parts were checked with other values of its parameters.
func (s *Shape) checkNewRoutes() error {
	if s.isTooLarge {
		return fmt.Errorf("shape %q: %w", s.Name, errTooLarge)
	}
	var f faults
	s.checkRoutes(&f)
	return f.join(s.Name)
}

// usesInDocuments reports whether a document has the variable of one of the values. Variables stand only in documents and routes.
func (s *Shape) usesInDocuments(values map[string]string) bool {
	uses := func(d Document) bool {
		return slices.ContainsFunc(d.Needs, usesAny(values)) || slices.ContainsFunc(d.Conversation, usesAny(values)) ||
			slices.ContainsFunc(d.Places, func(p Place) bool { return slices.ContainsFunc(p.At, usesAny(values)) })
	}
	documents := []Document{s.Request, s.Answer, s.Stream.Document}
	documents = slices.AppendSeq(slices.AppendSeq(documents, maps.Values(s.Requests)), maps.Values(s.Answers))
	for _, stream := range s.Streams {
		documents = append(documents, stream.Document)
	}
	return slices.ContainsFunc(documents, uses)
}

// usesAny returns a function that reports whether a text has the variable of one of the values.
func usesAny(values map[string]string) func(string) bool {
	return func(text string) bool {
		for name := range values {
			if strings.Contains(text, "${"+name+"}") {
				return true
			}
		}
		return false
	}
}

// expand returns a copy of the shape with the values in place of the variables. Variables without a value stay, and are faults.
func (s *Shape) expand(values map[string]string) *Shape {
	expanded := *s
	expanded.Parameters = values
	all := expansion{values: values}
	text := all.expand
	expanded.Routes = slices.Clone(s.Routes)
	for i := range expanded.Routes {
		expanded.Routes[i].expand(text)
	}
	expanded.Request, expanded.Answer = s.Request.expand(text), s.Answer.expand(text)
	expanded.Stream.Document = s.Stream.expand(text)
	expanded.Requests, expanded.Answers, expanded.Streams = map[string]Document{}, map[string]Document{}, map[string]Stream{}
	for name, d := range s.Requests {
		expanded.Requests[name] = d.expand(text)
	}
	for name, d := range s.Answers {
		expanded.Answers[name] = d.expand(text)
	}
	for name, stream := range s.Streams {
		stream.Document = stream.expand(text)
		expanded.Streams[name] = stream
	}
	expanded.isTooLarge = all.isFull()
	return &expanded
}

// expand replaces the variables of the route.
func (r *Route) expand(text func(string) string) {
	r.Path = expandList(r.Path, text)
	query := make(map[string]string, len(r.Query))
	for name, value := range r.Query {
		query[text(name)] = text(value)
	}
	r.Query = query
	if r.When != nil {
		r.When = &When{At: text(r.When.At), In: expandList(r.When.In, text)}
	}
}

// expand returns a copy of the document with its variables replaced.
func (d Document) expand(text func(string) string) Document {
	places := slices.Clone(d.Places)
	for i := range places {
		places[i].At = Selectors(expandList(List(places[i].At), text))
	}
	d.Places, d.Needs, d.Conversation = places, expandList(List(d.Needs), text), Selectors(expandList(List(d.Conversation), text))
	return d
}

func expandList(list List, text func(string) string) List {
	expanded := make(List, len(list))
	for i := range list {
		expanded[i] = text(list[i])
	}
	return expanded
}

// HasVariables reports whether a path of the route stands for several paths.
func (r *Route) HasVariables() bool {
	return slices.ContainsFunc(r.Path, func(path string) bool { return strings.ContainsRune(path, '{') || strings.HasSuffix(path, "/**") })
}

const (
	// sessionVariable stands in a path for what identifies the conversation.
	sessionVariable = "{session}"
	// secretVariable stands in a path for what is not searched for personal data: a credential, or an identifier of a service that looks
	// like personal data. It may have semicolons.
	secretVariable = "{secret}"
)

// FindSession returns the index of the segment of the path that identifies the conversation, the empty one before the first slash
// included. It returns 0 if there is none, or if it differs among the paths of the route.
func (r *Route) FindSession() int {
	found := 0
	for i, path := range r.Path {
		index := max(0, slices.Index(strings.Split(path, "/"), sessionVariable))
		if i > 0 && index != found {
			return 0
		}
		found = index
	}
	return found
}
