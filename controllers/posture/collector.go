package posture

import (
	"context"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// Collector is the collector of the metrics. The manager starts it where it leads.
type Collector struct {
	// Client reads from the cache.
	Client client.Reader
	Clock  clock.PassiveClock

	mu sync.Mutex
	// leading ends when this replica no longer leads; nil before it leads.
	leading context.Context
}

var _ prometheus.Collector = (*Collector)(nil)

// Start makes the collector count until the context ends. It implements manager.Runnable, which only the leader runs.
func (c *Collector) Start(ctx context.Context) error {
	c.mu.Lock()
	c.leading = ctx
	c.mu.Unlock()
	<-ctx.Done()
	return nil
}

// context returns the context of Start, or nil before.
func (c *Collector) context() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leading
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range all {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector. It collects nothing if this replica does not lead.
func (c *Collector) Collect(metrics chan<- prometheus.Metric) {
	ctx := c.context()
	if ctx == nil || ctx.Err() != nil {
		return
	}
	found, err := gather(ctx, c.Client)
	if err != nil {
		logf.FromContext(ctx).Error(err, "Counting nothing for the metrics")
		return
	}
	for _, s := range found.count(c.Clock.Now()) {
		metrics <- prometheus.MustNewConstMetric(s.description, prometheus.GaugeValue, s.value, s.labels...)
	}
}

// objects are the objects of the cluster, which are shared with the cache and must not be changed.
type objects struct {
	declarations v1alpha1.ChatbotDeploymentList
	exceptions   v1alpha1.PolicyExceptionList
	policies     v1alpha1.GovernancePolicyList
	profiles     v1alpha1.JurisdictionProfileList
	shapes       v1alpha1.ChatShapeList
	// named are the declarations by their names.
	named map[client.ObjectKey]*v1alpha1.ChatbotDeployment
}

func gather(ctx context.Context, reader client.Reader) (*objects, error) {
	found := &objects{}
	for _, list := range []client.ObjectList{&found.declarations, &found.exceptions, &found.policies, &found.profiles, &found.shapes} {
		if err := reader.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("list objects: %w", err)
		}
	}
	if len(found.exceptions.Items) > 0 {
		found.named = make(map[client.ObjectKey]*v1alpha1.ChatbotDeployment, len(found.declarations.Items))
		for i := range found.declarations.Items {
			found.named[client.ObjectKeyFromObject(&found.declarations.Items[i])] = &found.declarations.Items[i]
		}
	}
	return found, nil
}

// isForAnother reports whether the exception was approved for another chatbot than the one that has the name, or for fewer places.
func (o *objects) isForAnother(e *v1alpha1.PolicyException) bool {
	d := o.named[client.ObjectKey{Namespace: e.Namespace, Name: e.Spec.Chatbot}]
	return d != nil && !exception.IsFor(e, d)
}
