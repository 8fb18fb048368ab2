package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// testSeveralPorts governs two ports of two containers beside one port that is nobody's business.
func testSeveralPorts(t *testing.T, w *world) {
	w.chatbot(t, "ports", func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Ports = append(d.Spec.Ports, v1alpha1.ChatPort{Name: "voice", API: v1alpha1.ChatAPIOpenAIChat, Path: chatPath})
	})
	bot := w.bot("ports", 1, func(spec *corev1.PodSpec) {
		second := *spec.Containers[0].DeepCopy()
		second.Name, second.Args = "voice", []string{"--listen", ":9000", "--also", ":9090"}
		second.Ports = []corev1.ContainerPort{{Name: "voice", ContainerPort: 9000}, {Name: "metrics", ContainerPort: 9090}}
		second.ReadinessProbe.HTTPGet.Port = intstr.FromString("voice")
		spec.Containers = append(spec.Containers, second)
	})
	text, voice := service("ports", "text"), service("ports", "voice", func(s *corev1.ServiceSpec) {
		s.Ports[0].TargetPort = intstr.FromString("voice")
	})
	w.create(t, bot, text, voice)
	w.runs(t, bot)
	chat(t, w.url(t, text))
	chat(t, w.url(t, voice))
	address := w.pods(t, "ports")[0].Status.PodIP
	for _, port := range []int{8080, 9000, 9090} {
		if out, err := w.visit(t.Context(), fmt.Sprintf("http://%s:%d/healthz", address, port)); err == nil {
			t.Errorf("the app's port %d is open to other pods: %s", port, out)
		}
	}
	if out, err := w.visit(t.Context(), "http://"+address+":15090/healthz"); err != nil {
		t.Errorf("the sidecar's port is closed, so that the closed ports above show nothing: %v: %s", err, out)
	}
}

// testServices reaches a chatbot through the other kinds of Services, and refuses one that goes around the sidecar.
func testServices(t *testing.T, w *world) {
	w.chatbot(t, "services")
	bot := w.bot("services", 1)
	headless := service("services", "headless", func(s *corev1.ServiceSpec) { s.ClusterIP = corev1.ClusterIPNone })
	outside := service("services", "outside", func(s *corev1.ServiceSpec) { s.Type = corev1.ServiceTypeNodePort })
	w.create(t, bot, headless, outside)
	w.runs(t, bot)

	node := w.kubectl(t, "get", "nodes", "-o", `jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}`)
	chat(t, fmt.Sprintf("http://%s:%d%s", node, outside.Spec.Ports[0].NodePort, chatPath))

	// Its name leads to the pod itself, where the client chooses the port: the sidecar's.
	eventually(t, "chat by the name of a headless Service", func() error {
		out, err := w.try(t.Context(), "", "exec", "-n", visitors, "visitor", "--", "/samplebot", "ask",
			"http://headless.services.svc.cluster.local:15100"+chatPath, "My mail is "+secret)
		if err == nil && (!strings.Contains(out, "[redacted:email]") || strings.Contains(out, secret)) {
			t.Errorf("not governed: %s", out)
		}
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})

	around := service("services", "around", func(s *corev1.ServiceSpec) { s.Ports[0].TargetPort = intstr.FromInt32(8080) })
	err := w.Create(t.Context(), around)
	if err == nil || !strings.Contains(err.Error(), "service.target_by_name") {
		t.Errorf("a Service by number: %v, want it refused by service.target_by_name", err)
	}
	around = service(visitors, "own", func(s *corev1.ServiceSpec) { s.Ports[0].TargetPort = intstr.FromInt32(8080) })
	w.create(t, around)
}

// testConnections tries the ways into a pod that pass the sidecar.
func testConnections(t *testing.T, w *world) {
	w.chatbot(t, "connections")
	bot := w.bot("connections", 1)
	w.create(t, bot)
	w.runs(t, bot)
	pod := w.pods(t, "connections")[0].Name
	look := []string{"--", "/samplebot", "healthy", "http://127.0.0.1:8080/healthz"}
	w.refused(t, []string{"connection.app_closed"}, append([]string{"exec", "-n", "connections", pod, "-c", "bot"}, look...)...)
	w.refused(t, []string{"connection.sidecar_closed"}, append([]string{"exec", "-n", "connections", pod, "-c", "chaperone"}, look...)...)
	w.refused(t, []string{"connection.app_closed"}, "attach", "-n", "connections", pod, "-c", "bot")
	w.refused(t, []string{"connection.port_forward"}, "port-forward", "-n", "connections", pod, ":8080")
	w.refused(t, []string{"connection.proxy_port"}, "get", "--raw", "/api/v1/namespaces/connections/pods/"+pod+":8080/proxy/healthz")
	if out := w.kubectl(t, "get", "--raw", "/api/v1/namespaces/connections/pods/"+pod+":15090/proxy/healthz"); out == "" {
		t.Error("the sidecar's health says nothing through the API server")
	}
	w.debugRefused(t, pod)

	// Nothing of that concerns pods that are nobody's chatbot, also beside one.
	w.create(t, builders.Pod(func(p *corev1.Pod) {
		p.Namespace, p.Name, p.Labels, p.Spec = "connections", "plain", nil, w.restricted(p.Spec)
	}))
	w.kubectl(t, "wait", "-n", "connections", "pod/plain", "--for=condition=Ready", "--timeout=120s")
	w.kubectl(t, append([]string{"exec", "-n", "connections", "plain"}, look...)...)
}

// debugRefused adds a container to a running pod, as `kubectl debug` does: without it kubectl would wait for a terminal.
func (w *world) debugRefused(t *testing.T, pod string) {
	t.Helper()
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"ephemeralContainers": []corev1.EphemeralContainer{{
		TargetContainerName: "bot",
		EphemeralContainerCommon: corev1.EphemeralContainerCommon{
			Name: "debugger", Image: w.images["samplebot"].Reference, SecurityContext: w.restricted(builders.Pod().Spec).Containers[0].SecurityContext,
		},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	w.refused(t, []string{"workload.ephemeral_container"}, "patch", "-n", "connections", "pod", pod, "--subresource=ephemeralcontainers",
		"--type=strategic", "-p", string(patch))
	w.refused(t, []string{"workload.ephemeral_container"}, "debug", "-n", "connections", pod, "--image", w.images["samplebot"].Reference,
		"--target=bot", "--profile=restricted")
}
