package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/test/builders"
)

// testConnections tries the ways into a pod that pass the sidecar, as somebody who may do everything with pods.
func testConnections(t *testing.T, w *world) {
	const namespace = "connections"
	w.chatbot(t, namespace)
	bot := w.bot(namespace, 1)
	w.create(t, bot, podsRole(namespace), bind(namespace, "developer", rbacv1.RoleRef{Kind: "Role", Name: "pods"}))
	w.runs(t, bot)
	pod := w.pods(t, namespace)[0].Name
	as := func(user string, args ...string) []string {
		return append([]string{"--as", user, "--namespace", namespace}, args...)
	}
	look := []string{"--", "/samplebot", "healthy", "http://127.0.0.1:8080/healthz"}
	through := func(port string) string {
		return "/api/v1/namespaces/" + namespace + "/pods/" + pod + ":" + port + "/proxy/healthz"
	}
	for _, refusal := range []struct {
		rule string
		args []string
	}{
		{"connection.app_closed", slices.Concat([]string{"exec", pod, "-c", "bot"}, look)},
		{"connection.sidecar_closed", slices.Concat([]string{"exec", pod, "-c", "chaperone"}, look)},
		{"connection.app_closed", []string{"attach", pod, "-c", "bot"}},
		{"connection.port_forward", []string{"port-forward", pod, ":8080"}},
		{"connection.proxy_port", []string{"get", "--raw", through("8080")}},
		{"workload.ephemeral_container", w.debugPatch(t, pod)},
		{"workload.ephemeral_container", []string{"debug", pod, "--image", w.images["samplebot"].Reference, "--target=bot", "--profile=restricted"}},
	} {
		w.refused(t, []string{refusal.rule}, as("developer", refusal.args...)...)
	}
	if out := w.kubectl(t, as("developer", "get", "--raw", through("23090"))...); out == "" {
		t.Error("the sidecar's health says nothing through the API server")
	}

	// In an emergency, and never into the sidecar.
	w.create(t, bind(namespace, "developer", rbacv1.RoleRef{Kind: "ClusterRole", Name: "chaperone-break-glass"}))
	eventually(t, "exec by break-glass", func() error {
		_, err := w.try(t.Context(), "", as("developer", slices.Concat([]string{"exec", pod, "-c", "bot"}, look)...)...)
		return err
	})
	if out := w.kubectl(t, as("developer", w.debugPatch(t, pod)...)...); !strings.Contains(out, "Warning") {
		t.Errorf("break-glass without a warning: %s", out)
	}
	w.refused(t, []string{"connection.sidecar_closed"}, as("developer", slices.Concat([]string{"exec", pod, "-c", "chaperone"}, look)...)...)

	// Nothing of that concerns pods that are nobody's chatbot, also beside one.
	w.create(t, builders.Pod(func(p *corev1.Pod) {
		p.Namespace, p.Name, p.Labels, p.Spec = namespace, "plain", nil, w.restricted(p.Spec)
	}))
	w.kubectl(t, "wait", "-n", namespace, "pod/plain", "--for=condition=Ready", "--timeout=120s")
	w.kubectl(t, as("somebody-else", "auth", "whoami")...)
	w.create(t, bind(namespace, "somebody-else", rbacv1.RoleRef{Kind: "Role", Name: "pods"}))
	eventually(t, "exec into a pod that nothing governs", func() error {
		_, err := w.try(t.Context(), "", as("somebody-else", slices.Concat([]string{"exec", "plain"}, look)...)...)
		return err
	})
}

// podsRole allows everything with pods, for people who run them.
func podsRole(namespace string) *rbacv1.Role {
	return &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "pods"},
		Rules: []rbacv1.PolicyRule{{
			APIGroups: []string{""}, Resources: []string{"pods", "pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "pods/ephemeralcontainers"},
			Verbs: []string{"*"},
		}},
	}
}

func bind(namespace, user string, role rbacv1.RoleRef) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user + "-" + role.Name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: role.Kind, Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
}

// debugPatch adds a container to a running pod, as `kubectl debug` does.
func (w *world) debugPatch(t *testing.T, pod string) []string {
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
	return []string{"patch", "pod", pod, "--subresource=ephemeralcontainers", "--type=strategic", "-p", string(patch)}
}
