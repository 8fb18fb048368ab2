package facts_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
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

// TestOtherPorts shows which ports of the app are closed under Deny.
func TestOtherPorts(t *testing.T) {
	in := governed()
	first := len(in.Pod.Spec.Containers[0].Ports)
	in.Pod.Spec.Containers[0].Ports = append(in.Pod.Spec.Containers[0].Ports,
		corev1.ContainerPort{ContainerPort: 8080}, corev1.ContainerPort{Name: "management", ContainerPort: 8081},
		corev1.ContainerPort{Name: "open", ContainerPort: 8082}, corev1.ContainerPort{ContainerPort: 8082},
		corev1.ContainerPort{Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP}, corev1.ContainerPort{ContainerPort: 6379},
		corev1.ContainerPort{Name: "again", ContainerPort: 8081})
	in.Declaration.Spec.OpenPorts = []v1alpha1.PortName{"open"}
	place := func(i int) string { return fmt.Sprintf("spec.containers[0].ports[%d].name", first+i) }
	want := []facts.OtherPort{
		{NumberField: facts.NumberField{Field: place(-1), Number: 9090}},
		{NumberField: facts.NumberField{Field: place(1), Number: 8081}, Name: "management"},
		{NumberField: facts.NumberField{Field: place(5), Number: 6379}},
	}
	if diff := cmp.Diff(want, facts.NewWorkload(in).Declaration.OtherPorts); diff != "" {
		t.Errorf("other ports (-want +got):\n%s", diff)
	}
	in.Declaration.Spec.Ports = append(in.Declaration.Spec.Ports, v1alpha1.ChatPort{Name: "web"})
	if got := facts.NewWorkload(in).Declaration.OtherPorts; got != nil {
		t.Errorf("while no port has the declared name: %v", got)
	}
}
