package redteam

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// The bounds of a label selector, and the lengths that Kubernetes allows labels.
const (
	mostRequirements, mostValues = 16, 64
	longestKey, longestValue     = 317, 63
)

// longKey returns the i-th label key of the greatest length.
func longKey(i int) string {
	part := strings.Repeat("a", 63)
	return strings.Join([]string{part, part, part, part[:61]}, ".") + fmt.Sprintf("/%063d", i)
}

// longValue returns the i-th label value of the greatest length.
func longValue(i int) string { return fmt.Sprintf("%0*d", longestValue, i) }

// largestSelector returns the largest selector that the API server accepts, and labels that it matches: all of it has to be read to know.
func largestSelector() (metav1.LabelSelector, map[string]string) {
	selector, labels := metav1.LabelSelector{MatchLabels: map[string]string{}}, map[string]string{}
	var values []string
	for i := range mostValues {
		values = append(values, longValue(i))
	}
	for i := range mostRequirements {
		selector.MatchLabels[longKey(i)] = longValue(i)
		labels[longKey(i)] = longValue(i)
		key := longKey(mostRequirements + i)
		requirement := metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpNotIn, Values: values}
		labels[key] = longValue(mostValues)
		if i == mostRequirements-1 {
			requirement.Operator = metav1.LabelSelectorOpIn
			labels[key] = longValue(mostValues - 1)
		}
		selector.MatchExpressions = append(selector.MatchExpressions, requirement)
	}
	return selector, labels
}

// largestSelectorIsRead creates a pod that the largest selector matches, and lets one take on the last label that it lacks.
func largestSelectorIsRead(t *testing.T, w *world) error {
	const namespace = "largest-selector"
	selector, labels := largestSelector()
	last := longKey(2*mostRequirements - 1)
	withLabels := func(p *corev1.Pod) { p.Labels = labels }
	if !w.down {
		w.namespace(t, namespace)
		w.declare(t, namespace, func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector = selector })
		eventually(t, "a pod with its sidecar in "+namespace, func() error {
			return injected(t, w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "selected", withLabels)))
		})
		w.must(t, namespaceAdmin, post, pods(namespace), pod(namespace, "plain", withLabels, func(p *corev1.Pod) {
			p.Labels = map[string]string{}
			for key, value := range labels {
				if key != last {
					p.Labels[key] = value
				}
			}
		}))
	} else if err := w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "selected", withLabels)).refusedWith(selectedByFloor); err != nil {
		return fmt.Errorf("a new pod: %w", err)
	}
	patch := map[string]any{"metadata": map[string]any{"labels": map[string]string{last: labels[last]}}}
	return w.call(t, namespaceAdmin, merge, pods(namespace)+"/plain"+dryRun, patch).refusedWith(selectedByFloor)
}

// selectedByFloor is in the refusals of chaperone-floor-selected, and in no others.
const selectedByFloor = "selects this pod (chaperone floor)"

// oversized tries the largest selector, which is allowed, and one more of each thing, which the schema refuses.
func oversized(t *testing.T, w *world) error {
	const namespace = "oversized"
	w.namespace(t, namespace)
	largest, _ := largestSelector()
	try := func(change func(*v1alpha1.ChatbotDeployment)) answer {
		declaration := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
			d.Namespace = namespace
			largest.DeepCopyInto(&d.Spec.Selector)
		}, change)
		return w.call(t, namespaceAdmin, post, declarations(namespace)+dryRun, declaration)
	}
	// New roles take effect in the API server after a moment.
	eventually(t, "the largest selector is accepted", func() error {
		if a := try(func(*v1alpha1.ChatbotDeployment) {}); !a.ok() {
			return fmt.Errorf("%d: %s", a.code, a.message())
		}
		return nil
	})
	for what, c := range map[string]struct {
		change func(*v1alpha1.ChatbotDeployment)
		want   string
	}{
		"requirements": {func(d *v1alpha1.ChatbotDeployment) {
			d.Spec.Selector.MatchExpressions = append(d.Spec.Selector.MatchExpressions, d.Spec.Selector.MatchExpressions[0])
		}, "must have at most 16 items"},
		"labels": {func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels["one-more"] = "x" }, "must have at most 16 "},
		"100,000 values": {func(d *v1alpha1.ChatbotDeployment) {
			d.Spec.Selector.MatchExpressions[0].Values = strings.Split(strings.Repeat("x,", 99_999)+"x", ",")
		}, "must have at most 64 items"},
		"a value": {func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchExpressions[0].Values[0] += "x" }, "may not be more than 63 "},
		"a key": {func(d *v1alpha1.ChatbotDeployment) {
			d.Spec.Selector.MatchLabels = map[string]string{strings.Repeat("x", longestKey+1): "x"}
		}, "a key has at most 317 characters"},
		"a key of parameters": {func(d *v1alpha1.ChatbotDeployment) {
			d.Spec.Ports[0].Parameters = map[string]v1alpha1.ShapeParameter{strings.Repeat("x", 64): "x"}
		}, "a key has at most 63 characters"},
	} {
		if err := try(c.change).refusedWith(c.want); err != nil {
			return fmt.Errorf("one more of %s: %.2000w", what, err)
		}
	}
	return nil
}
