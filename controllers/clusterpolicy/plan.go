package clusterpolicy

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
)

const (
	// priority is that of the ClusterNetworkPolicies in the tier Admin, where lower numbers come first. Administrators who know what they
	// open have a hundred before it.
	priority = 100
	// maxProtocols is the number of ports and ranges that the API allows in one rule.
	maxProtocols = 25
	lastPort     = 65535
)

const (
	group = "policy.networking.k8s.io"
	kind  = "ClusterNetworkPolicy"
)

// versions returns the versions of the API that have the fields that are written, the best first (sigs.k8s.io/network-policy-api v0.2 and v0.3).
func versions() []string { return []string{"v1beta1", "v1alpha2"} }

// newObject returns an empty ClusterNetworkPolicy.
func newObject(version string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(schema.GroupVersionKind{Group: group, Version: version, Kind: kind})
	return object
}

// nameOf returns the name of the ClusterNetworkPolicy of a chatbot. Namespaces have no dots, so no two chatbots share one.
func nameOf(chatbot types.NamespacedName) string {
	return contract.Sidecar + "-" + chatbot.Namespace + "." + chatbot.Name
}

// newPolicy returns the ClusterNetworkPolicy that closes, to all pods of the cluster, what the NetworkPolicy of the chatbot closes. It only denies:
// a rule that accepts or passes the open ports would take them away from rules of administrators that come later. pods are the pods of the
// chatbot, whose container ports say which numbers the names in the NetworkPolicy have.
func newPolicy(version string, chatbot types.NamespacedName, p *networkingv1.NetworkPolicy, pods []corev1.Pod) *unstructured.Unstructured {
	object := newObject(version)
	object.SetName(nameOf(chatbot))
	object.SetLabels(map[string]string{
		contract.LabelManagedBy: contract.ManagedBy, v1alpha1.LabelChatbot: chatbot.Name, v1alpha1.LabelNamespace: chatbot.Namespace,
	})
	object.Object["spec"] = map[string]any{
		"tier": "Admin", "priority": int64(priority),
		"subject": map[string]any{"pods": map[string]any{
			"namespaceSelector": map[string]any{"matchLabels": map[string]any{corev1.LabelMetadataName: chatbot.Namespace}},
			"podSelector":       map[string]any{"matchLabels": map[string]any{v1alpha1.LabelChatbot: chatbot.Name}},
		}},
		"ingress": newRules(listClosed(listOpen(p, pods))),
	}
	return object
}

// portRange is a range of ports, both inclusive.
type portRange struct{ first, last int32 }

// listOpen returns the numbers that the NetworkPolicy opens, sorted.
func listOpen(p *networkingv1.NetworkPolicy, pods []corev1.Pod) []int32 {
	var numbers []int32
	for _, rule := range p.Spec.Ingress {
		for _, port := range rule.Ports {
			switch {
			case port.Port == nil:
			case port.Port.StrVal != "":
				numbers = append(numbers, resolve(port.Port.StrVal, pods)...)
			default:
				numbers = append(numbers, port.Port.IntVal)
			}
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// resolve returns the numbers of the TCP ports with the name.
func resolve(name string, pods []corev1.Pod) []int32 {
	var numbers []int32
	for i := range pods {
		for _, c := range slices.Concat(pods[i].Spec.InitContainers, pods[i].Spec.Containers) {
			for _, port := range c.Ports {
				if port.Name == name && (port.Protocol == "" || port.Protocol == corev1.ProtocolTCP) {
					numbers = append(numbers, port.ContainerPort)
				}
			}
		}
	}
	return numbers
}

// listClosed returns the ranges between the open numbers, which are sorted.
func listClosed(open []int32) []portRange {
	var closed []portRange
	next := int32(1)
	for _, number := range open {
		if number > next {
			closed = append(closed, portRange{next, number - 1})
		}
		next = number + 1
	}
	if next <= lastPort {
		closed = append(closed, portRange{next, lastPort})
	}
	return closed
}

// newRules returns the rules that deny the closed TCP ports, and all of UDP and SCTP, to all pods.
func newRules(closed []portRange) []any {
	var protocols []any
	for _, r := range closed {
		protocols = append(protocols, newProtocol("tcp", r))
	}
	protocols = append(protocols, newProtocol("udp", portRange{1, lastPort}), newProtocol("sctp", portRange{1, lastPort}))
	var rules []any
	for chunk := range slices.Chunk(protocols, maxProtocols) {
		rules = append(rules, map[string]any{
			"name": "around-the-sidecar", "action": "Deny",
			"from":      []any{map[string]any{"namespaces": map[string]any{}}},
			"protocols": slices.Clone(chunk),
		})
	}
	return rules
}

func newProtocol(protocol string, r portRange) map[string]any {
	port := map[string]any{"number": int64(r.first)}
	if r.last > r.first {
		port = map[string]any{"range": map[string]any{"start": int64(r.first), "end": int64(r.last)}}
	}
	return map[string]any{protocol: map[string]any{"destinationPort": port}}
}

// isSame reports whether the existing ClusterNetworkPolicy has the labels and the spec of the desired one.
func isSame(desired, existing *unstructured.Unstructured) bool {
	for key, value := range desired.GetLabels() {
		if existing.GetLabels()[key] != value {
			return false
		}
	}
	return equality.Semantic.DeepEqual(desired.Object["spec"], existing.Object["spec"])
}

// chatbotOf returns the chatbot to which a ClusterNetworkPolicy of Chaperone belongs; false for another one.
func chatbotOf(object metav1.Object) (types.NamespacedName, bool) {
	labels := object.GetLabels()
	chatbot := types.NamespacedName{Namespace: labels[v1alpha1.LabelNamespace], Name: labels[v1alpha1.LabelChatbot]}
	return chatbot, contract.IsManaged(labels) && object.GetName() == nameOf(chatbot)
}
