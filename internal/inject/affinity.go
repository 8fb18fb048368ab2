package inject

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// keepInRegions restricts the pod to nodes of the regions. It adds the regions to every term of the required node affinity, because a node
// needs to match only one term, and creates a term if there is none. It leaves a term that has the regions already, from an earlier
// injection. Without regions it does nothing.
func keepInRegions(pod *corev1.Pod, regions []v1alpha1.RegionName) {
	if len(regions) == 0 {
		return
	}
	requirement := corev1.NodeSelectorRequirement{Key: corev1.LabelTopologyRegion, Operator: corev1.NodeSelectorOpIn}
	for _, region := range regions {
		requirement.Values = append(requirement.Values, string(region))
	}
	selector := ensureRequiredNodes(pod)
	if len(selector.NodeSelectorTerms) == 0 {
		// The loop adds the regions to this empty term.
		selector.NodeSelectorTerms = []corev1.NodeSelectorTerm{{}}
	}
	for i := range selector.NodeSelectorTerms {
		term := &selector.NodeSelectorTerms[i]
		if !containsRequirement(term.MatchExpressions, requirement) {
			term.MatchExpressions = append(term.MatchExpressions, *requirement.DeepCopy())
		}
	}
}

// ensureRequiredNodes returns the pod's required node affinity, and creates it when it is missing.
func ensureRequiredNodes(pod *corev1.Pod) *corev1.NodeSelector {
	if pod.Spec.Affinity == nil {
		pod.Spec.Affinity = &corev1.Affinity{}
	}
	if pod.Spec.Affinity.NodeAffinity == nil {
		pod.Spec.Affinity.NodeAffinity = &corev1.NodeAffinity{}
	}
	nodes := pod.Spec.Affinity.NodeAffinity
	if nodes.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		nodes.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{}
	}
	return nodes.RequiredDuringSchedulingIgnoredDuringExecution
}

// containsRequirement reports whether one of the expressions equals the requirement.
func containsRequirement(expressions []corev1.NodeSelectorRequirement, requirement corev1.NodeSelectorRequirement) bool {
	for _, e := range expressions {
		if equality.Semantic.DeepEqual(e, requirement) {
			return true
		}
	}
	return false
}
