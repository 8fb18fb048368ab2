package conformance_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Users of connections: one may do everything to pods and Services, the other may also use break-glass.
const (
	developer = "developer"
	onCall    = "on-call"
)

// addUsers gives the two their rights.
func (w *world) addUsers(t *testing.T) {
	t.Helper()
	everything := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"*"}, Verbs: []string{"*"}}
	breakGlass := rbacv1.PolicyRule{APIGroups: []string{"chaperone.dev"}, Resources: []string{"chatbotdeployments"}, Verbs: []string{"breakglass"}}
	for user, rules := range map[string][]rbacv1.PolicyRule{developer: {everything}, onCall: {everything, breakGlass}} {
		create(t, w.client, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: user}, Rules: rules})
		create(t, w.client, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: user},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
		})
	}
}

// as connects like a user and keeps the warnings.
func (w *world) as(user string) (*rest.Config, *recorder) {
	told := &recorder{}
	config := rest.CopyConfig(w.cluster.Config)
	config.WarningHandler = told
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:authenticated"}}
	return config, told
}

// connect opens the connection of a case to the objects of the case. One that is let through ends at the API server, because the
// pod runs nowhere.
func (w *world) connect(t *testing.T, c testCase) {
	create(t, w.client, c.pod.DeepCopy())
	create(t, w.client, c.service.DeepCopy())
	user := developer
	if c.Connect.BreakGlass {
		user = onCall
	}
	config, told := w.as(user)
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	kind, subresource, _ := strings.Cut(c.Connect.To, "/")
	request := set.CoreV1().RESTClient().Post().Namespace(c.namespace).Resource(kind).Name(c.Connect.Name).SubResource(subresource)
	if kind == "pods" && subresource != "proxy" && subresource != "portforward" {
		request = request.Param("stdout", "true").Param("command", "sh")
	}
	if c.Connect.Container != "" {
		request = request.Param("container", c.Connect.Container)
	}
	err = request.Do(t.Context()).Error()
	if apierrors.IsBadRequest(err) || apierrors.IsServiceUnavailable(err) {
		err = nil
	}
	if diff := cmp.Diff(c.admitted(), answer(t, told.texts, err)); diff != "" {
		t.Errorf("connection (-want +got):\n%s\n%v", diff, err)
	}
}

// debug adds the ephemeral containers of a case to its pod, in a dry run.
func (w *world) debug(t *testing.T, c testCase) {
	pod := c.pod.DeepCopy()
	pod.Spec.EphemeralContainers = nil
	create(t, w.client, pod)
	debugged := pod.DeepCopy()
	debugged.Spec.EphemeralContainers = c.pod.Spec.EphemeralContainers
	config, told := w.as(developer)
	as, err := client.New(config, client.Options{Scheme: w.client.Scheme(), Mapper: w.client.RESTMapper()})
	if err != nil {
		t.Fatal(err)
	}
	err = as.SubResource("ephemeralcontainers").Update(t.Context(), debugged, client.DryRunAll)
	if diff := cmp.Diff(c.admitted(), answer(t, told.texts, err)); diff != "" {
		t.Errorf("ephemeral container (-want +got):\n%s\n%v", diff, err)
	}
}
