package inject

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// NewWorkloadInput returns the input for the decision about a pod after injection. declaration is the one that governs the pod; nil if none
// does. verdict is the decision about the declaration. template is the sidecar template of the declaration's pods. The input has the
// sidecar that this pod must have (Expected).
func NewWorkloadInput(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, verdict policy.Verdict, template facts.SidecarTemplate) facts.WorkloadInput {
	in := facts.WorkloadInput{Pod: pod, Declaration: declaration, Verdict: verdict, Sidecar: template}
	if declaration != nil {
		in.Sidecar.Container = Expected(pod, declaration, template)
	}
	return in
}
