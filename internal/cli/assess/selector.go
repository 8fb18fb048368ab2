package assess

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// chooseSelector sets the labels that select the pods: those by which the workload selects them, which never change, or else all labels of
// the pods, of which some change with every version of a chart. It sets none if other workloads of the namespace have these labels too:
// the declaration would govern their pods, and nothing says that they belong to the chatbot.
func (c *Chatbot) chooseSelector(objects []manifest.Object) {
	var candidates []map[string]string
	if selector := c.Workload.PodSelector; selector != nil && len(selector.MatchExpressions) == 0 {
		candidates = append(candidates, selector.MatchLabels)
	}
	for _, candidate := range append(candidates, c.Workload.Pod.Labels) {
		if len(candidate) > 0 && !slices.ContainsFunc(objects, func(o manifest.Object) bool { return c.sharesLabels(o, candidate) }) {
			c.selector = candidate
			return
		}
	}
}

// sharesLabels reports whether an object is another workload of the namespace whose pods have the labels.
func (c *Chatbot) sharesLabels(o manifest.Object, selector map[string]string) bool {
	return isAssessed(o) && o.Namespace == c.Workload.Namespace && o.String() != c.Workload.String() &&
		labels.SelectorFromSet(selector).Matches(labels.Set(o.Pod.Labels))
}

// CanBeSelected reports whether the pods have labels by which a declaration can select them and no other pods of the input.
func (c Chatbot) CanBeSelected() bool { return c.selector != nil }

// separateSelectors narrows the selectors of chatbots in one namespace that could match the same pod, as those of `app: a` and `tier: b`
// could. Admission refuses such declarations, also if no pod has both labels.
func separateSelectors(chatbots []Chatbot) {
	for i := range chatbots {
		for k := range i {
			a, b := &chatbots[k], &chatbots[i]
			if a.Workload.Namespace != b.Workload.Namespace || !a.CanBeSelected() || !b.CanBeSelected() {
				continue
			}
			// Both selectors are valid: they have labels of pods.
			if overlap, err := selection.CanOverlap(a.Declaration(), b.Declaration()); err == nil && overlap {
				b.exclude(a)
			}
		}
	}
}

// exclude narrows the selector by the first label of the other one that the pods of the chatbot do not have. There is one, because
// chooseSelector chooses no labels that the pods of another workload have.
func (c *Chatbot) exclude(other *Chatbot) {
	for _, key := range slices.Sorted(maps.Keys(other.selector)) {
		value, isLabel := c.Workload.Pod.Labels[key]
		switch {
		case !isLabel:
			c.absent = append(c.absent, metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpDoesNotExist})
			return
		case value != other.selector[key]:
			c.selector = maps.Clone(c.selector)
			c.selector[key] = value
			return
		}
	}
}
