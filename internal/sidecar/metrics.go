package sidecar

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/chaperone-dev/chaperone/internal/sidecar/filter"
	"github.com/chaperone-dev/chaperone/internal/sidecar/observe"
	"github.com/chaperone-dev/chaperone/internal/sidecar/redact"
)

// metrics are the Prometheus metrics of one server. Every label has a closed set of values: outcome, direction, rule, kind of personal
// data, leg (request or answer), route of a shape, use, obligation, and result.
type metrics struct {
	registry       *prometheus.Registry
	exchanges      *prometheus.CounterVec
	routes         *prometheus.CounterVec
	refusals       *prometheus.CounterVec
	redactions     legCounters
	obligations    obligationCounters
	duration       *prometheus.HistogramVec
	models         *prometheus.CounterVec
	passed         *prometheus.CounterVec
	wouldRefuse    *prometheus.CounterVec
	wouldRedact    legCounters
	wouldDisclose  prometheus.Counter
	corrections    prometheus.Counter
	handoffs       *prometheus.CounterVec
	handoffWait    prometheus.Histogram
	reloads        prometheus.Counter
	reloadFailures prometheus.Counter
	auditFailures  prometheus.Counter
}

// legCounters count personal data by where it was found, with a counter for each kind.
type legCounters struct {
	vec             *prometheus.CounterVec
	request, answer kindCounters
}

// kindCounters has a counter for each redact.Kind.
type kindCounters [len(redact.Counts{})]prometheus.Counter

func newLegCounters(name, help string) legCounters {
	l := legCounters{vec: newCounterVec(name, help, "kind", "leg")}
	for _, kind := range redact.Kinds() {
		l.request[kind] = l.vec.WithLabelValues(kind.String(), "request")
		l.answer[kind] = l.vec.WithLabelValues(kind.String(), "answer")
	}
	return l
}

// add adds what was found in the two legs of an exchange.
func (l *legCounters) add(request, answer redact.Counts) {
	for _, kind := range redact.Kinds() {
		if request[kind] > 0 {
			l.request[kind].Add(float64(request[kind]))
		}
		if answer[kind] > 0 {
			l.answer[kind].Add(float64(answer[kind]))
		}
	}
}

// addSink adds the metrics of the sink: whether records can be written, and how many are not written yet.
func (m *metrics) addSink(s *sink) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chaperone_audit_available", Help: "1 while audit records can be written, 0 while exchanges are refused because they cannot.",
	}, func() float64 {
		if s.isAvailable() {
			return 1
		}
		return 0
	}), prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chaperone_audit_waiting_records", Help: "Exchanges whose audit record is not written yet.",
	}, func() float64 { return float64(s.countUnwritten()) }))
}

// newMetrics returns the metrics with a new registry, which also has those of the Go runtime and of the process, and the time until which the
// configuration is valid.
func newMetrics(g *guard) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		exchanges: newCounterVec("chaperone_exchanges_total",
			"Finished exchanges, by direction and outcome.", "direction", "outcome"),
		routes: newCounterVec("chaperone_route_exchanges_total",
			"Finished exchanges, by direction, route of the shape and use; turns have the use turn. Both are empty if no route matches.", "direction", "route", "use"),
		refusals: newCounterVec("chaperone_refusals_total",
			"Exchanges that the sidecar refused, by rule.", "rule"),
		redactions: newLegCounters("chaperone_redactions_total",
			"Pieces of personal data that were replaced, by kind and by where they were found (leg: request or answer)."),
		obligations: newObligationCounters(),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "chaperone_exchange_duration_seconds", Help: "Time from the header of a request to the end of its answer, by direction.",
			Buckets: []float64{.005, .025, .1, .5, 1, 2.5, 5, 10, 30, 60, 120},
		}, []string{"direction"}),
		models: newCounterVec("chaperone_model_calls_total",
			"Calls that name a model, by whether it is the declared one (declared, other).", "model"),
		passed: newCounterVec("chaperone_passed_exchanges_total",
			"Exchanges that passed unchanged, by direction and by what the declared wire format can read of them (read, unknown, skipped, unread).",
			"direction", "result"),
		wouldRefuse: newCounterVec("chaperone_would_refuse_total",
			"Exchanges that passed unchanged and that governing would refuse, by rule.", "rule"),
		wouldRedact: newLegCounters("chaperone_would_redact_total",
			"Pieces of personal data in exchanges that passed unchanged, by kind and by where they were found (leg: request or answer)."),
		wouldDisclose: newCounter("chaperone_would_disclose_total", "Answers, and messages to a messaging service, that passed unchanged and with which governing would show the statement."),
		corrections:   newCounter("chaperone_corrections_total", "Sentences of answers that said falsely that a human or a licensed professional speaks, and were replaced."),
		handoffs: newCounterVec("chaperone_handoffs_total",
			"Conversations that were handed over to humans, by reason (request, failures, danger or suspended) and result: requested and continued at the desk, failed or contact if the person got the contact instead, accepted by a human, late if none did in the promised time.",
			"reason", "result"),
		handoffWait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "chaperone_handoff_wait_seconds", Help: "Time from the wish for a human until one accepts the conversation, as the desk says.",
			Buckets: []float64{5, 15, 30, 60, 120, 180, 300, 600, 1800, 3600},
		}),
		reloads:        newCounter("chaperone_config_reloads_total", "Configurations that became active after the first one."),
		reloadFailures: newCounter("chaperone_config_reload_failures_total", "Configurations that were rejected; the previous one stayed active."),
		auditFailures:  newCounter("chaperone_audit_failures_total", "Attempts to write audit records that failed; they are made again."),
	}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chaperone_config_expiry_timestamp_seconds", Help: "When the active configuration expires (Unix time); 0 if it is not signed.",
	}, g.readExpiry))
	m.registry.MustRegister(m.exchanges, m.routes, m.refusals, m.redactions.vec, m.obligations.vec, m.duration, m.models, m.passed, m.wouldRefuse, m.wouldRedact.vec, m.wouldDisclose, m.corrections, m.handoffs, m.handoffWait, m.reloads, m.reloadFailures, m.auditFailures,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func newCounterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func newCounter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

// observe counts a finished exchange, its refusal, and the replacements of personal data in it.
func (m *metrics) observe(e filter.Ended, duration time.Duration) {
	sc := e.Scope
	if sc.Passed == nil {
		m.obligations.add(judgeDuties(sc))
	}
	m.exchanges.WithLabelValues(sc.Route.Direction, e.Outcome).Inc()
	m.routes.WithLabelValues(sc.Route.Direction, sc.Route.Match, sc.Route.Use).Inc()
	m.duration.WithLabelValues(sc.Route.Direction).Observe(duration.Seconds())
	if sc.Refused != nil {
		m.refusals.WithLabelValues(sc.Refused.ID).Inc()
	}
	m.corrections.Add(float64(sc.Corrected))
	if sc.Model != "" {
		m.models.WithLabelValues(sc.Model).Inc()
	}
	if sc.Handover != nil {
		m.handoffs.WithLabelValues(sc.Handover.Reason, sc.Handover.Result).Inc()
	}
	m.redactions.add(sc.RequestRedactions, sc.AnswerRedactions)
	if sc.Passed != nil {
		m.observePassed(sc.Route.Direction, sc.Passed.Exchange)
	}
}

// observePassed counts what was found in an exchange that passed unchanged.
func (m *metrics) observePassed(direction string, e observe.Exchange) {
	m.passed.WithLabelValues(direction, string(e.Result)).Inc()
	if e.Refused != "" {
		m.wouldRefuse.WithLabelValues(e.Refused).Inc()
	}
	if e.Disclosed {
		m.wouldDisclose.Inc()
	}
	m.wouldRedact.add(e.Request, e.Answer)
}
