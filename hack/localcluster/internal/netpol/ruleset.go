// Package netpol enforces the NetworkPolicies of a cluster that has one node,
// with one nftables table in the node's network namespace. It is a test fixture:
// it exists so that tests can see a policy hold, not to protect anything.
//
// What to know about its scope: IPv4 only; every pod of the cluster is taken to
// be on this node, with pod to pod traffic routed through the forward hook (CNI
// ptp, not bridge). Traffic from and to the node itself passes the output and
// input hooks and is never filtered, as the API demands. A connection that was
// accepted stays accepted until it ends.
package netpol

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/sets"
)

// Cluster is what a ruleset is computed from, in any order. Nothing in it is
// changed.
type Cluster struct {
	Pods       []*corev1.Pod
	Namespaces []*corev1.Namespace
	Policies   []*networkingv1.NetworkPolicy
}

// direction is one half of the API. Each has a base chain of its own, because a
// packet must be accepted by the sender's egress and by the receiver's ingress.
type direction struct {
	// name is the prefix of the pods' chains.
	name       string
	policyType networkingv1.PolicyType
	// own and other are the sides of a packet where the isolated pod and its peer
	// stand, as nft names them.
	own, other string
	rules      func(networkingv1.NetworkPolicySpec) []rule
}

// rule is an ingress or an egress rule.
type rule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports []networkingv1.NetworkPolicyPort
}

func directions() []direction {
	return []direction{
		{"egress", networkingv1.PolicyTypeEgress, "saddr", "daddr", egressRules},
		{"ingress", networkingv1.PolicyTypeIngress, "daddr", "saddr", ingressRules},
	}
}

func ingressRules(spec networkingv1.NetworkPolicySpec) []rule {
	var rules []rule
	for _, r := range spec.Ingress {
		rules = append(rules, rule{peers: r.From, ports: r.Ports})
	}
	return rules
}

func egressRules(spec networkingv1.NetworkPolicySpec) []rule {
	var rules []rule
	for _, r := range spec.Egress {
		rules = append(rules, rule{peers: r.To, ports: r.Ports})
	}
	return rules
}

// Ruleset returns the nft script that replaces the table of that name by one
// that enforces the policies. It is the same text for the same cluster, whatever
// the order of its lists. What the API server would refuse, such as a bad
// selector, address or port, matches nothing.
func Ruleset(table string, c Cluster) string {
	n := newNode(c)
	var text strings.Builder
	// The first line makes sure that there is something to delete.
	fmt.Fprintf(&text, "table ip %[1]s {}\ndelete table ip %[1]s\ntable ip %[1]s {\n", table)
	for priority, d := range directions() {
		chains := n.chains(d, c.Policies)
		addresses := slices.SortedFunc(maps.Keys(chains), netip.Addr.Compare)
		for _, address := range addresses {
			writeChain(&text, chainName(d, address), append(sets.List(chains[address]), "counter drop"))
		}
		base := []string{
			fmt.Sprintf("type filter hook forward priority %d; policy accept;", priority),
			"ct state established,related accept",
		}
		if len(addresses) > 0 {
			base = append(base, dispatch(d, addresses))
		}
		writeChain(&text, "forward-"+d.name, base)
	}
	text.WriteString("}\n")
	return text.String()
}

// dispatch sends a packet to the chain of the pod on its own side; goto, so that
// the end of that chain decides.
func dispatch(d direction, addresses []netip.Addr) string {
	var targets []string
	for _, address := range addresses {
		targets = append(targets, fmt.Sprintf("%s : goto %s", address, chainName(d, address)))
	}
	return fmt.Sprintf("ip %s vmap { %s }", d.own, strings.Join(targets, ", "))
}

func writeChain(text *strings.Builder, name string, lines []string) {
	fmt.Fprintf(text, "\tchain %s {\n\t\t%s\n\t}\n", name, strings.Join(lines, "\n\t\t"))
}

func chainName(d direction, address netip.Addr) string {
	return d.name + "-" + strings.ReplaceAll(address.String(), ".", "-")
}

// chains returns the accepting lines of every pod that a policy isolates in this
// direction. Several policies add up; so do two pods that share an address while
// one of them is going away.
func (n *node) chains(d direction, policies []*networkingv1.NetworkPolicy) map[netip.Addr]sets.Set[string] {
	chains := map[netip.Addr]sets.Set[string]{}
	for _, policy := range policies {
		if !applies(policy.Spec, d.policyType) {
			continue
		}
		selects := matcher(&policy.Spec.PodSelector)
		rules := d.rules(policy.Spec)
		for _, pod := range n.endpoints {
			if pod.namespace != policy.Namespace || !selects(pod.labels) {
				continue
			}
			if chains[pod.address] == nil {
				// A pod may always talk to itself, also through its own Service.
				chains[pod.address] = sets.New(fmt.Sprintf("ip %s %s accept", d.other, pod.address))
			}
			for _, r := range rules {
				chains[pod.address].Insert(n.accepts(d, r, pod)...)
			}
		}
	}
	return chains
}

// applies is the API's default for missing policyTypes: always Ingress, and
// Egress when there is an egress rule.
func applies(spec networkingv1.NetworkPolicySpec, t networkingv1.PolicyType) bool {
	if len(spec.PolicyTypes) > 0 {
		return slices.Contains(spec.PolicyTypes, t)
	}
	return t == networkingv1.PolicyTypeIngress || len(spec.Egress) > 0
}

// accepts returns the lines by which a rule lets pod talk to its peers.
func (n *node) accepts(d direction, r rule, pod endpoint) []string {
	var lines []string
	for _, p := range n.peers(r.peers, pod.namespace) {
		if len(r.ports) == 0 {
			lines = append(lines, line(p.match(d.other)))
			continue
		}
		for _, port := range r.ports {
			lines = append(lines, n.acceptsPort(d, p, port, pod)...)
		}
	}
	return lines
}

// acceptsPort is accepts for one peer and one port. A name is looked up in the
// pod that receives, so that on the way out it means one port for each of the
// pods among the peers.
func (n *node) acceptsPort(d direction, p peer, port networkingv1.NetworkPolicyPort, pod endpoint) []string {
	if !named(port) {
		if match := portMatch(port); match != "" {
			return []string{line(p.match(d.other), match)}
		}
		return nil
	}
	if d.policyType == networkingv1.PolicyTypeIngress {
		if match := pod.portMatch(port); match != "" {
			return []string{line(p.match(d.other), match)}
		}
		return nil
	}
	var lines []string
	for _, receiver := range n.endpoints {
		if match := receiver.portMatch(port); match != "" && p.contains(receiver.address) {
			lines = append(lines, line(only(receiver.address).match(d.other), match))
		}
	}
	return lines
}

// line joins the matches that say something to a line that accepts.
func line(matches ...string) string {
	matches = slices.DeleteFunc(matches, func(m string) bool { return m == "" })
	return strings.Join(append(matches, "accept"), " ")
}
