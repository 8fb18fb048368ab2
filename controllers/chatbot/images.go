package chatbot

import (
	"cmp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/condition"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

const (
	// maxImages is the number of entries that the API allows in status.images.
	maxImages = 32
	// maxReference is the number of characters that the API allows for the reference of an image.
	maxReference = 512
	// maxDigest is the number of characters that the API allows for a digest. The longest one in use, of SHA-512, has 135.
	maxDigest = 160
)

// listImages returns the images of the pod's containers and of its sidecar, as far as the container runtime has reported them. It leaves
// out other init containers, which have ended when people reach the chatbot.
func listImages(pod *corev1.Pod) []v1alpha1.RunningImage {
	if pod == nil {
		return nil
	}
	var images []v1alpha1.RunningImage
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; c.Name == contract.Sidecar {
			images = appendImage(images, pod, c, pod.Status.InitContainerStatuses)
		}
	}
	for i := range pod.Spec.Containers {
		images = appendImage(images, pod, &pod.Spec.Containers[i], pod.Status.ContainerStatuses)
	}
	return images
}

// appendImage appends the image of a container if its status names one.
func appendImage(images []v1alpha1.RunningImage, pod *corev1.Pod, c *corev1.Container, statuses []corev1.ContainerStatus) []v1alpha1.RunningImage {
	index := slices.IndexFunc(statuses, func(s corev1.ContainerStatus) bool { return s.Name == c.Name })
	if index < 0 || statuses[index].ImageID == "" {
		return images
	}
	return append(images, v1alpha1.RunningImage{
		Container: c.Name, Image: condition.Truncate(c.Image, maxReference), Digest: findDigest(statuses[index].ImageID),
		Revision: cmp.Or(pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey], pod.Labels[appsv1.ControllerRevisionHashLabelKey]),
	})
}

// findDigest returns the digest in an image ID. Container runtimes report `name@sha256:…` for an image from a registry, and `sha256:…` for
// another one, some with a scheme in front. An ID of another form is its own digest.
func findDigest(imageID string) string {
	if _, digest, hasName := strings.Cut(imageID, "@"); hasName {
		return condition.Truncate(digest, maxDigest)
	}
	if _, id, hasScheme := strings.Cut(imageID, "://"); hasScheme {
		return condition.Truncate(id, maxDigest)
	}
	return condition.Truncate(imageID, maxDigest)
}

// mergeImages returns the images of all selected pods, each once, sorted, and at most maxImages. Their order and number do not depend on how
// many pods there are, so that the status changes only when other images run.
func mergeImages(pods []selectedPod) []v1alpha1.RunningImage {
	var all []v1alpha1.RunningImage
	for _, pod := range pods {
		all = append(all, pod.images...)
	}
	slices.SortFunc(all, func(a, b v1alpha1.RunningImage) int {
		return cmp.Or(cmp.Compare(a.Container, b.Container), cmp.Compare(a.Revision, b.Revision),
			cmp.Compare(a.Image, b.Image), cmp.Compare(a.Digest, b.Digest))
	})
	all = slices.Compact(all)
	return all[:min(len(all), maxImages)]
}
