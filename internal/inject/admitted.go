package inject

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject/selection"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Admitted returns the pod as validation would see it: with the sidecar in it when the declaration selects it, else as it came.
// What cannot be injected is refused by the rules about the sidecar and its ports, so that the error of the injection adds
// nothing.
func Admitted(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) *corev1.Pod {
	selector, err := selection.Selector(declaration)
	if err != nil || !selector.Matches(labels.Set(pod.Labels)) {
		return pod
	}
	injected, _ := Sidecar(pod, declaration, template)
	return injected
}

// WorkloadInput returns the input for judging a final pod against the template of its sidecar. declaration is nil when nobody
// governs the pod; verdict is the decision about it.
func WorkloadInput(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, verdict policy.Verdict, template facts.SidecarTemplate) facts.WorkloadInput {
	in := facts.WorkloadInput{Pod: pod, Declaration: declaration, Verdict: verdict, Sidecar: template}
	if declaration != nil {
		in.Sidecar.Container = Expected(pod, declaration, template)
	}
	return in
}
