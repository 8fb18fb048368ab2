package facts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

func TestOpenings(t *testing.T) {
	udp, tcp := corev1.ProtocolUDP, corev1.ProtocolTCP
	list := func(spec networkingv1.NetworkPolicySpec) []facts.Opening {
		return facts.NewNetworkPolicyInput(&networkingv1.NetworkPolicy{Spec: spec}, nil, time.Time{}).Openings
	}
	spec := networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{
		{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}},
		{Ports: []networkingv1.NetworkPolicyPort{
			{Port: new(intstr.FromString("http"))},
			{Port: new(intstr.FromInt32(8080)), Protocol: &udp},
			{Port: new(intstr.FromInt32(8080)), Protocol: &tcp},
			{Port: new(intstr.FromInt32(8000)), EndPort: new(int32(9000))},
			{Protocol: &udp},
			{Protocol: &tcp},
		}},
	}}
	want := []facts.Opening{
		{Field: "spec.ingress[0]", First: 1, Last: 65535},
		{Field: "spec.ingress[1].ports[0].port", Name: "http"},
		{Field: "spec.ingress[1].ports[2].port", First: 8080, Last: 8080},
		{Field: "spec.ingress[1].ports[3].port", First: 8000, Last: 9000},
		{Field: "spec.ingress[1].ports[5]", First: 1, Last: 65535},
	}
	for name, types := range map[string][]networkingv1.PolicyType{
		"no types": nil, "ingress": {networkingv1.PolicyTypeIngress}, "both": {networkingv1.PolicyTypeEgress, networkingv1.PolicyTypeIngress},
	} {
		spec.PolicyTypes = types
		if diff := cmp.Diff(want, list(spec)); diff != "" {
			t.Errorf("%s: openings (-want +got):\n%s", name, diff)
		}
	}
	spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
	if got := list(spec); got != nil {
		t.Errorf("only egress: openings %v, want none", got)
	}
	if got := list(networkingv1.NetworkPolicySpec{}); got != nil {
		t.Errorf("no ingress rule: openings %v, want none", got)
	}
}

func TestNetworkPolicyInput(t *testing.T) {
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "open"}}
	late := time.Date(2026, 11, 23, 23, 30, 0, 0, time.FixedZone("west", -3600))
	chatbots := []facts.Chatbot{{Name: "support"}}
	want := facts.NetworkInput{Namespace: "shop", Chatbots: chatbots, AsOf: "2026-11-24"}
	if diff := cmp.Diff(want, facts.NewNetworkPolicyInput(p, chatbots, late)); diff != "" {
		t.Errorf("a manifest (-want +got):\n%s", diff)
	}
	p.UID = "1"
	p.Spec.PodSelector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpExists}}
	want.Name, want.HasExpressions = "open", true
	if diff := cmp.Diff(want, facts.NewNetworkPolicyInput(p, chatbots, late)); diff != "" {
		t.Errorf("a stored one (-want +got):\n%s", diff)
	}
}
