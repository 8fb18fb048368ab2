package controllers_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// networkPolicyCommand finds the command that a remedy gives for a NetworkPolicy: its name, and the patch.
var networkPolicyCommand = regexp.MustCompile(`kubectl patch networkpolicy (\S+) -n \S+ --type json -p '([^']+)'`)

// newOpenPolicy returns a NetworkPolicy that opens all ports of the selected pods.
func (w *world) newOpenPolicy(name string, selector map[string]string) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name},
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: selector},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{}},
		},
	}
}

// A NetworkPolicy that was there before the declaration passed no admission. The status names it under every enforcement, and its repair is
// in the text; Chaperone's own NetworkPolicy does not wait for it.
func TestNetworkPoliciesAroundTheSidecarAreNamed(t *testing.T) {
	for _, enforcement := range []v1alpha1.Enforcement{v1alpha1.EnforcementAudit, v1alpha1.EnforcementDeny} {
		t.Run(string(enforcement), func(t *testing.T) {
			w := newWorld(t)
			w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Enforcement = enforcement })
			d := w.read(builders.Name)
			w.run(w.governedPod(d, "bot", "", nil))
			w.create(w.newOpenPolicy("all", nil))
			w.create(w.newOpenPolicy("bots", map[string]string{v1alpha1.LabelChatbot: d.Name}))
			w.create(w.newOpenPolicy("others", map[string]string{"app.kubernetes.io/name": "redis"}))
			named := w.newOpenPolicy("by-name", nil)
			named.Spec.Ingress[0].Ports = []networkingv1.NetworkPolicyPort{{Port: ptr.To(intstr.FromString(builders.ChatPort))}}
			w.create(named)
			w.reconcile(d.Name)

			w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "False/NetworkPolicyOpensPorts")
			w.checkCondition(d.Name, v1alpha1.ConditionReady, "False/NetworkPolicyOpensPorts")
			message := w.message(d.Name, v1alpha1.ConditionServicesGoverned)
			if want := "2 NetworkPolicies open ports around the sidecar: all, bots."; !strings.HasPrefix(message, want) {
				t.Errorf("want a message that begins with %q, got %s", want, message)
			}
			isClosed := w.networkPolicy() != nil
			if isClosed != (enforcement == v1alpha1.EnforcementDeny) {
				t.Errorf("Chaperone's own NetworkPolicy is there: %t", isClosed)
			}
			for _, command := range networkPolicyCommand.FindAllStringSubmatch(message, -1) {
				if !json.Valid([]byte(command[2])) {
					t.Fatalf("no JSON: %s", command[2])
				}
				p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: command[1]}}
				if err := w.client.Patch(t.Context(), p, client.RawPatch(types.JSONPatchType, []byte(command[2]))); err != nil {
					t.Fatal(err)
				}
			}
			w.reconcile(d.Name)
			w.checkCondition(d.Name, v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
			w.checkCondition(d.Name, v1alpha1.ConditionReady, "True/Ready")
		})
	}
}

// A NetworkPolicy that somebody creates, changes or deletes changes the status, also if only a label of a pod leads to it.
func followsNetworkPolicies(_ *testing.T, w *world) {
	d := w.declareCompliant("support", nil)
	w.run(w.governedPod(d, "bot", "", nil))
	w.awaitCondition("support", v1alpha1.ConditionReady, "True/Ready")
	p := w.newOpenPolicy("open", nil)
	w.create(p)
	w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "False/NetworkPolicyOpensPorts")
	p.Spec.Ingress[0].Ports = []networkingv1.NetworkPolicyPort{{Port: ptr.To(intstr.FromString(builders.ChatPort))}}
	w.update(p)
	w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
	p.Spec.Ingress[0].Ports = nil
	w.update(p)
	w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "False/NetworkPolicyOpensPorts")
	w.delete(p)
	w.awaitCondition("support", v1alpha1.ConditionServicesGoverned, "True/AllGoverned")
}

// A NetworkPolicy of a label that only a pod without the sidecar has keeps it from being made again, and is named before that.
func TestNetworkPolicyOfAPodThatWaitsForItsSidecarIsNamed(t *testing.T) {
	w := newWorld(t)
	labels := appLabels("support")
	labels["tier"] = "web"
	w.pod(builders.Pod(func(p *corev1.Pod) { p.Name, p.Labels = "old", labels }))
	w.create(w.newOpenPolicy("web", map[string]string{"tier": "web"}))
	w.create(w.newOpenPolicy("others", map[string]string{"tier": "data"}))
	w.declareWithEngine(func(d *v1alpha1.ChatbotDeployment) { d.Spec.Selector.MatchLabels = appLabels("support") })
	w.reconcile(builders.Name)
	w.checkCondition(builders.Name, v1alpha1.ConditionServicesGoverned, "False/NetworkPolicyOpensPorts")
	if got := w.message(builders.Name, v1alpha1.ConditionServicesGoverned); !strings.HasPrefix(got, "1 NetworkPolicy opens ports around the sidecar: web.") {
		t.Errorf("the message is %s", got)
	}
}
