package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
	"github.com/chaperone-dev/chaperone/test/env"
)

const managerUser = "system:serviceaccount:chaperone-system:chaperone-manager"

// TestInstallation applies config/default to a real API server and runs the manager with the rights of its service account.
func TestInstallation(t *testing.T) {
	i := &installation{t: t, cluster: env.Start(t, env.Options{})}
	i.admin = i.clientAs(i.cluster.Config)
	manifests := i.build("config/default")
	webhooks := i.apply(manifests)
	i.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}})

	t.Run("images are named by digest", i.imagesByDigest)
	t.Run("roles give no more than they need", i.minimalRoles)
	t.Run("the admission baseline refuses a pod that only claims a chatbot", i.baselineRefusesPods)
	t.Run("the admission baseline keeps the marks of a pod", i.baselineKeepsMarks)
	t.Run("the admission baseline keeps the label of a namespace", i.baselineKeepsNamespaces)
	t.Run("the admission baseline keeps the objects of Chaperone", i.baselineKeepsObjects)
	t.Run("the admission baseline keeps the status of declarations", i.baselineKeepsStatus)
	t.Run("the manager cannot write what is not its own", i.managerScope)

	stop, done := i.startManager()
	i.becomesReady(done)
	i.installWebhooks(webhooks)
	t.Run("another replica becomes ready while it does not lead", i.secondReplica)
	t.Run("a declaration is configured and its namespace enforced", i.configuresDeclaration)
	t.Run("a pod gets the sidecar and passes the admission baseline", i.injectsPod)
	t.Run("a way into the pod is closed, by rights that the manager has", i.closesConnections)
	t.Run("a wiped caBundle is repaired", i.repairsBundle)
	t.Run("a registration that was taken away is put back", i.repairsRegistration)
	t.Run("metrics are for those who may read them", i.metricsAreClosed)
	t.Run("metrics say how the chatbots are", i.metricsAreThere)
	t.Run("the last declaration takes the label with it", i.releasesNamespace)
	t.Run("a request to end gives up leadership", func(t *testing.T) { i.stops(t, stop, done) })
	t.Run("no webhook is asked about what the manager writes", i.writesUnasked)
}

type installation struct {
	t                      *testing.T
	cluster                *env.Cluster
	admin                  client.Client
	webhook, probe, metric int
}

// runsProgram is set in the environment of a test binary that runs the program instead of the tests.
const runsProgram = "RUN_MANAGER"

func TestMain(m *testing.M) {
	if os.Getenv(runsProgram) != "" || worker.IsRequested(os.Args) {
		main()
		return
	}
	os.Exit(m.Run())
}

// startManager runs the manager as its service account, with the flags of a manager outside of the cluster. stop asks it to end, and done
// says how it ended. It is a process of its own, as replicas are.
func (i *installation) startManager() (stop func(), done <-chan error) {
	i.t.Helper()
	return i.startManagerWith("--webhook-url-host", "127.0.0.1")
}

// startManagerWith runs the manager as its service account, with further flags.
func (i *installation) startManagerWith(flags ...string) (stop func(), done <-chan error) {
	i.t.Helper()
	i.webhook, i.probe, i.metric = i.freePort(), i.freePort(), i.freePort()
	//nolint:gosec // The program is this test.
	program := exec.CommandContext(i.t.Context(), os.Args[0], append([]string{
		"--sidecar-image", image, "--webhook-host", "127.0.0.1", "--webhook-port", fmt.Sprint(i.webhook), "--shutdown-delay", "100ms",
		"--health-probe-bind-address", fmt.Sprintf("127.0.0.1:%d", i.probe),
		"--metrics-bind-address", fmt.Sprintf("127.0.0.1:%d", i.metric),
	}, flags...)...)
	program.Env = append(os.Environ(), runsProgram+"=1", "KUBECONFIG="+i.managerKubeconfig())
	program.Stderr = i.t.Output()
	if err := program.Start(); err != nil {
		i.t.Fatal(err)
	}
	ended := make(chan error, 1)
	// Ends when stop is called, or when the test ends.
	go func() { ended <- program.Wait() }()
	return func() { _ = program.Process.Signal(syscall.SIGTERM) }, ended
}

// secondReplica runs another replica of the manager, which never leads.
func (i *installation) secondReplica(t *testing.T) {
	other := &installation{t: t, cluster: i.cluster, admin: i.admin}
	stop, done := other.startManager()
	other.becomesReady(done)
	stop()
	if err := <-done; err != nil {
		t.Errorf("end: %v", err)
	}
}

// becomesReady waits for a manager that is ready before webhooks are installed.
func (i *installation) becomesReady(done <-chan error) {
	i.t.Helper()
	eventually(i.t, 60*time.Second, func() error {
		select {
		case err := <-done:
			i.t.Fatalf("manager ended: %v", err)
		default:
		}
		return i.ready(i.t)
	})
}

func (i *installation) ready(t *testing.T) error {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz?verbose", i.probe), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", body)
	}
	return nil
}

// installWebhooks points the webhooks at the manager, which runs next to the API server.
func (i *installation) installWebhooks(configurations []*unstructured.Unstructured) {
	i.t.Helper()
	if len(configurations) != 2 {
		i.t.Fatalf("webhook configurations: want 2, got %d", len(configurations))
	}
	for _, configuration := range configurations {
		i.changeWebhooks(configuration, func(map[string]any) {})
		i.applyOne(configuration)
	}
	eventually(i.t, 10*time.Second, i.published)
	eventually(i.t, 10*time.Second, func() error { return i.ready(i.t) })
}

// changeWebhooks points the webhooks at the manager and changes them.
func (i *installation) changeWebhooks(configuration *unstructured.Unstructured, change func(webhook map[string]any)) {
	i.t.Helper()
	list, _, err := unstructured.NestedSlice(configuration.Object, "webhooks")
	if err != nil {
		i.t.Fatal(err)
	}
	for _, entry := range list {
		webhook := entry.(map[string]any)
		path, _, err := unstructured.NestedString(webhook, "clientConfig", "service", "path")
		if err != nil {
			i.t.Fatal(err)
		}
		webhook["clientConfig"] = map[string]any{"url": fmt.Sprintf("https://127.0.0.1:%d%s", i.webhook, path)}
		change(webhook)
	}
	if err := unstructured.SetNestedSlice(configuration.Object, list, "webhooks"); err != nil {
		i.t.Fatal(err)
	}
}

func (i *installation) published() error {
	var mutating admissionv1.MutatingWebhookConfiguration
	var validating admissionv1.ValidatingWebhookConfiguration
	if err := errors.Join(
		i.admin.Get(i.t.Context(), types.NamespacedName{Name: "chaperone-mutating"}, &mutating),
		i.admin.Get(i.t.Context(), types.NamespacedName{Name: "chaperone-validating"}, &validating),
	); err != nil {
		return err
	}
	for _, w := range mutating.Webhooks {
		if len(w.ClientConfig.CABundle) == 0 {
			return fmt.Errorf("%s has no caBundle", w.Name)
		}
	}
	for _, w := range validating.Webhooks {
		if len(w.ClientConfig.CABundle) == 0 {
			return fmt.Errorf("%s has no caBundle", w.Name)
		}
	}
	return nil
}

func (i *installation) configuresDeclaration(t *testing.T) {
	declaration := newDeclaration("support")
	// The API server may not have the new caBundle yet.
	eventually(t, 10*time.Second, func() error { return i.admin.Create(t.Context(), declaration.DeepCopy()) })
	eventually(t, 20*time.Second, func() error {
		var got v1alpha1.ChatbotDeployment
		if err := i.admin.Get(t.Context(), client.ObjectKeyFromObject(declaration), &got); err != nil {
			return err
		}
		for _, c := range got.Status.Conditions {
			if c.Type == v1alpha1.ConditionSidecarConfigured && c.Status == metav1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("conditions: %+v", got.Status.Conditions)
	})
	eventually(t, 10*time.Second, func() error { return i.enforced("shop", "true") })
	i.get(t, &corev1.ConfigMap{}, "shop", "chaperone-support")
}

// newDeclaration returns a declaration of pods with the label app=bot.
func newDeclaration(name string) *v1alpha1.ChatbotDeployment {
	return &v1alpha1.ChatbotDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec: v1alpha1.ChatbotDeploymentSpec{
			Selector:      metav1.LabelSelector{MatchLabels: map[string]string{"app": "bot"}},
			Ports:         []v1alpha1.ChatPort{{Name: "http", Shape: "openai-chat"}},
			Purpose:       v1alpha1.Purpose{Kinds: []v1alpha1.PurposeKind{"support"}},
			Channels:      []v1alpha1.Channel{"web"},
			Jurisdictions: []v1alpha1.Code{"eu"},
			// What the law says is not the matter here: its findings are reported, nothing is refused.
			Enforcement: "Warn",
		},
	}
}

func (i *installation) enforced(namespace, want string) error {
	var ns corev1.Namespace
	if err := i.admin.Get(i.t.Context(), types.NamespacedName{Name: namespace}, &ns); err != nil {
		return err
	}
	if got := ns.Labels[v1alpha1.LabelEnforce]; got != want {
		return fmt.Errorf("label of %s: want %q, got %q", namespace, want, got)
	}
	return nil
}

func (i *installation) injectsPod(t *testing.T) {
	pod := governedPod("bot")
	delete(pod.Labels, v1alpha1.LabelChatbot)
	pod.Spec.Containers[0].Image = strings.Replace(image, "sidecar", "bot", 1)
	pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}
	eventually(t, 10*time.Second, func() error {
		created := pod.DeepCopy()
		if err := i.admin.Create(t.Context(), created); err != nil {
			return err
		}
		if len(created.Spec.InitContainers) == 0 || created.Spec.InitContainers[0].Name != "chaperone" {
			i.delete(t, created)
			return fmt.Errorf("init containers: %v", created.Spec.InitContainers)
		}
		return nil
	})
	i.counts(t, "0/1")
	var stored corev1.Pod
	i.get(t, &stored, pod.Namespace, pod.Name)
	stored.Status.Phase = corev1.PodRunning
	stored.Status.InitContainerStatuses = []corev1.ContainerStatus{{
		Name: "chaperone", Started: ptr.To(true), State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
	}}
	if err := i.admin.Status().Update(t.Context(), &stored); err != nil {
		t.Fatal(err)
	}
	i.counts(t, "1/1")
}

// counts waits until the status of the chatbot counts its pods as given, none of them stale.
func (i *installation) counts(t *testing.T, want string) {
	t.Helper()
	eventually(t, 10*time.Second, func() error {
		var got v1alpha1.ChatbotDeployment
		if err := i.admin.Get(t.Context(), types.NamespacedName{Namespace: "shop", Name: "support"}, &got); err != nil {
			return err
		}
		if got.Status.Workloads.Summary != want || got.Status.Workloads.Stale != 0 {
			return fmt.Errorf("workloads: %+v, want %s", got.Status.Workloads, want)
		}
		return nil
	})
}

func (i *installation) repairsBundle(t *testing.T) {
	var validating admissionv1.ValidatingWebhookConfiguration
	i.get(t, &validating, "", "chaperone-validating")
	for n := range validating.Webhooks {
		validating.Webhooks[n].ClientConfig.CABundle = nil
	}
	if err := i.admin.Update(t.Context(), &validating); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, i.published)
}

func (i *installation) metricsAreClosed(t *testing.T) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d/metrics", i.metric), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusUnauthorized && response.StatusCode != http.StatusForbidden {
		t.Errorf("metrics without a token: want 401 or 403, got %d", response.StatusCode)
	}
}

func (i *installation) releasesNamespace(t *testing.T) {
	i.delete(t, &v1alpha1.ChatbotDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "support"}})
	eventually(t, 10*time.Second, func() error { return i.enforced("shop", "") })
}

func (i *installation) stops(t *testing.T, stop func(), done <-chan error) {
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("manager ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("manager still runs after 10s")
	}
	var lease coordinationv1.Lease
	i.get(t, &lease, "chaperone-system", contract.Manager)
	if lease.Spec.HolderIdentity != nil && *lease.Spec.HolderIdentity != "" {
		t.Errorf("lease is still held by %q", *lease.Spec.HolderIdentity)
	}
}
