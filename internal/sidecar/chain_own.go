package sidecar

import (
	"net/http"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// buildPreflight returns the chain for the questions of browsers whether a web page may send a request. The app answers them.
func (c *loadedConfig) buildPreflight(rt *exchange.Route, origins *filter.Origins) http.Handler {
	return filter.Chain(c.upstream.PreflightHandler(rt, origins), []filter.Filter{
		filter.Record(rt, c.newRecording()),
		filter.LimitBody(c.shared.draining, c.config.Limits.RequestBytes),
		filter.LimitLoad(c.shared.budget),
		filter.TakeReservedHeaders(),
		filter.CheckPreflight(rt, c.transform.HasPersonalData),
	})
}

// buildDocument returns the chain for the disclosure document, which a client fetches before the first message.
func (c *loadedConfig) buildDocument(rt *exchange.Route, origins *filter.Origins) http.Handler {
	return filter.Chain(filter.ServeDisclosure(c.statements, c.config), []filter.Filter{
		filter.Record(rt, c.newRecording()),
		filter.ShareRefusals(origins),
		filter.LimitBody(c.shared.draining, c.config.Limits.RequestBytes),
		filter.RequireService(c.shared.findOutage),
		filter.LimitLoad(c.shared.budget),
		filter.TakeReservedHeaders(),
		filter.AddLinks(c.config),
	})
}

// buildGone returns the chain for requests on a port that the configuration does not have. It refuses every request, in the format of
// OpenAI chat, because the configuration names no format for that port.
func (c *loadedConfig) buildGone() http.Handler {
	last := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { filter.Refuse(w, r, refusal.New(refusal.PortGone)) })
	rt := &exchange.Route{Direction: exchange.Ingress, Name: "gone", API: "none", Format: c.shared.fallback}
	return filter.Chain(last, []filter.Filter{
		filter.Record(rt, c.newRecording()),
		// net/http reads the body of a refused request before it responds. LimitBody limits the time for that.
		filter.LimitBody(c.shared.draining, c.config.Limits.RequestBytes),
		filter.RequireService(c.shared.findOutage),
		filter.LimitLoad(c.shared.budget),
	})
}
