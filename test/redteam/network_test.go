package redteam

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// networkRows are NetworkPolicies that open what Chaperone's closes, by way of labels.
func networkRows() []row {
	return []row{
		{id: "K-01i", attack: "A namespace admin adds a NetworkPolicy that selects no pod of a chatbot, and then makes a pod, a workload or a label that it selects.",
			try: laterLabel},
		{id: "K-01m", attack: "The same in one moment: admission of neither sees the other. The status names the NetworkPolicy within five seconds.", try: policyAndPodAtOnce},
		{id: "K-01j", attack: "A team that may write the status of pods changes the labels of a governed pod there, where no webhook sees it.", alone: true,
			try: refuses(broad, merge, pods(shop)+"/bot/status"+dryRun, `{"metadata":{"labels":{"tier":"web"}}}`, "chaperone floor")},
		{id: "K-01q", attack: "A namespace admin adds a NetworkPolicy that opens all of UDP, for an app that answers by HTTP/3 besides.",
			try:  refuses(namespaceAdmin, post, networkPolicies(shop)+dryRun, openingUDP(), "network.opens_ports"),
			open: "chats are declared by ports of TCP, and apps for voice take media by UDP, for which spec.openPorts has no entry; a ClusterNetworkPolicy closes UDP to pods where the cluster has that API"},
		{id: "K-01k", attack: "A namespace admin adds a NetworkPolicy of the pods of a zone: they get that label from their node, after admission.", alone: true,
			try: refuses(namespaceAdmin, post, networkPolicies(shop)+dryRun, openingPolicyOf("zone", "topology.kubernetes.io/zone", "a"), "network.opens_ports")},
		{id: "K-01l", attack: "Where the cluster has the API ClusterNetworkPolicy, a script of an administrator opens or deletes that of a chatbot, or makes one in Chaperone's name.",
			alone: true, try: forgedClusterPolicy},
	}
}

// openingPolicyOf opens all ports of the pods with the label.
func openingPolicyOf(name, key, value string) networkingv1.NetworkPolicy {
	policy := openingPolicy()
	policy.Name, policy.Spec.PodSelector = name, metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
	return policy
}

func openingUDP() networkingv1.NetworkPolicy {
	policy := openingPolicy()
	policy.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{Ports: []networkingv1.NetworkPolicyPort{{Protocol: ptr.To(corev1.ProtocolUDP)}}}}
	return policy
}

// policyAndPodAtOnce makes a NetworkPolicy and a pod that it selects at the same moment, until both were admitted at least once.
func policyAndPodAtOnce(t *testing.T, w *world) error {
	const namespace, rounds = "at-once", 40
	w.chatbot(t, namespace)
	for i := range rounds {
		name := fmt.Sprintf("race-%d", i)
		var policy, made answer
		var both sync.WaitGroup
		both.Go(func() {
			policy = w.call(t, namespaceAdmin, post, networkPolicies(namespace), openingPolicyOf(name, "tier", name))
		})
		both.Go(func() {
			made = w.call(t, namespaceAdmin, post, pods(namespace), pod(namespace, name, func(p *corev1.Pod) { p.Labels["tier"] = name }))
		})
		both.Wait()
		if policy.ok() && made.ok() {
			return within(repairTime, func() error { return w.namesPolicy(t, namespace, name) })
		}
		w.call(t, namespaceAdmin, remove, networkPolicies(namespace)+"/"+name, nil)
	}
	t.Logf("in %d rounds, one of the two was refused each time", rounds)
	return nil
}

// namesPolicy returns an error unless the status says that the NetworkPolicy opens ports.
func (w *world) namesPolicy(t *testing.T, namespace, policy string) error {
	t.Helper()
	var got v1alpha1.ChatbotDeployment
	w.must(t, administrator, get, declarations(namespace)+"/support", nil).decode(t, &got)
	c := meta.FindStatusCondition(got.Status.Conditions, v1alpha1.ConditionServicesGoverned)
	if c == nil || c.Reason != v1alpha1.ReasonNetworkPolicyOpensPorts || !strings.Contains(c.Message, policy) {
		return fmt.Errorf("the condition is %+v", c)
	}
	return nil
}

// foreignSliceElsewhere leads a Service of another namespace to a governed pod, and looks at what the NetworkPolicy of the pod opens.
func foreignSliceElsewhere(t *testing.T, w *world) error {
	const path = "/apis/discovery.k8s.io/v1/namespaces/" + peopleNamespace + "/endpointslices" + dryRun
	if a := w.call(t, administrator, post, path, foreignSlice); !a.ok() || len(a.warnings) > 0 {
		return fmt.Errorf("a namespace without a chatbot notices Chaperone: %d %s %q", a.code, a.message(), a.warnings)
	}
	own := w.networkPolicyOf(t, shop)
	for _, rule := range own.Spec.Ingress {
		if len(rule.Ports) == 0 {
			return errors.New("a rule opens all ports")
		}
		for _, port := range rule.Ports {
			if port.Port == nil || port.EndPort != nil || port.Port.IntVal == 8080 || port.Port.StrVal == builders.ChatPort {
				return fmt.Errorf("the app's port is open: %+v", port)
			}
		}
	}
	var governed corev1.Pod
	w.must(t, administrator, get, pods(shop)+"/bot", nil).decode(t, &governed)
	selector, err := metav1.LabelSelectorAsSelector(&own.Spec.PodSelector)
	if err != nil {
		return err
	}
	if !selector.Matches(labels.Set(governed.Labels)) || len(own.Spec.Ingress) == 0 {
		return fmt.Errorf("the NetworkPolicy does not select the pod: %v", selector)
	}
	return nil
}

// laterLabel adds a NetworkPolicy that no pod of a chatbot has the label for, and tries each way to get the label.
func laterLabel(t *testing.T, w *world) error {
	const namespace = "later-label"
	w.chatbot(t, namespace)
	w.must(t, namespaceAdmin, post, networkPolicies(namespace), openingPolicyOf("web", "tier", "web"))
	workload := func(change func(*appsv1.Deployment)) *appsv1.Deployment {
		d := newDeploymentOf(namespace)
		d.Name = "other"
		change(d)
		return d
	}
	// The manager may see the NetworkPolicy a moment later.
	eventually(t, "the manager knows the NetworkPolicy", func() error {
		return w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "web", func(p *corev1.Pod) { p.Labels["tier"] = "web" })).refusedWith()
	})
	const command = "kubectl patch networkpolicy web -n " + namespace
	err := errors.Join(
		w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "web", func(p *corev1.Pod) { p.Labels["tier"] = "web" })).refusedWith("network.opens_ports", command),
		w.call(t, namespaceAdmin, merge, pods(namespace)+"/bot"+dryRun, `{"metadata":{"labels":{"tier":"web"}}}`).refusedWith("network.opens_ports", command),
		w.call(t, namespaceAdmin, post, deployments(namespace)+dryRun, workload(func(d *appsv1.Deployment) { d.Spec.Template.Labels["tier"] = "web" })).
			refusedWith("network.opens_ports", command),
	)
	// A lawful neighbor: the pods that the NetworkPolicy does not select, and those of nobody.
	if a := w.call(t, namespaceAdmin, post, deployments(namespace)+dryRun, workload(func(*appsv1.Deployment) {})); !a.ok() {
		err = errors.Join(err, fmt.Errorf("a workload without the label is refused: %s", a.message()))
	}
	if a := w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "web", func(p *corev1.Pod) { p.Labels = map[string]string{"tier": "web"} })); !a.ok() {
		err = errors.Join(err, fmt.Errorf("a pod of no chatbot is refused: %s", a.message()))
	}
	return err
}

const clusterPolicies = "/apis/policy.networking.k8s.io/v1beta1/clusternetworkpolicies"

// forgedClusterPolicy gives the cluster the API at its first call, and waits until the chatbot of the shop has its ClusterNetworkPolicy.
func forgedClusterPolicy(t *testing.T, w *world) error {
	own := clusterPolicies + "/chaperone-" + shop + ".support"
	if !w.down {
		text, err := os.ReadFile(filepath.Join(w.root, "controllers", "clusterpolicy", "testdata", "clusternetworkpolicies.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		w.must(t, administrator, post, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", string(text))
	}
	eventually(t, "the ClusterNetworkPolicy of the chatbot", func() error {
		if a := w.call(t, administrator, get, own, nil); !a.ok() {
			return errors.New(a.message())
		}
		return nil
	})
	const kind, spec = "apiVersion: policy.networking.k8s.io/v1beta1\nkind: ClusterNetworkPolicy\n", `
spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Accept, from: [{namespaces: {}}]}]}`
	err := errors.Join(
		w.call(t, administrator, merge, own+dryRun, `{"spec":{"ingress":[]}}`).refusedWith("chaperone floor"),
		w.call(t, administrator, merge, own+dryRun, `{"metadata":{"labels":null}}`).refusedWith("chaperone floor"),
		w.call(t, administrator, remove, own+dryRun, nil).refusedWith("chaperone floor"),
		w.call(t, administrator, post, clusterPolicies+dryRun, kind+"metadata: {name: forged, labels: {app.kubernetes.io/managed-by: chaperone}}"+spec).refusedWith("chaperone floor"),
	)
	// A lawful neighbor: administrators who know what they open.
	if a := w.call(t, administrator, post, clusterPolicies+dryRun, kind+"metadata: {name: monitoring}"+spec); !a.ok() {
		err = errors.Join(err, fmt.Errorf("a ClusterNetworkPolicy of an administrator is refused: %s", a.message()))
	}
	return err
}
