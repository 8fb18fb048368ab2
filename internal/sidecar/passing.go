package sidecar

import (
	"encoding/json"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transport"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// findObserver returns what counts exchanges under the configuration: the Observer of the previous one (nil if there is none) as long as
// both treat exchanges alike.
func (c *loadedConfig) findObserver(previous *loadedConfig) *observe.Observer {
	about := observe.About{Mode: c.config.Mode, Treatment: identifyTreatment(c.config)}
	if previous == nil {
		return observe.New(c.shared.options.Now, about)
	}
	return previous.observer.Renew(about)
}

// identifyTreatment returns a text that differs for configurations under which the same exchange is read, passed or refused in another way.
// Texts, such as the statement, change nothing of that, nor do the app's ports, which differ between pods.
func identifyTreatment(config sidecarconfig.Config) string {
	of := sidecarconfig.Config{
		Mode: config.Mode, Suspended: config.Suspended, Ports: slices.Clone(config.Ports), Egress: config.Egress, Redact: config.Redact,
	}
	for i := range of.Ports {
		of.Ports[i].Upstream = ""
	}
	if config.Consent != nil {
		of.Consent = &sidecarconfig.Consent{}
	}
	if config.Disclose != nil {
		of.Disclose = &sidecarconfig.Disclose{Placements: config.Disclose.Placements}
	}
	file, err := json.Marshal(of)
	if err != nil {
		return "" // A configuration that was read from JSON can be written as JSON.
	}
	return sidecarconfig.Hash(file)
}

// buildPassing returns the chain for exchanges that pass unchanged. For exchanges of a route, known is nil; for exchanges that no route
// matches, it has the routes of the shape.
func (c *loadedConfig) buildPassing(rt *exchange.Route, known *filter.Routes) http.Handler {
	findFault := func(route *exchange.Route, r *http.Request) *refusal.Refusal {
		if known != nil {
			return filter.FindUnmatchedFault(route, known, r)
		}
		return filter.FindFault(route, r, c.transform.HasPersonalData)
	}
	end := filter.Observe(rt, c.observer, findFault)(c.upstream.Pass(rt))
	const hidesID = true
	return filter.Chain(end, c.beginPassed(rt, hidesID))
}

// finishPassed has an exchange that was passed on read, counted and reported, together with others. If too many wait already, it does that
// at once.
func (c *loadedConfig) finishPassed(e filter.Ended, duration time.Duration) {
	_, count, _ := e.Scope.Passed.RequestBody.Take()
	e.Scope.RequestBytes = int(count)
	ended := passedExchange{c, e, duration}
	if !c.shared.readings.add(ended) {
		ended.finish()
	}
}

// passedExchange is an exchange that was passed on and has ended. config is the configuration under which it began.
type passedExchange struct {
	config   *loadedConfig
	ended    filter.Ended
	duration time.Duration
}

// finish reads the copies of the exchange, counts it and reports it. Whoever sees the counts of the observer finds the exchange in the
// metrics too.
func (p passedExchange) finish() {
	p.ended.Scope.Identify()
	p.config.readPassed(p.ended.Scope)
	p.config.report(p.ended, p.duration)
	p.config.observer.End(p.ended.Scope.Passed)
}

// readPassed looks at the header of an exchange, and reads the copies of the request and the answer. A panic must not end the process,
// because the exchange itself went well.
func (c *loadedConfig) readPassed(sc *exchange.Scope) {
	defer func() {
		if recover() != nil {
			c.shared.options.Log.Error("Recovering from a panic", "exchange", sc.ID, "stack", string(debug.Stack()))
		}
	}()
	sc.LookAtHead()
	reader := observe.Reader{
		Transform: c.transform, API: sc.Route.API, Format: sc.Route.Format, ListPresets: listPresets, CheckAnswer: transport.CheckAnswer,
		AnswersElsewhere: sc.Route.AnswersElsewhere, IsReply: sc.Route.Use == shape.UseReply, ReadsQuery: sc.Route.ReadsQuery,
		FindStatement: func(read transform.Request) string {
			sc.Request = read // whether the statement is due depends on it
			if sc.Route.Direction != exchange.Ingress && sc.Route.Use != shape.UseReply {
				return "" // No person reads the answers of a model service.
			}
			if sc.Passed.Refused == "" && c.asker.WouldAsk(sc) {
				sc.Passed.Refused = refusal.New(refusal.ConsentMissing).ID
			}
			sc.Statement = c.statements.FindStatement(sc, c.shared.conversations)
			return sc.Statement
		},
	}
	if sc.Route.AnswersElsewhere {
		reader.ChooseStatement = func(conversation string) string {
			return c.statements.FindStatementIn(sc, c.shared.conversations, conversation)
		}
	}
	reader.Read(sc.Passed)
	c.shared.conversations.NoteObserved(sc)
}

// listPresets returns the wire formats of the presets, which it compiles when it is called first: most sidecars never need them. They are
// part of the build, so that an error, for which it returns none, is one of the build.
func listPresets() map[string]dialect.Format {
	presets, err := shaped.Presets()
	if err != nil {
		return nil
	}
	return presets
}
