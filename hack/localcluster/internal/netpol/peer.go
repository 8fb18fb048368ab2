package netpol

import (
	"net/netip"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// peer is a set of addresses: all of prefix but those in except. A selected pod
// is a prefix of one address.
type peer struct {
	prefix netip.Prefix
	except []netip.Prefix
}

// anyone is every address, in the cluster and outside.
func anyone() peer { return peer{prefix: netip.PrefixFrom(netip.IPv4Unspecified(), 0)} }

// only is one address.
func only(a netip.Addr) peer { return peer{prefix: netip.PrefixFrom(a, a.BitLen())} }

// match is the nft match of a side of the packet, empty when all match.
func (p peer) match(side string) string {
	var parts []string
	if p.prefix.Bits() > 0 {
		parts = append(parts, "ip "+side+" "+addressText(p.prefix))
	}
	for _, e := range p.except {
		parts = append(parts, "ip "+side+" != "+addressText(e))
	}
	return strings.Join(parts, " ")
}

func addressText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func (p peer) contains(a netip.Addr) bool {
	for _, e := range p.except {
		if e.Contains(a) {
			return false
		}
	}
	return p.prefix.Contains(a)
}

// peers resolves the peers of a rule of a policy in namespace. An empty list in
// the API is everyone; an empty result is no one.
func (n *node) peers(list []networkingv1.NetworkPolicyPeer, namespace string) []peer {
	if len(list) == 0 {
		return []peer{anyone()}
	}
	var peers []peer
	for _, p := range list {
		if p.IPBlock == nil {
			peers = append(peers, n.selected(p, namespace)...)
			continue
		}
		if block, ok := blockPeer(*p.IPBlock); ok {
			peers = append(peers, block)
		}
	}
	return peers
}

// selected returns the pods that a peer selects. Without a namespaceSelector
// these are pods of the policy's own namespace, without a podSelector all pods of
// the selected namespaces.
func (n *node) selected(p networkingv1.NetworkPolicyPeer, namespace string) []peer {
	if p.PodSelector == nil && p.NamespaceSelector == nil {
		return nil
	}
	selectsPod, selectsNamespace := matchesAll, matcher(p.NamespaceSelector)
	if p.PodSelector != nil {
		selectsPod = matcher(p.PodSelector)
	}
	var peers []peer
	for _, pod := range n.endpoints {
		inside := pod.namespace == namespace
		if p.NamespaceSelector != nil {
			// A namespace that is not known yet is in no selection.
			of, known := n.namespaces[pod.namespace]
			inside = known && selectsNamespace(of)
		}
		if inside && selectsPod(pod.labels) {
			peers = append(peers, only(pod.address))
		}
	}
	return peers
}

// blockPeer reports whether a block has IPv4 addresses at all.
func blockPeer(b networkingv1.IPBlock) (peer, bool) {
	prefix, ok := parseIPv4(b.CIDR)
	if !ok {
		return peer{}, false
	}
	p := peer{prefix: prefix}
	for _, text := range b.Except {
		except, ok := parseIPv4(text)
		if !ok || except.Bits() <= prefix.Bits() && except.Overlaps(prefix) {
			// Unreadable, or the whole block: rather none of it than too much.
			return peer{}, false
		}
		p.except = append(p.except, except)
	}
	return p, true
}

func parseIPv4(cidr string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(cidr)
	if err != nil || !prefix.Addr().Is4() {
		return netip.Prefix{}, false
	}
	return prefix.Masked(), true
}

// matcher is the selector as a function. A missing or unreadable selector
// matches nothing, an empty one everything.
func matcher(s *metav1.LabelSelector) func(labels.Set) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		selector = labels.Nothing()
	}
	return func(of labels.Set) bool { return selector.Matches(of) }
}

func matchesAll(labels.Set) bool { return true }
