package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// closesConnections asks for what needs each of the manager's reads and its access review, with the role that is shipped.
func (i *installation) closesConnections(t *testing.T) {
	strict := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Name = "strict" })
	pod := builders.Pod(func(p *corev1.Pod) { p.Name = "strict" })
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "strict"},
		Spec:       corev1.ServiceSpec{Selector: pod.Labels, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("http")}}},
	}
	i.create(strict)
	t.Cleanup(func() { i.delete(t, service); i.delete(t, pod); i.delete(t, strict) })
	eventually(t, 10*time.Second, func() error {
		created := pod.DeepCopy()
		if err := i.admin.Create(t.Context(), created); err != nil {
			return err
		}
		if len(created.Spec.InitContainers) == 0 {
			i.delete(t, created)
			return fmt.Errorf("not injected yet")
		}
		return nil
	})
	i.create(service)
	i.create(&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "opener"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"pods/exec", "services/proxy"}, Verbs: []string{"create"}}}})
	i.bind("dev", "opener")
	i.bind("on-call", "opener", "chaperone-break-glass")

	eventually(t, 10*time.Second, func() error { return refused(i.open("dev", "pods", "strict", "exec"), "connection.app_closed") })
	eventually(t, 10*time.Second, func() error { return passed(i.open("on-call", "pods", "strict", "exec")) })
	eventually(t, 10*time.Second, func() error { return passed(i.open("dev", "services", "strict:80", "proxy")) })
	if err := refused(i.open("dev", "services", "strict:8080", "proxy"), "connection.proxy_port"); err != nil {
		t.Error(err)
	}
}

// bind gives a user ClusterRoles in the namespace of the shop.
func (i *installation) bind(user string, roles ...string) {
	i.t.Helper()
	for _, role := range roles {
		i.create(&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: user + "-" + role},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
		})
	}
}

// open opens a connection as the user. Nothing runs, so there is always an error.
func (i *installation) open(user, resource, name, subresource string) error {
	set, err := kubernetes.NewForConfig(i.impersonate(user))
	if err != nil {
		return err
	}
	return set.CoreV1().RESTClient().Post().Namespace("shop").Resource(resource).Name(name).SubResource(subresource).
		Param("command", "sh").Param("stdout", "true").Do(i.t.Context()).Error()
}

// passed returns an error unless err says only that there is no node, or no endpoint.
func passed(err error) error {
	if code := apierrors.ReasonForError(err); code == metav1.StatusReasonBadRequest || code == metav1.StatusReasonServiceUnavailable {
		return nil
	}
	return fmt.Errorf("want a connection that ends at the API server with %d or %d, got %w", http.StatusBadRequest, http.StatusServiceUnavailable, err)
}
