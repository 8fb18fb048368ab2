package webhook_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// caller opens connections as one user.
type caller struct {
	rest     rest.Interface
	client   client.Client
	warnings *warnings
}

type warnings struct {
	mu    sync.Mutex
	texts []string
}

// HandleWarningHeader keeps the text of a warning.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}

func (w *warnings) take() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := strings.Join(w.texts, "\n")
	w.texts = nil
	return all
}

func newCaller(t *testing.T, c client.Client, config *rest.Config, user string) *caller {
	t.Helper()
	own := rest.CopyConfig(config)
	own.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:authenticated"}}
	told := &warnings{}
	own.WarningHandler = told
	set, err := kubernetes.NewForConfig(own)
	if err != nil {
		t.Fatal(err)
	}
	as, err := client.New(own, client.Options{Scheme: c.Scheme(), Mapper: c.RESTMapper()})
	if err != nil {
		t.Fatal(err)
	}
	return &caller{rest: set.CoreV1().RESTClient(), client: as, warnings: told}
}

// open returns the refusal, or nil when the connection fails only because there is no node and no endpoint.
func (c *caller) open(t *testing.T, namespace, resource, name, container string) error {
	t.Helper()
	kind, subresource, _ := strings.Cut(resource, "/")
	request := c.rest.Post().Namespace(namespace).Resource(kind).Name(name).SubResource(subresource)
	if container != "" {
		request = request.Param("container", container)
	}
	if subresource == "exec" {
		request = request.Param("command", "sh").Param("stdout", "true")
	}
	if subresource == "attach" {
		request = request.Param("stdout", "true")
	}
	err := request.Do(t.Context()).Error()
	if err == nil {
		t.Fatalf("%s of %s was opened, where nothing runs", resource, name)
	}
	if apierrors.IsForbidden(err) {
		return err
	}
	if !apierrors.IsBadRequest(err) && !apierrors.IsServiceUnavailable(err) {
		t.Errorf("%s of %s: %v", resource, name, err)
	}
	return nil
}

// mayDo binds a role of the rules to the user, and waits until the API server knows.
func mayDo(t *testing.T, c client.Client, user string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: user}, Rules: rules}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}
	for _, object := range []client.Object{role, binding} {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

func connections(t *testing.T, c client.Client, config *rest.Config, pod *corev1.Pod) {
	everything := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"*"}, Verbs: []string{"*"}}
	mayDo(t, c, "dev", everything)
	mayDo(t, c, "on-call", everything, rbacv1.PolicyRule{
		APIGroups: []string{"chaperone.dev"}, Resources: []string{"chatbotdeployments"}, ResourceNames: []string{"support"}, Verbs: []string{"breakglass"},
	})
	dev, onCall := newCaller(t, c, config, "dev"), newCaller(t, c, config, "on-call")
	for _, user := range []*caller{dev, onCall} {
		err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
			return user.client.Get(ctx, client.ObjectKeyFromObject(pod), &corev1.Pod{}) == nil, nil
		})
		if err != nil {
			t.Fatalf("the roles do not arrive: %v", err)
		}
	}
	ways := service(func(s *corev1.Service) { s.Name = "ways" })
	if err := c.Create(t.Context(), ways); err != nil {
		t.Fatal(err)
	}
	t.Run("into a chatbot are refused", func(t *testing.T) {
		for _, tc := range []struct{ resource, name, container, rule string }{
			{"pods/exec", pod.Name, "app", "connection.app_closed"},
			{"pods/exec", pod.Name, "", "connection.app_closed"},
			{"pods/attach", pod.Name, "app", "connection.app_closed"},
			{"pods/exec", pod.Name, "chaperone", "connection.sidecar_closed"},
			{"pods/portforward", pod.Name, "", "connection.port_forward"},
			{"pods/proxy", pod.Name + ":8080", "", "connection.proxy_port"},
			{"pods/proxy", pod.Name, "", "connection.proxy_port"},
			{"services/proxy", "ways:8080", "", "connection.proxy_port"},
		} {
			wantRefusal(t, dev.open(t, "shop", tc.resource, tc.name, tc.container), "validate-connections.chaperone.dev", tc.rule)
		}
	})
	t.Run("to the sidecar's ports are let through", func(t *testing.T) {
		for _, way := range [][2]string{{"pods/proxy", pod.Name + ":23100"}, {"services/proxy", "ways:80"}, {"services/proxy", "http:ways:http"}} {
			if err := dev.open(t, "shop", way[0], way[1], ""); err != nil {
				t.Errorf("%s of %s is refused: %v", way[0], way[1], err)
			}
		}
	})
	t.Run("by break-glass are let through with a warning, but not into the sidecar", func(t *testing.T) {
		for _, resource := range []string{"pods/exec", "pods/attach", "pods/portforward", "pods/proxy"} {
			if err := onCall.open(t, "shop", resource, pod.Name, ""); err != nil {
				t.Errorf("%s is refused: %v", resource, err)
			}
			if told := onCall.warnings.take(); !strings.Contains(told, "break-glass: ") {
				t.Errorf("%s: warnings %q", resource, told)
			}
		}
		wantRefusal(t, onCall.open(t, "shop", "pods/exec", pod.Name, "chaperone"), "validate-connections.chaperone.dev", "connection.sidecar_closed")
	})
	t.Run("of others are left alone", func(t *testing.T) {
		for _, namespace := range []string{"elsewhere", "shop"} {
			other := fresh(t)
			other.Namespace, other.GenerateName, other.Name, other.Labels = namespace, "", "plain", map[string]string{"app": "other"}
			plain := service(byNumber, selects("app", "other"))
			plain.Namespace, plain.Name = namespace, "plain"
			for _, object := range []client.Object{other, plain} {
				if err := c.Create(t.Context(), object); err != nil {
					t.Fatal(err)
				}
			}
			for _, way := range [][2]string{{"pods/exec", "plain"}, {"pods/portforward", "plain"}, {"pods/proxy", "plain:8080"}, {"services/proxy", "plain:80"}} {
				if err := dev.open(t, namespace, way[0], way[1], ""); err != nil {
					t.Errorf("%s in %s is refused: %v", way[0], namespace, err)
				}
			}
			if told := dev.warnings.take(); told != "" {
				t.Errorf("warnings %q", told)
			}
		}
	})
	t.Run("by an ephemeral container are refused, and let through by break-glass", func(t *testing.T) {
		debugged := pod.DeepCopy()
		debugged.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
			Name: "debug", Image: pod.Spec.Containers[0].Image, TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		}}}
		add := func(user *caller, options ...client.SubResourcePatchOption) error {
			return user.client.SubResource("ephemeralcontainers").Patch(t.Context(), debugged.DeepCopy(), client.MergeFrom(pod), options...)
		}
		wantRefusal(t, add(dev), "validate.chaperone.dev", "workload.ephemeral_container")
		onCall.warnings.take()
		if err := add(onCall); err != nil {
			t.Fatalf("refused: %v", err)
		}
		if told := onCall.warnings.take(); !strings.Contains(told, "workload.ephemeral_container") {
			t.Errorf("warnings %q", told)
		}
		var now corev1.Pod
		if err := dev.client.Get(t.Context(), client.ObjectKeyFromObject(pod), &now); err != nil {
			t.Fatal(err)
		}
		labelled := now.DeepCopy()
		labelled.Labels["team"] = "shop"
		if err := dev.client.Patch(t.Context(), labelled, client.MergeFrom(&now)); err != nil {
			t.Errorf("a label is refused afterwards: %v", err)
		}
	})
}
