package chatbot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

const digestA, digestB = "sha256:aaaa", "sha256:bbbb"

// newRunningPod returns a pod of a Deployment whose containers run.
func newRunningPod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"pod-template-hash": "7d9"}},
		Spec: corev1.PodSpec{
			InitContainers: []corev1.Container{{Name: contract.Sidecar, Image: "sidecar@" + digestB}, {Name: "setup", Image: "setup:1"}},
			Containers:     []corev1.Container{{Name: "bot", Image: "shop.example/bot:1.4"}, {Name: "cache", Image: "redis"}},
		},
		Status: corev1.PodStatus{
			InitContainerStatuses: []corev1.ContainerStatus{
				{Name: contract.Sidecar, ImageID: "docker.io/library/sidecar@" + digestB}, {Name: "setup", ImageID: digestA},
			},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "cache"}, {Name: "bot", ImageID: "docker-pullable://shop.example/bot@" + digestA}},
		},
	}
}

func TestImagesOfAPod(t *testing.T) {
	want := []v1alpha1.RunningImage{
		{Container: contract.Sidecar, Image: "sidecar@" + digestB, Digest: digestB, Revision: "7d9"},
		{Container: "bot", Image: "shop.example/bot:1.4", Digest: digestA, Revision: "7d9"},
	}
	if diff := cmp.Diff(want, listImages(newRunningPod())); diff != "" {
		t.Errorf("images (-want +got):\n%s", diff)
	}
	if got := listImages(nil); got != nil {
		t.Errorf("a pod that is not known has the images %v", got)
	}
	pod := newRunningPod()
	pod.Labels = map[string]string{"controller-revision-hash": "web-5c8"}
	if got := listImages(pod)[0].Revision; got != "web-5c8" {
		t.Errorf("the revision of a pod of a StatefulSet is %q", got)
	}
}

func TestDigestOfAnImageID(t *testing.T) {
	for imageID, want := range map[string]string{
		"docker.io/shop/bot@" + digestA:         digestA,
		"docker-pullable://shop/bot@" + digestA: digestA,
		"docker://" + digestA:                   digestA,
		digestA:                                 digestA,
		"some-other-id":                         "some-other-id",
		strings.Repeat("x", 200):                strings.Repeat("x", maxDigest-1) + "…",
	} {
		if got := findDigest(imageID); got != want {
			t.Errorf("the digest of %q is %q, want %q", imageID, got, want)
		}
	}
}

// TestStatusListsEachImageOnce in the same order whatever the order and the number of pods, so that scaling writes no status.
func TestStatusListsEachImageOnce(t *testing.T) {
	next := newRunningPod()
	next.Labels["pod-template-hash"] = "8ef"
	next.Status.ContainerStatuses[1].ImageID = digestB
	pods := []selectedPod{{images: listImages(newRunningPod())}, {images: listImages(next)}, {images: listImages(newRunningPod())}}
	once := mergeImages(pods[:2])
	if len(once) != 4 || once[0].Container != "bot" || once[0].Digest != digestA || once[1].Digest != digestB {
		t.Errorf("images are %v", once)
	}
	slices.Reverse(pods)
	if diff := cmp.Diff(once, mergeImages(pods)); diff != "" {
		t.Errorf("images of more pods (-want +got):\n%s", diff)
	}
	found := observation{declaration: newDeclaration(), pods: pods}
	status := newStatus(found, allowVerdict(), plan(found, allowVerdict(), renderValid), nil, noon)
	if diff := cmp.Diff(once, status.Images); diff != "" {
		t.Errorf("images of the status (-want +got):\n%s", diff)
	}
}

func TestStatusBoundsImages(t *testing.T) {
	var pods []selectedPod
	for i := range 2 * maxImages {
		pods = append(pods, selectedPod{images: []v1alpha1.RunningImage{{Container: "bot", Image: fmt.Sprintf("bot:%d", i), Digest: digestA}}})
	}
	if got := len(mergeImages(pods)); got != maxImages {
		t.Errorf("%d images, want %d", got, maxImages)
	}
}
