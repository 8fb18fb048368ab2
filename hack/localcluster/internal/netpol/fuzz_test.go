package netpol

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

// arbitrary makes policies from bytes: of words that mean something to world,
// of numbers around the limits, and of text that no API server would take.
func arbitrary(data []byte) []*networkingv1.NetworkPolicy {
	word := func(c randfill.Continue, words ...string) string {
		if c.Intn(8) == 0 {
			return c.String(20)
		}
		return words[c.Intn(len(words))]
	}
	filler := randfill.NewFromGoFuzz(data).NilChance(0.3).NumElements(0, 3).Funcs(
		func(o *metav1.ObjectMeta, c randfill.Continue) { o.Namespace = word(c, "shop", "team") },
		func(s *metav1.LabelSelector, c randfill.Continue) {
			if c.Bool() {
				s.MatchLabels = map[string]string{word(c, "app", "name"): word(c, "chatbot", "client", "team")}
			}
			if c.Bool() {
				s.MatchExpressions = []metav1.LabelSelectorRequirement{{
					Key: word(c, "app"), Operator: metav1.LabelSelectorOperator(word(c, "In", "NotIn", "Exists", "DoesNotExist")),
					Values: []string{word(c, "chatbot", "client")},
				}}
			}
		},
		func(b *networkingv1.IPBlock, c randfill.Continue) {
			block := func() string {
				return word(c, "0.0.0.0/0", "10.0.0.0/8", "10.244.0.0/24", "10.244.0.10/32", "10.244.0.9/24", "::/0", "10.0.0.0/33", "10.0.0.1")
			}
			b.CIDR = block()
			for range c.Intn(3) {
				b.Except = append(b.Except, block())
			}
		},
		func(p *corev1.Protocol, c randfill.Continue) { *p = corev1.Protocol(word(c, "TCP", "UDP", "SCTP", "")) },
		func(p *networkingv1.PolicyType, c randfill.Continue) {
			*p = networkingv1.PolicyType(word(c, "Ingress", "Egress"))
		},
		func(p *intstr.IntOrString, c randfill.Continue) {
			*p = intstr.FromInt32([]int32{-1, 0, 1, 80, 443, 65535, 65536}[c.Intn(7)])
			if c.Bool() {
				*p = intstr.FromString(word(c, "http", "metrics", "dns"))
			}
		},
		func(n *int32, c randfill.Continue) { *n = []int32{-1, 0, 79, 80, 8080, 65535, 65536}[c.Intn(7)] },
	)
	var policies []*networkingv1.NetworkPolicy
	for range 3 {
		p := &networkingv1.NetworkPolicy{}
		filler.Fill(&p.ObjectMeta)
		filler.Fill(&p.Spec)
		policies = append(policies, p)
	}
	return policies
}

// grammar is every line that a ruleset may have: nothing of a policy's own text
// gets into the script but addresses and numbers.
var grammar = regexp.MustCompile(`^(` + strings.Join([]string{
	`table ip test \{\}`, `delete table ip test`, `table ip test \{`, `\}`,
	`\tchain (forward-)?(in|e)gress(-\d+-\d+-\d+-\d+)? \{`, `\t\}`,
	`\t\ttype filter hook forward priority [01]; policy accept;`,
	`\t\tct state established,related accept`,
	`\t\tip [sd]addr vmap \{ [-0-9a-z.:, ]+ \}`,
	`\t\t(ip [sd]addr (!= )?[0-9./]+ )*((tcp|udp|sctp) dport \d+(-\d+)? |meta l4proto (tcp|udp|sctp) )?accept`,
	`\t\tcounter drop`,
}, "|") + `)$`)

func FuzzRuleset(f *testing.F) {
	for _, seed := range []string{"", "a", "chatbots talk to clients", strings.Repeat("\x01\xfe\x42\x00\x99", 200)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := world(t)
		c.Policies = arbitrary(data)
		got := Ruleset("test", c)
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		for i, l := range lines {
			if !grammar.MatchString(l) {
				t.Errorf("line %d is not of the grammar: %q", i+1, l)
			}
			if l == "\t}" && lines[i-1] != "\t\tcounter drop" && !strings.Contains(lines[i-1], "vmap") && !strings.Contains(lines[i-1], "ct state") {
				t.Errorf("line %d ends a chain that does not drop: %q", i+1, lines[i-1])
			}
		}
		slices.Reverse(c.Pods)
		slices.Reverse(c.Policies)
		if Ruleset("test", c) != got {
			t.Error("another order gives another text")
		}
	})
}
