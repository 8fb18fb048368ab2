package assess

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/review/selection"
)

// listVersionLabels returns the keys of labels that tell the versions of one workload apart, such as those of a canary: a declaration with
// one of them would leave out the next version, which people reach by the same Service.
func listVersionLabels() []string {
	return []string{
		"version", "track", "pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash", "app.kubernetes.io/version", "helm.sh/chart",
	}
}

// chooseSelector sets the labels that select the pods, the first of these without labels of versions, or else as they are: those by which a
// Service selects the pods, those by which the workload does, which never change, and all labels of the pods, of which some change with
// every version of a chart. It sets none if other workloads of the namespace have these labels too: the declaration would govern their
// pods, and nothing says that they belong to the chatbot. Other versions of the workload belong to it.
func (c *Chatbot) chooseSelector(objects []manifest.Object) {
	var candidates []map[string]string
	for _, service := range c.Services {
		if slices.ContainsFunc(service.Service.Spec.Ports, c.leadsToChat) {
			candidates = append(candidates, service.Service.Spec.Selector)
		}
	}
	if selector := c.Workload.PodSelector; selector != nil && len(selector.MatchExpressions) == 0 {
		candidates = append(candidates, selector.MatchLabels)
	}
	var stable []map[string]string
	for _, candidate := range candidates {
		stable = append(stable, dropVersions(candidate))
	}
	candidates = append(candidates, dropVersions(c.Workload.Pod.Labels), c.Workload.Pod.Labels)
	for _, candidate := range append(stable, candidates...) {
		if len(candidate) > 0 && !slices.ContainsFunc(objects, func(o manifest.Object) bool { return c.sharesLabels(o, candidate) }) {
			c.selector = candidate
			return
		}
	}
}

// dropVersions returns the labels without those of versions.
func dropVersions(all map[string]string) map[string]string {
	stable := maps.Clone(all)
	for _, key := range listVersionLabels() {
		delete(stable, key)
	}
	return stable
}

// sharesLabels reports whether an object is another workload of the namespace whose pods have the labels, and no other version of this one.
func (c *Chatbot) sharesLabels(o manifest.Object, selector map[string]string) bool {
	return isAssessed(o) && o.Namespace == c.Workload.Namespace && o.String() != c.Workload.String() &&
		labels.SelectorFromSet(selector).Matches(labels.Set(o.Pod.Labels)) && !c.isVersionOf(o)
}

// isVersionOf reports whether the workload runs the same product as an object of the namespace, with the same labels but for those of
// versions.
func (c *Chatbot) isVersionOf(o manifest.Object) bool {
	container, match := findContainer(o)
	return container != nil && match.Role == c.Match.Role && match.Product == c.Match.Product && c.Workload.Kind == o.Kind &&
		maps.Equal(dropVersions(c.Workload.Pod.Labels), dropVersions(o.Pod.Labels))
}

// markVersions marks the chatbots whose pods the draft of an earlier one selects, because they are versions of it.
func markVersions(chatbots []Chatbot) {
	for i := range chatbots {
		c := &chatbots[i]
		c.isVersion = slices.ContainsFunc(chatbots[:i], func(earlier Chatbot) bool {
			return earlier.Workload.Namespace == c.Workload.Namespace && earlier.CanBeSelected() && maps.Equal(earlier.selector, c.selector)
		})
	}
}

// IsVersion reports whether the draft of another chatbot selects the pods too, because this one is another version of it.
func (c Chatbot) IsVersion() bool { return c.isVersion }

// CanBeSelected reports whether the pods have labels by which a declaration can select them and no other pods of the input.
func (c Chatbot) CanBeSelected() bool { return c.selector != nil }

// separateSelectors narrows the selectors of chatbots in one namespace that could match the same pod, as those of `app: a` and `tier: b`
// could. Admission refuses such declarations, also if no pod has both labels.
func separateSelectors(chatbots []Chatbot) {
	for i := range chatbots {
		for k := range i {
			a, b := &chatbots[k], &chatbots[i]
			if a.Workload.Namespace != b.Workload.Namespace || !a.CanBeSelected() || !b.CanBeSelected() || a.isVersion || b.isVersion {
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
