package webhook_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

const networkPolicyPath = contract.PathValidateNetwork

// networkPolicy opens all ports of all pods of the namespace, for all pods of the namespace, as many charts do.
func networkPolicy(changes ...func(*networkingv1.NetworkPolicy)) *networkingv1.NetworkPolicy {
	p := &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "open", Namespace: "shop"},
		Spec: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}}},
		},
	}
	for _, change := range changes {
		change(p)
	}
	return p
}

// opens lets a NetworkPolicy open one port.
func opens(port intstr.IntOrString) func(*networkingv1.NetworkPolicy) {
	return func(p *networkingv1.NetworkPolicy) {
		p.Spec.Ingress[0].Ports = []networkingv1.NetworkPolicyPort{{Port: &port}}
	}
}

// ofType lets a NetworkPolicy be about what comes in or about what goes out.
func ofType(policyType networkingv1.PolicyType) func(*networkingv1.NetworkPolicy) {
	return func(p *networkingv1.NetworkPolicy) { p.Spec.PolicyTypes[0] = policyType }
}

// ofPods lets a NetworkPolicy select pods.
func ofPods(t testing.TB, selector string) func(*networkingv1.NetworkPolicy) {
	t.Helper()
	parsed, err := metav1.ParseToLabelSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	return func(p *networkingv1.NetworkPolicy) { p.Spec.PodSelector = *parsed }
}

func TestValidateNetworkPolicy(t *testing.T) {
	warned, audited, elsewhere := compliant(t), compliant(t), compliant(t)
	warned.Spec.Enforcement, audited.Spec.Enforcement = v1alpha1.EnforcementWarn, v1alpha1.EnforcementAudit
	elsewhere.Namespace = "other"
	bot := metadata("bot-1", map[string]string{"tier": "web", v1alpha1.LabelChatbot: "support"})
	undeclared := metadata("old-1", map[string]string{"tier": "web", v1alpha1.LabelChatbot: "gone"})
	stranger := metadata("shop-1", map[string]string{"tier": "web"})
	isRefused := []string{"network.opens_ports"}
	cases := map[string]struct {
		stored *v1alpha1.ChatbotDeployment
		pods   []metav1.PartialObjectMetadata
		policy *networkingv1.NetworkPolicy
		want   []string
		warned bool
	}{
		"all pods of the namespace":                     {policy: networkPolicy(), want: isRefused},
		"all pods, by the name of the port: allowed":    {policy: networkPolicy(opens(intstr.FromString("http")))},
		"all pods, by the sidecar's number: allowed":    {policy: networkPolicy(opens(intstr.FromInt32(23100)))},
		"all pods, by the app's number":                 {policy: networkPolicy(opens(intstr.FromInt32(8080))), want: isRefused},
		"the pods of the declaration":                   {policy: networkPolicy(ofPods(t, "app=support-bot")), want: isRefused},
		"the label of the chatbot":                      {policy: networkPolicy(ofPods(t, v1alpha1.LabelChatbot+"=support")), want: isRefused},
		"another app: allowed":                          {policy: networkPolicy(ofPods(t, "app=shop"))},
		"another chart's labels: allowed":               {policy: networkPolicy(ofPods(t, "app.kubernetes.io/name=redis"), opens(intstr.FromInt32(6379)))},
		"a label that a governed pod has":               {pods: []metav1.PartialObjectMetadata{bot}, policy: networkPolicy(ofPods(t, "tier=web")), want: isRefused},
		"a label that other pods have: allowed":         {pods: []metav1.PartialObjectMetadata{stranger}, policy: networkPolicy(ofPods(t, "tier=web"))},
		"a label of a chatbot nobody declares: allowed": {pods: []metav1.PartialObjectMetadata{undeclared}, policy: networkPolicy(ofPods(t, "tier=web"))},
		"all pods but those of chatbots: allowed":       {policy: networkPolicy(ofPods(t, "!"+v1alpha1.LabelChatbot))},
		"the same, with a label of governed: allowed":   {pods: []metav1.PartialObjectMetadata{bot}, policy: networkPolicy(ofPods(t, "tier=web,!"+v1alpha1.LabelChatbot))},
		"all pods but those of this chatbot: allowed":   {policy: networkPolicy(ofPods(t, v1alpha1.LabelChatbot+" notin (support)"))},
		"all pods but those of another chatbot":         {policy: networkPolicy(ofPods(t, v1alpha1.LabelChatbot+" notin (sales)")), want: isRefused},
		"closing all pods: allowed":                     {policy: networkPolicy(func(p *networkingv1.NetworkPolicy) { p.Spec.Ingress = nil })},
		"only about egress: allowed":                    {policy: networkPolicy(ofType(networkingv1.PolicyTypeEgress))},
		"a selector that selects nothing, as it is invalid": {policy: networkPolicy(func(p *networkingv1.NetworkPolicy) {
			p.Spec.PodSelector.MatchLabels = map[string]string{"app": "support-bot!"}
		})},
		"of a chatbot that only warns: warned":        {stored: warned, policy: networkPolicy(), warned: true},
		"of a chatbot that is only observed: allowed": {stored: audited, policy: networkPolicy()},
		"of a declaration elsewhere: allowed":         {stored: elsewhere, policy: networkPolicy()},
		"Chaperone's own, with a former number: allowed": {policy: networkPolicy(opens(intstr.FromInt32(15100)), func(p *networkingv1.NetworkPolicy) {
			p.Labels = map[string]string{contract.LabelManagedBy: contract.ManagedBy}
		})},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			stored := c.stored
			if stored == nil {
				stored = compliant(t)
			}
			s := serve(t, e, stored)
			s.stored.pods = c.pods
			response := s.ask(t, networkPolicyPath, creation(t, c.policy))
			if response.Allowed != (len(c.want) == 0) || c.warned != (len(response.Warnings) > 0) {
				t.Errorf("allowed %v, warnings %q: %v", response.Allowed, response.Warnings, response.Result)
			}
			if diff := cmp.Diff(c.want, rules(response)); diff != "" {
				t.Errorf("rules (-want +got):\n%s\n%v", diff, response.Result)
			}
		})
	}
}

// The refusal says which line to add, and a NetworkPolicy with it passes.
func TestNetworkPolicyWithTheLineOfTheRemedyPasses(t *testing.T) {
	e := newEngine(t)
	refused := serve(t, e, compliant(t)).ask(t, networkPolicyPath, creation(t, networkPolicy()))
	const line = "add the line `- {key: chaperone.dev/chatbot, operator: DoesNotExist}` to spec.podSelector.matchExpressions"
	if refused.Allowed || !strings.Contains(refused.Result.Message, line) {
		t.Fatalf("allowed %v, message %s", refused.Allowed, refused.Result.Message)
	}
	repaired := networkPolicy(func(p *networkingv1.NetworkPolicy) {
		p.Spec.PodSelector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "chaperone.dev/chatbot", Operator: "DoesNotExist"}}
	})
	if response := serve(t, e, compliant(t)).ask(t, networkPolicyPath, creation(t, repaired)); !response.Allowed {
		t.Errorf("refused: %s", response.Result.Message)
	}
}

// TestUpdateNetworkPolicy changes a NetworkPolicy that was there before the webhooks and would be refused today.
func TestUpdateNetworkPolicy(t *testing.T) {
	own := func(p *networkingv1.NetworkPolicy) {
		p.Labels = map[string]string{contract.LabelManagedBy: contract.ManagedBy}
	}
	cases := map[string]struct {
		old, change func(*networkingv1.NetworkPolicy)
		code        int32
	}{
		"its labels":                           {change: func(p *networkingv1.NetworkPolicy) { p.Labels = map[string]string{"a": "b"} }, code: http.StatusOK},
		"what goes out":                        {change: func(p *networkingv1.NetworkPolicy) { p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{}} }, code: http.StatusOK},
		"the port, to another number":          {old: opens(intstr.FromInt32(8080)), change: opens(intstr.FromInt32(8081)), code: http.StatusForbidden},
		"the port, to what it should be":       {change: opens(intstr.FromString("http")), code: http.StatusOK},
		"the pods, away from others":           {old: ofPods(t, "app=shop"), change: ofPods(t, "app=support-bot"), code: http.StatusForbidden},
		"the type":                             {old: ofType(networkingv1.PolicyTypeEgress), change: ofType(networkingv1.PolicyTypeIngress), code: http.StatusForbidden},
		"the label by which it is Chaperone's": {old: own, change: func(p *networkingv1.NetworkPolicy) { p.Labels = nil }, code: http.StatusForbidden},
	}
	e := newEngine(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			old := networkPolicy()
			if c.old != nil {
				c.old(old)
			}
			changed := old.DeepCopy()
			c.change(changed)
			response := serve(t, e, compliant(t)).ask(t, networkPolicyPath, change(t, old, changed))
			if response.Result.Code != c.code {
				t.Errorf("code %d, want %d: %s", response.Result.Code, c.code, response.Result.Message)
			}
		})
	}
}

func TestNoDecisionRefusesNetworkPolicy(t *testing.T) {
	broken := compliant(t)
	broken.Name, broken.Spec.Selector = "broken", metav1.LabelSelector{}
	cases := map[string]struct {
		change func(*fakeEngine, *server)
		reason string
	}{
		"undecided":                   {change: func(e *fakeEngine, _ *server) { e.network = policy.NewUndecided("r1", "", "stale policy") }, reason: "stale policy"},
		"the lookup fails":            {change: func(_ *fakeEngine, s *server) { s.stored.err = errors.New("cache is not started") }, reason: "cache is not started"},
		"the lookup of pods fails":    {change: func(_ *fakeEngine, s *server) { s.stored.podsErr = errors.New("no pods in the cache") }, reason: "no pods in the cache"},
		"a stored selector is broken": {change: func(_ *fakeEngine, s *server) { s.stored.items = append(s.stored.items, *broken) }, reason: `"shop/broken"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := allowing()
			s := serve(t, e, compliant(t))
			c.change(e, s)
			response := s.ask(t, networkPolicyPath, creation(t, networkPolicy()))
			if response.Allowed || response.Result.Code != http.StatusInternalServerError || !strings.Contains(response.Result.Message, c.reason) {
				t.Errorf("allowed %v, code %d, message %q, want 500 with %q", response.Allowed, response.Result.Code, response.Result.Message, c.reason)
			}
		})
	}
}

// endpoints is a hand-made EndpointSlice or Endpoints as the API server sends it: v1 Endpoints are deprecated and still served.
func endpoints(kind, address string, port int) []byte {
	if kind == "Endpoints" {
		return fmt.Appendf(nil, `{"kind":"Endpoints","metadata":{"name":"db"},"subsets":[{"addresses":[{"ip":"192.0.2.9"},{"ip":%q}],"ports":[{"port":%d}]}]}`, address, port)
	}
	return fmt.Appendf(nil, `{"kind":"EndpointSlice","metadata":{"name":"db"},"endpoints":[{"addresses":[%q]}],"ports":[{"name":"","port":%d,"protocol":"TCP"}]}`, address, port)
}

// TestValidateEndpointsWithoutNumbers: Kubernetes says that an entry without a number stands for all ports, and an empty list for none.
func TestValidateEndpointsWithoutNumbers(t *testing.T) {
	e := newEngine(t)
	for name, c := range map[string]struct {
		ports string
		want  []string
	}{
		"all ports":         {`[{"name":"","port":null,"protocol":"TCP"}]`, []string{"network.endpoint_around"}},
		"all ports of UDP":  {`[{"name":"","protocol":"UDP"}]`, nil},
		"an empty list":     {`[]`, nil},
		"no list":           {`null`, nil},
		"all besides 23100": {`[{"name":"a","port":23100},{"name":"b"}]`, []string{"network.endpoint_around"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, e, compliant(t))
			pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "bot-1", Labels: map[string]string{v1alpha1.LabelChatbot: "support"}}}
			pod.Status.PodIPs = []corev1.PodIP{{IP: "10.0.0.7"}}
			s.live.specs = []corev1.Pod{pod}
			request := creation(t, networkPolicy())
			request.Object.Raw = fmt.Appendf(nil, `{"kind":"EndpointSlice","metadata":{"name":"db"},"endpoints":[{"addresses":["10.0.0.7"]}],"ports":%s}`, c.ports)
			response := s.ask(t, contract.PathValidateEndpoints, request)
			if diff := cmp.Diff(c.want, rules(response)); diff != "" || response.Allowed != (c.want == nil) {
				t.Errorf("allowed %v, rules (-want +got):\n%s\n%v", response.Allowed, diff, response.Result)
			}
		})
	}
}

func TestValidateEndpoints(t *testing.T) {
	warned, numbered := compliant(t), compliant(t)
	warned.Spec.Enforcement = v1alpha1.EnforcementWarn
	numbered.Spec.Ports[0].Name, numbered.Spec.Ports[0].Port = "", 8080
	isRefused := []string{"network.endpoint_around"}
	cases := map[string]struct {
		stored  *v1alpha1.ChatbotDeployment
		pod     func(*corev1.Pod)
		address string
		port    int
		want    []string
		warned  bool
	}{
		"the app's port of a governed pod":                        {address: "10.0.0.7", port: 8080, want: isRefused},
		"the same, written as IPv4 in IPv6":                       {address: "::ffff:10.0.0.7", port: 8080, want: isRefused},
		"the second address of the pod, written at length":        {address: "fd00:0:0::7", port: 8080, want: isRefused},
		"the sidecar's port: allowed":                             {address: "10.0.0.7", port: 23100},
		"another address, as of a database: allowed":              {address: "10.0.0.8", port: 8080},
		"the name of a host: allowed":                             {address: "db.example", port: 8080},
		"another number than the declared one: allowed":           {stored: numbered, address: "10.0.0.7", port: 9090},
		"the declared number":                                     {stored: numbered, address: "10.0.0.7", port: 8080, want: isRefused},
		"of a chatbot that only warns: warned":                    {stored: warned, address: "10.0.0.7", port: 8080, warned: true},
		"of a pod that is not governed: allowed":                  {pod: func(p *corev1.Pod) { p.Labels = nil }, address: "10.0.0.7", port: 8080},
		"of a pod that has ended, whose address is free: allowed": {pod: func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }, address: "10.0.0.7", port: 8080},
		"the address of the node: allowed":                        {pod: func(p *corev1.Pod) { p.Spec.HostNetwork = true }, address: "10.0.0.7", port: 8080},
	}
	e := newEngine(t)
	for name, c := range cases {
		for _, kind := range []string{"Endpoints", "EndpointSlice"} {
			t.Run(kind+": "+name, func(t *testing.T) {
				stored := c.stored
				if stored == nil {
					stored = compliant(t)
				}
				s := serve(t, e, stored)
				pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "bot-1", Labels: map[string]string{v1alpha1.LabelChatbot: "support"}}}
				pod.Status.PodIPs = []corev1.PodIP{{IP: "10.0.0.7"}, {IP: "fd00::7"}}
				if c.pod != nil {
					c.pod(&pod)
				}
				s.live.specs = []corev1.Pod{pod}
				request := creation(t, networkPolicy())
				request.Object.Raw = endpoints(kind, c.address, c.port)
				response := s.ask(t, contract.PathValidateEndpoints, request)
				if response.Allowed != (len(c.want) == 0) || c.warned != (len(response.Warnings) > 0) {
					t.Errorf("allowed %v, warnings %q: %v", response.Allowed, response.Warnings, response.Result)
				}
				if diff := cmp.Diff(c.want, rules(response)); diff != "" {
					t.Errorf("rules (-want +got):\n%s\n%v", diff, response.Result)
				}
			})
		}
	}
}

// A database moves its leader by writing endpoints: without the addresses of governed pods, they pass, as while Chaperone is down.
func TestEndpointsPassWhileGovernedPodsAreUnknown(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	s.live.err = errors.New("no connection")
	request := creation(t, networkPolicy())
	request.Object.Raw = endpoints("Endpoints", "10.0.0.7", 8080)
	if response := s.ask(t, contract.PathValidateEndpoints, request); !response.Allowed {
		t.Errorf("refused: %s", response.Result.Message)
	}
}

func TestNetworkRequestsThatAreNone(t *testing.T) {
	s := serve(t, allowing(), compliant(t))
	cases := map[string]func(*admissionv1.AdmissionRequest){
		"no object":                        func(r *admissionv1.AdmissionRequest) { r.Object.Raw = nil },
		"a list":                           func(r *admissionv1.AdmissionRequest) { r.Object.Raw = []byte(`[]`) },
		"an update without the old object": func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Update },
		"a deletion":                       func(r *admissionv1.AdmissionRequest) { r.Operation = admissionv1.Delete },
	}
	for name, change := range cases {
		for _, path := range []string{networkPolicyPath, contract.PathValidateEndpoints} {
			t.Run(name+" at "+path, func(t *testing.T) {
				request := creation(t, networkPolicy())
				change(&request)
				if response := s.ask(t, path, request); response.Allowed || response.Result.Code != http.StatusBadRequest {
					t.Errorf("allowed %v, code %d, want a refusal with 400", response.Allowed, response.Result.Code)
				}
			})
		}
	}
}
