package chatbot

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// What a pod carries proves nothing: label and annotation are those of a governed pod in every case but one.
func TestSidecarStateFollowsSpecAndStatus(t *testing.T) {
	d := builders.ChatbotDeployment()
	template := inject.Template(d, builders.Image, "hash")
	runs := []corev1.ContainerStatus{{Name: contract.Sidecar, Started: ptr.To(true)}}

	tests := map[string]struct {
		change func(*corev1.Pod)
		want   sidecarState
	}{
		"as injected, started":     {func(p *corev1.Pod) { p.Status.InitContainerStatuses = runs }, sidecarRunning},
		"as injected, not started": {func(p *corev1.Pod) { p.Status.Phase = corev1.PodPending }, sidecarStarting},
		"as injected, no longer running in a running pod": {func(p *corev1.Pod) {
			p.Status.Phase = corev1.PodRunning
			p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: contract.Sidecar, Started: ptr.To(false)}}
		}, sidecarStopped},
		"another container has started": {func(p *corev1.Pod) {
			p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "setup", Started: ptr.To(true)}}
		}, sidecarStarting},
		"the pod has succeeded": {func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }, sidecarEnded},
		"the pod has failed":    {func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }, sidecarEnded},
		"another image": {func(p *corev1.Pod) {
			p.Spec.InitContainers[0].Image = "registry.example/other@sha256:" + builders.Image[len(builders.Image)-64:]
			p.Status.InitContainerStatuses = runs
		}, sidecarDiffers},
		"another argument": {func(p *corev1.Pod) {
			p.Spec.InitContainers[0].Args[0] = "--configuration"
			p.Status.InitContainerStatuses = runs
		}, sidecarDiffers},
		"another volume under the name of the configuration": {func(p *corev1.Pod) {
			p.Spec.Volumes[0].VolumeSource = corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
			p.Status.InitContainerStatuses = runs
		}, sidecarDiffers},
		"another init container before it": {func(p *corev1.Pod) {
			p.Spec.InitContainers = append([]corev1.Container{{Name: "setup"}}, p.Spec.InitContainers...)
			p.Status.InitContainerStatuses = runs
		}, sidecarDiffers},
		"no sidecar": {func(p *corev1.Pod) {
			p.Spec.InitContainers = nil
			p.Status.InitContainerStatuses = runs
		}, sidecarMissing},
		"an ordinary container of its name": {func(p *corev1.Pod) {
			p.Spec.Containers = append(p.Spec.Containers, p.Spec.InitContainers[0])
			p.Spec.InitContainers = nil
		}, sidecarMissing},
		"the label of another chatbot": {func(p *corev1.Pod) {
			p.Labels[v1alpha1.LabelChatbot] = "sales"
			p.Status.InitContainerStatuses = runs
		}, sidecarMissing},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			pod, err := inject.Sidecar(builders.Pod(), d, template)
			if err != nil {
				t.Fatal(err)
			}
			tc.change(pod)
			if got := computeSidecarState(pod.Labels, pod, d, template); got != tc.want {
				t.Errorf("want %d, got %d", tc.want, got)
			}
		})
	}
}

// A declaration that names a port governs it only in pods that have a port of this name, before or after injection.
func TestUngovernedPorts(t *testing.T) {
	d := builders.ChatbotDeployment()
	template := inject.Template(d, builders.Image, "hash")
	for appPort, want := range map[string][]string{d.Spec.Ports[0].Name: nil, "": {d.Spec.Ports[0].Name}} {
		pod := builders.Pod()
		pod.Spec.Containers[0].Ports[0].Name = appPort
		injected, _ := inject.Sidecar(pod, d, template) // The error is the unknown port.
		var got selectedPod
		got.addFacts(injected, d, template)
		if !slices.Equal(got.ungovernedPorts, want) {
			t.Errorf("container port %q: ungoverned ports are %v, want %v", appPort, got.ungovernedPorts, want)
		}
	}
}

// While a container waits for its turn, that is no error.
func TestSidecarThatCannotBeCreated(t *testing.T) {
	for reason, want := range map[string]bool{
		"PodInitializing": false, "ContainerCreating": false, "": false, "CreateContainerConfigError": true, "ImagePullBackOff": true,
	} {
		waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}
		pod := &corev1.Pod{Status: corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{{Name: contract.Sidecar, State: waiting}}}}
		if got := cannotCreateSidecar(pod); got != want {
			t.Errorf("%q: %t, want %t", reason, got, want)
		}
		pod.Status.InitContainerStatuses[0].Name = "setup"
		if cannotCreateSidecar(pod) {
			t.Errorf("%q of another container counts", reason)
		}
	}
}

// The condition names the workload that a person can restart, and says that no sidecar comes to a static pod.
func TestMissingSidecarNamesTheWorkload(t *testing.T) {
	found := observation{pods: []selectedPod{
		{name: "a", workload: "Deployment shop"}, {name: "b", workload: "Deployment shop"}, {name: "c", workload: "Pod c", isStatic: true},
		{name: "d", workload: "CloneSet other", sidecar: sidecarRunning},
	}}
	message := explainMissing(found)
	if !strings.HasSuffix(message, "They come from: Deployment shop.") || !strings.Contains(message, "A static pod gets none") {
		t.Error(message)
	}
}

// Whoever deletes a pod chooses how long it goes on to run, and by that does not choose that the status leaves it out.
func TestPodsThatLeaveCountWhileTheyStay(t *testing.T) {
	seconds := int64(maxGrace / time.Second)
	tests := map[string]struct {
		deleted *metav1.Time
		grace   *int64
		want    bool
	}{
		"it runs":                              {nil, nil, false},
		"it leaves at once":                    {ptr.To(metav1.NewTime(noon)), ptr.To(int64(0)), true},
		"it leaves when it has answered":       {ptr.To(metav1.NewTime(noon)), ptr.To(seconds), true},
		"it stays for longer than a pod needs": {ptr.To(metav1.NewTime(noon)), ptr.To(seconds + 1), false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			pod := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: tc.deleted, DeletionGracePeriodSeconds: tc.grace}}
			if got := isLeaving(pod); got != tc.want {
				t.Errorf("is leaving: %t, want %t", got, tc.want)
			}
		})
	}
}
