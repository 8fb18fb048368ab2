package webhook

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// counters are the webhooks' metrics. Every label has a closed set of values.
type counters struct {
	// decisions counts responses, by webhook and outcome.
	decisions *prometheus.CounterVec
	// lookups counts lookups in the cache of decisions, by kind and result.
	lookups *prometheus.CounterVec
}

func newCounters(registry prometheus.Registerer) (*counters, error) {
	c := &counters{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chaperone_admission_decisions_total",
			Help: "Admission requests decided, by webhook and outcome (allowed, patched, warned, denied, undecided, unreadable).",
		}, []string{"webhook", "outcome"}),
		lookups: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chaperone_admission_cache_lookups_total",
			Help: "Lookups in the cache of decisions, by kind of decision (declaration, workload) and result (hit, miss).",
		}, []string{"cache", "result"}),
	}
	for _, collector := range []prometheus.Collector{c.decisions, c.lookups} {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("register admission metrics: %w", err)
		}
	}
	return c, nil
}

// countDecision counts a response of a webhook.
func (c *counters) countDecision(webhook string, response admission.Response) {
	c.decisions.WithLabelValues(webhook, getOutcome(response)).Inc()
}

// countLookup counts a lookup in the cache of decisions, by the kind of the decision and whether the cache had it.
func (c *counters) countLookup(kind string, hit bool) {
	result := "miss"
	if hit {
		result = "hit"
	}
	c.lookups.WithLabelValues(kind, result).Inc()
}
