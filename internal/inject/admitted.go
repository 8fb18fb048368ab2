package inject

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Admitted returns the pod as validation would see it: with the sidecar when the declaration selects it, otherwise unchanged. It drops
// the error of the injection: the rules on the sidecar and its ports refuse what cannot be injected.
func Admitted(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) *corev1.Pod {
	selector, err := selection.Selector(declaration)
	if err != nil || !selector.Matches(labels.Set(pod.Labels)) {
		return pod
	}
	injected, _ := Sidecar(pod, declaration, template)
	return injected
}

// WorkloadInput returns the input for the decision about a final pod, with the sidecar that it must hold. declaration is nil when none
// governs the pod; verdict is the decision about the declaration.
func WorkloadInput(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, verdict policy.Verdict, template facts.SidecarTemplate) facts.WorkloadInput {
	in := facts.WorkloadInput{Pod: pod, Declaration: declaration, Verdict: verdict, Sidecar: template}
	if declaration != nil {
		in.Sidecar.Container = Expected(pod, declaration, template)
	}
	return in
}
