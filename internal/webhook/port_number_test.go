package webhook_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// patchCommand is the patch that the remedy for a Service by number proposes.
var patchCommand = regexp.MustCompile(`kubectl patch service numbered -n shop --type json -p '([^']*)'`)

// portByNumber declares a chatbot by the number of its port. Its pod names no port, its Service targets the number.
func portByNumber(t *testing.T, c client.Client) {
	declaration := compliant(t)
	declaration.Name, declaration.UID, declaration.Generation = "numbered", "", 0
	declaration.Spec.Selector.MatchLabels = map[string]string{"app": "numbered"}
	declaration.Spec.Ports = []v1alpha1.ChatPort{{Port: 8080, Shape: v1alpha1.ShapeOpenAIChat}}
	both := declaration.DeepCopy()
	both.Spec.Ports[0].Name = "http"
	if err := c.Create(t.Context(), both); err == nil || !strings.Contains(err.Error(), "exactly one of name and port") {
		t.Errorf("a port with a name and a number: error %v", err)
	}
	own := declaration.DeepCopy()
	own.Spec.Ports[0].Port = 23100
	wantRefusal(t, c.Create(t.Context(), own), "guard.chaperone.dev", "spec.ports[0].port is 23100")
	if err := c.Create(t.Context(), declaration); err != nil {
		t.Fatal(err)
	}
	pod := awaitInjection(t, c, newNumberedPod)
	if port := pod.Spec.InitContainers[0].Ports[0]; port.Name != "port-8080" || port.ContainerPort != 23100 {
		t.Errorf("the sidecar's port is %q %d", port.Name, port.ContainerPort)
	}
	if diff := cmp.Diff([]corev1.ContainerPort{{Name: "chaperone-0", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}, pod.Spec.Containers[0].Ports); diff != "" {
		t.Errorf("ports of the app (-want +got):\n%s", diff)
	}
	// A second name for the number would lead to the app.
	twice := newNumberedPod(t)
	twice.Spec.Containers[0].Ports = append(twice.Spec.Containers[0].Ports,
		corev1.ContainerPort{Name: "http", ContainerPort: 8080}, corev1.ContainerPort{Name: "web", ContainerPort: 8080})
	wantRefusal(t, c.Create(t.Context(), twice), "validate.chaperone.dev", "workload.governed_port_taken_over")
	patchNumberedService(t, c)
}

// patchNumberedService takes a Service that was there before the declaration, by number, and patches it as a refusal says, once it exists.
// Its port for metrics leads to no declared port, and stays.
func patchNumberedService(t *testing.T, c client.Client) {
	byNumber := service(selects("app", "numbered"), byNumber)
	byNumber.Name = "numbered"
	byNumber.Spec.Ports[0].Name = "http"
	byNumber.Spec.Ports = append(byNumber.Spec.Ports, corev1.ServicePort{Name: "metrics", Port: 9090, TargetPort: intstr.FromInt32(9090)})
	err := c.Create(t.Context(), byNumber.DeepCopy())
	wantRefusal(t, err, "validate-services.chaperone.dev", "service.target_by_name", "Set spec.ports[0].targetPort to port-8080")
	if strings.Contains(err.Error(), "Set spec.ports[1]") {
		t.Errorf("the port for metrics is refused: %v", err)
	}
	if command := patchCommand.FindStringSubmatch(err.Error()); command != nil {
		t.Errorf("the refusal of a Service that does not exist proposes to patch it: %v", err)
	}
	elsewhere := byNumber.DeepCopy()
	elsewhere.Spec.Selector = map[string]string{"app": "not-yet"}
	if err := c.Create(t.Context(), elsewhere); err != nil {
		t.Fatal(err)
	}
	leading := elsewhere.DeepCopy()
	leading.Spec.Selector = byNumber.Spec.Selector
	err = c.Update(t.Context(), leading)
	wantRefusal(t, err, "validate-services.chaperone.dev", "service.target_by_name", "1. Restart the pods")
	command := patchCommand.FindStringSubmatch(err.Error())
	if command == nil {
		t.Fatalf("the refusal proposes no patch: %v", err)
	}
	if err := c.Patch(t.Context(), elsewhere, client.RawPatch(types.JSONPatchType, []byte(command[1]))); err != nil {
		t.Fatal(err)
	}
	elsewhere.Spec.Selector = byNumber.Spec.Selector
	if err := c.Update(t.Context(), elsewhere); err != nil {
		t.Errorf("the patched Service is refused: %v", err)
	}
}

func newNumberedPod(t *testing.T) *corev1.Pod {
	t.Helper()
	pod := fresh(t)
	pod.Labels = map[string]string{"app": "numbered"}
	pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 8080}}
	pod.Spec.Containers[0].ReadinessProbe, pod.Spec.Containers[0].LivenessProbe, pod.Spec.Containers[0].StartupProbe = nil, nil, nil
	pod.Spec.Containers[0].Lifecycle = nil
	return pod
}
