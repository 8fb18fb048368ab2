package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

// TestNamesAndContainersOfAPort shows which other names of a governed port and which containers with it the rules read.
func TestNamesAndContainersOfAPort(t *testing.T) {
	other := func(ports ...corev1.ContainerPort) func(*corev1.PodSpec) {
		return func(s *corev1.PodSpec) {
			s.Containers = append(s.Containers, corev1.Container{Name: "ui", Ports: ports})
		}
	}
	for name, test := range map[string]struct {
		change         func(*corev1.PodSpec)
		wantContainers []string
		wantNames      []facts.NamedField
	}{
		"none": {change: func(*corev1.PodSpec) {}},
		"a second name in the same container": {
			change: func(s *corev1.PodSpec) {
				s.Containers[0].Ports = append(s.Containers[0].Ports, corev1.ContainerPort{Name: "metrics", ContainerPort: 8080})
			},
			wantNames: []facts.NamedField{{Field: "spec.containers[0].ports[2].name", Name: "metrics"}},
		},
		"a second name in another container": {
			change:    other(corev1.ContainerPort{ContainerPort: 3000}, corev1.ContainerPort{Name: "metrics", ContainerPort: 8080}),
			wantNames: []facts.NamedField{{Field: "spec.containers[1].ports[1].name", Name: "metrics"}},
		},
		"the number without a name":    {change: other(corev1.ContainerPort{ContainerPort: 8080})},
		"the number over UDP":          {change: other(corev1.ContainerPort{Name: "dns", ContainerPort: 8080, Protocol: corev1.ProtocolUDP})},
		"another number":               {change: other(corev1.ContainerPort{Name: "metrics", ContainerPort: 8081})},
		"the declared name in another": {change: other(corev1.ContainerPort{Name: "http", ContainerPort: 3000}), wantContainers: []string{"app", "ui"}},
		"the declared name over UDP":   {change: other(corev1.ContainerPort{Name: "http", ContainerPort: 3000, Protocol: corev1.ProtocolUDP})},
		"a port of the sidecar's own":  {change: func(s *corev1.PodSpec) { s.InitContainers[0].Ports[0].ContainerPort = 8080 }},
		"the injected name in another": {change: other(corev1.ContainerPort{Name: "chaperone-0", ContainerPort: 3000}), wantContainers: []string{"app", "ui"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := governed()
			test.change(&in.Pod.Spec)
			port := facts.NewWorkload(in).Declaration.Ports[0]
			if diff := cmp.Diff(test.wantContainers, port.Containers); diff != "" {
				t.Errorf("containers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantNames, port.OtherNames); diff != "" {
				t.Errorf("other names (-want +got):\n%s", diff)
			}
		})
	}
}
