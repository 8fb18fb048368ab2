package webhook_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/webhook"
	"github.com/chaperone-dev/chaperone/test/env"
)

// TestAgainstAPIServer sends objects through a real API server with the generated registrations: what it defaults, when it calls
// and what it makes of the answers is its own.
func TestAgainstAPIServer(t *testing.T) {
	c, config, webhooks := startCluster(t)
	admit := func(object client.Object) {
		t.Helper()
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatalf("%T is refused: %v", object, err)
		}
	}
	admit(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{v1alpha1.LabelEnforce: "true"}}})
	admit(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "elsewhere"}})

	refused := compliant(t)
	refused.UID, refused.Generation = "", 0
	refused.Spec.Rights.ResponseDays = ptr.To[v1alpha1.Days](90)
	wantRefusal(t, c.Create(t.Context(), refused), "guard.chaperone.dev", "rights.responseDays")

	declaration := compliant(t)
	declaration.UID, declaration.Generation = "", 0
	admit(declaration)
	pod := awaitInjection(t, c, fresh)

	t.Run("the stored pod holds the expected sidecar, after defaulting", func(t *testing.T) {
		// The hash of the configuration is not part of the container.
		want := inject.Expected(pod, declaration, inject.Template(declaration, image, ""))
		if diff := cmp.Diff(want, pod.Spec.InitContainers[0]); diff != "" {
			t.Errorf("sidecar (-want +got):\n%s", diff)
		}
		for _, volume := range inject.Template(declaration, image, "").Volumes {
			if !strings.Contains(string(encode(t, pod.Spec.Volumes)), string(encode(t, volume))) {
				t.Errorf("volume %q is not stored as rendered", volume.Name)
			}
		}
		if pod.Spec.Containers[0].Ports[0].Name != "chaperone-0" || pod.Labels[v1alpha1.LabelChatbot] != "support" {
			t.Errorf("port %q, label %q", pod.Spec.Containers[0].Ports[0].Name, pod.Labels[v1alpha1.LabelChatbot])
		}
	})
	t.Run("a selector that overlaps is refused", func(t *testing.T) {
		twin := compliant(t)
		twin.Name, twin.UID, twin.Generation = "twin", "", 0
		wantRefusal(t, c.Create(t.Context(), twin), "guard.chaperone.dev", `"shop/support"`)
	})
	t.Run("the network of the host is refused, all findings are told", func(t *testing.T) {
		bad := fresh(t)
		bad.Spec.Containers[0].Image = "bot:latest"
		bad.Spec.HostNetwork = true
		err := c.Create(t.Context(), bad)
		wantRefusal(t, err, "validate.chaperone.dev", "workload.image_by_digest", "workload.host_network")
		// The API server gives every port of such a pod a host port, the sidecar's too: that is no change of the sidecar.
		if err != nil && strings.Contains(err.Error(), "workload.sidecar_unchanged") {
			t.Errorf("the sidecar counts as changed: %v", err)
		}
	})
	t.Run("a dry run is judged alike", func(t *testing.T) {
		bad := fresh(t)
		bad.Spec.HostPID = true
		wantRefusal(t, c.Create(t.Context(), bad, client.DryRunAll), "validate.chaperone.dev", "workload.host_pid")
	})
	t.Run("metadata of a governed pod may change, the image of its sidecar may not", func(t *testing.T) {
		annotated := pod.DeepCopy()
		annotated.Annotations["team"] = "other"
		if err := c.Patch(t.Context(), annotated, client.MergeFrom(pod)); err != nil {
			t.Errorf("an annotation is refused: %v", err)
		}
		swapped := pod.DeepCopy()
		swapped.Spec.InitContainers[0].Image = "bot:latest"
		wantRefusal(t, c.Patch(t.Context(), swapped, client.MergeFrom(pod)), "validate.chaperone.dev", "workload.sidecar_unchanged")
		flipped := pod.DeepCopy()
		flipped.Labels = nil
		wantRefusal(t, c.Patch(t.Context(), flipped, client.MergeFrom(pod)), "validate.chaperone.dev", "workload.label_and_declaration")
	})
	t.Run("an ephemeral container is judged", func(t *testing.T) {
		debugged := pod.DeepCopy()
		debugged.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
			Name: "debug", Image: "busybox", SecurityContext: &corev1.SecurityContext{Privileged: ptr.To(true)},
		}}}
		err := c.SubResource("ephemeralcontainers").Patch(t.Context(), debugged, client.MergeFrom(pod))
		wantRefusal(t, err, "validate.chaperone.dev", "workload.privileged", "workload.ephemeral_container")
	})
	t.Run("other injectors", func(t *testing.T) { injectors(t, c, webhooks) })
	t.Run("profiles and policies", func(t *testing.T) { organisations(t, c) })
	t.Run("shapes", func(t *testing.T) { shapes(t, c) })
	t.Run("exceptions", func(t *testing.T) { exceptions(t, c, config, declaration) })
	t.Run("approvals", func(t *testing.T) { approvals(t, c, config) })
	t.Run("connections", func(t *testing.T) { connections(t, c, config, pod) })
	t.Run("a Deployment is judged by its template, before it makes pods", func(t *testing.T) {
		bad := deployment(t, "bad", onHost)
		wantRefusal(t, c.Create(t.Context(), bad), "validate-workloads.chaperone.dev", "workload.host_pid", "spec.template.spec.hostPID")
		good := deployment(t, "good")
		admit(good)
		if len(good.Spec.Template.Spec.InitContainers) != 0 {
			t.Error("the stored template is injected")
		}
		scaled := good.DeepCopy()
		scaled.Spec.Replicas = ptr.To[int32](3)
		if err := c.Patch(t.Context(), scaled, client.MergeFrom(good)); err != nil {
			t.Errorf("scaling is refused: %v", err)
		}
		changed := scaled.DeepCopy()
		changed.Spec.Template.Spec.HostPID = true
		wantRefusal(t, c.Patch(t.Context(), changed, client.MergeFrom(scaled)), "validate-workloads.chaperone.dev", "workload.host_pid")
	})
	t.Run("other Deployments are left alone", func(t *testing.T) {
		for _, namespace := range []string{"elsewhere", "shop"} {
			other := deployment(t, "other", onHost, func(p *corev1.Pod) { p.Labels = map[string]string{"app": "other"} })
			other.Namespace = namespace
			if err := c.Create(t.Context(), other); err != nil {
				t.Errorf("refused in %s: %v", namespace, err)
			}
		}
	})
	t.Run("a Service around the sidecar is refused", func(t *testing.T) {
		wantRefusal(t, c.Create(t.Context(), service(byNumber)), "validate-services.chaperone.dev", "service.target_by_name", "spec.ports[0].targetPort is 8080")
		unset := service(func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.IntOrString{} })
		wantRefusal(t, c.Create(t.Context(), unset), "validate-services.chaperone.dev", "service.target_by_name", "spec.ports[0].targetPort is 80")
		good := service()
		admit(good)
		moved := good.DeepCopy()
		byNumber(moved)
		wantRefusal(t, c.Patch(t.Context(), moved, client.MergeFrom(good)), "validate-services.chaperone.dev", "service.target_by_name")
		labelled := good.DeepCopy()
		labelled.Labels = map[string]string{"team": "shop"}
		if err := c.Patch(t.Context(), labelled, client.MergeFrom(good)); err != nil {
			t.Errorf("a label is refused: %v", err)
		}
		// The pod that is there has this label; no declaration asks for it.
		wantRefusal(t, c.Create(t.Context(), service(byNumber, selects("pod-template-hash", "7d9f6c"))), "validate-services.chaperone.dev", "service.target_by_name")
	})
	t.Run("a port by number", func(t *testing.T) { portByNumber(t, c) })
	t.Run("a NetworkPolicy around the sidecar is refused", func(t *testing.T) { networkPolicies(t, c) })
	t.Run("endpoints around the sidecar are refused", func(t *testing.T) { handMadeEndpoints(t, c, config, pod) })
	t.Run("other Services are left alone", func(t *testing.T) {
		for _, namespace := range []string{"elsewhere", "shop"} {
			other := service(byNumber, selects("app", "other"))
			other.Name, other.Namespace = "other", namespace
			if err := c.Create(t.Context(), other); err != nil {
				t.Errorf("refused in %s: %v", namespace, err)
			}
		}
	})
	t.Run("a claim in a namespace without declarations is refused", func(t *testing.T) {
		claim := fresh(t)
		claim.Namespace, claim.Labels = "elsewhere", map[string]string{v1alpha1.LabelChatbot: "support"}
		wantRefusal(t, c.Create(t.Context(), claim), "validate-claimed.chaperone.dev", "workload.label_and_declaration")
	})
	t.Run("other pods are left alone", func(t *testing.T) {
		for _, namespace := range []string{"elsewhere", "shop"} {
			other := fresh(t)
			other.Namespace, other.Labels = namespace, map[string]string{"app": "other"}
			other.Spec.Containers[0].Image = "other:latest"
			if err := c.Create(t.Context(), other); err != nil {
				t.Fatalf("refused in %s: %v", namespace, err)
			}
			if len(other.Spec.InitContainers) != 0 {
				t.Errorf("injected in %s", namespace)
			}
		}
	})
}

func fresh(t *testing.T) *corev1.Pod {
	t.Helper()
	pod := read[corev1.Pod](t, "pod.yaml")
	pod.Namespace = "shop"
	return pod
}

// deployment has the pod of testdata, changed, as its template.
func deployment(t *testing.T, name string, changes ...func(*corev1.Pod)) *appsv1.Deployment {
	t.Helper()
	pod := fresh(t)
	for _, change := range changes {
		change(pod)
	}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: pod.Labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec},
		},
	}
}

// wantRefusal asks for a refusal by the named webhook, with 403 and every part in its text.
func wantRefusal(t *testing.T, err error, by string, parts ...string) {
	t.Helper()
	var status *apierrors.StatusError
	if !errors.As(err, &status) || status.ErrStatus.Code != http.StatusForbidden {
		t.Fatalf("error %v, want a refusal with 403", err)
	}
	for _, part := range append(parts, `admission webhook "`+by+`" denied the request`) {
		if !strings.Contains(status.ErrStatus.Message, part) {
			t.Errorf("the refusal lacks %q:\n%s", part, status.ErrStatus.Message)
		}
	}
}

// awaitInjection creates new pods until the manager's cache has the declaration; before that, no declaration governs them.
func awaitInjection(t *testing.T, c client.Client, newPod func(*testing.T) *corev1.Pod) *corev1.Pod {
	t.Helper()
	var pod *corev1.Pod
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		pod = newPod(t)
		if err := c.Create(ctx, pod); err != nil {
			return false, err
		}
		return len(pod.Spec.InitContainers) == 1, nil
	})
	if err != nil {
		t.Fatalf("no pod is injected: %v", err)
	}
	return pod
}

// startCluster starts an API server with the webhooks registered and served, and returns an administrator's client and how it
// connects. The webhook server also serves injectOthers, which is not registered yet.
func startCluster(t *testing.T) (client.Client, *rest.Config, envtest.WebhookInstallOptions) {
	t.Helper()
	ctrl.SetLogger(logr.Discard())
	cluster := env.Start(t, env.Options{
		CRDPaths: []string{"config/crd/bases"},
		Webhooks: envtest.WebhookInstallOptions{Paths: []string{"config/webhook/manifests.yaml"}},
	})
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	mgr, err := ctrl.NewManager(cluster.Config, ctrl.Options{
		Scheme:  scheme,
		Metrics: metricsserver.Options{BindAddress: "0"},
		WebhookServer: ctrlwebhook.NewServer(ctrlwebhook.Options{
			Host: cluster.Webhooks.LocalServingHost, Port: cluster.Webhooks.LocalServingPort, CertDir: cluster.Webhooks.LocalServingCertDir,
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	options := webhook.Options{
		Engine: newEngine(t), Image: image, Clock: clocktesting.NewFakePassiveClock(today()), Metrics: prometheus.NewRegistry(),
	}
	if err := webhook.Register(mgr, options); err != nil {
		t.Fatal(err)
	}
	mgr.GetWebhookServer().Register(pathInjector, &ctrlwebhook.Admission{Handler: admission.HandlerFunc(injectOthers)})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	// Ends with the test.
	go func() { stopped <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Errorf("manager: %v", err)
		}
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	err = wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return mgr.GetWebhookServer().StartedChecker()(request) == nil, nil
	})
	if err != nil {
		t.Fatalf("the webhook server does not start: %v", err)
	}
	c, err := client.New(cluster.Config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c, cluster.Config, cluster.Webhooks
}
