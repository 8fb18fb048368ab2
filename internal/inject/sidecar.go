package inject

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// Sidecar returns a copy of the pod with the sidecar of the declaration, never nil. With an *UnknownPortError, a *SharedPortError or a
// *PortNamesError, one port is unchanged and everything else is done; several such errors are joined. With a *ForeignSidecarError, the
// whole pod is unchanged. Injecting the result again returns the same pod and the same error.
func Sidecar(pod *corev1.Pod, declaration *v1alpha1.ChatbotDeployment, template facts.SidecarTemplate) (*corev1.Pod, error) {
	out := pod.DeepCopy()
	expected := Expected(out, declaration, template)
	if foreign := findForeignSidecar(out, expected); foreign != "" {
		return out, &ForeignSidecarError{Pod: getPodName(out), Field: foreign}
	}
	err := takeOverPorts(out, declaration)
	makeRoom(out, expected.Resources)
	putFirst(out, expected)
	addVolumes(out, template.Volumes)
	setMarks(out, declaration.Name, template.ConfigHash)
	withholdToken(out)
	pointAtEgress(out, declaration, template)
	if declaration.Spec.Residency != nil {
		keepInRegions(out, declaration.Spec.Residency.Regions)
	}
	return out, err
}

// findForeignSidecar returns the JSON path that shows that a container other than the sidecar has the sidecar's name, or "" if none has it.
// A pod that was injected before has the sidecar among its init containers, once.
func findForeignSidecar(pod *corev1.Pod, expected corev1.Container) string {
	sidecars := 0
	for i := range pod.Spec.InitContainers {
		if pod.Spec.InitContainers[i].Name != contract.Sidecar {
			continue
		}
		field := fmt.Sprintf("spec.initContainers[%d]", i)
		if sidecars++; sidecars > 1 {
			return field
		}
		if differences := facts.CompareSidecar(field, &pod.Spec.InitContainers[i], expected); len(differences) > 0 {
			return differences[0].Field
		}
	}
	if i := slices.IndexFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == contract.Sidecar }); i >= 0 {
		return fmt.Sprintf("spec.containers[%d]", i)
	}
	isForeign := func(c corev1.EphemeralContainer) bool { return c.Name == contract.Sidecar }
	if i := slices.IndexFunc(pod.Spec.EphemeralContainers, isForeign); i >= 0 {
		return fmt.Sprintf("spec.ephemeralContainers[%d]", i)
	}
	return ""
}

// makeRoom adds the resources of the sidecar to those that the author of the pod states for all containers together: API servers refuse a pod whose
// containers request more, or one of which has a higher limit. It does nothing if the pod has the sidecar already.
func makeRoom(pod *corev1.Pod, sidecar corev1.ResourceRequirements) {
	hasSidecar := slices.ContainsFunc(pod.Spec.InitContainers, func(c corev1.Container) bool { return c.Name == contract.Sidecar })
	if pod.Spec.Resources == nil || hasSidecar {
		return
	}
	addQuantities(pod.Spec.Resources.Requests, sidecar.Requests)
	addQuantities(pod.Spec.Resources.Limits, sidecar.Limits)
}

// addQuantities adds to each quantity of the list the one of the same name.
func addQuantities(list, added corev1.ResourceList) {
	for name, quantity := range list {
		quantity.Add(added[name])
		list[name] = quantity
	}
}

// putFirst makes the sidecar the first init container. The others start only when the sidecar runs, so they are governed too. A sidecar
// from an earlier injection keeps what other injectors have added to it since.
func putFirst(pod *corev1.Pod, expected corev1.Container) {
	sidecar := expected
	others := make([]corev1.Container, 0, len(pod.Spec.InitContainers))
	for i := range pod.Spec.InitContainers {
		if pod.Spec.InitContainers[i].Name == contract.Sidecar {
			sidecar = pod.Spec.InitContainers[i]
			continue
		}
		others = append(others, pod.Spec.InitContainers[i])
	}
	pod.Spec.InitContainers = append([]corev1.Container{sidecar}, others...)
}

// addVolumes adds the volumes whose names the pod does not have. It does not replace a volume of the same name: if that volume differs, the
// policy refuses the pod.
func addVolumes(pod *corev1.Pod, volumes []corev1.Volume) {
	for _, volume := range volumes {
		if !slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == volume.Name }) {
			pod.Spec.Volumes = append(pod.Spec.Volumes, *volume.DeepCopy())
		}
	}
}

// setMarks sets the label with the chatbot's name and the annotation with the hash of the configuration. If the label names another chatbot
// already, setMarks does not replace it: the policy must see that label, and refuses the pod.
func setMarks(pod *corev1.Pod, chatbot, configHash string) {
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	if _, claimed := pod.Labels[v1alpha1.LabelChatbot]; !claimed {
		pod.Labels[v1alpha1.LabelChatbot] = chatbot
	}
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations[v1alpha1.AnnotationConfigHash] = configHash
}

// withholdToken removes the service-account token unless the pod requests it by annotation. The ServiceAccount admission plugin runs before
// the webhooks, so withholdToken also removes the volume and the mounts that the plugin has added. It leaves token volumes with other
// names, which the author of the pod declared.
func withholdToken(pod *corev1.Pod) {
	if pod.Annotations[v1alpha1.AnnotationServiceAccountToken] == "true" {
		return
	}
	pod.Spec.AutomountServiceAccountToken = ptr.To(false)
	tokenVolumes := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		if isTokenVolume(v) {
			tokenVolumes[v.Name] = true
		}
	}
	pod.Spec.Volumes = slices.DeleteFunc(pod.Spec.Volumes, isTokenVolume)
	for c := range iterateContainers(pod) {
		c.VolumeMounts = slices.DeleteFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return tokenVolumes[m.Name] })
	}
}

// isTokenVolume reports whether the volume is one that the ServiceAccount admission plugin adds: a projected token with a generated name.
func isTokenVolume(v corev1.Volume) bool {
	if suffix, hasPrefix := strings.CutPrefix(v.Name, tokenVolumePrefix); !hasPrefix || suffix == "" || v.Projected == nil {
		return false
	}
	return slices.ContainsFunc(v.Projected.Sources, func(p corev1.VolumeProjection) bool { return p.ServiceAccountToken != nil })
}

// getPodName returns the name of the pod, or its generateName if the API server has not named it yet.
func getPodName(pod *corev1.Pod) string {
	if pod.Name != "" {
		return pod.Name
	}
	return pod.GenerateName
}
