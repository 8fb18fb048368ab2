package redteam

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// kindRows are the kinds of attack that once ended with unredacted answers. Their numbers are those of the requirements: whose the objects
// are (01), signed configuration (02), what nobody may weaken (03), selection (04), every verb's twin (05), kinds of workloads (06), the
// admission baseline alone (07), and rights (08).
func kindRows() []row {
	return slices.Concat(ownObjectRows(), networkRows(), integrityRows(), deletionRows(), selectionRows(), twinRows(), workloadRows(), floorRows(), approvalRows())
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
			try: all(refuses(namespaceAdmin, remove, config+dryRun, nil, "chaperone floor"),
				refuses(namespaceAdmin, remove, policy+dryRun, nil, "chaperone floor"),
				refuses(namespaceAdmin, remove, configMaps(shop)+dryRun+"&labelSelector=app.kubernetes.io/managed-by=chaperone", nil, "chaperone floor"))},
		{id: "K-01e", attack: "A namespace admin opens the NetworkPolicy of the chatbot.", alone: true,
			try: refuses(namespaceAdmin, merge, policy+dryRun, `{"spec":{"ingress":[{}]}}`, "chaperone floor")},
		{id: "K-01f", attack: "A namespace admin takes a name before Chaperone writes its own object.", alone: true,
			try: refuses(namespaceAdmin, post, configMaps(shop)+dryRun, "metadata: {name: chaperone-sales}\nimmutable: true", "chaperone floor")},
		{id: "K-01o", attack: "A namespace admin takes the names before anything is declared: immutable, with a finalizer, with annotations up to the limit, or for another NetworkPolicy that opens all.",
			try: plantedNames},
		{id: "K-01g", attack: "A namespace admin adds a NetworkPolicy that opens what Chaperone's closes.",
			alone: true, try: refuses(namespaceAdmin, post, networkPolicies(shop)+dryRun, openingPolicy(), "network.opens_ports")},
		{id: "K-01h", attack: "A team that may write EndpointSlices leads a Service of its own to the address of a governed pod.",
			try: refuses(broad, post, "/apis/discovery.k8s.io/v1/namespaces/"+shop+"/endpointslices"+dryRun, foreignSlice, "network.endpoint_around")},
		{id: "K-01p", attack: "The same without a number, which stands for all ports.",
			try: refuses(broad, post, "/apis/discovery.k8s.io/v1/namespaces/"+shop+"/endpointslices"+dryRun,
				strings.ReplaceAll(foreignSlice, "port: 8080", "protocol: TCP"), "network.endpoint_around")},
		{id: "K-01n", attack: "The same in a namespace without a chatbot, which Chaperone leaves alone: the NetworkPolicy of the pod closes the app's port to all.", try: foreignSliceElsewhere},
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
endpoints: [{addresses: [` + addressOfBot + `]}]
ports: [{port: 8080}]`

func integrityRows() []row {
	return []row{
		{id: "K-02a", attack: "Somebody who may write what Chaperone writes gives the sidecar a configuration of their own.", try: signedConfiguration},
		{id: "K-02b", attack: "A team that may write the status of pods lets a sidecar that does not run count as one that does, at another address, or as one of a pod that has ended.",
			try: forgedPodState, alone: true},
		{id: "K-02c", attack: "The same for a pod without the sidecar in the namespace of a chatbot, so that it leaves the status and the reviews of Services.",
			try: forgedEnd, alone: true},
		{id: "K-02d", attack: "The same before the chatbot is declared.",
			cannot: "A node is needed, whose kubelet writes back within ten seconds what it knows; endpoints of ended pods leave Services until then. Admission leaves namespaces without chatbots alone."},
		{id: "K-02e", attack: "A team that may write the status of pods gives a pod that nobody governs the address of a governed one, so that the API server leads to its app.",
			alone: true, try: movedPod},
		{id: "K-03a", attack: "A tenant declares Audit and runs a pod with a sidecar of their own, or without one.", try: auditWithoutSidecar},
		{id: "K-03f", attack: "A tenant declares Audit and runs a pod on the network of the node.", try: auditWeakens,
			open: "under Audit and Warn no NetworkPolicy closes the app's port, so the node's network opens nothing more, and a refusal would stop a chatbot whose team only tries Chaperone out; the status reports it, and a floor ends it (K-03k)"},
		{id: "K-03k", attack: "The same where a GovernancePolicy sets the floor Deny.", try: auditBelowFloor},
		{id: "K-03j", attack: "The opposite: a team that tries Chaperone out under Audit deletes its declaration.", try: releasedTrial},
		{id: "K-03t", attack: "A tenant runs pods under Audit whose settings lead around the sidecar, and then declares Deny: the status names them, and is not Ready.", try: deniedLater},
		{id: "K-03u", attack: "A team declares the regions of a chatbot while its pods run elsewhere.", try: regionsDeclaredLater,
			open: "the pods stay where they are until they are made again, and the status does not say so: the manager's cache keeps no affinities"},
		{id: "K-03g", attack: "Somebody who may release a chatbot deletes its declaration while governed pods run.", alone: true, try: releasedPods},
		{id: "K-03o", attack: "After somebody who may release a chatbot has deleted its declaration, a tenant deletes the ReplicaSet and leaves its pods (--cascade=orphan).",
			try: orphanedPods},
		{id: "K-03i", attack: "The app takes the sidecar's ports while the sidecar restarts, for example because pods/resize took its memory away, and answers people itself.",
			cannot: "A node is needed, and an app that is made for this. Nothing stops it today: the NetworkPolicy opens the ports, whoever listens on them. The status says that the sidecar does not run."},
		{id: "K-03h", attack: "A tenant declares a second port, on which the app of a running pod listens itself.", try: portWithoutSidecar},
		{id: "K-03l", attack: "A tenant gives the declaration of a chatbot that runs an owner, and deletes the owner, so that the garbage collector deletes the declaration.",
			try: collectedDeclaration},
		{id: "K-03m", attack: "A tenant gives the port of a chatbot that runs a shape by which its answers pass unread, which is told and not refused: an app has routes that are no chat.",
			try: unreadShape},
		{id: "K-03n", attack: "A tenant deletes the pods of a chatbot with a day of grace, which its app uses, and then the declaration, which has no pods any more.",
			try: lingeringPod},
		{id: "K-03b", attack: "A tenant weakens the enforcement of a chatbot that runs.", alone: true, try: all(
			changesDeclaration(`{"spec":{"enforcement":"Audit"}}`),
			admits(namespaceAdmin, merge, declarations(shop)+"/support"+dryRun, `{"spec":{"retention":{"transcriptDays":20}}}`),
			admits(namespaceAdmin, merge, declarations(shop)+"/support"+dryRun, `{"spec":{"suspended":true}}`))},
		{id: "K-03c", attack: "A tenant changes the selector of a chatbot that runs, so that it selects nothing.", alone: true,
			try: changesDeclaration(`{"spec":{"selector":{"matchLabels":{"app":"nothing"}}}}`)},
		{id: "K-03d", attack: "The NetworkPolicy of a denied declaration is deleted.", try: driftUnderDeny},
		{id: "K-03e", attack: "A tenant takes the declared port away from a chatbot that runs.", alone: true,
			try: changesDeclaration(`{"spec":{"ports":[{"name":"other","shape":"openai-chat"}]}}`)},
	}
}

// signedConfiguration looks for a signature beside the configuration, and for the keys that the sidecar of the pod requires. What a sidecar
// refuses is tested in internal/sidecar.
func signedConfiguration(t *testing.T, w *world) error {
	var object corev1.ConfigMap
	w.must(t, administrator, get, configMaps(shop)+"/chaperone-support", nil).decode(t, &object)
	if object.Data[contract.SidecarSignatureKey] == "" {
		return errors.New("the ConfigMap has no signature")
	}
	var governed corev1.Pod
	w.must(t, namespaceAdmin, get, pods(shop)+"/bot", nil).decode(t, &governed)
	if args := governed.Spec.InitContainers[0].Args; !slices.Contains(args, shop+"/support") || !slices.Contains(args, "--trust") {
		return fmt.Errorf("the sidecar takes what nobody has signed: %q", args)
	}
	return nil
}

// forgedPodStatus writes the status of a pod that no node runs.
// underAudit declares a chatbot under Audit and waits until its pods are injected.
func (w *world) underAudit(t *testing.T, namespace string) {
	t.Helper()
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
}

func auditWeakens(t *testing.T, w *world) error {
	const namespace = "under-audit"
	w.underAudit(t, namespace)
	return w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "bot", func(p *corev1.Pod) {
		p.Spec.HostNetwork = true
	})).refusedWith()
}

// releasedTrial deletes a declaration under Audit while its pod runs: a team that tries Chaperone out asks nobody.
func releasedTrial(t *testing.T, w *world) error {
	const namespace = "trial"
	w.underAudit(t, namespace)
	w.must(t, namespaceAdmin, post, pods(namespace), pod(namespace, "bot"))
	w.governs(t, namespace, 1)
	return admits(namespaceAdmin, remove, declarations(namespace)+"/support", nil)(t, w)
}

// auditBelowFloor declares Audit in a namespace for which the organization demands Deny.
func auditBelowFloor(t *testing.T, w *world) error {
	const policies = "/apis/chaperone.dev/v1alpha1/governancepolicies"
	const namespace = "under-floor"
	w.must(t, governor, post, policies, `
apiVersion: chaperone.dev/v1alpha1
kind: GovernancePolicy
metadata: {name: floor}
spec: {floor: Deny, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: `+namespace+`}}}`)
	defer w.call(t, governor, remove, policies+"/floor", nil)
	w.underAudit(t, namespace)
	return within(repairTime, func() error {
		a := w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "bot", func(p *corev1.Pod) { p.Spec.HostNetwork = true }))
		return a.refusedWith("workload.host_network")
	})
}

// collectedDeclaration lets the garbage collector delete the declaration of a running chatbot, and wants it to go once its pod has gone.
func collectedDeclaration(t *testing.T, w *world) error {
	const namespace = "collected"
	w.chatbot(t, namespace)
	w.governs(t, namespace, 1)
	var owner struct{ Metadata struct{ UID string } }
	w.must(t, namespaceAdmin, post, configMaps(namespace), "metadata: {name: owner}").decode(t, &owner)
	path := declarations(namespace) + "/support"
	w.must(t, namespaceAdmin, merge, path, fmt.Sprintf(
		`{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":%q}]}}`, owner.Metadata.UID))
	w.must(t, namespaceAdmin, remove, configMaps(namespace)+"/owner", nil)
	isGone := func() error {
		if a := w.call(t, namespaceAdmin, get, path, nil); a.code != 404 {
			return errors.New("the declaration is there")
		}
		return nil
	}
	if within(repairTime, isGone) == nil {
		return errors.New("the declaration is gone, and its pod is there")
	}
	// The garbage collector has tried by now if it deletes the declaration once nothing keeps it.
	w.must(t, administrator, remove, pods(namespace)+"/bot?gracePeriodSeconds=0", nil)
	return within(limit, isGone)
}

func unreadShape(t *testing.T, w *world) error {
	// A shape of which no route is read is refused, so one reads what nobody asks.
	ports := `{"spec":{"ports":[{"name":"http","inline":{
		"routes":[{"name":"ask","method":"POST","path":"/ask","use":"turn"},{"name":"all","method":"POST","path":"/v1/chat/completions","use":"pass"}],
		"request":{"places":[{"at":"$","is":"message","author":"user"},{"at":"$.question","is":"prose"}]},
		"answer":{"places":[{"at":"$","is":"message","author":"assistant"},{"at":"$.reply","is":"prose"}]}}}]}}`
	a := w.call(t, namespaceAdmin, merge, declarations(shop)+"/support"+dryRun, ports)
	if !a.ok() || !strings.Contains(fmt.Sprint(a.warnings), "passes on unread, as the shapes say: port http: ") {
		return fmt.Errorf("%d: %s: warnings %q", a.code, a.message(), a.warnings)
	}
	return nil
}

// lingeringPod has a pod on a node that does not answer: there, the pod goes on until the node says that it has ended.
func lingeringPod(t *testing.T, w *world) error {
	const namespace, node = "lingering", "lingering-node"
	w.must(t, administrator, post, "/api/v1/nodes", "metadata: {name: "+node+"}")
	defer w.call(t, administrator, remove, "/api/v1/nodes/"+node, nil)
	w.namespace(t, namespace)
	w.declare(t, namespace)
	eventually(t, "a pod on the node", func() error {
		a := w.call(t, namespaceAdmin, post, pods(namespace), pod(namespace, "bot", func(p *corev1.Pod) { p.Spec.NodeName = node }))
		if !a.ok() && a.code != 409 {
			return errors.New(a.message())
		}
		return nil
	})
	w.governs(t, namespace, 1)
	w.must(t, namespaceAdmin, remove, pods(namespace)+"/bot", `{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":86400}`)
	a := w.call(t, administrator, get, pods(namespace)+"/bot", nil)
	if !a.ok() {
		t.Fatalf("the pod is gone at once: %s", a.message())
	}
	path := declarations(namespace) + "/support"
	if err := within(repairTime, func() error {
		if a := w.call(t, namespaceAdmin, remove, path, nil); !a.ok() {
			return errors.New(a.message())
		}
		return nil
	}); err != nil {
		return nil
	}
	if err := within(repairTime, func() error {
		if w.call(t, administrator, get, networkPolicies(namespace)+"/chaperone-support", nil).ok() {
			return errors.New("the NetworkPolicy is there")
		}
		return nil
	}); err != nil {
		return nil
	}
	return errors.New("the NetworkPolicy is gone, and the pod is there")
}

// auditWithoutSidecar brings a container of another image under the name of the sidecar; a pod without one gets the sidecar.
func auditWithoutSidecar(t *testing.T, w *world) error {
	const namespace = "under-audit-alone"
	w.underAudit(t, namespace)
	return w.call(t, namespaceAdmin, post, pods(namespace)+dryRun, pod(namespace, "bot", func(p *corev1.Pod) {
		p.Spec.InitContainers = []corev1.Container{{
			Name: "chaperone", Image: builders.Image, RestartPolicy: ptr.To(corev1.ContainerRestartPolicyAlways),
		}}
	})).refusedWith("workload.sidecar_unchanged")
}

// releasedPods deletes a declaration and then its pod: the NetworkPolicy and the configuration stay until the pod is gone, and not longer. While no
// manager runs, only the garbage collector of Kubernetes acts.
func releasedPods(t *testing.T, w *world) error {
	namespace := "released"
	if w.down {
		namespace = "released-alone"
	} else {
		w.chatbot(t, namespace+"-alone")
		w.owned(t, namespace+"-alone")
		w.chatbot(t, namespace)
	}
	w.owned(t, namespace)
	w.must(t, administrator, remove, declarations(namespace)+"/support", nil)
	objects := []string{networkPolicies(namespace) + "/chaperone-support", "/api/v1/namespaces/" + namespace + "/configmaps/chaperone-support"}
	gone := within(repairTime, func() error {
		for _, object := range objects {
			if !w.call(t, administrator, get, object, nil).ok() {
				return nil
			}
		}
		return errors.New("both objects are still there")
	})
	if gone == nil {
		return errors.New("the NetworkPolicy or the configuration is gone, and the pod is still there")
	}
	w.must(t, administrator, remove, pods(namespace)+"/bot?gracePeriodSeconds=0", nil)
	return within(limit, func() error {
		for _, object := range objects {
			if w.call(t, administrator, get, object, nil).ok() {
				return fmt.Errorf("%s is still there", object)
			}
		}
		return nil
	})
}

// owned waits until the NetworkPolicy belongs to the pod too.
func (w *world) owned(t *testing.T, namespace string) {
	t.Helper()
	eventually(t, "the owners of the NetworkPolicy", func() error {
		for _, owner := range w.networkPolicyOf(t, namespace).OwnerReferences {
			if owner.Kind == "Pod" {
				return nil
			}
		}
		return errors.New("the pod is none")
	})
}

// portWithoutSidecar declares another port after the pod was created.
func portWithoutSidecar(t *testing.T, w *world) error {
	const namespace = "second-port"
	w.chatbot(t, namespace)
	ports := `{"spec":{"ports":[{"name":"http","shape":"openai-chat"},{"name":"more","shape":"openai-chat"}]}}`
	w.must(t, namespaceAdmin, merge, declarations(namespace)+"/support", ports)
	opened := within(repairTime, func() error {
		for _, rule := range w.networkPolicyOf(t, namespace).Spec.Ingress {
			for _, port := range rule.Ports {
				if port.Port != nil && port.Port.IntVal == 23101 {
					return nil
				}
			}
		}
		return errors.New("the port is closed")
	})
	if opened != nil {
		return nil
	}
	return errors.New("the NetworkPolicy opens port 23101, which the sidecar of the pod does not serve")
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

// driftUnderDeny brings a declaration to Deny by a profile of the organization, and deletes the NetworkPolicy as the garbage collector
// could.
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
