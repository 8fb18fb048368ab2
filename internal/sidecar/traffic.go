package sidecar

import (
	"net/http"
	"slices"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// countTraffic counts the answers of the chatbot to people, and its calls of processors, of which a refused one is a call too. A chatbot that
// answers and never calls a declared model calls it past the sidecar, or not at all.
func (c *loadedConfig) countTraffic(e filter.Ended) {
	switch {
	case e.Scope.Route.Direction == exchange.Egress:
		c.observer.CountCall(e.Scope.Route.Name)
	case isAnswered(e):
		c.observer.CountTurn()
	}
}

// isAnswered reports whether the app has answered a message of a person, under Audit also in a wire format that is not the declared one.
func isAnswered(e filter.Ended) bool {
	sc := e.Scope
	hasAnswer := (e.Outcome == filter.OutcomeAnswered || e.Outcome == filter.OutcomePassed) && e.Status < http.StatusMultipleChoices
	isTurn := sc.Route.Use == shape.UseTurn && sc.Request.HasProse
	return hasAnswer && (isTurn || sc.Passed != nil && sc.Passed.Fits != "")
}

// addModel notes that an egress entry serves a model, if a route of its shape is a turn. Services for messages and for tools have none.
func (c *loadedConfig) addModel(e sidecarconfig.Egress, routes []serviceRoute) {
	if slices.ContainsFunc(routes, func(r serviceRoute) bool { return r.Use == shape.UseTurn }) {
		c.models = append(c.models, observe.Model{Name: e.Name, Host: hostOf(e)})
	}
}

// listPorts returns the ports of a configuration with their shapes, in the order of the declaration.
func listPorts(config sidecarconfig.Config) []observe.Port {
	ports := make([]observe.Port, 0, len(config.Ports))
	for _, p := range config.Ports {
		ports = append(ports, observe.Port{Name: p.Name, Shape: p.Shape})
	}
	return ports
}
