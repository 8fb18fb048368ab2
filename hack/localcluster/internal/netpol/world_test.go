package netpol

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"
)

// world is the cluster of the tests: a chatbot with its sidecar and a client in
// shop, a client of another team, and pods that no rule may name.
func world(t *testing.T, policies ...string) Cluster {
	t.Helper()
	chatbot := pod("shop", "chatbot", "10.244.0.10")
	chatbot.Spec.Containers[0].Ports = []corev1.ContainerPort{
		{Name: "app", ContainerPort: 8080}, {Name: "metrics", ContainerPort: 9090, Protocol: corev1.ProtocolTCP},
	}
	chatbot.Spec.InitContainers = []corev1.Container{
		{Name: "setup", Ports: []corev1.ContainerPort{{Name: "setup", ContainerPort: 1111}}},
		{Name: "sidecar", RestartPolicy: ptr.To(corev1.ContainerRestartPolicyAlways), Ports: []corev1.ContainerPort{
			{Name: "http", ContainerPort: 15001}, {Name: "metrics", ContainerPort: 15002}, {Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP},
		}},
	}
	finished, onHost := pod("shop", "client", "10.244.0.10"), pod("shop", "client", "10.200.0.2")
	finished.Status.Phase = corev1.PodSucceeded
	onHost.Spec.HostNetwork = true
	v6, dual := pod("shop", "client", "fd00::5"), pod("team", "client", "fd00::22")
	dual.Status.PodIPs = []corev1.PodIP{{IP: "fd00::22"}, {IP: "10.244.0.22"}}
	dual.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8000}}
	c := Cluster{
		Namespaces: []*corev1.Namespace{namespace("shop"), namespace("team")},
		Pods: []*corev1.Pod{
			chatbot, pod("shop", "client", "10.244.0.11"), dual, pod("team", "other", "10.244.0.9"),
			pod("unlisted", "client", "10.244.0.30"), pod("shop", "client", ""), finished, onHost, v6,
		},
	}
	for _, spec := range policies {
		c.Policies = append(c.Policies, policy(t, spec))
	}
	return c
}

func pod(namespace, app, ip string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Labels: map[string]string{"app": app}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, PodIP: ip},
	}
}

func namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"name": name}}}
}

// policy makes a policy of the namespace shop from its spec.
func policy(t *testing.T, spec string) *networkingv1.NetworkPolicy {
	t.Helper()
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop"}}
	if err := yaml.UnmarshalStrict([]byte(spec), &p.Spec); err != nil {
		t.Fatal(err)
	}
	return p
}
