package chatbot

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// sidecarState is the state of the sidecar in a selected pod.
type sidecarState int

const (
	// sidecarMissing means that the pod does not have the declaration's sidecar.
	sidecarMissing sidecarState = iota
	// sidecarDiffers means that the pod has a container with the sidecar's name that differs from the current sidecar, or that this
	// container is not the first init container.
	sidecarDiffers
	// sidecarStarting means that the sidecar is current and has not started, so that no other container of the pod has started; or that the
	// cache of governed pods does not have the pod yet, so that its sidecar is not known.
	sidecarStarting
	// sidecarStopped means that the sidecar is current and has stopped in a running pod.
	sidecarStopped
	// sidecarRunning means that the sidecar is current and runs.
	sidecarRunning
	// sidecarEnded means that the whole pod has ended and will not run again. The cache of metadata does not have such pods
	// (controllers/cache.go); that of governed pods can be ahead of it.
	sidecarEnded
)

// computeSidecarState returns the state of a pod's sidecar. Labels alone prove nothing, because users can set them, so it also compares the
// spec of the pod with the template of the sidecar, and reads the status of the pod. pod is nil when the cache of governed pods does not
// have it yet.
func computeSidecarState(labels map[string]string, pod *corev1.Pod, d *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) sidecarState {
	if labels[v1alpha1.LabelChatbot] != d.Name {
		return sidecarMissing
	}
	if pod == nil {
		// The cache with the metadata of all pods can be ahead of the cache of governed pods. Once that one has the pod, its event causes
		// another reconcile.
		return sidecarStarting
	}
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return sidecarEnded
	}
	// NewSidecar does not read the verdict, so an empty one is enough.
	sidecar := facts.NewSidecar(inject.NewWorkloadInput(pod, d, policy.Verdict{}, template))
	switch {
	case !sidecar.Present:
		return sidecarMissing
	// An init container before the sidecar (Index > 0) would run ungoverned.
	case sidecar.Index > 0 || len(sidecar.Differences) > 0:
		return sidecarDiffers
	case hasStarted(pod):
		return sidecarRunning
	case pod.Status.Phase == corev1.PodRunning:
		return sidecarStopped
	default:
		return sidecarStarting
	}
}
