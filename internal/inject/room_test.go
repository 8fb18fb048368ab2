package inject_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/inject"
)

// What the author states for all containers together is for those of the author: the sidecar brings its own, once.
func TestResourcesOfThePodHaveRoomForTheSidecar(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	pod := read[corev1.Pod](t, "plain.yaml")
	pod.Spec.Resources = &corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("20m")},
		Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("100Mi"), "hugepages-2Mi": resource.MustParse("2Mi")},
	}
	for range 2 {
		var err error
		if pod, err = inject.Sidecar(pod, declaration, template(declaration)); err != nil {
			t.Fatal(err)
		}
		stated := pod.Spec.Resources
		cpu, memory, pages := stated.Requests[corev1.ResourceCPU], stated.Limits[corev1.ResourceMemory], stated.Limits["hugepages-2Mi"]
		if cpu.String() != "70m" || memory.String() != "228Mi" || pages.String() != "2Mi" || len(stated.Requests) != 1 || len(stated.Limits) != 2 {
			t.Errorf("requests %v, limits %v", stated.Requests, stated.Limits)
		}
	}
}
