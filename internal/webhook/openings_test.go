package webhook_test

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

// labelled gives a pod further labels.
func labelled(pairs ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Labels = maps.Clone(p.Labels)
		for i := 0; i < len(pairs); i += 2 {
			p.Labels[pairs[i]] = pairs[i+1]
		}
	}
}

// A NetworkPolicy that selects no pod of a chatbot is admitted, and the pod that it selects later is refused.
func TestPodThatANetworkPolicyOpens(t *testing.T) {
	e := newEngine(t)
	warned, elsewhere := compliant(t), compliant(t)
	warned.Spec.Enforcement, elsewhere.Spec.Selector.MatchLabels = v1alpha1.EnforcementWarn, map[string]string{"app": "other"}
	web, isRefused := labelled("tier", "web"), []string{"network.opens_ports"}
	own := func(p *networkingv1.NetworkPolicy) {
		p.Labels = map[string]string{contract.LabelManagedBy: contract.ManagedBy}
	}
	cases := map[string]struct {
		stored *v1alpha1.ChatbotDeployment
		policy *networkingv1.NetworkPolicy
		// before is the pod before an update; nil if the pod is made.
		before, pod func(*corev1.Pod)
		want        []string
		warned      bool
	}{
		"made with the label":                        {policy: networkPolicy(ofPods(t, "tier=web")), pod: web, want: isRefused},
		"made with the label, where rules only warn": {stored: warned, policy: networkPolicy(ofPods(t, "tier=web")), pod: web, warned: true},
		"made without the label: allowed":            {policy: networkPolicy(ofPods(t, "tier=web")), pod: labelled()},
		"one that opens the chat by name: allowed":   {policy: networkPolicy(ofPods(t, "tier=web"), opens(intstr.FromString("http"))), pod: web},
		"one that leaves chatbots out: allowed":      {policy: networkPolicy(ofPods(t, "tier=web,!"+v1alpha1.LabelChatbot)), pod: web},
		"one of the pods that injection marks":       {policy: networkPolicy(ofPods(t, v1alpha1.LabelChatbot+"=support")), pod: labelled(), want: isRefused},
		"one of a zone, which the node brings":       {policy: networkPolicy(ofPods(t, "topology.kubernetes.io/zone=a")), pod: labelled(), want: isRefused},
		"Chaperone's own: allowed":                   {policy: networkPolicy(ofPods(t, "tier=web"), opens(intstr.FromInt32(15100)), own), pod: web},
		"an update that brings the label":            {policy: networkPolicy(ofPods(t, "tier=web")), before: labelled(), pod: web, want: isRefused},
		"an update of another label: allowed":        {policy: networkPolicy(ofPods(t, "tier=web")), before: web, pod: labelled("tier", "web", "a", "b")},
		"an update that takes it away: allowed":      {policy: networkPolicy(ofPods(t, "tier=web")), before: web, pod: labelled()},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			stored := c.stored
			if stored == nil {
				stored = compliant(t)
			}
			s := serve(t, e, stored)
			c.policy.UID = uid("policy-1")
			s.stored.networkPolicies = []networkingv1.NetworkPolicy{*c.policy}
			pod := governed(t, e, stored)
			before := pod.DeepCopy()
			c.pod(pod)
			request := creation(t, pod)
			if c.before != nil {
				c.before(before)
				request = change(t, before, pod)
			}
			response := s.ask(t, contract.PathValidatePods, request)
			if response.Allowed != (len(c.want) == 0) || c.warned != (len(response.Warnings) > 0) {
				t.Errorf("allowed %v, warnings %q: %v", response.Allowed, response.Warnings, response.Result)
			}
			if diff := cmp.Diff(c.want, rules(response)); diff != "" {
				t.Errorf("rules (-want +got):\n%s\n%v", diff, response.Result)
			}
		})
	}
	t.Run("nobody's pod: allowed", func(t *testing.T) {
		s := serve(t, e, elsewhere)
		s.stored.networkErr = errors.New("no NetworkPolicies in the cache")
		pod := read[corev1.Pod](t, "pod.yaml")
		if response := s.ask(t, contract.PathValidatePods, creation(t, pod)); !response.Allowed {
			t.Errorf("refused: %v", response.Result)
		}
	})
}

// The refusal of a template says which NetworkPolicy is in the way, where, and how to leave the pods of chatbots out.
func TestWorkloadWhosePodsANetworkPolicyOpens(t *testing.T) {
	s := serve(t, newEngine(t), compliant(t))
	opening := networkPolicy(ofPods(t, "tier=web"))
	opening.UID = uid("policy-1")
	s.stored.networkPolicies = []networkingv1.NetworkPolicy{*opening}
	object := workload(t, "Deployment", labelled("tier", "web"))
	response := s.ask(t, contract.PathValidateWorkloads, ofKind(creation(t, object), "Deployment"))
	if response.Allowed {
		t.Fatal("admitted")
	}
	for _, want := range []string{`NetworkPolicy open: spec.ingress[0] is "all ports"`, "network.opens_ports", "kubectl patch networkpolicy open -n shop"} {
		if !strings.Contains(response.Result.Message, want) {
			t.Errorf("the message lacks %q:\n%s", want, response.Result.Message)
		}
	}
}

func TestUnknownNetworkPoliciesRefuseAPod(t *testing.T) {
	e := newEngine(t)
	s := serve(t, e, compliant(t))
	s.stored.networkErr = errors.New("no NetworkPolicies in the cache")
	response := s.ask(t, contract.PathValidatePods, creation(t, governed(t, e, compliant(t))))
	if response.Allowed || response.Result.Code != http.StatusInternalServerError || !strings.Contains(response.Result.Message, "no NetworkPolicies in the cache") {
		t.Errorf("allowed %v: %v", response.Allowed, response.Result)
	}
}
