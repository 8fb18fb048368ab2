package sidecar

import (
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect/shaped"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transport"
)

// buildPassing returns the chain for exchanges that pass unchanged. For exchanges of a route, known is nil; for exchanges that no route
// matches, it has the routes of the shape.
func (c *loadedConfig) buildPassing(rt *exchange.Route, known *filter.Routes) http.Handler {
	findFault := func(route *exchange.Route, r *http.Request) *refusal.Refusal {
		if known != nil {
			return filter.FindUnmatchedFault(route, known, r)
		}
		return filter.FindFault(route, r, c.transform.HasPersonalData)
	}
	end := filter.Observe(rt, c.shared.observer, findFault)(c.upstream.Pass(rt))
	return filter.Chain(end, c.beginPassed(rt))
}

// readings reads the copies of passed exchanges, one at a time, after the exchanges have ended.
type readings struct {
	// one lets one goroutine at a time read a copy, so that reading takes at most one core.
	one sync.Mutex
	// open counts the copies that are not read yet. Before the process ends, it waits for their records.
	open *openExchanges
}

// finishPassed reads the copy of an exchange that was passed on, counts it, and reports it. Only an exchange with a copy is reported later,
// by another goroutine, which ends when the copy is read.
func (c *loadedConfig) finishPassed(e filter.Ended, duration time.Duration) {
	sc := e.Scope
	ob := sc.Passed
	_, count, _ := ob.RequestBody.Take()
	sc.RequestBytes = int(count)
	if !ob.IsCopied {
		choosePassedRoute(sc)
		observe.Reader{}.Read(ob) // It notes only why there is nothing to read.
		c.countPassed(e, duration)
		return
	}
	readings := &c.shared.readings
	readings.open.add(1)
	go func() {
		defer readings.open.add(-1)
		readings.one.Lock()
		defer readings.one.Unlock()
		c.readPassed(sc)
		c.countPassed(e, duration)
	}()
}

// countPassed counts and reports an exchange that was passed on.
func (c *loadedConfig) countPassed(e filter.Ended, duration time.Duration) {
	c.shared.observer.End(e.Scope.Passed)
	c.report(e, duration)
}

// choosePassedRoute sets the route of an exchange that was passed on, if the body decides about it.
func choosePassedRoute(sc *exchange.Scope) {
	if sc.ChooseByBody == nil {
		return
	}
	body, _, _ := sc.Passed.RequestBody.Take()
	if chosen := sc.ChooseByBody(body); chosen != nil {
		sc.Route = chosen
	}
}

// readPassed reads the copies of the request and the answer of an exchange. A panic must not end the process, because the exchange itself
// went well.
func (c *loadedConfig) readPassed(sc *exchange.Scope) {
	defer func() {
		if recover() != nil {
			c.shared.options.Log.Error("Recovering from a panic", "exchange", sc.ID, "stack", string(debug.Stack()))
		}
	}()
	choosePassedRoute(sc)
	observe.Reader{
		Transform: c.transform, API: sc.Route.API, Format: sc.Route.Format, ListPresets: listPresets, CheckAnswer: transport.CheckAnswer,
		AnswersElsewhere: sc.Route.AnswersElsewhere,
		FindStatement: func(read transform.Request) string {
			sc.Request = read // whether the statement is due depends on it
			if sc.Route.Direction != exchange.Ingress {
				return "" // No person reads the answers of a model service.
			}
			if sc.Passed.Refused == "" && c.asker.WouldAsk(sc) {
				sc.Passed.Refused = refusal.New(refusal.ConsentMissing).ID
			}
			return c.statements.FindStatement(sc, c.shared.conversations)
		},
	}.Read(sc.Passed)
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
