package chatbot

import (
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// inapplicable counts, for the metrics of the manager and by dimension, the declarations with a finding that spec.notApplicable lifts. Only
// names of dimensions of the policy are labels, which are a closed set. It is safe for concurrent use.
type inapplicable struct {
	description *prometheus.Desc

	mu sync.Mutex
	// dimensions has, by declaration, the dimensions of the findings that spec.notApplicable lifts.
	dimensions map[types.NamespacedName][]string
}

var _ prometheus.Collector = (*inapplicable)(nil)

func newInapplicable() *inapplicable {
	return &inapplicable{
		description: prometheus.NewDesc("chaperone_not_applicable_declarations",
			"Declarations that say in spec.notApplicable why a rule does not apply to them, by the dimension of the rule.", []string{"dimension"}, nil),
		dimensions: map[types.NamespacedName][]string{},
	}
}

// put replaces what is counted of a declaration. Without a decision, what was counted stays, because an Undecided verdict has no findings.
func (c *inapplicable) put(name types.NamespacedName, verdict policy.Verdict) {
	if verdict.Outcome == policy.OutcomeUndecided {
		return
	}
	dimensions := slices.Collect(maps.Keys(verdict.CountNotApplicable()))
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(dimensions) == 0 {
		delete(c.dimensions, name)
		return
	}
	c.dimensions[name] = dimensions
}

// Describe implements prometheus.Collector.
func (c *inapplicable) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- c.description }

// Collect implements prometheus.Collector.
func (c *inapplicable) Collect(metrics chan<- prometheus.Metric) {
	c.mu.Lock()
	counts := map[string]int{}
	for _, dimensions := range c.dimensions {
		for _, dimension := range dimensions {
			counts[dimension]++
		}
	}
	c.mu.Unlock()
	for dimension, n := range counts {
		metrics <- prometheus.MustNewConstMetric(c.description, prometheus.GaugeValue, float64(n), dimension)
	}
}
