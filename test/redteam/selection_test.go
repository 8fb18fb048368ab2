package redteam

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

func selectionRows() []row {
	return []row{
		{id: "K-04a", attack: "A namespace admin takes the labels that the selector matches off a running pod.", alone: true,
			try: refuses(namespaceAdmin, merge, pods(shop)+"/bot"+dryRun, `{"metadata":{"labels":{"app":null}}}`, "workload.label_and_declaration")},
		{id: "K-04f", attack: "A running pod that nobody governs takes on the labels of the chatbot.", try: takenLabels(""),
			alone: true},
		{id: "K-04g", attack: "The same by the subresource status.", alone: true, try: takenLabels("/status")},
		{id: "K-04o", attack: "The same where the selector is the largest that there can be, so that the in-process policy has the most to read.",
			alone: true, try: largestSelectorIsRead},
		{id: "K-04h", attack: "The same by a binding.", alone: true, try: takenLabelsByBinding},
		{id: "K-04b", attack: "A tenant starts a pod behind the Service of a chatbot that no declaration selects.", try: neighbourBehindService},
		{id: "K-04c", attack: "A tenant copies a governed pod without its labels, as kubectl debug --copy-to does.", alone: true, try: copyOfPod},
		{id: "K-04j", attack: "A tenant runs the image of the chatbot in a pod without its labels and without the sidecar.", try: strippedCopy,
			open: "a pod without the labels of a selector is an ordinary pod, whatever image and Secrets it has, and of these the manager reads the metadata only; its Service and its neighbors are reviewed (K-04b)"},
		{id: "K-04k", attack: "A tenant leads the Service of a chatbot to other pods, which nobody governs: that is told, and not refused.", try: redirectedService},
		{id: "K-04m", attack: "The same in steps: to another chatbot that runs, which is then scaled to zero, and from there to other pods or a name outside of the cluster.", try: redirectedInSteps},
		{id: "K-04n", attack: "A tenant leads the Service of a chatbot whose rules deny to one that is only observed: that is told, and not refused.", try: redirectedToTrial},
		{id: "K-04d", attack: "A tenant declares a chatbot in a namespace that the webhooks leave out.", alone: true, try: ungovernableNamespace},
		{id: "K-04i", attack: "A node runs a static pod with the labels of a chatbot, which runs whatever the API server says and is told.", try: staticPod},
		{id: "K-04e", attack: "A NetworkPolicy follows a label that a tenant sets.", try: func(t *testing.T, w *world) error {
			return w.call(t, namespaceAdmin, merge, pods(shop)+"/bot"+dryRun, `{"metadata":{"labels":{"chaperone.dev/chatbot":"other"}}}`).refusedWith("chaperone floor")
		}},
	}
}

// plainPod makes a pod that nobody governs. It returns its path.
func (w *world) plainPod(t *testing.T) string {
	t.Helper()
	if w.down {
		return pods(shop) + "/plain" // It is there from the time when a manager ran.
	}
	a := w.call(t, administrator, post, pods(shop), pod(shop, "plain", func(p *corev1.Pod) { p.Labels = nil }))
	if !a.ok() && a.code != 409 {
		t.Fatal(a.message())
	}
	return pods(shop) + "/plain"
}

const labelsOfChatbot = `{"metadata":{"labels":{"app":"` + builders.AppLabel + `"}}}`

func takenLabels(subresource string) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		return w.call(t, broad, merge, w.plainPod(t)+subresource+dryRun, labelsOfChatbot).refusedWith("chaperone floor")
	}
}

func takenLabelsByBinding(t *testing.T, w *world) error {
	binding := `
apiVersion: v1
kind: Binding
metadata: {name: plain, labels: {app: ` + builders.AppLabel + `}}
target: {kind: Node, name: node}`
	if err := w.call(t, broad, post, w.plainPod(t)+"/binding"+dryRun, binding).refusedWith("chaperone floor"); err != nil {
		return err
	}
	topology := strings.ReplaceAll(binding, "app: "+builders.AppLabel, "topology.kubernetes.io/zone: a")
	return admits(broad, post, w.plainPod(t)+"/binding"+dryRun, topology)(t, w)
}

// neighbourBehindService starts a second kind of pods with the label that the Service selects, and without the one that the declaration
// does.
func neighbourBehindService(t *testing.T, w *world) error {
	const namespace = "neighbour"
	w.namespace(t, namespace)
	w.declare(t, namespace, func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Selector.MatchLabels = map[string]string{"app": builders.AppLabel, "track": "governed"}
	})
	w.must(t, namespaceAdmin, post, services(namespace), service(namespace, "bot", func(s *corev1.ServiceSpec) {
		s.Selector = map[string]string{"app": builders.AppLabel}
	}))
	governed := pod(namespace, "governed", func(p *corev1.Pod) { p.Labels["track"] = "governed" })
	eventually(t, "a pod with its sidecar", func() error { return injected(t, w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, governed)) })
	w.must(t, namespaceAdmin, post, pods(namespace), governed)
	return within(repairTime, func() error {
		a := w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "beside"))
		if a.ok() && !strings.Contains(fmt.Sprint(a.warnings), "service.ungoverned_pods") {
			return fmt.Errorf("was admitted without a warning of the Service: %q", a.warnings)
		}
		return nil
	})
}

// staticPod writes the mirror of a static pod as its node does, and looks for it in the status.
func staticPod(t *testing.T, w *world) error {
	const namespace = "static"
	w.namespace(t, namespace)
	w.declare(t, namespace)
	node := w.must(t, administrator, post, "/api/v1/nodes", "metadata: {name: static-node}")
	var created struct{ Metadata struct{ UID types.UID } }
	node.decode(t, &created)
	defer w.call(t, administrator, remove, "/api/v1/nodes/static-node", nil)
	mirror := pod(namespace, "static-bot", func(p *corev1.Pod) {
		p.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"}
		p.Spec.NodeName = "static-node"
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: "static-node", UID: created.Metadata.UID, Controller: ptr.To(true)}}
	})
	// Without a node, its authorizer does not run either.
	w.must(t, administrator, post, rbacPath("rolebindings", namespace), `
metadata: {name: nodes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:nodes"}]`)
	var a answer
	eventually(t, "the rights of the node", func() error {
		if a = w.callAs(t, administrator, "system:node:static-node", post, pods(namespace), mirror); strings.Contains(a.message(), "cannot create") {
			return errors.New(a.message())
		}
		return nil
	})
	if !a.ok() {
		t.Fatal(a.message())
	}
	var got v1alpha1.ChatbotDeployment
	return within(repairTime, func() error {
		w.must(t, namespaceAdmin, get, declarations(namespace)+"/support", nil).decode(t, &got)
		for _, c := range got.Status.Conditions {
			if strings.Contains(c.Message, "static-bot") {
				return nil
			}
		}
		return errors.New("no condition names the pod")
	})
}

func copyOfPod(t *testing.T, w *world) error {
	var governed corev1.Pod
	w.must(t, namespaceAdmin, get, pods(shop)+"/bot", nil).decode(t, &governed)
	duplicate := &corev1.Pod{Spec: governed.Spec}
	duplicate.Name = "copy"
	return w.call(t, namespaceAdmin, post, pods(shop)+dryRun, duplicate).refusedWith("chaperone floor", "--keep-labels")
}

func strippedCopy(t *testing.T, w *world) error {
	a := w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "copy", func(p *corev1.Pod) { p.Labels = nil }))
	if a.ok() && len(a.warnings) == 0 {
		return errors.New("was admitted without a word")
	}
	return nil
}

func ungovernableNamespace(t *testing.T, w *world) error {
	declaration := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) { d.Namespace = "kube-system" })
	return w.call(t, administrator, post, declarations("kube-system")+dryRun, declaration).refusedWith("chaperone floor")
}
