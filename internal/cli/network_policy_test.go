package cli_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// networkPolicy opens ports of the selected pods, or all ports if none is given.
func networkPolicy(t *testing.T, selector string, ports ...networkingv1.NetworkPolicyPort) *networkingv1.NetworkPolicy {
	t.Helper()
	parsed, err := metav1.ParseToLabelSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Name: "open", Namespace: builders.Namespace},
		Spec:       networkingv1.NetworkPolicySpec{PodSelector: *parsed, Ingress: []networkingv1.NetworkPolicyIngressRule{{Ports: ports}}},
	}
}

func TestCheckNetworkPolicies(t *testing.T) {
	own := networkPolicy(t, "")
	own.Labels = map[string]string{contract.LabelManagedBy: contract.ManagedBy}
	const leftOut = "NetworkPolicy shop/open is not judged: it selects no pod of a ChatbotDeployment of the input\n"
	tests := map[string]struct {
		objects []runtime.Object
		exit    int
		// out and err are parts of what is written.
		out, err string
	}{
		"all ports of all pods": {
			objects: []runtime.Object{builders.ChatbotDeployment(), networkPolicy(t, "")},
			exit:    cli.ExitRefused, out: `spec.ingress[0] is "all ports"; Chaperone requires [http] (network.opens_ports).`,
		},
		"the name of the port": {
			objects: []runtime.Object{builders.ChatbotDeployment(), networkPolicy(t, "", networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromString("http"))})},
			out:     "NetworkPolicy shop/open: Allow\n",
		},
		"a label that only a pod of the input has": {
			objects: []runtime.Object{
				networkPolicy(t, "tier=web"), builders.ChatbotDeployment(),
				builders.Deployment(func(d *appsv1.Deployment) { d.Spec.Template.Labels["tier"] = "web" }),
			},
			exit: cli.ExitRefused, out: "NetworkPolicy shop/open: Deny",
		},
		"other pods":      {objects: []runtime.Object{builders.ChatbotDeployment(), networkPolicy(t, "!chaperone.dev/chatbot")}, err: leftOut},
		"Chaperone's own": {objects: []runtime.Object{builders.ChatbotDeployment(), own}, err: leftOut},
		"a number in quotes": {
			objects: []runtime.Object{networkPolicy(t, "", networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromString("8080"))})},
			exit:    cli.ExitBadInput, err: `spec.ingress[0].ports[0].port: Invalid value: "8080": must contain at least one letter`,
		},
		"a number that no port has": {
			objects: []runtime.Object{networkPolicy(t, "", networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromInt32(70000))})},
			exit:    cli.ExitBadInput, err: "spec.ingress[0].ports[0].port: Invalid value: 70000",
		},
		"a range that ends before it begins": {
			objects: []runtime.Object{networkPolicy(t, "", networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromInt32(8080)), EndPort: ptr.To[int32](8000)})},
			exit:    cli.ExitBadInput, err: "spec.ingress[0].ports[0].endPort: Invalid value: 8000",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, nil, input(t, tc.objects...), "check", "-")
			if got.exit != tc.exit || !strings.Contains(flat(got.out), flat(tc.out)) || !strings.Contains(got.err, tc.err) {
				t.Errorf("exit code %d, want %d; want output %q and errors %q:\n%s%s", got.exit, tc.exit, tc.out, tc.err, got.out, got.err)
			}
		})
	}
}
