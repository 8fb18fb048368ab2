package netpol

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestRulesetText(t *testing.T) {
	for name, policies := range map[string][]string{
		"nothing": nil,
		"chatbot": {
			// The sidecar may be called by clients, and by everyone for metrics.
			`{podSelector: {matchLabels: {app: chatbot}}, ingress: [
				{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: http}]},
				{ports: [{port: metrics}]}]}`,
			// It may call one network and ask for names.
			`{podSelector: {matchLabels: {app: chatbot}}, policyTypes: [Egress], egress: [
				{to: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.128/25]}}], ports: [{port: 443}]},
				{ports: [{port: 53, protocol: UDP}]}]}`,
			`{podSelector: {}, policyTypes: [Ingress]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", name+".golden")
			got := Ruleset(DefaultTable, world(t, policies...))
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("ruleset (-want +got):\n%s", diff)
			}
			shuffled := world(t, policies...)
			slices.Reverse(shuffled.Pods)
			slices.Reverse(shuffled.Namespaces)
			slices.Reverse(shuffled.Policies)
			if diff := cmp.Diff(got, Ruleset(DefaultTable, shuffled)); diff != "" {
				t.Errorf("another order gives another text:\n%s", diff)
			}
		})
	}
}

// podChains returns the lines of each pod's chain, without the first one (a pod
// may talk to itself) and the last one (drop).
func podChains(ruleset string) map[string][]string {
	chains := map[string][]string{}
	for block := range strings.SplitSeq(ruleset, "\tchain ") {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		name, isChain := strings.CutSuffix(lines[0], " {")
		if !isChain || strings.HasPrefix(name, "forward-") {
			continue
		}
		chains[name] = []string{}
		for _, l := range lines[1:] {
			l = strings.TrimSpace(l)
			self := strings.Contains(l, " "+address(name)+" accept")
			if strings.HasSuffix(l, "accept") && !self {
				chains[name] = append(chains[name], l)
			}
		}
	}
	return chains
}

func address(chain string) string {
	_, dashed, _ := strings.Cut(chain, "-")
	return strings.ReplaceAll(dashed, "-", ".")
}

const (
	toChatbot   = "ingress-10-244-0-10"
	toClient    = "ingress-10-244-0-11"
	fromChatbot = "egress-10-244-0-10"
	fromClient  = "egress-10-244-0-11"
)

// expectation is a table entry: specs of policies in shop, and the lines that
// accept, by chain.
type expectation struct {
	policies []string
	want     map[string][]string
}

func testRules(t *testing.T, cases map[string]expectation) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			got := podChains(Ruleset(DefaultTable, world(t, test.policies...)))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("chains (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIsolation(t *testing.T) {
	testRules(t, map[string]expectation{
		"no policy: nobody is isolated": {nil, map[string][]string{}},
		"no rules: all pods of the namespace with an address of their own are isolated on the way in": {
			[]string{`{podSelector: {}}`}, map[string][]string{toChatbot: {}, toClient: {}},
		},
		"an empty list of rules is the same": {
			[]string{`{podSelector: {matchLabels: {app: chatbot}}, ingress: [], egress: []}`}, map[string][]string{toChatbot: {}},
		},
		"an egress rule without policyTypes isolates both ways": {
			[]string{`{podSelector: {matchLabels: {app: chatbot}}, egress: [{}]}`},
			map[string][]string{toChatbot: {}, fromChatbot: {"accept"}},
		},
		"only egress, no rules: nothing goes out": {
			[]string{`{podSelector: {matchLabels: {app: chatbot}}, policyTypes: [Egress]}`}, map[string][]string{fromChatbot: {}},
		},
		"rules of a direction that policyTypes leaves out do not count": {
			[]string{`{podSelector: {matchLabels: {app: chatbot}}, policyTypes: [Ingress], egress: [{}]}`}, map[string][]string{toChatbot: {}},
		},
		"an empty rule lets everything in": {
			[]string{`{podSelector: {matchLabels: {app: chatbot}}, ingress: [{}]}`}, map[string][]string{toChatbot: {"accept"}},
		},
		"policies add up and repeat nothing": {
			[]string{
				`{podSelector: {}, ingress: [{ports: [{port: 80}]}]}`,
				`{podSelector: {matchLabels: {app: chatbot}}, ingress: [{ports: [{port: 81}, {port: 80}]}]}`,
			},
			map[string][]string{toChatbot: {"tcp dport 80 accept", "tcp dport 81 accept"}, toClient: {"tcp dport 80 accept"}},
		},
		"a podSelector with expressions": {
			[]string{`{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [chatbot]}]}}`}, map[string][]string{toClient: {}},
		},
		"an unreadable podSelector selects nothing": {
			[]string{`{podSelector: {matchExpressions: [{key: app, operator: Near}]}}`}, map[string][]string{},
		},
	})
}

func TestPeers(t *testing.T) {
	from := func(peers string, lines ...string) expectation {
		return expectation{
			[]string{`{podSelector: {matchLabels: {app: chatbot}}, ingress: [{from: ` + peers + `}]}`},
			map[string][]string{toChatbot: append([]string{}, lines...)},
		}
	}
	testRules(t, map[string]expectation{
		"an empty list: everyone": from(`[]`, "accept"),
		"a podSelector: pods of the policy's own namespace": from(`[{podSelector: {matchLabels: {app: client}}}]`,
			"ip saddr 10.244.0.11 accept"),
		"a namespaceSelector: all pods of those namespaces, with their IPv4 addresses": from(`[{namespaceSelector: {matchLabels: {name: team}}}]`,
			"ip saddr 10.244.0.22 accept", "ip saddr 10.244.0.9 accept"),
		"both in one peer: both must match": from(`[{namespaceSelector: {matchLabels: {name: team}}, podSelector: {matchLabels: {app: client}}}]`,
			"ip saddr 10.244.0.22 accept"),
		"both as two peers: one is enough": from(`[{namespaceSelector: {matchLabels: {name: team}}}, {podSelector: {matchLabels: {app: client}}}]`,
			"ip saddr 10.244.0.11 accept", "ip saddr 10.244.0.22 accept", "ip saddr 10.244.0.9 accept"),
		"an empty namespaceSelector: every namespace that is known": from(`[{namespaceSelector: {}, podSelector: {matchLabels: {app: client}}}]`,
			"ip saddr 10.244.0.11 accept", "ip saddr 10.244.0.22 accept"),
		"a selector without a pod: no one": from(`[{podSelector: {matchLabels: {app: absent}}}]`),
		"a peer without a field: no one":   from(`[{}]`),
		"an unreadable selector: no one":   from(`[{podSelector: {matchExpressions: [{key: app, operator: Near}]}}]`),
		"an ipBlock with exceptions": from(`[{ipBlock: {cidr: 10.0.0.0/8, except: [10.244.0.0/16, 10.1.2.3/32]}}]`,
			"ip saddr 10.0.0.0/8 ip saddr != 10.244.0.0/16 ip saddr != 10.1.2.3 accept"),
		"an ipBlock of one address":           from(`[{ipBlock: {cidr: 10.200.0.1/32}}]`, "ip saddr 10.200.0.1 accept"),
		"an ipBlock with bits of a host":      from(`[{ipBlock: {cidr: 10.200.0.1/24}}]`, "ip saddr 10.200.0.0/24 accept"),
		"an ipBlock of everything":            from(`[{ipBlock: {cidr: 0.0.0.0/0}}]`, "accept"),
		"everything with an exception":        from(`[{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]`, "ip saddr != 10.0.0.0/8 accept"),
		"an ipBlock that excepts itself":      from(`[{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]`),
		"an IPv6 block is no IPv4 address":    from(`[{ipBlock: {cidr: "::/0"}}]`),
		"an IPv4 address in IPv6 is none too": from(`[{ipBlock: {cidr: "::ffff:10.0.0.0/104"}}]`),
		"an unreadable block":                 from(`[{ipBlock: {cidr: everywhere}}]`),
		"an unreadable exception":             from(`[{ipBlock: {cidr: 10.0.0.0/8, except: [somewhere]}}]`),
		"on the way out the peer is the destination": {
			[]string{`{podSelector: {matchLabels: {app: chatbot}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {name: team}}}]}]}`},
			map[string][]string{fromChatbot: {"ip daddr 10.244.0.22 accept", "ip daddr 10.244.0.9 accept"}},
		},
	})
}

func TestPorts(t *testing.T) {
	in := func(ports string, lines ...string) expectation {
		return expectation{
			[]string{`{podSelector: {matchLabels: {app: chatbot}}, ingress: [{ports: ` + ports + `}]}`},
			map[string][]string{toChatbot: append([]string{}, lines...)},
		}
	}
	out := func(rule string, lines ...string) expectation {
		return expectation{
			[]string{`{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [` + rule + `]}`},
			map[string][]string{fromClient: append([]string{}, lines...)},
		}
	}
	testRules(t, map[string]expectation{
		"an empty list: every port":               in(`[]`, "accept"),
		"a number is TCP by default":              in(`[{port: 80}]`, "tcp dport 80 accept"),
		"protocols":                               in(`[{port: 53, protocol: UDP}, {port: 99, protocol: SCTP}]`, "sctp dport 99 accept", "udp dport 53 accept"),
		"a protocol without a port":               in(`[{protocol: UDP}]`, "meta l4proto udp accept"),
		"neither: all of TCP":                     in(`[{}]`, "meta l4proto tcp accept"),
		"a range":                                 in(`[{port: 8000, endPort: 8999}]`, "tcp dport 8000-8999 accept"),
		"a range of one":                          in(`[{port: 8000, endPort: 8000}]`, "tcp dport 8000 accept"),
		"a range that ends before it begins":      in(`[{port: 8000, endPort: 7999}]`),
		"numbers that are no port":                in(`[{port: 0}, {port: 65536}, {port: -1}, {port: 1, endPort: 65536}]`),
		"a protocol that does not exist":          in(`[{port: 80, protocol: ICMP}, {protocol: ICMP}]`),
		"a name of the container":                 in(`[{port: app}]`, "tcp dport 8080 accept"),
		"a name of the native sidecar":            in(`[{port: http}]`, "tcp dport 15001 accept"),
		"a name of both is the container's":       in(`[{port: metrics}]`, "tcp dport 9090 accept"),
		"a name of an init container that ends":   in(`[{port: setup}]`),
		"a name that the pod does not have":       in(`[{port: absent}]`),
		"a name counts for its protocol":          in(`[{port: dns, protocol: UDP}]`, "udp dport 53 accept"),
		"and for no other protocol":               in(`[{port: dns}]`),
		"a name on the way out: every pod has it": out(`{ports: [{port: http}]}`, "ip daddr 10.244.0.10 tcp dport 15001 accept", "ip daddr 10.244.0.22 tcp dport 8000 accept"),
		"a name of selected pods on the way out": out(`{to: [{namespaceSelector: {matchLabels: {name: team}}}], ports: [{port: http}]}`,
			"ip daddr 10.244.0.22 tcp dport 8000 accept"),
		"a name in a block on the way out: the pods in it": out(`{to: [{ipBlock: {cidr: 10.244.0.0/24, except: [10.244.0.22/32]}}], ports: [{port: http}]}`,
			"ip daddr 10.244.0.10 tcp dport 15001 accept"),
		"peers and ports are all combinations": out(`{to: [{ipBlock: {cidr: 192.0.2.1/32}}, {ipBlock: {cidr: 192.0.2.2/32}}], ports: [{port: 1}, {port: 2}]}`,
			"ip daddr 192.0.2.1 tcp dport 1 accept", "ip daddr 192.0.2.1 tcp dport 2 accept",
			"ip daddr 192.0.2.2 tcp dport 1 accept", "ip daddr 192.0.2.2 tcp dport 2 accept"),
	})
}
