package netpol

import (
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// node is the cluster as the rules need it.
type node struct {
	// endpoints are the pods that a packet can come from or go to.
	endpoints []endpoint
	// namespaces has the labels of each namespace by name.
	namespaces map[string]labels.Set
}

// endpoint is a pod with an address of its own.
type endpoint struct {
	address   netip.Addr
	namespace string
	labels    labels.Set
	ports     map[portName]int32
}

// portName is a named port: one name may stand for TCP and for UDP.
type portName struct {
	name     string
	protocol corev1.Protocol
}

func newNode(c Cluster) *node {
	n := &node{namespaces: map[string]labels.Set{}}
	for _, namespace := range c.Namespaces {
		n.namespaces[namespace.Name] = namespace.Labels
	}
	for _, pod := range c.Pods {
		if address, ok := addressOf(pod); ok {
			n.endpoints = append(n.endpoints, endpoint{address, pod.Namespace, pod.Labels, namedPorts(pod)})
		}
	}
	return n
}

// addressOf returns the IPv4 address that is the pod's alone. A pod of the
// host's network has the node's, and that of a finished pod may be another's.
func addressOf(pod *corev1.Pod) (netip.Addr, bool) {
	finished := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	if finished || pod.Spec.HostNetwork {
		return netip.Addr{}, false
	}
	for _, ip := range append([]corev1.PodIP{{IP: pod.Status.PodIP}}, pod.Status.PodIPs...) {
		if address, err := netip.ParseAddr(ip.IP); err == nil && address.Is4() {
			return address, true
		}
	}
	return netip.Addr{}, false
}

// namedPorts looks where Services look for a targetPort, and in that order: the
// containers, then the native sidecars; the first of a name counts.
func namedPorts(pod *corev1.Pod) map[portName]int32 {
	ports := map[portName]int32{}
	add := func(c corev1.Container) {
		for _, port := range c.Ports {
			key := portName{port.Name, protocolOr(port.Protocol)}
			if _, taken := ports[key]; !taken {
				ports[key] = port.ContainerPort
			}
		}
	}
	for _, c := range pod.Spec.Containers {
		add(c)
	}
	for _, c := range pod.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(c)
		}
	}
	return ports
}

func protocolOr(p corev1.Protocol) corev1.Protocol {
	if p == "" {
		return corev1.ProtocolTCP
	}
	return p
}

func named(p networkingv1.NetworkPolicyPort) bool {
	return p.Port != nil && p.Port.Type == intstr.String
}

func protocolOf(p networkingv1.NetworkPolicyPort) corev1.Protocol {
	if p.Protocol == nil {
		return corev1.ProtocolTCP
	}
	return *p.Protocol
}

// portMatch is the nft match of a named port of this pod, empty when the pod has
// none of that name and protocol.
func (e endpoint) portMatch(p networkingv1.NetworkPolicyPort) string {
	protocol := protocolOf(p)
	return destination(protocol, e.ports[portName{p.Port.StrVal, protocol}], nil)
}

// portMatch is the nft match of a port that is not named: a number, a range, or
// all of a protocol. It is empty when nothing can match.
func portMatch(p networkingv1.NetworkPolicyPort) string {
	if p.Port == nil {
		if protocol := nftProtocol(protocolOf(p)); protocol != "" {
			return "meta l4proto " + protocol
		}
		return ""
	}
	return destination(protocolOf(p), p.Port.IntVal, p.EndPort)
}

// destination matches the ports from first to last, inclusive; without last only
// first.
func destination(protocol corev1.Protocol, first int32, last *int32) string {
	name := nftProtocol(protocol)
	if name == "" || !validPort(first) {
		return ""
	}
	if last == nil || *last == first {
		return fmt.Sprintf("%s dport %d", name, first)
	}
	if !validPort(*last) || *last < first {
		return ""
	}
	return fmt.Sprintf("%s dport %d-%d", name, first, *last)
}

func validPort(number int32) bool { return 0 < number && number <= 65535 }

// nftProtocol is empty for a protocol that the API does not know.
func nftProtocol(p corev1.Protocol) string {
	switch p {
	case corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP:
		return strings.ToLower(string(p))
	}
	return ""
}
