package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
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
	t.Run("the floor refuses a pod that only calls itself governed", i.floorRefusesPods)
	t.Run("the floor keeps the marks of a pod", i.floorKeepsMarks)
	t.Run("the floor keeps the label of a namespace", i.floorKeepsNamespaces)
	t.Run("the manager cannot write what is not its own", i.managerScope)

	stop, done := i.startManager()
	i.becomesReady(done)
	i.installWebhooks(webhooks)
	t.Run("a declaration is configured and its namespace enforced", i.configuresDeclaration)
	t.Run("a pod gets the sidecar and passes the floor", i.injectsPod)
	t.Run("a wiped caBundle is repaired", i.repairsBundle)
	t.Run("metrics are for those who may read them", i.metricsAreClosed)
	t.Run("the last declaration takes the label with it", i.releasesNamespace)
	t.Run("a request to end gives up leadership", func(t *testing.T) { i.stops(t, stop, done) })
}

type installation struct {
	t                      *testing.T
	cluster                *env.Cluster
	admin                  client.Client
	webhook, probe, metric int
}

func (i *installation) clientAs(config *rest.Config) client.Client {
	i.t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		i.t.Fatal(err)
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		i.t.Fatal(err)
	}
	return c
}

func (i *installation) impersonate(user string, groups ...string) *rest.Config {
	config := rest.CopyConfig(i.cluster.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: append(groups, "system:authenticated")}
	return config
}

// build returns the objects that kustomize builds.
func (i *installation) build(folder string) []*unstructured.Unstructured {
	i.t.Helper()
	cmd := exec.CommandContext(i.t.Context(), "go", "tool", "-modfile=hack/tools/go.mod", "kustomize", "build", folder)
	cmd.Dir = filepath.Join("..", "..")
	var mistakes bytes.Buffer
	cmd.Stderr = &mistakes
	out, err := cmd.Output()
	if err != nil {
		i.t.Fatalf("kustomize build %s: %v\n%s", folder, err, mistakes.String())
	}
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(out), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			i.t.Fatal(err)
		}
		objects = append(objects, object)
	}
}

// apply applies everything but the webhook configurations, which it returns; the API server refuses unknown fields.
func (i *installation) apply(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	i.t.Helper()
	var webhooks []*unstructured.Unstructured
	for _, object := range objects {
		if strings.HasSuffix(object.GetKind(), "WebhookConfiguration") {
			webhooks = append(webhooks, object)
			continue
		}
		i.applyOne(object)
	}
	return webhooks
}

func (i *installation) applyOne(object *unstructured.Unstructured) {
	i.t.Helper()
	configuration := client.ApplyConfigurationFromUnstructured(object.DeepCopy())
	if err := i.admin.Apply(i.t.Context(), configuration, client.FieldOwner("kubectl")); err != nil {
		i.t.Fatalf("apply %s %s: %v", object.GetKind(), object.GetName(), err)
	}
}

func (i *installation) create(object client.Object) {
	i.t.Helper()
	if err := i.admin.Create(i.t.Context(), object); err != nil {
		i.t.Fatal(err)
	}
}

// eventually tries until there is no error; the API server and the manager follow changes by watches.
func eventually(t *testing.T, limit time.Duration, try func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("still not after %s: %v", limit, err)
		case <-tick.C:
		}
	}
}

// refused returns an error unless err is a refusal with the text.
func refused(err error, text string) error {
	if err == nil || !strings.Contains(err.Error(), text) {
		return fmt.Errorf("want a refusal with %q, got %w", text, err)
	}
	return nil
}

func (i *installation) imagesByDigest(t *testing.T) {
	var deployment appsv1.Deployment
	i.get(t, &deployment, "chaperone-system", "chaperone-manager")
	container := deployment.Spec.Template.Spec.Containers[0]
	if !byDigest.MatchString(container.Image) {
		t.Errorf("image of the manager: %q", container.Image)
	}
	for _, variable := range container.Env {
		if variable.Name == "SIDECAR_IMAGE" && !byDigest.MatchString(variable.Value) {
			t.Errorf("image of the sidecar: %q", variable.Value)
		}
	}
}

func (i *installation) minimalRoles(t *testing.T) {
	var roles rbacv1.ClusterRoleList
	if err := i.admin.List(t.Context(), &roles, client.HasLabels{"app.kubernetes.io/name"}); err != nil {
		t.Fatal(err)
	}
	var manager rbacv1.ClusterRole
	i.get(t, &manager, "", "chaperone-manager")
	dangerous := []string{"*", "secrets", "escalate", "bind", "impersonate", "pods/exec", "nodes/proxy", "serviceaccounts/token", "deletecollection"}
	for _, role := range append(roles.Items, manager) {
		for _, rule := range role.Rules {
			for _, word := range append(append(append([]string{}, rule.Verbs...), rule.Resources...), rule.APIGroups...) {
				for _, bad := range dangerous {
					if word == bad {
						t.Errorf("ClusterRole %s has %q: %v", role.Name, bad, rule)
					}
				}
			}
		}
		for label := range role.Labels {
			if strings.HasPrefix(label, "rbac.authorization.k8s.io/aggregate-to-") {
				t.Errorf("ClusterRole %s is aggregated by %s", role.Name, label)
			}
		}
	}
}

func (i *installation) floorRefusesPods(t *testing.T) {
	sidecar := corev1.Container{
		Name: "chaperone", Image: image, RestartPolicy: new(corev1.ContainerRestartPolicyAlways),
	}
	tests := map[string]struct {
		change func(*corev1.Pod)
		want   string
	}{
		"without a sidecar":                  {func(p *corev1.Pod) { p.Spec.InitContainers = nil }, "must begin with the sidecar"},
		"with the sidecar in second place":   {func(p *corev1.Pod) { p.Spec.InitContainers = []corev1.Container{{Name: "first", Image: "x"}, sidecar} }, "must begin with the sidecar"},
		"with a sidecar that ends":           {func(p *corev1.Pod) { p.Spec.InitContainers[0].RestartPolicy = nil }, "restartPolicy must be"},
		"with a sidecar by tag":              {func(p *corev1.Pod) { p.Spec.InitContainers[0].Image = "chaperone/sidecar:v1" }, "by digest"},
		"as it should be: it is let through": {func(*corev1.Pod) {}, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			eventually(t, 20*time.Second, func() error {
				pod := governedPod("floor", *sidecar.DeepCopy())
				tc.change(pod)
				err := i.admin.Create(t.Context(), pod, client.DryRunAll)
				if tc.want == "" {
					return err
				}
				return refused(err, tc.want)
			})
		})
	}
}

func governedPod(name string, initContainers ...corev1.Container) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": "bot", v1alpha1.LabelChatbot: "support"}},
		Spec:       corev1.PodSpec{InitContainers: initContainers, Containers: []corev1.Container{{Name: "app", Image: "x"}}},
	}
}

func (i *installation) floorKeepsMarks(t *testing.T) {
	pod := governedPod("plain")
	pod.Labels = map[string]string{"app": "other"}
	i.create(pod)
	t.Cleanup(func() { i.delete(t, pod) })
	claim := []byte(`{"metadata":{"annotations":{"chaperone.dev/config-hash":"x"}}}`)
	eventually(t, 20*time.Second, func() error {
		return refused(i.admin.Patch(t.Context(), pod.DeepCopy(), client.RawPatch(types.MergePatchType, claim), client.DryRunAll), "metadata.annotations")
	})
	eventually(t, 20*time.Second, func() error {
		return refused(i.admin.Status().Patch(t.Context(), pod.DeepCopy(), client.RawPatch(types.MergePatchType, claim), client.DryRunAll), "metadata.annotations")
	})
	binding := &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: pod.Name, Labels: map[string]string{v1alpha1.LabelChatbot: "support"}},
		Target:     corev1.ObjectReference{Kind: "Node", Name: "node"},
	}
	if err := refused(i.admin.SubResource("binding").Create(t.Context(), pod.DeepCopy(), binding), "metadata.labels"); err != nil {
		t.Error(err)
	}
	own := []byte(`{"metadata":{"annotations":{"shop.example/note":"x"}}}`)
	if err := i.admin.Patch(t.Context(), pod.DeepCopy(), client.RawPatch(types.MergePatchType, own), client.DryRunAll); err != nil {
		t.Errorf("another annotation was refused: %v", err)
	}
}

func (i *installation) floorKeepsNamespaces(t *testing.T) {
	i.create(&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "namespace-editor"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"namespaces"}, Verbs: []string{"get", "patch", "update"}}}})
	i.create(&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "namespace-editor"},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "namespace-editor"},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "editor"}}})
	enforced := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "enforced", Labels: map[string]string{v1alpha1.LabelEnforce: "true"}}}
	i.create(enforced)
	editor := i.clientAs(i.impersonate("editor"))

	for name, value := range map[string]any{"removed": nil, "changed": "false"} {
		text, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]any{v1alpha1.LabelEnforce: value}}})
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			patch := client.RawPatch(types.MergePatchType, text)
			eventually(t, 20*time.Second, func() error {
				return refused(editor.Patch(t.Context(), enforced.DeepCopy(), patch, client.DryRunAll), "must not be changed while")
			})
			if err := i.admin.Patch(t.Context(), enforced.DeepCopy(), patch, client.DryRunAll); err != nil {
				t.Errorf("an administrator was refused: %v", err)
			}
		})
	}
	other := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"team":"shop"}}}`))
	if err := editor.Patch(t.Context(), enforced.DeepCopy(), other, client.DryRunAll); err != nil {
		t.Errorf("another label was refused: %v", err)
	}
}

func (i *installation) managerScope(t *testing.T) {
	manager := i.clientAs(i.impersonate(managerUser, "system:serviceaccounts", "system:serviceaccounts:chaperone-system"))
	eventually(t, 20*time.Second, func() error {
		foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "coredns"}}
		return refused(manager.Create(t.Context(), foreign, client.DryRunAll), "chaperone scope")
	})
	shop := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`))
	if err := refused(manager.Patch(t.Context(), shop, patch, client.DryRunAll), "chaperone scope"); err != nil {
		t.Error(err)
	}
	if err := manager.List(t.Context(), &corev1.SecretList{}, client.InNamespace("shop")); !apierrors.IsForbidden(err) {
		t.Errorf("Secrets of another namespace: want forbidden, got %v", err)
	}
	if err := manager.Create(t.Context(), governedPod("x"), client.DryRunAll); !apierrors.IsForbidden(err) {
		t.Errorf("create a pod: want forbidden, got %v", err)
	}
}

// startManager runs the manager as its service account, with the flags of a manager outside of the cluster.
func (i *installation) startManager() (context.CancelFunc, <-chan error) {
	i.t.Helper()
	i.webhook, i.probe, i.metric = i.freePort(), i.freePort(), i.freePort()
	i.t.Setenv("KUBECONFIG", i.kubeconfig())
	o, err := parseOptions("manager", []string{
		"--sidecar-image", image, "--webhook-host", "127.0.0.1", "--webhook-url-host", "127.0.0.1",
		"--webhook-port", fmt.Sprint(i.webhook), "--shutdown-delay", "100ms",
		"--health-probe-bind-address", fmt.Sprintf("127.0.0.1:%d", i.probe),
		"--metrics-bind-address", fmt.Sprintf("127.0.0.1:%d", i.metric),
	}, func(string) string { return "" }, io.Discard)
	if err != nil {
		i.t.Fatal(err)
	}
	setLogger(o, i.t.Output())
	ctx, stop := context.WithCancel(i.t.Context())
	done := make(chan error, 1)
	// Ends when stop is called.
	go func() { done <- run(ctx, o) }()
	return stop, done
}

func (i *installation) freePort() int {
	i.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		i.t.Fatalf("address %v", listener.Addr())
	}
	return address.Port
}

func (i *installation) kubeconfig() string {
	i.t.Helper()
	c := i.cluster.Config
	content := clientcmdapi.NewConfig()
	content.Clusters["c"] = &clientcmdapi.Cluster{Server: c.Host, CertificateAuthorityData: c.CAData}
	content.AuthInfos["u"] = &clientcmdapi.AuthInfo{
		ClientCertificateData: c.CertData, ClientKeyData: c.KeyData, Token: c.BearerToken, Impersonate: managerUser,
		ImpersonateGroups: []string{"system:serviceaccounts", "system:serviceaccounts:chaperone-system", "system:authenticated"},
	}
	content.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	content.CurrentContext = "x"
	path := filepath.Join(i.t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*content, path); err != nil {
		i.t.Fatal(err)
	}
	return path
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

// installWebhooks points the webhooks at the manager, which runs beside the API server.
func (i *installation) installWebhooks(configurations []*unstructured.Unstructured) {
	i.t.Helper()
	if len(configurations) != 2 {
		i.t.Fatalf("webhook configurations: want 2, got %d", len(configurations))
	}
	for _, configuration := range configurations {
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
		}
		if err := unstructured.SetNestedSlice(configuration.Object, list, "webhooks"); err != nil {
			i.t.Fatal(err)
		}
		i.applyOne(configuration)
	}
	eventually(i.t, 10*time.Second, i.published)
	eventually(i.t, 10*time.Second, func() error { return i.ready(i.t) })
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
	declaration := &v1alpha1.ChatbotDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "support"},
		Spec: v1alpha1.ChatbotDeploymentSpec{
			Selector:      metav1.LabelSelector{MatchLabels: map[string]string{"app": "bot"}},
			Ports:         []v1alpha1.ChatPort{{Name: "http", API: "openai-chat", Path: "/v1/chat/completions"}},
			Purpose:       v1alpha1.Purpose{Kinds: []v1alpha1.PurposeKind{"support"}},
			Channels:      []v1alpha1.Channel{"web"},
			Jurisdictions: []v1alpha1.Code{"eu"},
			// What the law says is not the matter here: its findings are reported, nothing is refused.
			Enforcement: "Warn",
		},
	}
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
	eventually(t, 10*time.Second, func() error {
		var got v1alpha1.ChatbotDeployment
		if err := i.admin.Get(t.Context(), types.NamespacedName{Namespace: "shop", Name: "support"}, &got); err != nil {
			return err
		}
		if got.Status.Workloads.Summary != "1/1" || got.Status.Workloads.Stale != 0 {
			return fmt.Errorf("workloads: %+v", got.Status.Workloads)
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

func (i *installation) stops(t *testing.T, stop context.CancelFunc, done <-chan error) {
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
	i.get(t, &lease, "chaperone-system", leaseName)
	if lease.Spec.HolderIdentity != nil && *lease.Spec.HolderIdentity != "" {
		t.Errorf("lease is still held by %q", *lease.Spec.HolderIdentity)
	}
}

func (i *installation) get(t *testing.T, object client.Object, namespace, name string) {
	t.Helper()
	if err := i.admin.Get(t.Context(), types.NamespacedName{Namespace: namespace, Name: name}, object); err != nil {
		t.Fatal(err)
	}
}

func (i *installation) delete(t *testing.T, object client.Object) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	if err := i.admin.Delete(ctx, object, client.GracePeriodSeconds(0)); client.IgnoreNotFound(err) != nil {
		t.Error(err)
	}
}
