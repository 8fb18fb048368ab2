package chatbot

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// The metric has the number of declarations by dimension, once for each declaration, and forgets those that are gone or that no longer say it,
// but not those about which nothing was decided.
func TestWhatDoesNotApplyIsCounted(t *testing.T) {
	lifted := func(dimensions ...string) policy.Verdict {
		verdict := policy.Verdict{Findings: []policy.Finding{{Dimension: "rights.contact", Action: policy.ActionWarn}}}
		for _, dimension := range dimensions {
			verdict.Findings = append(verdict.Findings, policy.Finding{Dimension: dimension, Action: policy.ActionNotApplicable})
		}
		return verdict
	}
	counted := newInapplicable()
	counted.put(types.NamespacedName{Namespace: "shop", Name: "a"}, lifted("rights.responseDays", "rights.responseDays", "rights.appealDays"))
	counted.put(types.NamespacedName{Namespace: "shop", Name: "b"}, lifted("rights.responseDays"))
	counted.put(types.NamespacedName{Namespace: "shop", Name: "c"}, lifted("consent.training"))
	counted.put(types.NamespacedName{Namespace: "shop", Name: "c"}, lifted())
	counted.put(types.NamespacedName{Namespace: "shop", Name: "a"}, policy.NewUndecided("", "", "the engine has an error"))
	const want = `
# HELP chaperone_not_applicable_declarations Declarations that say in spec.notApplicable why a rule does not apply to them, by the dimension of the rule.
# TYPE chaperone_not_applicable_declarations gauge
chaperone_not_applicable_declarations{dimension="rights.appealDays"} 1
chaperone_not_applicable_declarations{dimension="rights.responseDays"} 2
`
	if err := testutil.CollectAndCompare(counted, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
