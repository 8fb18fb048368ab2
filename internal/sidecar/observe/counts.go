package observe

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// maxRoutes bounds the routes that are counted apart. All later ones are counted as one.
const maxRoutes = 200

// Route is what is counted apart: a kind of exchange.
type Route struct {
	// Direction is that of exchange.Route, Port the name of the port or egress entry.
	Direction string `json:"direction"`
	Port      string `json:"port"`
	// Method is the request method, or OTHER.
	Method string `json:"method"`
	// Pattern is the path, with `*` for segments that may be identifiers. It is `*` for all routes beyond maxRoutes.
	Pattern string `json:"pattern"`
	// Request and Answer are the media types; empty for a message without one.
	Request string `json:"request,omitempty"`
	Answer  string `json:"answer,omitempty"`
}

// Result says how an exchange was read.
type Result string

// The results of reading, a closed set.
const (
	// ResultRead: the declared wire format can read the exchange.
	ResultRead Result = "read"
	// ResultUnknown: the declared wire format cannot read it.
	ResultUnknown Result = "unknown"
	// ResultSkipped: the exchange was not looked at, because it has no body to read or because reading costs too much now.
	ResultSkipped Result = "skipped"
	// ResultUnread: the declared wire format passes the exchange unread.
	ResultUnread Result = "unread"
	// ResultUnmatched: no route of the declared wire format matches, and the sidecar has refused the exchange.
	ResultUnmatched Result = "unmatched"
)

// Exchange is what is known of one exchange that was passed on, or that no route matches.
type Exchange struct {
	Route  Route
	Result Result
	// Fits is the name of the wire format that can read the exchange, the declared one first; empty for none.
	Fits string
	// Refused is the rule by which governing would refuse the exchange; empty for none.
	Refused string
	// Disclosed reports whether governing would have shown the statement in the answer.
	Disclosed bool
	// Request and Answer count the personal data that was found.
	Request, Answer redact.Counts
}

// RouteCounts are the counts of one route.
type RouteCounts struct {
	Route
	// Exchanges is the number of all exchanges of the route. Read, Unknown, Skipped, Unread and Unmatched are the numbers of those with each
	// Result.
	Exchanges int64 `json:"exchanges"`
	Read      int64 `json:"read"`
	Unknown   int64 `json:"unknown"`
	Skipped   int64 `json:"skipped"`
	Unread    int64 `json:"unread,omitempty"`
	Unmatched int64 `json:"unmatched,omitempty"`
	// Fits counts the exchanges by the wire format that can read them.
	Fits map[string]int64 `json:"fits,omitempty"`
	// Refused counts the exchanges that governing would refuse, by rule.
	Refused map[string]int64 `json:"refused,omitempty"`
	// Disclosed counts the answers in which governing would have shown the statement.
	Disclosed int64 `json:"disclosed"`
	// FoundInRequests and FoundInAnswers count, by kind, the personal data that the sidecar would replace if it governed.
	FoundInRequests map[string]int64 `json:"foundInRequests,omitempty"`
	FoundInAnswers  map[string]int64 `json:"foundInAnswers,omitempty"`
}

// About says of counts under which configuration they were counted.
type About struct {
	// Mode is the mode of the configuration: `observe`, `pass-undeclared`, or empty if nothing is passed on.
	Mode string `json:"mode"`
	// Treatment identifies how the configuration treats exchanges: two configurations with the same one would do the same with each exchange.
	Treatment string `json:"treatment,omitempty"`
}

// Summary is what was observed under one configuration, or under several that treat exchanges alike.
type Summary struct {
	About
	// Since is when the first of these configurations became active, in UTC.
	Since time.Time `json:"since"`
	// Routes are sorted by the number of their exchanges, the largest first.
	Routes []RouteCounts `json:"routes"`
	// Ports are the ports of the configuration, in the order of spec.ports.
	Ports []Port `json:"ports,omitempty"`
	// Turns is the number of messages of people that the chatbot has answered, governed or not.
	Turns int64 `json:"turns"`
	// Models are the processors that serve models, with the calls that came through the sidecar, governed or not.
	Models []Model `json:"models,omitempty"`
	// Earlier is what was counted before Since, under another configuration; nil if nothing was. It has only
	// About, Since and Routes.
	Earlier *Summary `json:"earlier,omitempty"`
}

// counts counts exchanges by route. It is safe for concurrent use.
type counts struct {
	mu     sync.Mutex
	routes map[Route]*RouteCounts
}

// add counts an exchange.
func (c *counts) add(e Exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.find(e.Route)
	r.Exchanges++
	switch e.Result {
	case ResultRead:
		r.Read++
	case ResultUnknown:
		r.Unknown++
	case ResultSkipped:
		r.Skipped++
	case ResultUnread:
		r.Unread++
	case ResultUnmatched:
		r.Unmatched++
	}
	increase(&r.Fits, e.Fits, 1)
	increase(&r.Refused, e.Refused, 1)
	if e.Disclosed {
		r.Disclosed++
	}
	for _, kind := range redact.Kinds() {
		increase(&r.FoundInRequests, kind.String(), int64(e.Request[kind]))
		increase(&r.FoundInAnswers, kind.String(), int64(e.Answer[kind]))
	}
}

// find returns the counts of a route. When there are counts of maxRoutes routes, all further routes of a port share the counts of one
// route, which stands for any method and path.
func (c *counts) find(route Route) *RouteCounts {
	if _, isKnown := c.routes[route]; !isKnown && len(c.routes) >= maxRoutes {
		route = Route{Direction: route.Direction, Port: route.Port, Method: otherMethod, Pattern: folded}
	}
	found, isKnown := c.routes[route]
	if !isKnown {
		found = &RouteCounts{Route: route}
		c.routes[route] = found
	}
	return found
}

// increase adds n to the count of a name. It does nothing for an empty name or for 0, and makes the map if it is nil.
func increase(to *map[string]int64, name string, n int64) {
	if name == "" || n == 0 {
		return
	}
	if *to == nil {
		*to = map[string]int64{}
	}
	(*to)[name] += n
}

// list returns copies of all counts.
func (c *counts) list() []RouteCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]RouteCounts, 0, len(c.routes))
	for _, r := range c.routes {
		copied := *r
		copied.Fits, copied.Refused = maps.Clone(r.Fits), maps.Clone(r.Refused)
		copied.FoundInRequests, copied.FoundInAnswers = maps.Clone(r.FoundInRequests), maps.Clone(r.FoundInAnswers)
		list = append(list, copied)
	}
	slices.SortFunc(list, compareRoutes)
	return list
}

// compareRoutes puts the route with more exchanges first. The other members only make the order of equal numbers stable.
func compareRoutes(a, b RouteCounts) int {
	return cmp.Or(cmp.Compare(b.Exchanges, a.Exchanges), cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.Port, b.Port),
		cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Request, b.Request), cmp.Compare(a.Answer, b.Answer))
}
