package chatbot

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// findPreparation returns selectedPod.preparingSince. pod may be nil.
func findPreparation(pod *corev1.Pod) time.Time {
	if pod == nil {
		return time.Time{}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReadyToStartContainers && c.Status == corev1.ConditionFalse {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

// cannotCreateSidecar returns selectedPod.cannotCreate. While a container waits for its turn, the kubelet has one of two reasons; all
// others are errors. pod may be nil.
func cannotCreateSidecar(pod *corev1.Pod) bool {
	if pod == nil {
		return false
	}
	return slices.ContainsFunc(pod.Status.InitContainerStatuses, func(s corev1.ContainerStatus) bool {
		isOurs := s.Name == contract.Sidecar && s.State.Waiting != nil
		return isOurs && !slices.Contains([]string{"", "PodInitializing", "ContainerCreating"}, s.State.Waiting.Reason)
	})
}

// hasStarted reports whether the sidecar of the pod has passed its startup probe and still runs.
func hasStarted(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.InitContainerStatuses, func(s corev1.ContainerStatus) bool {
		return s.Name == contract.Sidecar && ptr.Deref(s.Started, false)
	})
}
