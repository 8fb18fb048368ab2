package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// testScaling takes a governed Deployment from one replica to five and to none.
func testScaling(t *testing.T, w *world) {
	w.chatbot(t, "scaling")
	bot, front := w.bot("scaling", 1), service("scaling", "bot")
	w.create(t, bot, front)
	w.runs(t, bot)
	chat(t, w.url(t, front))
	for _, replicas := range []int{5, 0} {
		w.kubectl(t, "scale", "-n", "scaling", "deployment/"+bot.Name, fmt.Sprintf("--replicas=%d", replicas))
		eventually(t, fmt.Sprintf("%d governed pods behind the Service", replicas), func() error {
			return w.replicas(t, "scaling", replicas)
		})
		if replicas > 0 {
			eventually(t, "the images of the pods in the status", func() error { return w.compareImages(t, "scaling") })
		}
	}
}

// replicas returns an error unless that many pods run with a sidecar, the Service leads to the sidecar of each, and the
// declaration's status says so.
func (w *world) replicas(t *testing.T, namespace string, want int) error {
	ready := 0
	for _, pod := range w.pods(t, namespace) {
		if len(pod.Spec.InitContainers) != 1 || pod.Spec.InitContainers[0].Name != "chaperone" {
			t.Errorf("pod %s runs without its sidecar", pod.Name)
		}
		if podReady(&pod) {
			ready++
		}
	}
	endpoints, err := w.endpoints(t.Context(), namespace)
	if err != nil {
		return err
	}
	var declaration v1alpha1.ChatbotDeployment
	if err := w.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: builders.Name}, &declaration); err != nil {
		return err
	}
	governed := declaration.Status.Workloads.Governed
	if ready != want || endpoints != want || int(governed) != want {
		return fmt.Errorf("%d pods ready, %d endpoints at the sidecar's port, status.workloads.governed %d", ready, endpoints, governed)
	}
	return nil
}

// compareImages returns an error unless the status of the declaration has the image of each container as the node runs it.
func (w *world) compareImages(t *testing.T, namespace string) error {
	var declaration v1alpha1.ChatbotDeployment
	if err := w.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: builders.Name}, &declaration); err != nil {
		return err
	}
	found := map[string]v1alpha1.RunningImage{}
	for _, image := range declaration.Status.Images {
		found[image.Container] = image
	}
	for _, pod := range w.pods(t, namespace) {
		statuses := slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses)
		if len(declaration.Status.Images) != len(statuses) {
			return fmt.Errorf("status.images is %+v, want one entry for each of the %d containers", declaration.Status.Images, len(statuses))
		}
		for _, status := range statuses {
			image := found[status.Name]
			// The name of the pod is in the records of its sidecar.
			if image.Digest == "" || !strings.HasSuffix(status.ImageID, image.Digest) || image.Revision == "" || !strings.Contains(pod.Name, image.Revision) {
				return fmt.Errorf("container %s of pod %s runs %q, and status.images says %+v", status.Name, pod.Name, status.ImageID, image)
			}
		}
	}
	return nil
}

// endpoints counts the ready endpoints of a namespace at the sidecar's port. An error names one at another port.
func (w *world) endpoints(ctx context.Context, namespace string) (int, error) {
	var found discoveryv1.EndpointSliceList
	if err := w.List(ctx, &found, client.InNamespace(namespace)); err != nil {
		return 0, err
	}
	count := 0
	for _, slice := range found.Items {
		for _, endpoint := range slice.Endpoints {
			if !ptr.Deref(endpoint.Conditions.Ready, false) {
				continue
			}
			count++
			if len(slice.Ports) != 1 || ptr.Deref(slice.Ports[0].Port, 0) != sidecarPort {
				return 0, fmt.Errorf("EndpointSlice %s leads to %v", slice.Name, slice.Ports)
			}
		}
	}
	return count, nil
}

// sidecarPort is that of the first governed port.
const sidecarPort = 23100

func podReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// testProbes asks every kind of probe, by name and by number: each reaches the app, and not the sidecar.
func testProbes(t *testing.T, w *world) {
	w.chatbot(t, "probes")
	http := func(path string, port intstr.IntOrString) corev1.ProbeHandler {
		return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: port}}
	}
	named, numbered := intstr.FromString(builders.ChatPort), intstr.FromInt32(builders.ChatPortNumber)
	handlers := map[string]corev1.ProbeHandler{
		"http-by-name":   http("/healthz", named),
		"http-by-number": http("/healthz", numbered),
		"tcp-by-name":    {TCPSocket: &corev1.TCPSocketAction{Port: named}},
		"tcp-by-number":  {TCPSocket: &corev1.TCPSocketAction{Port: numbered}},
		"exec":           {Exec: &corev1.ExecAction{Command: []string{"/samplebot", "healthy", "http://127.0.0.1:8080/healthz"}}},
		"grpc-by-number": {GRPC: &corev1.GRPCAction{Port: 9000}},
	}
	for name, handler := range handlers {
		w.create(t, w.probed(name, handler))
	}
	w.create(t, w.probed("http-that-fails", http("/nothing-here", named)))
	for name := range handlers {
		w.kubectl(t, "wait", "-n", "probes", "pod/"+name, "--for=condition=Ready", "--timeout=120s")
	}
	// Long enough for a liveness probe that fails to end a container.
	time.Sleep(6 * time.Second)
	for name := range handlers {
		pod := w.pod(t, "probes", name)
		if app := pod.Status.ContainerStatuses[0]; app.RestartCount > 0 || !podReady(pod) {
			t.Errorf("%s: %d restarts, ready %v", name, app.RestartCount, podReady(pod))
		}
	}
	if failing := w.pod(t, "probes", "http-that-fails"); podReady(failing) {
		t.Error("a pod whose probe fails is ready: the probe does not ask the app")
	}
}

// probed is a pod of the chatbot whose start-up, liveness and readiness are asked in the same way.
func (w *world) probed(name string, handler corev1.ProbeHandler) *corev1.Pod {
	return builders.Pod(func(p *corev1.Pod) {
		p.Namespace, p.Name, p.Spec = "probes", name, w.restricted(p.Spec)
		app := &p.Spec.Containers[0]
		app.Args = append(app.Args, "--grpc-health", ":9000")
		app.StartupProbe = &corev1.Probe{ProbeHandler: handler, PeriodSeconds: 1, FailureThreshold: 60}
		app.ReadinessProbe = &corev1.Probe{ProbeHandler: handler, PeriodSeconds: 1}
		app.LivenessProbe = &corev1.Probe{ProbeHandler: handler, PeriodSeconds: 1, FailureThreshold: 3}
		app.Lifecycle = nil
	})
}

func (w *world) pod(t *testing.T, namespace, name string) *corev1.Pod {
	t.Helper()
	var pod corev1.Pod
	if err := w.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &pod); err != nil {
		t.Fatal(err)
	}
	return &pod
}

// testJob runs a governed Job to its end: the sidecar must not keep the pod from completing.
func testJob(t *testing.T, w *world) {
	w.chatbot(t, "jobs")
	pod := builders.Pod(func(p *corev1.Pod) { p.Spec = w.restricted(p.Spec) })
	app := &pod.Spec.Containers[0]
	app.Args, app.ReadinessProbe, app.Lifecycle = []string{"get", "http://127.0.0.1:23090/healthz"}, nil, nil
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: "jobs", Name: "once"},
		Spec: batchv1.JobSpec{BackoffLimit: ptr.To[int32](0), Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec,
		}},
	}
	w.create(t, job)
	w.kubectl(t, "wait", "-n", "jobs", "job/once", "--for=condition=Complete", "--timeout=150s")
	done := w.pods(t, "jobs")
	if len(done) != 1 || done[0].Status.Phase != corev1.PodSucceeded || len(done[0].Spec.InitContainers) != 1 {
		t.Errorf("pods of the Job: %v", w.kubectl(t, "get", "pods", "-n", "jobs"))
	}
}

// testRollingUpdate changes the template while customers chat.
func testRollingUpdate(t *testing.T, w *world) {
	w.chatbot(t, "rolling")
	bot, front := w.bot("rolling", 2), service("rolling", "bot")
	w.create(t, bot, front)
	w.runs(t, bot)
	url := w.url(t, front)
	chat(t, url)
	stop := load(t, url)
	w.kubectl(t, "set", "env", "-n", "rolling", "deployment/"+bot.Name, "RELEASE=2")
	w.runs(t, bot)
	// Until the last old pod is gone.
	eventually(t, "end of the old pods", func() error {
		var list corev1.PodList
		if err := w.List(t.Context(), &list, client.InNamespace("rolling")); err != nil {
			return err
		}
		if len(list.Items) != 2 {
			return fmt.Errorf("%d pods", len(list.Items))
		}
		return nil
	})
	seen := stop()
	seen.allGoverned(t)
	seen.noneFailed(t)
}
