package chatbot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

// desiredState is the state that the cluster should have for a declaration.
type desiredState struct {
	// objects are the objects to apply. If the existing objects must stay as they are, these are what they are unless another client has changed
	// them, or nil if that is not known.
	objects objects
	// config is the content of the ConfigMap; zero if the existing objects must stay as they are.
	config sidecarconfig.Config
	// pausedBecause is why the existing objects must stay as they are; zero if objects are to be applied.
	pausedBecause cause
	// openBecause is why the cluster must have no NetworkPolicy; zero if objects.networkPolicy is to be applied or if pausedBecause is set.
	openBecause cause
	// isStopped is true if objects.configMap is the existing configuration, changed only so that humans alone answer.
	isStopped bool
	// statement is what the signature of the configuration states; zero if none is signed.
	statement seal.Statement
}

// plan returns the desired state. The existing objects stay as they are
//   - while the selector cannot be used or the policy has not decided, because then it is not known what to apply;
//   - while the policy denies the declaration: running pods keep the configuration that complied, and admission refuses new pods. But if
//     spec.suspended is true, the new configuration is applied, because it stops the chatbot;
//   - if the sidecar would not accept the new configuration.
//
// In each of these cases, spec.suspended stops the chatbot all the same: a kill switch must work whatever else is wrong. And objects that another
// client changed or deleted are put back (keepExisting).
func plan(found observation, verdict policy.Verdict, render Renderer) desiredState {
	desired := planChange(found, verdict, render)
	if desired.pausedBecause.reason != "" {
		desired.objects, desired.isStopped = keepExisting(found)
	}
	return desired
}

// planChange is plan without the objects that stay as they are.
func planChange(found observation, verdict policy.Verdict, render Renderer) desiredState {
	switch {
	case found.stalledBecause.reason != "":
		return desiredState{pausedBecause: cause{found.stalledBecause.reason, "Left as it is until spec.selector is changed."}}
	case verdict.Outcome == policy.OutcomeDeny && !found.declaration.Spec.Suspended:
		return desiredState{pausedBecause: cause{v1alpha1.ReasonNotCompliant,
			"Left as it is: the declaration is denied. Running pods keep their configuration; new pods are refused."}}
	case isUndecided(verdict):
		return desiredState{pausedBecause: cause{v1alpha1.ReasonUndecided, "Left as it is: no decision was reached."}}
	}
	config, data, err := renderFile(found, verdict, render)
	if err != nil {
		return desiredState{pausedBecause: cause{v1alpha1.ReasonRenderFailed,
			fmt.Sprintf("The sidecar would not accept the new configuration; the previous one stays active: %v", err)}}
	}
	desired := desiredState{config: config, objects: objects{configMap: newConfigMap(found, data, config.Revision)}}
	desired.openBecause = explainOpenNetwork(found, verdict)
	if desired.openBecause.reason == "" {
		desired.objects.networkPolicy = newNetworkPolicy(found)
	}
	return desired
}

// explainOpenNetwork returns why no NetworkPolicy may close the ports around the sidecar, or a zero cause. No step of an adoption takes a
// running chatbot off the network, so
//   - an effective enforcement that refuses nothing, Audit or Warn, closes nothing;
//   - the first NetworkPolicy waits until it cuts nothing off that runs. One that exists stays: admission refuses the pods and Services that
//     it would cut off, and if it went away because of one of them, that would open a way around the sidecar.
func explainOpenNetwork(found observation, verdict policy.Verdict) cause {
	switch {
	case found.declaration.Spec.Suspended || verdict.RequiresQuarantine():
		// A suspended chatbot must not be reachable around the sidecar, whatever the enforcement is and whatever that cuts off.
		return cause{}
	case isEnforcement(verdict, v1alpha1.EnforcementAudit):
		return cause{v1alpha1.ReasonObserving, "The effective enforcement is Audit: the sidecar observes, changes nothing and refuses nothing, " +
			"and no NetworkPolicy closes other ports. " + explainObserve(found.declaration, "what it saw, and what governing would change or refuse")}
	case isEnforcement(verdict, v1alpha1.EnforcementWarn):
		return cause{v1alpha1.ReasonNetworkOpen, "The effective enforcement is Warn: the sidecar governs the declared paths and passes everything else on, " +
			"and no NetworkPolicy closes other ports. " + explainObserve(found.declaration, "what it passes on unread")}
	}
	if cut := found.listCutOff(); len(cut) > 0 && found.objects.networkPolicy == nil {
		return cause{v1alpha1.ReasonNetworkOpen, fmt.Sprintf("No NetworkPolicy is written yet, because it would cut off what runs: %s.", listNames(cut))}
	}
	return cause{}
}

// explainObserve returns a sentence with the command that shows what the sidecars of the declaration pass on. The status cannot show it:
// the manager asks sidecars which configuration they execute, and nothing about their traffic (docs/adr/0030-the-manager-does-not-ask-sidecars.md).
func explainObserve(d *v1alpha1.ChatbotDeployment, what string) string {
	return fmt.Sprintf("`kubectl chaperone observe %s -n %s` shows %s.", d.Name, d.Namespace, what)
}

// listCutOff returns what a NetworkPolicy that opens only the sidecar's ports would take off the network, as texts for people: pods that
// have the label of the chatbot, but no sidecar in front of every declared port, and Services that lead around the sidecar while there are
// pods. Such a Service cuts its clients off even where no pod has a sidecar yet: at their next restart.
func (o observation) listCutOff() []string {
	var cut []string
	for _, pod := range o.pods {
		if len(pod.ungovernedPorts) > 0 {
			cut = append(cut, "pod "+pod.name)
		}
	}
	for _, s := range o.services {
		if len(o.pods) > 0 && s.isCutOff() {
			cut = append(cut, "Service "+s.service)
		}
	}
	slices.Sort(cut)
	return cut
}

// listUngovernedPorts returns selectedPod.ungovernedPorts of all pods, each with its pod, sorted.
func (o observation) listUngovernedPorts() []string {
	var ports []string
	for _, pod := range o.pods {
		for _, port := range pod.ungovernedPorts {
			ports = append(ports, fmt.Sprintf("%s of pod %s", port, pod.name))
		}
	}
	slices.Sort(ports)
	return ports
}

// listFormerPorts returns selectedPod.formerPorts of all pods, sorted, each once.
func (o observation) listFormerPorts() []int32 {
	if o.stalledBecause.reason != "" {
		return o.objects.listOpenFormerPorts() // Pods are not known then.
	}
	return collectPorts(o.pods, func(pod selectedPod) []int32 { return pod.formerPorts })
}

// listOpenPorts returns spec.openPorts without the names that lead to a governed port in a pod: a pod that was admitted under Audit or Warn can
// have a second name for the number of a governed port, and an open name would be a way around the sidecar.
func (o observation) listOpenPorts() []string {
	return slices.DeleteFunc(inject.ListOpenPorts(o.declaration), func(name string) bool {
		return slices.ContainsFunc(o.pods, func(p selectedPod) bool { return slices.Contains(p.otherNames, name) })
	})
}

// listClosedPorts returns selectedPod.closedPorts of all pods, sorted, each once.
func (o observation) listClosedPorts() []string {
	return collectPorts(o.pods, func(pod selectedPod) []string { return pod.closedPorts })
}

// collectPorts returns what portsOf returns for the pods, sorted, each once.
func collectPorts[T cmp.Ordered](pods []selectedPod, portsOf func(selectedPod) []T) []T {
	var ports []T
	for _, pod := range pods {
		ports = append(ports, portsOf(pod)...)
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// findEnforcement returns the effective enforcement of the verdict, or "" if there is none.
func findEnforcement(verdict policy.Verdict) v1alpha1.Enforcement {
	for _, enforcement := range []v1alpha1.Enforcement{
		v1alpha1.EnforcementDeny, v1alpha1.EnforcementQuarantine, v1alpha1.EnforcementWarn, v1alpha1.EnforcementAudit,
	} {
		if isEnforcement(verdict, enforcement) {
			return enforcement
		}
	}
	return ""
}

// isEnforcement reports whether the enforcement is the effective one of the verdict, which has it in lower case.
func isEnforcement(verdict policy.Verdict, enforcement v1alpha1.Enforcement) bool {
	return verdict.Terms.Enforcement == strings.ToLower(string(enforcement))
}

// isUndecided reports whether the engine reached no decision. It is true for the empty and for any unknown outcome.
func isUndecided(verdict policy.Verdict) bool {
	return verdict.Refuses() && verdict.Outcome != policy.OutcomeDeny
}

// renderFile returns the sidecar's configuration and the file with it. It parses the file as the sidecar does, so that a configuration that
// the sidecar would not accept is an error.
func renderFile(found observation, verdict policy.Verdict, render Renderer) (sidecarconfig.Config, []byte, error) {
	config, err := render(found.declaration, verdict, found.environment.Shapes)
	if err != nil {
		return sidecarconfig.Config{}, nil, fmt.Errorf("render: %w", err)
	}
	found.desk.apply(&config)
	data, err := config.Marshal()
	if err != nil {
		return sidecarconfig.Config{}, nil, fmt.Errorf("encode: %w", err)
	}
	config, err = sidecarconfig.Parse(data)
	if err != nil {
		return sidecarconfig.Config{}, nil, fmt.Errorf("parse: %w", err)
	}
	return config, data, nil
}

// newConfigMap returns the ConfigMap that holds data, the sidecar's configuration file. revision is the policy revision from which the file
// results.
func newConfigMap(found observation, data []byte, revision string) *corev1.ConfigMap {
	meta := newObjectMeta(found)
	meta.Annotations = map[string]string{
		v1alpha1.AnnotationConfigHash:     sidecarconfig.Hash(data),
		v1alpha1.AnnotationPolicyRevision: revision,
	}
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: meta,
		Data:       map[string]string{contract.SidecarConfigKey: string(data)},
	}
}

// newNetworkPolicy returns a policy that opens only the sidecar's ports of the pods that were injected, if the network plugin enforces
// NetworkPolicies. It selects them by the label that injection sets, not by spec.selector: a pod that ran before the declaration has no
// sidecar and must stay reachable. Authors of pods cannot leave the label out, because admission refuses a selected pod without it, and
// no user can change it afterwards (config/webhook/floor.yaml), in contrast to the labels of spec.selector. Another
// NetworkPolicy that selects the pods can open more ports. The policy does not limit egress: the app can call any host without the sidecar,
// so the status claims only that traffic through the declared ports is governed. A declared port is open once the sidecar serves it in every
// pod that runs: before, the app of a pod could listen on its number. The ports of sidecars from before the reserved range moved are open too,
// until no such pod is left, and so are the container ports of spec.openPorts.
func newNetworkPolicy(found observation) *networkingv1.NetworkPolicy {
	d := found.declaration
	var numbers []int32
	for i := range d.Spec.Ports {
		if found.servesEverywhere(contract.PortName(d.Spec.Ports[i].Name, d.Spec.Ports[i].Port)) {
			numbers = append(numbers, inject.IngressPort(i))
		}
	}
	return newNetworkPolicyFor(found, numbers)
}

// newNetworkPolicyFor returns the NetworkPolicy that opens the numbers on which sidecars listen for clients, and what newNetworkPolicy opens besides.
func newNetworkPolicyFor(found observation, numbers []int32) *networkingv1.NetworkPolicy {
	var ports []networkingv1.NetworkPolicyPort
	for _, number := range numbers {
		ports = append(ports, newTCPPort(number))
	}
	ports = append(ports, newTCPPort(contract.SidecarAdminPort))
	for _, port := range found.listFormerPorts() {
		ports = append(ports, newTCPPort(port))
	}
	for _, name := range found.listOpenPorts() {
		ports = append(ports, networkingv1.NetworkPolicyPort{Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To(intstr.FromString(name))})
	}
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: newObjectMeta(found),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelChatbot: found.declaration.Name}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{Ports: ports}},
		},
	}
}

func newTCPPort(port int32) networkingv1.NetworkPolicyPort {
	return networkingv1.NetworkPolicyPort{Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To(intstr.FromInt32(port))}
}

// servesEverywhere reports whether the sidecar of every pod that runs, also of those that are being deleted, serves the declared port with the
// name. Pods without a sidecar do not count: the NetworkPolicy does not select them.
func (o observation) servesEverywhere(port string) bool {
	return !slices.ContainsFunc(o.served, func(ports []string) bool { return !slices.Contains(ports, port) })
}

// newObjectMeta returns the metadata of both objects that Chaperone maintains for a declaration. The NetworkPolicy has the same name as the
// ConfigMap.
func newObjectMeta(found observation) metav1.ObjectMeta {
	d := found.declaration
	owner := *metav1.NewControllerRef(d, v1alpha1.GroupVersion.WithKind(chatbotKind))
	return metav1.ObjectMeta{
		Namespace: d.Namespace,
		Name:      inject.ConfigMapName(d.Name),
		Labels:    map[string]string{contract.LabelManagedBy: contract.ManagedBy, v1alpha1.LabelChatbot: d.Name},
		// A pod can name the declaration as its owner, and no list has an owner twice.
		OwnerReferences: append([]metav1.OwnerReference{owner}, slices.DeleteFunc(slices.Clone(found.keepers), func(r metav1.OwnerReference) bool { return r.UID == d.UID })...),
	}
}
