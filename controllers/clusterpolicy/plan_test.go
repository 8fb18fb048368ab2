package clusterpolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

func newNetworkPolicy(ports ...intstr.IntOrString) *networkingv1.NetworkPolicy {
	rule := networkingv1.NetworkPolicyIngressRule{}
	for _, port := range ports {
		rule.Ports = append(rule.Ports, networkingv1.NetworkPolicyPort{Port: ptr.To(port)})
	}
	return &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{rule}}}
}

func TestClosedPorts(t *testing.T) {
	pods := []corev1.Pod{{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 23100, Protocol: corev1.ProtocolTCP}}}},
		Containers: []corev1.Container{{Ports: []corev1.ContainerPort{
			{Name: "metrics", ContainerPort: 9090}, {Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP},
		}}},
	}}}
	cases := map[string]struct {
		open []intstr.IntOrString
		want []portRange
	}{
		"nothing is open":           {want: []portRange{{1, 65535}}},
		"two ports, in any order":   {open: []intstr.IntOrString{intstr.FromInt32(23100), intstr.FromInt32(23090)}, want: []portRange{{1, 23089}, {23091, 23099}, {23101, 65535}}},
		"neighbors, and one twice":  {open: []intstr.IntOrString{intstr.FromInt32(80), intstr.FromInt32(81), intstr.FromInt32(80)}, want: []portRange{{1, 79}, {82, 65535}}},
		"the first and the last":    {open: []intstr.IntOrString{intstr.FromInt32(1), intstr.FromInt32(65535)}, want: []portRange{{2, 65534}}},
		"a name that a pod has":     {open: []intstr.IntOrString{intstr.FromString("metrics")}, want: []portRange{{1, 9089}, {9091, 65535}}},
		"a name of the sidecar":     {open: []intstr.IntOrString{intstr.FromString("http")}, want: []portRange{{1, 23099}, {23101, 65535}}},
		"a name that no pod has":    {open: []intstr.IntOrString{intstr.FromString("other")}, want: []portRange{{1, 65535}}},
		"a name of UDP":             {open: []intstr.IntOrString{intstr.FromString("dns")}, want: []portRange{{1, 65535}}},
		"one port between two open": {open: []intstr.IntOrString{intstr.FromInt32(1), intstr.FromInt32(3)}, want: []portRange{{2, 2}, {4, 65535}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := listClosed(listOpen(newNetworkPolicy(c.open...), pods))
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(portRange{})); diff != "" {
				t.Errorf("closed ports (-want +got):\n%s", diff)
			}
		})
	}
}

// The API takes 25 ports in one rule.
func TestManyPortsTakeSeveralRules(t *testing.T) {
	var closed []portRange
	for i := range int32(40) {
		closed = append(closed, portRange{2 * i, 2 * i})
	}
	rules := newRules(closed)
	n := 0
	for _, rule := range rules {
		protocols := rule.(map[string]any)["protocols"].([]any)
		if n += len(protocols); len(protocols) > maxProtocols {
			t.Errorf("a rule has %d", len(protocols))
		}
	}
	if n != len(closed)+2 {
		t.Errorf("%d ports in the rules, want %d and those of UDP and SCTP", n, len(closed))
	}
}
