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

// What anybody can make very long does not fill the memory of the manager, and opens no way: it counts as more than it says.
func TestLongNetworkPoliciesAreCachedShort(t *testing.T) {
	number := func(n int) networkingv1.NetworkPolicyPort {
		return networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromInt(n))}
	}
	repeat := func(n int, port func(int) networkingv1.NetworkPolicyPort) (ports []networkingv1.NetworkPolicyPort) {
		for i := range n {
			ports = append(ports, port(i))
		}
		return ports
	}
	same := func(int) networkingv1.NetworkPolicyPort { return number(9090) }
	values := make([]string, maxListed)
	short := metav1.LabelSelector{MatchLabels: map[string]string{"app": "bot"}}
	long := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpIn, Values: values}}}
	oneRule := func(ports []networkingv1.NetworkPolicyPort) []networkingv1.NetworkPolicyIngressRule {
		return []networkingv1.NetworkPolicyIngressRule{{Ports: ports}}
	}
	rules := func(n int) (all []networkingv1.NetworkPolicyIngressRule) {
		for i := range n {
			all = append(all, oneRule([]networkingv1.NetworkPolicyPort{number(i)})...)
		}
		return all
	}
	for name, c := range map[string]struct {
		selector, wantSelector metav1.LabelSelector
		rules, want            []networkingv1.NetworkPolicyIngressRule
	}{
		"as many ports as are held":    {short, short, oneRule(repeat(maxListed, number)), oneRule(repeat(maxListed, number))},
		"one port very often":          {short, short, oneRule(repeat(100_000, same)), oneRule(repeat(1, same))},
		"more ports":                   {short, short, oneRule(repeat(maxListed+1, number)), oneRule(nil)},
		"more rules":                   {short, short, rules(maxListed + 1), oneRule(nil)},
		"many rules, one of all ports": {short, short, append(rules(maxListed), oneRule(nil)...), oneRule(nil)},
		"more values of a selector":    {long, metav1.LabelSelector{}, rules(1), rules(1)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := shrinkNetworkPolicy(&networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{PodSelector: c.selector, Ingress: c.rules}})
			if err != nil {
				t.Fatal(err)
			}
			want := &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{PodSelector: c.wantSelector, Ingress: c.want}}
			if diff := cmp.Diff(any(want), got); diff != "" {
				t.Errorf("in the cache (-want +got):\n%s", diff)
			}
		})
	}
}
