package observe

import (
	"net/http"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// Observer counts the exchanges that one process passes on, and those that no route matches, under configurations that treat exchanges
// alike. It is safe for concurrent use.
type Observer struct {
	// budget, folds and now outlive the configurations: Renew passes them on.
	budget *budget
	folds  *folds
	now    func() time.Time
	period *period
	// earlier is the last period before this one in which something was counted, or nil.
	earlier *period
}

// period is the time in which configurations treat exchanges alike. An exchange counts in the period in which it began.
type period struct {
	about   About
	since   time.Time
	counts  counts
	traffic traffic
}

// New returns an Observer that has seen nothing. now is its clock, and about says under which configuration it counts.
func New(now func() time.Time, about About) *Observer {
	return newObserver(newBudget(now), &folds{}, now, about)
}

func newObserver(b *budget, f *folds, now func() time.Time, about About) *Observer {
	return &Observer{budget: b, folds: f, now: now, period: &period{
		about: about, since: now().UTC(), counts: counts{routes: map[Route]*RouteCounts{}}, traffic: traffic{calls: map[string]int64{}},
	}}
}

// Renew returns the Observer for another configuration: the same one if about is the same, and otherwise one that counts from now on. What
// was counted before says nothing of what another configuration would do.
func (o *Observer) Renew(about About) *Observer {
	if about == o.period.about {
		return o
	}
	renewed := newObserver(o.budget, o.folds, o.now, about)
	renewed.earlier = o.period
	if len(o.period.counts.list()) == 0 {
		renewed.earlier = o.earlier
	}
	return renewed
}

// Observation is what is known of an exchange while it is passed on.
type Observation struct {
	// Exchange is what is counted in the end. Classify sets its Route.
	Exchange
	// Fault is why governing would refuse the request by its header, or nil.
	Fault *refusal.Refusal
	// IsUnread means that the shape passes the exchange unread.
	IsUnread bool
	// IsCopied reports whether RequestBody and AnswerBody keep copies.
	IsCopied bool
	// RequestHeader is the header of the request, and RequestType its Content-Type, which Classify sets.
	RequestHeader http.Header
	RequestType   string
	// Query is the query of the request, if the texts are there and not in a body.
	Query string
	// RequestBody and AnswerBody are the bodies. They are not open for a message without one.
	RequestBody, AnswerBody Tap
	// Status and AnswerType are the status and the Content-Type of the answer; 0 and "" if there is none.
	Status     int
	AnswerType string
	// Header is the header of the answer; nil if there is none, and if the exchange is not copied.
	Header http.Header
}

// Begin begins to observe a request. isUnread means that the shape passes the exchange unread: it is not copied. readsQuery means that the texts
// are in the query. Begin does only what cannot wait until the exchange is over.
func (o *Observer) Begin(r *http.Request, isUnread, readsQuery bool) *Observation {
	hasTexts := hasBody(r) || readsQuery && r.URL.RawQuery != ""
	isCopied := !isUnread && hasTexts && o.budget.take()
	return &Observation{RequestHeader: r.Header, IsUnread: isUnread, IsCopied: isCopied}
}

// Classify finds the route by which an exchange on a port or egress entry is counted. r is the request that Begin got.
func (o *Observer) Classify(ob *Observation, direction, port string, r *http.Request) {
	ob.RequestType = r.Header.Get("Content-Type")
	ob.Route = Route{
		Direction: direction, Port: port, Method: foldMethod(r.Method),
		Pattern: o.Fold(direction, port, r.URL.Path), Request: foldMedia(ob.RequestType), Answer: foldMedia(ob.AnswerType),
	}
}

// hasBody reports whether the request has a body that ends. The bytes of a switched protocol or of a tunnel (CONNECT) are no such body.
func hasBody(r *http.Request) bool {
	return r.ContentLength != 0 && r.Body != nil && len(r.Header["Upgrade"]) == 0 && r.Method != http.MethodConnect
}

// Answered notes the header of the answer.
func (ob *Observation) Answered(status int, header http.Header) {
	ob.Status, ob.AnswerType = status, header.Get("Content-Type")
	if ob.IsCopied {
		ob.Header = header
	}
}

// CountUnmatched counts a request on a port or egress entry that is refused because no route matches it.
func (o *Observer) CountUnmatched(direction, port string, r *http.Request) {
	const isUnread = true // The request is refused, so nothing of it is copied.
	ob := o.Begin(r, isUnread, false)
	o.Classify(ob, direction, port, r)
	ob.Result = ResultUnmatched
	o.period.counts.add(ob.Exchange)
}

// End counts the exchange, and gives the memory of its copies back, so it must be called once, when nothing reads the copies any more.
func (o *Observer) End(ob *Observation) {
	if ob.IsCopied {
		request, _, _ := ob.RequestBody.Take()
		answer, _, _ := ob.AnswerBody.Take()
		o.budget.give(len(request) + len(answer))
	}
	o.period.counts.add(ob.Exchange)
}

// Summarize returns what was observed since the configuration of the Observer became active, and in the period before. ports and models are
// those of the configuration.
func (o *Observer) Summarize(ports []Port, models []Model) Summary {
	summary := o.period.summarize()
	summary.Ports = ports
	summary.Turns, summary.Models = o.period.traffic.list(models)
	if o.earlier != nil {
		earlier := o.earlier.summarize()
		summary.Earlier = &earlier
	}
	return summary
}

func (p *period) summarize() Summary {
	return Summary{About: p.about, Since: p.since, Routes: p.counts.list()}
}
