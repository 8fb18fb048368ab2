package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// testSeveralPorts governs two ports of two containers beside one port that is nobody's business.
func testSeveralPorts(t *testing.T, w *world) {
	w.chatbot(t, "ports", func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Ports = append(d.Spec.Ports, v1alpha1.ChatPort{Name: "voice", Shape: v1alpha1.ShapeOpenAIChat})
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
	if out, err := w.visit(t.Context(), "http://"+address+":23090/healthz"); err != nil {
		t.Errorf("the sidecar's port is closed, so that the closed ports above show nothing: %v: %s", err, out)
	}
}

// testServices reaches a chatbot through the other kinds of Services, and refuses one that goes around the sidecar.
func testServices(t *testing.T, w *world) {
	w.chatbot(t, "services")
	bot := w.bot("services", 1)
	headless := service("services", "headless", func(s *corev1.ServiceSpec) {
		s.ClusterIP, s.Ports[0].Port = corev1.ClusterIPNone, sidecarPort
	})
	outside := service("services", "outside", func(s *corev1.ServiceSpec) { s.Type = corev1.ServiceTypeNodePort })
	w.create(t, bot, headless, outside)
	w.runs(t, bot)

	node := w.kubectl(t, "get", "nodes", "-o", `jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}`)
	chat(t, fmt.Sprintf("http://%s:%d%s", node, outside.Spec.Ports[0].NodePort, chatPath))

	// Its name leads to the pod itself, where the client chooses the port: the sidecar's.
	eventually(t, "chat by the name of a headless Service", func() error {
		out, err := w.try(t.Context(), "", "exec", "-n", visitors, "visitor", "--", "/samplebot", "ask",
			"http://headless.services.svc.cluster.local:23100"+chatPath, "My mail is "+secret)
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

// testDesk hands a conversation over to the sample desk, by the name that a declaration gives for it (oversight.handoff.url).
func testDesk(t *testing.T, w *world) {
	w.kubectl(t, "run", "desk", "-n", visitors, "--image", w.images["sampledesk"].Reference, "--expose", "--port=8080")
	w.kubectl(t, "wait", "-n", visitors, "pod/desk", "--for=condition=Ready", "--timeout=120s")
	eventually(t, "handoff", func() error {
		out, err := w.try(t.Context(), "", "exec", "-n", visitors, "visitor", "--", "/samplebot", "get",
			"--post", `{"reason": "the customer asks for a human"}`, "http://desk.visitors.svc.cluster.local:8080/handoff")
		if err == nil && !strings.Contains(out, "202 Accepted") {
			t.Errorf("the desk says %s", out)
		}
		return err
	})
}

// testDeclaring declares a chatbot whose pod runs already: the pod stays reachable, at its own port and through the Service, and
// only the port of the pod that replaces it closes.
func testDeclaring(t *testing.T, w *world) {
	w.namespace(t, "declaring")
	bot := w.bot("declaring", 1)
	front := service("declaring", "front", func(s *corev1.ServiceSpec) { s.Ports[0].TargetPort = intstr.FromString(builders.ChatPort) })
	w.create(t, bot, front)
	w.runs(t, bot)
	before := w.pods(t, "declaring")[0]
	direct := "http://" + before.Status.PodIP + ":8080/healthz"
	reaches := func(when string) {
		t.Helper()
		eventually(t, "reach the running pod "+when, func() error {
			_, err := w.visit(t.Context(), direct)
			return err
		})
		// The node learns of a ready pod a moment after the Deployment. The load below shows that nothing is lost from then on.
		eventually(t, "reach the Service "+when, func() error {
			got, err := ask(t.Context(), w.url(t, front), "Hello", false)
			if err == nil && got.status != http.StatusOK {
				err = fmt.Errorf("status %d: %s", got.status, got.body)
			}
			return err
		})
	}
	reaches("before the declaration")
	stop := load(t, w.url(t, front))
	w.declare(t, "declaring")
	w.kubectl(t, "get", "-n", "declaring", "networkpolicy/chaperone-"+builders.Name)
	reaches("after the declaration")
	traffic := stop()
	traffic.noneFailed(t)

	w.kubectl(t, "rollout", "restart", "-n", "declaring", "deployment/"+bot.Name)
	w.runs(t, bot)
	// Until the pod without a sidecar has ended, the Service can still lead to it.
	eventually(t, "end the pod without a sidecar", func() error {
		err := w.Get(t.Context(), client.ObjectKeyFromObject(&before), new(corev1.Pod))
		if err == nil {
			return fmt.Errorf("pod %s has not ended", before.Name)
		}
		return client.IgnoreNotFound(err)
	})
	chat(t, w.url(t, front))
	for _, pod := range w.pods(t, "declaring") {
		if out, err := w.visit(t.Context(), "http://"+pod.Status.PodIP+":8080/healthz"); err == nil {
			t.Errorf("the app's port of the injected pod is open: %s", out)
		}
	}
}
