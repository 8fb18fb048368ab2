package inject_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/inject"
)

// TestSidecarTakesOverNumbers injects pods of a declaration with the port 8080 by number. Each port of a container is written as name and
// number.
func TestSidecarTakesOverNumbers(t *testing.T) {
	type ports map[string][]string
	cases := map[string]struct {
		pod, want ports
		// sidecar is the name under which the sidecar listens; Services target it.
		sidecar string
		shared  bool
	}{
		"a port without a name":                {pod: ports{"app": {":8080"}}, want: ports{"app": {"chaperone-0:8080"}}, sidecar: "port-8080"},
		"a port with a name, which moves":      {pod: ports{"app": {"http:8080"}}, want: ports{"app": {"chaperone-0:8080"}}, sidecar: "http"},
		"no port is listed":                    {pod: ports{"app": nil}, want: ports{"app": nil}, sidecar: "port-8080"},
		"other ports stay":                     {pod: ports{"app": {":8080", "metrics:9090"}}, want: ports{"app": {"chaperone-0:8080", "metrics:9090"}}, sidecar: "port-8080"},
		"two containers list it, once by name": {pod: ports{"app": {":8080"}, "other": {"http:8080"}}, want: ports{"app": {"chaperone-0:8080"}, "other": {":8080"}}, sidecar: "http"},
		"two names are for it": {
			pod: ports{"app": {"http:8080"}, "other": {"web:8080"}}, want: ports{"app": {"http:8080"}, "other": {"web:8080"}}, sidecar: "port-8080", shared: true,
		},
		"its name is reserved": {pod: ports{"app": {"chaperone-1:8080"}}, want: ports{"app": {"chaperone-1:8080"}}, sidecar: "port-8080", shared: true},
	}
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	declaration.Spec.Ports = []v1alpha1.ChatPort{{Port: 8080, Shape: "openai-chat", Parameters: map[string]v1alpha1.ShapeParameter{"path": "/chat"}}}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{}
			for _, container := range []string{"app", "other"} {
				if list, ok := c.pod[container]; ok {
					pod.Spec.Containers = append(pod.Spec.Containers, newListening(container, list))
				}
			}
			injected, err := inject.Sidecar(pod, declaration, template(declaration))
			if isShared := err != nil; isShared != c.shared {
				t.Errorf("error %v", err)
			}
			got := ports{}
			for _, container := range injected.Spec.Containers {
				got[container.Name] = listPorts(container)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("ports (-want +got):\n%s", diff)
			}
			sidecar := injected.Spec.InitContainers[0]
			if sidecar.Ports[0].Name != c.sidecar || !slices.Contains(sidecar.Args, "port-8080=8080") {
				t.Errorf("the sidecar listens as %q with %v, want %q", sidecar.Ports[0].Name, sidecar.Args, c.sidecar)
			}
			again, _ := inject.Sidecar(injected, declaration, template(declaration))
			if diff := cmp.Diff(injected, again); diff != "" {
				t.Errorf("a second run changes the pod (-first +second):\n%s", diff)
			}
		})
	}
}

// TestNamesOfPortsAreRefused says which names of container ports keep the sidecar from taking over a port, and in which containers.
func TestNamesOfPortsAreRefused(t *testing.T) {
	const oneName = `: give it one name that does not begin with "chaperone"`
	for name, test := range map[string]struct {
		declared   v1alpha1.ChatPort
		app, other []string
		want       string
	}{
		"a reserved name": {
			declared: v1alpha1.ChatPort{Port: 8080}, app: []string{"chaperone-1:8080"},
			want: `port "port-8080" of ChatbotDeployment "shop/support" has the name "chaperone-1" in container "app"` + oneName,
		},
		"two names in one container": {
			declared: v1alpha1.ChatPort{Port: 8080}, app: []string{"http:8080", "web:8080"}, other: []string{":8080"},
			want: `port "port-8080" of ChatbotDeployment "shop/support" has the name "http" in container "app" and "web" in container "app"` + oneName,
		},
		"two names in two containers": {
			declared: v1alpha1.ChatPort{Port: 8080}, app: []string{"http:8080"}, other: []string{"web:8080"},
			want: `port "port-8080" of ChatbotDeployment "shop/support" has the name "http" in container "app" and "web" in container "other"` + oneName,
		},
		"its name and that of a port that is taken over": {
			declared: v1alpha1.ChatPort{Name: "http"}, app: []string{"http:8080", "chaperone-0:9090"},
			want: `port "http" of ChatbotDeployment "shop/support" has the name "http" in container "app" and "chaperone-0" in container "app"` + oneName,
		},
		"its name in two containers": {
			declared: v1alpha1.ChatPort{Name: "http"}, app: []string{"http:8080"}, other: []string{"http:9090"},
			want: `port "http" of ChatbotDeployment "shop/support" is in several containers (app, other): only one may have it`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
			test.declared.Shape = "openai-chat"
			declaration.Spec.Ports = []v1alpha1.ChatPort{test.declared}
			pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{newListening("app", test.app), newListening("other", test.other)}}}
			_, err := inject.Sidecar(pod, declaration, template(declaration))
			if diff := cmp.Diff(test.want, text(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestProbesFollowTheNumber injects a pod whose probe names the port that is declared by number.
func TestProbesFollowTheNumber(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	declaration.Spec.Ports = []v1alpha1.ChatPort{{Port: 8080, Shape: "openai-chat", Parameters: map[string]v1alpha1.ShapeParameter{"path": "/chat"}}}
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{newListening("app", []string{"http:8080"})}}}
	pod.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromString("http")}}}
	injected, err := inject.Sidecar(pod, declaration, template(declaration))
	if err != nil {
		t.Fatal(err)
	}
	if port := injected.Spec.Containers[0].ReadinessProbe.HTTPGet.Port; port != intstr.FromInt32(8080) {
		t.Errorf("the probe asks %v, want 8080", port)
	}
}

// newListening returns a container with ports that are written as name and number.
func newListening(name string, ports []string) corev1.Container {
	container := corev1.Container{Name: name}
	for _, text := range ports {
		portName, number, _ := strings.Cut(text, ":")
		container.Ports = append(container.Ports, corev1.ContainerPort{Name: portName, ContainerPort: intstr.Parse(number).IntVal})
	}
	return container
}

func listPorts(container corev1.Container) []string {
	var texts []string
	for _, p := range container.Ports {
		number := intstr.FromInt32(p.ContainerPort)
		texts = append(texts, p.Name+":"+number.String())
	}
	return texts
}
