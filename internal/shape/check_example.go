package shape

import (
	"fmt"
	"slices"
)

// documentKinds lists the kinds of documents that an exchange can have.
func documentKinds() []string { return []string{OfAnswer, OfRequest, OfStream} }

// checkExample checks one example by itself.
func (s *Shape) checkExample(f *faults, where string, e *Example) {
	f.checkFilled(where+".name", e.Name)
	f.checkFilled(where+".in", e.In)
	f.checkOneOf(where+".of", e.Of, documentKinds())
	s.checkExampleType(f, where+".type", e)
	s.checkExampleSaid(f, where+".said", e)
	for _, name := range e.Route {
		i := slices.IndexFunc(s.Routes, func(r Route) bool { return r.Name == name })
		if i < 0 || !s.reads(&s.Routes[i], e.Of) {
			f.add(where+".route", fmt.Sprintf("no route %q has a%s that is read", name, withN(e.Of)), "Name one that has, or remove it.")
		}
	}
}

// checkExampleType checks that the documents of the example can have its media type.
func (s *Shape) checkExampleType(f *faults, where string, e *Example) {
	if e.Type == "" {
		return
	}
	isRead := e.Of == OfAnswer && (len(e.Route) > 0 || s.Answer.isRead(e.Type))
	for i := range s.Routes {
		if r := &s.Routes[i]; slices.Contains(e.Route, r.Name) {
			answer := s.Of(r).Answer
			isRead = isRead && answer.isRead(e.Type)
		}
	}
	f.addIf(!isRead, where, fmt.Sprintf("%q is not a type that the answer has in texts or xml", e.Type), "Name one of these, or remove it.")
}

// checkExampleSaid checks that the answers of the example say again what the sidecar has said.
func (s *Shape) checkExampleSaid(f *faults, where string, e *Example) {
	if e.Said == "" {
		return
	}
	isRecalled := e.Of == OfAnswer && len(e.Route) > 0
	for i := range s.Routes {
		if r := &s.Routes[i]; slices.Contains(e.Route, r.Name) {
			answer := s.Of(r).Answer
			isRecalled = isRecalled && answer.recalls()
		}
	}
	f.addIf(!isRecalled, where, "no list of the answer has a recall", "Name a route whose answer has one, or remove it.")
}

// checkExamples checks that there is an example of each kind of document.
func (s *Shape) checkExamples(f *faults) {
	missing := documentKinds()
	if s.Stream.isEmpty() {
		missing = missing[:2]
	}
	if s.hasOnlySockets() {
		missing = missing[1:]
	}
	for _, example := range s.Examples {
		missing = slices.DeleteFunc(missing, func(of string) bool { return of == example.Of })
	}
	for _, of := range missing {
		f.add("examples", fmt.Sprintf("there is none of a%s", withN(of)), "Add one.")
	}
}

// reads reports whether documents of the kind are read of exchanges of the route. A request can have one if a method of the route has a
// body, or if its texts are in the query.
func (s *Shape) reads(r *Route, of string) bool {
	switch of {
	case OfRequest:
		hasBody := slices.ContainsFunc(r.Method, func(method string) bool { return slices.Contains(bodyMethods, method) })
		return r.IsRead() && (hasBody || r.Use == UseSocket || s.requestOf(r).Fields == FieldsInQuery)
	case OfAnswer:
		return r.Use == UseFiles || r.IsRead() && r.Use != UseSocket
	}
	stream := s.Of(r).Stream
	return r.IsRead() && !stream.isEmpty()
}
