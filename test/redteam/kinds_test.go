package redteam

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// kindRows are the kinds of attack that once ended with unredacted answers, by number of the requirement that they are about: whose the objects
// are (01), signed configuration (02), what nobody may weaken (03), selection (04), every verb's twin (05), kinds of workloads (06), the floor
// alone (07) and rights (08).
func kindRows() []row {
	return slices.Concat(ownObjectRows(), integrityRows(), selectionRows(), twinRows(), workloadRows(), floorRows(), approvalRows())
}

func ownObjectRows() []row {
	config, policy := configMaps(shop)+"/chaperone-support", networkPolicies(shop)+"/chaperone-support"
	return []row{
		{id: "K-01a", attack: "A namespace admin changes what the sidecar executes.", alone: true,
			try: refuses(namespaceAdmin, merge, config+dryRun, `{"data":{"config.json":"{}"}}`, "chaperone floor")},
		{id: "K-01b", attack: "A namespace admin makes the configuration immutable, or adds binary data.", alone: true,
			try: all(refuses(namespaceAdmin, merge, config+dryRun, `{"immutable":true}`, "chaperone floor"),
				refuses(namespaceAdmin, merge, config+dryRun, `{"binaryData":{"other.json":"e30="}}`, "chaperone floor"))},
		{id: "K-01c", attack: "A namespace admin takes the label of the configuration away, or adds a finalizer.", alone: true,
			try: all(refuses(namespaceAdmin, merge, config+dryRun, `{"metadata":{"labels":null}}`, "chaperone floor"),
				refuses(namespaceAdmin, merge, config+dryRun, `{"metadata":{"finalizers":["redteam.example/keep"]}}`, "chaperone floor"))},
		{id: "K-01d", attack: "A namespace admin deletes the configuration or the NetworkPolicy.", alone: true,
			try: all(refuses(namespaceAdmin, remove, config+dryRun, nil, "chaperone floor"), refuses(namespaceAdmin, remove, policy+dryRun, nil, "chaperone floor"))},
		{id: "K-01e", attack: "A namespace admin opens the NetworkPolicy of the chatbot.", alone: true,
			try: refuses(namespaceAdmin, merge, policy+dryRun, `{"spec":{"ingress":[{}]}}`, "chaperone floor")},
		{id: "K-01f", attack: "A namespace admin takes a name before Chaperone writes its own object.", alone: true,
			try: refuses(namespaceAdmin, post, configMaps(shop)+dryRun, "metadata: {name: chaperone-sales}\nimmutable: true", "chaperone floor")},
		{id: "K-01g", attack: "A namespace admin adds a NetworkPolicy that opens what Chaperone's closes.",
			try:  refuses(namespaceAdmin, post, networkPolicies(shop)+dryRun, openingPolicy()),
			open: "NetworkPolicies add up, and those of others are not reviewed: a second one opens the app's port"},
		{id: "K-01h", attack: "A team that may write EndpointSlices leads a Service of its own to the address of a governed pod.",
			try:  refuses(broad, post, "/apis/discovery.k8s.io/v1/namespaces/"+shop+"/endpointslices"+dryRun, foreignSlice),
			open: "EndpointSlices and Endpoints that people write are not reviewed"},
	}
}

func openingPolicy() networkingv1.NetworkPolicy {
	policy := networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{Ingress: []networkingv1.NetworkPolicyIngressRule{{}}}}
	policy.Name = "allow-all"
	return policy
}

const foreignSlice = `
metadata: {name: around, labels: {kubernetes.io/service-name: around}}
addressType: IPv4
endpoints: [{addresses: [10.1.2.3], targetRef: {kind: Pod, name: bot}}]
ports: [{port: 8080}]`

func integrityRows() []row {
	return []row{
		{id: "K-02a", attack: "Somebody who may write what Chaperone writes gives the sidecar a configuration of their own.", try: signedConfiguration,
			open: "the configuration is not signed: what keeps it is the admission baseline alone"},
		{id: "K-02b", attack: "A team that may write the status of pods lets a sidecar that does not run count as one that does.", try: forgedPodStatus,
			open: "the status of a declaration counts what the status of pods says, and does not ask the sidecars"},
		{id: "K-03a", attack: "A tenant declares Audit and runs a pod on the network of the node.", try: auditWeakens,
			open: "under Audit and Warn no rule refuses, not even those on the sidecar's presence and place"},
		{id: "K-03b", attack: "A tenant weakens the enforcement of a chatbot that runs.", alone: true, try: changesDeclaration(`{"spec":{"enforcement":"Audit"}}`)},
		{id: "K-03c", attack: "A tenant changes the selector of a chatbot that runs, so that it selects nothing.", alone: true,
			try: changesDeclaration(`{"spec":{"selector":{"matchLabels":{"app":"nothing"}}}}`)},
		{id: "K-03d", attack: "The NetworkPolicy of a denied declaration is deleted.", try: driftUnderDeny,
			open: "while a declaration is denied its objects are left as they are, also when one of them is gone"},
		{id: "K-03e", attack: "A tenant takes the declared port away from a chatbot that runs.", alone: true,
			try: changesDeclaration(`{"spec":{"ports":[{"name":"other","shape":"openai-chat"}]}}`)},
	}
}

// signedConfiguration looks for a signature beside the configuration.
func signedConfiguration(t *testing.T, w *world) error {
	var object corev1.ConfigMap
	w.must(t, administrator, get, configMaps(shop)+"/chaperone-support", nil).decode(t, &object)
	for key := range object.Data {
		if strings.Contains(key, "signature") {
			return nil
		}
	}
	return errors.New("the ConfigMap has no signature")
}

// forgedPodStatus writes the status of a pod that no node runs.
func forgedPodStatus(t *testing.T, w *world) error {
	const namespace = "forged-status"
	w.chatbot(t, namespace)
	status := `{"status":{"phase":"Running","initContainerStatuses":[{"name":"chaperone","started":true,"ready":true,"restartCount":0,"image":"x","imageID":"","state":{"running":{}}}]}}`
	if a := w.call(t, broad, merge, pods(namespace)+"/bot/status", status); !a.ok() {
		return nil
	}
	var got v1alpha1.ChatbotDeployment
	err := within(repairTime, func() error {
		w.must(t, namespaceAdmin, get, declarations(namespace)+"/support", nil).decode(t, &got)
		if got.Status.Workloads.Summary != "1/1" {
			return errors.New("not counted")
		}
		return nil
	})
	if err == nil {
		return errors.New("the pod counts as governed, and no node runs it")
	}
	return nil
}

func auditWeakens(t *testing.T, w *world) error {
	const namespace = "under-audit"
	w.namespace(t, namespace)
	declaration := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Namespace, d.Spec.Enforcement = namespace, v1alpha1.EnforcementAudit
	})
	eventually(t, "the declaration", func() error {
		if a := w.call(t, namespaceAdmin, post, declarations(namespace), declaration); !a.ok() {
			return errors.New(a.message())
		}
		return nil
	})
	eventually(t, "a pod with its sidecar", func() error {
		return injected(t, w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "bot")))
	})
	return w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "bot", func(p *corev1.Pod) {
		p.Spec.HostNetwork = true
	})).refusedWith()
}

// changesDeclaration patches the declaration of the shop's chatbot, which has a running pod, as the namespace admin.
func changesDeclaration(patch string) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		path := declarations(shop) + "/support" + dryRun
		if err := w.call(t, namespaceAdmin, merge, path, patch).refusedWith("chaperone floor", "chaperone-release"); err != nil || w.down {
			return err
		}
		w.must(t, administrator, merge, path, patch)
		return nil
	}
}

// driftUnderDeny brings a declaration to Deny by a profile of the organization, and deletes the NetworkPolicy as the garbage collector could.
func driftUnderDeny(t *testing.T, w *world) error {
	const namespace = "drift"
	w.chatbot(t, namespace, func(d *v1alpha1.ChatbotDeployment) { d.Spec.Jurisdictions = append(d.Spec.Jurisdictions, "de") })
	const profiles = "/apis/chaperone.dev/v1alpha1/jurisdictionprofiles"
	w.must(t, governor, post, profiles, `
apiVersion: chaperone.dev/v1alpha1
kind: JurisdictionProfile
metadata: {name: de}
spec: {code: de, values: [{dimension: retention.transcriptMax, value: 20, reference: House rules 4}]}`)
	defer w.call(t, governor, remove, profiles+"/de", nil)
	eventually(t, "a denied declaration", func() error {
		var got v1alpha1.ChatbotDeployment
		w.must(t, namespaceAdmin, get, declarations(namespace)+"/support", nil).decode(t, &got)
		if got.Status.Outcome != "Deny" {
			return fmt.Errorf("the outcome is %q", got.Status.Outcome)
		}
		return nil
	})
	path := networkPolicies(namespace) + "/chaperone-support"
	if a := w.callAs(t, administrator, "system:serviceaccount:kube-system:generic-garbage-collector", remove, path, nil); !a.ok() {
		t.Fatal(a.message())
	}
	return within(repairTime, func() error {
		a := w.call(t, administrator, get, path, nil)
		if a.ok() {
			return nil
		}
		return errors.New(a.message())
	})
}

func selectionRows() []row {
	return []row{
		{id: "K-04a", attack: "A namespace admin takes the labels that the selector matches off a running pod.", alone: true,
			try: refuses(namespaceAdmin, merge, pods(shop)+"/bot"+dryRun, `{"metadata":{"labels":{"app":null}}}`, "workload.label_and_declaration")},
		{id: "K-04f", attack: "A running pod that nobody governs takes on the labels of the chatbot.", try: takenLabels(""),
			alone: true},
		{id: "K-04g", attack: "The same by the subresource status.", alone: true, try: takenLabels("/status")},
		{id: "K-04h", attack: "The same by a binding.", alone: true, try: takenLabelsByBinding},
		{id: "K-04b", attack: "A tenant starts a pod behind the Service of a chatbot that no declaration selects.", try: neighbourBehindService},
		{id: "K-04c", attack: "A tenant copies a governed pod without its labels (kubectl debug --copy-to).", try: copyOfPod,
			open: "a copy of a governed pod without the labels of the selector is an ordinary pod, with the image and the Secrets of the chatbot"},
		{id: "K-04d", attack: "A tenant declares a chatbot in a namespace that the webhooks leave out.", alone: true, try: ungovernableNamespace},
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
	return w.call(t, broad, post, w.plainPod(t)+"/binding"+dryRun, binding).refusedWith("chaperone floor")
}

// neighbourBehindService starts a second kind of pods with the label that the Service selects, and without the one that the declaration does.
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

func copyOfPod(t *testing.T, w *world) error {
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
