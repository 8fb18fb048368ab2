package redteam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// person is a user of the API with rights of its own. All but the administrator are service accounts of the namespace people, with tokens
// that the API server has issued: real credentials, which it authenticates as it does those of any tenant.
type person string

const (
	administrator person = "administrator"
	// namespaceAdmin runs a team: the ClusterRole admin of Kubernetes, and Chaperone's role for people who declare chatbots.
	namespaceAdmin person = "namespace-admin"
	// editor has the ClusterRole edit of Kubernetes.
	editor person = "editor"
	// broad has what some clusters give their teams besides: all subresources of pods and Services, the namespace itself, EndpointSlices, and
	// the status of Chaperone's objects.
	broad person = "broad"
	// approver approves exceptions, and governor writes what the organization requires of all chatbots.
	approver person = "approver"
	governor person = "governor"
	// onCall has break-glass besides the rights of broad.
	onCall person = "on-call"
)

// peopleNamespace has the service accounts, so that no tenant can impersonate the others.
const peopleNamespace = "people"

// namespacedRoles are the ClusterRoles that a person has in each namespace with a chatbot.
var namespacedRoles = map[person][]string{
	namespaceAdmin: {"admin", "chatbot-editor"},
	editor:         {"edit"},
	broad:          {"admin", "redteam-broad"},
	approver:       {"view", "chaperone-exception-approver"},
	onCall:         {"admin", "redteam-broad", "chaperone-break-glass"},
}

// broadRole is what no role of Kubernetes gives to tenants, and some clusters do.
const broadRole = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: redteam-broad}
rules:
- apiGroups: [""]
  resources: [pods, pods/attach, pods/binding, pods/ephemeralcontainers, pods/exec, pods/portforward, pods/proxy, pods/resize, pods/status]
  verbs: ["*"]
- apiGroups: [""]
  resources: [bindings, endpoints, services, services/proxy, services/status, namespaces, namespaces/finalize, namespaces/status]
  verbs: ["*"]
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: ["*"]}
- {apiGroups: [chaperone.dev], resources: [chatbotdeployments/status, policyexceptions/status], verbs: [get, patch, update]}
- {apiGroups: [chaperone.dev], resources: [chatbotdeployments, policyexceptions], verbs: [get, list]}
`

func (w *world) makePeople(t *testing.T, config *rest.Config) {
	t.Helper()
	w.must(t, administrator, post, "/api/v1/namespaces", "metadata: {name: "+peopleNamespace+"}")
	w.must(t, administrator, post, rbacPath("clusterroles", ""), broadRole)
	w.must(t, administrator, post, rbacPath("clusterrolebindings", ""), binding(governor, "governance-editor"))
	for _, who := range append(slices.Sorted(maps.Keys(namespacedRoles)), governor) {
		accounts := "/api/v1/namespaces/" + peopleNamespace + "/serviceaccounts"
		w.must(t, administrator, post, accounts, fmt.Sprintf("metadata: {name: %s}", who))
		var token authenticationv1.TokenRequest
		w.must(t, administrator, post, accounts+"/"+string(who)+"/token", "spec: {expirationSeconds: 7200}").decode(t, &token)
		own := rest.AnonymousClientConfig(config)
		own.BearerToken = token.Status.Token
		w.clients[who] = newClient(t, own)
	}
}

// binding gives a person a ClusterRole.
func binding(who person, role string) string {
	return fmt.Sprintf(`
metadata: {name: %[1]s-%[2]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %[2]s}
subjects: [{kind: ServiceAccount, namespace: %[3]s, name: %[1]s}]`, who, role, peopleNamespace)
}

// shop is the namespace of a chatbot that attacks leave as it is.
const shop = "shop-of-a-tenant"

// namespace makes a namespace in which all people have their roles.
func (w *world) namespace(t *testing.T, name string) {
	t.Helper()
	w.must(t, administrator, post, "/api/v1/namespaces", "metadata: {name: "+name+"}")
	for who, roles := range namespacedRoles {
		for _, role := range roles {
			w.must(t, administrator, post, rbacPath("rolebindings", name), binding(who, role))
		}
	}
}

// chatbot makes a namespace with a declared chatbot, a governed pod named bot, and a Service named bot that leads to it.
func (w *world) chatbot(t *testing.T, namespace string, changes ...func(*v1alpha1.ChatbotDeployment)) {
	t.Helper()
	w.namespace(t, namespace)
	w.declare(t, namespace, changes...)
	eventually(t, "a pod with its sidecar in "+namespace, func() error {
		a := w.call(t, namespaceAdmin, post, pods(namespace)+"?dryRun=All", pod(namespace, "bot"))
		return injected(t, a)
	})
	w.must(t, namespaceAdmin, post, pods(namespace), pod(namespace, "bot"))
	w.must(t, namespaceAdmin, post, services(namespace), service(namespace, "bot"))
}

// declare declares the chatbot support and waits until its namespace is governed.
func (w *world) declare(t *testing.T, namespace string, changes ...func(*v1alpha1.ChatbotDeployment)) {
	t.Helper()
	declaration := builders.ChatbotDeployment(append(changes, func(d *v1alpha1.ChatbotDeployment) { d.Namespace = namespace })...)
	// New roles take effect in the API server after a moment.
	eventually(t, "the declaration in "+namespace, func() error {
		a := w.call(t, namespaceAdmin, post, declarations(namespace), declaration)
		if !a.ok() {
			return fmt.Errorf("%d: %s", a.code, a.message())
		}
		return nil
	})
	eventually(t, "the NetworkPolicy of the chatbot in "+namespace, func() error {
		var object corev1.Namespace
		w.must(t, administrator, get, "/api/v1/namespaces/"+namespace, nil).decode(t, &object)
		if object.Labels[v1alpha1.LabelEnforce] != "true" {
			return fmt.Errorf("labels are %v", object.Labels)
		}
		if a := w.call(t, administrator, get, networkPolicies(namespace)+"/chaperone-support", nil); !a.ok() {
			return fmt.Errorf("%s", a.message())
		}
		return nil
	})
}

// injected returns an error unless the answer is a pod that begins with the sidecar.
func injected(t *testing.T, a answer) error {
	t.Helper()
	if !a.ok() {
		return fmt.Errorf("%d: %s", a.code, a.message())
	}
	var pod corev1.Pod
	if err := json.Unmarshal([]byte(a.body), &pod); err != nil {
		return err
	}
	if len(pod.Spec.InitContainers) == 0 || pod.Spec.InitContainers[0].Name != "chaperone" {
		return fmt.Errorf("the pod has no sidecar: %v", pod.Spec.InitContainers)
	}
	return nil
}

// pod is what a tenant writes: a pod that the chatbot support of builders selects.
func pod(namespace, name string, changes ...func(*corev1.Pod)) *corev1.Pod {
	return builders.Pod(append([]func(*corev1.Pod){func(p *corev1.Pod) { p.Namespace, p.Name = namespace, name }}, changes...)...)
}

// service leads to the port of the chatbot by its name.
func service(namespace, name string, changes ...func(*corev1.ServiceSpec)) *corev1.Service {
	s := &corev1.Service{
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": builders.AppLabel},
			Ports:    []corev1.ServicePort{{Name: builders.ChatPort, Port: 80, TargetPort: intstr.FromString(builders.ChatPort)}},
		},
	}
	s.Namespace, s.Name = namespace, name
	for _, change := range changes {
		change(&s.Spec)
	}
	return s
}

const dryRun = "?dryRun=All"

func pods(namespace string) string     { return "/api/v1/namespaces/" + namespace + "/pods" }
func services(namespace string) string { return "/api/v1/namespaces/" + namespace + "/services" }
func declarations(namespace string) string {
	return "/apis/chaperone.dev/v1alpha1/namespaces/" + namespace + "/chatbotdeployments"
}
func exceptions(namespace string) string {
	return "/apis/chaperone.dev/v1alpha1/namespaces/" + namespace + "/policyexceptions"
}
func networkPolicies(namespace string) string {
	return "/apis/networking.k8s.io/v1/namespaces/" + namespace + "/networkpolicies"
}
func configMaps(namespace string) string { return "/api/v1/namespaces/" + namespace + "/configmaps" }

func rbacPath(resource, namespace string) string {
	if namespace == "" {
		return "/apis/rbac.authorization.k8s.io/v1/" + resource
	}
	return "/apis/rbac.authorization.k8s.io/v1/namespaces/" + namespace + "/" + resource
}
