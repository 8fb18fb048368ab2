package webhook_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

func networkPolicies(t *testing.T, c client.Client) {
	const webhookName = "validate-networkpolicies.chaperone.dev"
	wantRefusal(t, c.Create(t.Context(), networkPolicy()), webhookName, "network.opens_ports", "spec.ingress[0] is \"all ports\"", "{key: chaperone.dev/chatbot, operator: DoesNotExist}")
	good := networkPolicy(opens(intstr.FromString("http")))
	if err := c.Create(t.Context(), good); err != nil {
		t.Fatalf("the name of the port is refused: %v", err)
	}
	moved := good.DeepCopy()
	opens(intstr.FromInt32(8080))(moved)
	wantRefusal(t, c.Patch(t.Context(), moved, client.MergeFrom(good)), webhookName, "network.opens_ports", "kubectl patch networkpolicy open -n shop")
	left := networkPolicy(ofPods(t, "!"+v1alpha1.LabelChatbot))
	left.Name = "others"
	if err := c.Create(t.Context(), left); err != nil {
		t.Errorf("a NetworkPolicy that leaves the pods of chatbots out is refused: %v", err)
	}
	elsewhere := networkPolicy()
	elsewhere.Namespace = "elsewhere"
	if err := c.Create(t.Context(), elsewhere); err != nil {
		t.Errorf("refused in a namespace without declarations: %v", err)
	}
}

// newSlice returns an EndpointSlice that somebody writes by hand.
func newSlice(name, address string, port int32) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{Addresses: []string{address}}},
		Ports:     []discoveryv1.EndpointPort{{Port: ptr.To(port)}},
	}
}

func handMadeEndpoints(t *testing.T, c client.Client, config *rest.Config, pod *corev1.Pod) {
	const webhookName, address = "validate-endpoints.chaperone.dev", "10.0.0.7"
	running := &corev1.Pod{}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(pod), running); err != nil {
		t.Fatal(err)
	}
	running.Status.PodIP, running.Status.PodIPs = address, []corev1.PodIP{{IP: address}}
	if err := c.Status().Update(t.Context(), running); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, c.Create(t.Context(), newSlice("around", address, 8080)), webhookName, "network.endpoint_around", "ports[0].port is 8080")
	database := newSlice("database", "192.0.2.7", 5432)
	for _, good := range []*discoveryv1.EndpointSlice{newSlice("sidecar", address, 23100), database} {
		if err := c.Create(t.Context(), good); err != nil {
			t.Errorf("%s is refused: %v", good.Name, err)
		}
	}
	moved := database.DeepCopy()
	moved.Endpoints[0].Addresses, moved.Ports[0].Port = []string{address}, ptr.To[int32](8080)
	wantRefusal(t, c.Patch(t.Context(), moved, client.MergeFrom(database)), webhookName, "network.endpoint_around")

	// The controllers of Kubernetes write endpoints all the time, and databases renew locks in the annotations of theirs: the API server sends
	// neither. That is seen of endpoints that would be refused.
	written := newSlice("by-controller", address, 8080)
	if err := impersonate(t, c, config, "system:serviceaccount:kube-system:endpointslice-controller").Create(t.Context(), written); err != nil {
		t.Fatalf("what a controller of Kubernetes writes is refused: %v", err)
	}
	renewed := written.DeepCopy()
	renewed.Annotations = map[string]string{"leader": "db-1"}
	if err := c.Patch(t.Context(), renewed, client.MergeFrom(written)); err != nil {
		t.Errorf("an annotation is refused: %v", err)
	}
	changed := renewed.DeepCopy()
	changed.Ports[0].Port = ptr.To[int32](8081)
	wantRefusal(t, c.Patch(t.Context(), changed, client.MergeFrom(renewed)), webhookName, "network.endpoint_around")
}

// impersonate returns a client of the user, who may do everything.
func impersonate(t *testing.T, c client.Client, config *rest.Config, user string) client.Client {
	t.Helper()
	as := rest.CopyConfig(config)
	as.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:masters"}}
	impersonated, err := client.New(as, client.Options{Scheme: c.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return impersonated
}
