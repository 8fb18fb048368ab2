package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

func TestPodTargets(t *testing.T) {
	for port, want := range map[string][]facts.Target{
		"23100":       {{Field: "port", Number: 23100}},
		"":            nil,
		"http":        nil,
		"015100":      nil,
		"+23100":      nil,
		"23100 ":      nil,
		"99999999999": nil,
	} {
		if diff := cmp.Diff(want, facts.ResolvePodTargets(port)); diff != "" {
			t.Errorf("port %q (-want +got):\n%s", port, diff)
		}
	}
}

func TestServiceTargets(t *testing.T) {
	service := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{
		{Name: "http", Port: 80, TargetPort: intstr.FromString("http")},
		{Name: "metrics", Port: 9090, TargetPort: intstr.FromInt32(9090)},
		{Name: "80", Port: 81},
		{Name: "empty", Port: 82, TargetPort: intstr.FromString("")},
		{Name: "again", Port: 80, Protocol: corev1.ProtocolUDP, TargetPort: intstr.FromInt32(53)},
	}}}
	alone := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}}}}
	for name, c := range map[string]struct {
		service *corev1.Service
		port    string
		want    []facts.Target
	}{
		"by name":                               {service, "metrics", []facts.Target{{Field: "port", Number: 9090}}},
		"by number: the first port that has it": {service, "80", []facts.Target{{Field: "port", Name: "http"}}},
		"by number, to a port without a target": {service, "81", []facts.Target{{Field: "port", Number: 81}}},
		"to a port with an empty target":        {service, "empty", []facts.Target{{Field: "port", Number: 82}}},
		"a number that no port has":             {service, "83", nil},
		"a name that no port has":               {service, "web", nil},
		"no port where all have names":          {service, "", nil},
		"no port, and the only one has no name": {alone, "", []facts.Target{{Field: "port", Number: 8080}}},
		"the only one by number":                {alone, "80", []facts.Target{{Field: "port", Number: 8080}}},
	} {
		if diff := cmp.Diff(c.want, facts.ResolveServiceTargets(c.service, c.port)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
