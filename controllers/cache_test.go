package controllers

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// The cache holds the NetworkPolicies of the whole cluster, so it keeps what decisions read, and what restoring Chaperone's own takes.
func TestCachedNetworkPolicies(t *testing.T) {
	ports := []networkingv1.NetworkPolicyPort{{Port: ptr.To(intstr.FromInt32(8080))}}
	peers := []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}
	selector := metav1.LabelSelector{MatchLabels: map[string]string{"app": "bot"}}
	full := func() *networkingv1.NetworkPolicy {
		return &networkingv1.NetworkPolicy{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "open", UID: "1", ResourceVersion: "2", Labels: map[string]string{"team": "shop"}, Annotations: map[string]string{"a": "b"}},
			Spec: networkingv1.NetworkPolicySpec{
				PodSelector: selector, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
				Ingress: []networkingv1.NetworkPolicyIngressRule{{Ports: ports, From: peers}},
				Egress:  []networkingv1.NetworkPolicyEgressRule{{To: peers}},
			},
		}
	}
	want := &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "open", UID: "1", ResourceVersion: "2"},
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: selector, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress: []networkingv1.NetworkPolicyIngressRule{{Ports: ports}},
		},
	}
	own, wantOwn := full(), full()
	own.Labels[contract.LabelManagedBy], wantOwn.Labels[contract.LabelManagedBy] = contract.ManagedBy, contract.ManagedBy
	for name, c := range map[string]struct{ full, want *networkingv1.NetworkPolicy }{
		"of others": {full(), want}, "Chaperone's own": {own, wantOwn},
	} {
		got, err := shrinkNetworkPolicy(c.full)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(any(c.want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := shrinkNetworkPolicy(&metav1.Status{}); err == nil {
		t.Error("another type: no error")
	}
}
