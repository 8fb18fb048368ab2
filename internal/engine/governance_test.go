package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

func TestPoliciesCover(t *testing.T) {
	e := newEngine(t)
	tests := map[string]struct {
		where  func(*v1alpha1.GovernancePolicySpec)
		covers bool
	}{
		"everywhere": {where: func(*v1alpha1.GovernancePolicySpec) {}, covers: true},
		"namespaces with the label": {
			where:  func(s *v1alpha1.GovernancePolicySpec) { s.NamespaceSelector = newTeamSelector("shop") },
			covers: true,
		},
		"namespaces with another label":   {where: func(s *v1alpha1.GovernancePolicySpec) { s.NamespaceSelector = newTeamSelector("bank") }},
		"the jurisdiction":                {where: func(s *v1alpha1.GovernancePolicySpec) { s.Jurisdictions = []v1alpha1.Code{"us", "EU"} }, covers: true},
		"another jurisdiction":            {where: func(s *v1alpha1.GovernancePolicySpec) { s.Jurisdictions = []v1alpha1.Code{"us"} }},
		"a part of it, which is not used": {where: func(s *v1alpha1.GovernancePolicySpec) { s.Jurisdictions = []v1alpha1.Code{"de"} }},
		"another sector":                  {where: func(s *v1alpha1.GovernancePolicySpec) { s.Sectors = []v1alpha1.Code{"health"} }},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p := newTonePolicy(`warn contains {} if true`)
			tc.where(&p.Spec)
			v := decideIn(t, e, policy.Organisation{Policies: []v1alpha1.GovernancePolicy{p}}, nil)
			if covered := findAction(v, "organisation.tone") != ""; covered != tc.covers {
				t.Errorf("covered: %t, want %t (%s %s)", covered, tc.covers, v.Outcome, v.Reason)
			}
		})
	}
}

func newTeamSelector(team string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"team": team}}
}

func TestModulesFind(t *testing.T) {
	e := newEngine(t)
	p := newTonePolicy(always)
	p.Spec.Parameters = &runtime.RawExtension{Raw: []byte(`{"kinds": ["sales"]}`)}
	v := decideIn(t, e, policy.Organisation{Policies: []v1alpha1.GovernancePolicy{p}}, nil)
	want := policy.Finding{
		Rule: "organisation.tone", Action: policy.ActionDeny, Field: "spec.purpose", Found: []any{"support"}, Required: []any{"sales"},
		Remedy: "Say it.", Party: "deployer", Sources: []legal.Source{{Code: "organisation", Act: `GovernancePolicy "house"`, Article: "Tone"}},
	}
	for _, f := range v.Findings {
		if f.Rule == want.Rule {
			if diff := cmp.Diff(want, f); diff != "" {
				t.Errorf("finding (-want +got):\n%s", diff)
			}
		}
	}
	if v.Outcome != policy.OutcomeDeny || v.Compliant || findAction(v, want.Rule) == "" {
		t.Errorf("%s, compliant %t: %v", v.Outcome, v.Compliant, v.Rules())
	}
	if diff := cmp.Diff([]string{"organisation.tone"}, e.Rules("house")); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	waived := decideMinimal(t, e, func(in *facts.DeclarationInput) {
		in.Exceptions = []facts.Exception{{Name: "late", Rules: []string{"organisation.tone"}, Expires: enginetest.AsOf}}
	})
	if waived.Outcome == policy.OutcomeDeny || findAction(waived, "organisation.tone") != policy.ActionWaived {
		t.Errorf("%s: %v", waived.Outcome, waived.Findings)
	}
}

// answerLate makes a declaration break a law whose text was read: requests are answered after ninety days.
func answerLate(in *facts.DeclarationInput) {
	days := v1alpha1.Days(90)
	in.Declaration.Spec.Rights.ResponseDays = &days
}

func TestEnforcementAndFloor(t *testing.T) {
	e := newEngine(t)
	const rule = "rights.responseDays"
	lower := func(action v1alpha1.Enforcement) func(*v1alpha1.GovernancePolicySpec) {
		return func(s *v1alpha1.GovernancePolicySpec) {
			s.Enforcement = []v1alpha1.RuleEnforcement{{Rules: []v1alpha1.RuleID{rule}, Action: action}}
		}
	}
	floor := func(action v1alpha1.Enforcement) func(*v1alpha1.GovernancePolicySpec) {
		return func(s *v1alpha1.GovernancePolicySpec) { s.Floor = action }
	}
	tests := map[string]struct {
		policies    []func(*v1alpha1.GovernancePolicySpec)
		enforcement v1alpha1.Enforcement
		want        policy.Action
		compliant   bool
	}{
		"no policy":                               {want: policy.ActionDeny},
		"a chatbot that only warns":               {enforcement: v1alpha1.EnforcementWarn, want: policy.ActionWarn},
		"a floor above it":                        {policies: []func(*v1alpha1.GovernancePolicySpec){floor("Quarantine")}, enforcement: v1alpha1.EnforcementWarn, want: policy.ActionQuarantine},
		"a floor below it":                        {policies: []func(*v1alpha1.GovernancePolicySpec){floor("Audit")}, enforcement: v1alpha1.EnforcementWarn, want: policy.ActionWarn},
		"a lower action for the rule":             {policies: []func(*v1alpha1.GovernancePolicySpec){lower("Audit")}, want: policy.ActionAudit},
		"two policies: the stricter action":       {policies: []func(*v1alpha1.GovernancePolicySpec){lower("Audit"), lower("Warn")}, want: policy.ActionWarn},
		"a lower action, and a floor in between":  {policies: []func(*v1alpha1.GovernancePolicySpec){lower("Audit"), floor("Quarantine")}, want: policy.ActionQuarantine},
		"a lower action, and the floor of denial": {policies: []func(*v1alpha1.GovernancePolicySpec){lower("Audit"), floor("Deny")}, enforcement: v1alpha1.EnforcementAudit, want: policy.ActionDeny},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var org policy.Organisation
			for i, change := range tc.policies {
				org.Policies = append(org.Policies, newPolicy(string(rune('a'+i)), change))
			}
			v := decideIn(t, e, org, func(in *facts.DeclarationInput) {
				answerLate(in)
				in.Declaration.Spec.Enforcement = tc.enforcement
			})
			if got := findAction(v, rule); got != tc.want || v.Compliant {
				t.Errorf("action %s, want %s (%s, compliant %t)", got, tc.want, v.Outcome, v.Compliant)
			}
		})
	}
}

// TestSeveralPolicies has two policies cover a declaration that only asks for warnings. The strictest floor holds whatever the names of
// the policies are, and a policy that covers another namespace has no effect.
func TestSeveralPolicies(t *testing.T) {
	e := newEngine(t)
	withFloor := func(name string, floor v1alpha1.Enforcement, team string) v1alpha1.GovernancePolicy {
		return newPolicy(name, func(s *v1alpha1.GovernancePolicySpec) {
			s.Floor, s.NamespaceSelector = floor, newTeamSelector(team)
		})
	}
	breakLaw := func(in *facts.DeclarationInput) {
		answerLate(in)
		in.Declaration.Spec.Enforcement = v1alpha1.EnforcementAudit
	}
	for name, test := range map[string]struct {
		policies []v1alpha1.GovernancePolicy
		want     policy.Outcome
	}{
		"the strictest first":       {[]v1alpha1.GovernancePolicy{withFloor("a", "Deny", "shop"), withFloor("b", "Warn", "shop")}, policy.OutcomeDeny},
		"the strictest last":        {[]v1alpha1.GovernancePolicy{withFloor("a", "Warn", "shop"), withFloor("b", "Deny", "shop")}, policy.OutcomeDeny},
		"the strictest elsewhere":   {[]v1alpha1.GovernancePolicy{withFloor("a", "Warn", "shop"), withFloor("b", "Deny", "bank")}, policy.OutcomeWarn},
		"one below the declaration": {[]v1alpha1.GovernancePolicy{withFloor("a", "Audit", "shop")}, policy.OutcomeAllow},
	} {
		t.Run(name, func(t *testing.T) {
			v := decideIn(t, e, policy.Organisation{Policies: test.policies}, breakLaw)
			if v.Outcome != test.want {
				t.Errorf("outcome %s (%s), floor %q, want %s", v.Outcome, v.Reason, v.Terms.Floor, test.want)
			}
		})
	}
}

func TestPolicyFaults(t *testing.T) {
	e := newEngine(t)
	tests := map[string]struct {
		policies []v1alpha1.GovernancePolicy
		want     string
	}{
		"a syntax error: with module and line": {policies: []v1alpha1.GovernancePolicy{newTonePolicy("deny contains x if {")}, want: "tone:8: "},
		"a variable without a value":           {policies: []v1alpha1.GovernancePolicy{newTonePolicy("deny contains {} if x > 1")}, want: "tone:8: "},
		"input and output":                     {policies: []v1alpha1.GovernancePolicy{newTonePolicy(`deny contains {} if http.send({"url": "http://x", "method": "get"})`)}, want: "http.send"},
		"the law of others":                    {policies: []v1alpha1.GovernancePolicy{newTonePolicy(`deny contains {} if data.law.jurisdictions.eu`)}, want: "data.law"},
		"a reserved package": {policies: []v1alpha1.GovernancePolicy{newPolicy("house", func(s *v1alpha1.GovernancePolicySpec) {
			s.Modules = []v1alpha1.RegoModule{{Name: "m", Rego: "package governance.retention\n\ndeny := set()\n"}}
		})}, want: "m:1: package governance.retention is reserved"},
		"an unknown rule: those of the topic are listed": {policies: []v1alpha1.GovernancePolicy{newPolicy("house", func(s *v1alpha1.GovernancePolicySpec) {
			s.Enforcement = []v1alpha1.RuleEnforcement{{Rules: []v1alpha1.RuleID{"retention.maxDays"}, Action: "Warn"}}
		})}, want: `spec.enforcement[0]: rule "retention.maxDays" is not known: use one of retention.auditMax,`},
		"a weaker action for a rule that always denies": {policies: []v1alpha1.GovernancePolicy{newPolicy("house", func(s *v1alpha1.GovernancePolicySpec) {
			s.Enforcement = []v1alpha1.RuleEnforcement{{Rules: []v1alpha1.RuleID{"connection.sidecar_closed"}, Action: "Warn"}}
		})}, want: `spec.enforcement[0]: rule "connection.sidecar_closed" always denies, so its action cannot be warn: leave it out; ` +
			"a policy can weaken every rule except connection.sidecar_closed, declaration.*, workload.sidecar_first, workload.sidecar_present, workload.sidecar_unchanged"},
		"two actions for one rule": {policies: []v1alpha1.GovernancePolicy{newPolicy("house", func(s *v1alpha1.GovernancePolicySpec) {
			rules := []v1alpha1.RuleID{"retention.transcriptMax"}
			s.Enforcement = []v1alpha1.RuleEnforcement{{Rules: rules, Action: "Warn"}, {Rules: rules, Action: "Deny"}}
		})}, want: `spec.enforcement[1]: rule "retention.transcriptMax" already has the action warn`},
		"an unknown sector": {policies: []v1alpha1.GovernancePolicy{newPolicy("house", func(s *v1alpha1.GovernancePolicySpec) {
			s.Floor, s.Sectors = "Warn", []v1alpha1.Code{"magic"}
		})}, want: `spec.sectors[0] is "magic", which is not a code of the legal data: use one of children,`},
		"a rule that another policy has": {policies: []v1alpha1.GovernancePolicy{renamePolicy("alpha", newTonePolicy("deny contains {} if true")), newTonePolicy("deny contains {} if true")},
			want: `spec.modules: rule "organisation.tone" is already defined by GovernancePolicy "alpha"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			faults, err := e.Check(t.Context(), policy.Organisation{Policies: tc.policies})
			if err != nil {
				t.Fatal(err)
			}
			if got := faults.Find("GovernancePolicy", "house"); !strings.Contains(got, tc.want) {
				t.Errorf("fault %q lacks %q", got, tc.want)
			}
		})
	}
}

// TestEveryActionButThoseOfRulesThatAlwaysDeny sets each action of each built-in rule. Only rules that always deny refuse an action other than Deny.
func TestEveryActionButThoseOfRulesThatAlwaysDeny(t *testing.T) {
	e := newEngine(t)
	alwaysDeny := []string{"connection.sidecar_closed", "declaration.unknown_code", "declaration.unknown_parameter", "declaration.unknown_shape", "declaration.unusable_shape", "declaration.unusable_signature", "workload.sidecar_first", "workload.sidecar_present", "workload.sidecar_unchanged"}
	rules := []string{"service.target_by_name", "service.reserved_target", "service.external_ips", "connection.app_closed",
		"connection.port_forward", "connection.proxy_port", "workload.governed_port_named", "retention.justifyAbove"}
	for _, rule := range slices.Concat(rules, alwaysDeny) {
		for _, action := range []v1alpha1.Enforcement{"Audit", "Warn", "Quarantine", "Deny"} {
			faults, err := e.Check(t.Context(), policy.Organisation{Policies: []v1alpha1.GovernancePolicy{newPolicy("house", func(s *v1alpha1.GovernancePolicySpec) {
				s.Enforcement = []v1alpha1.RuleEnforcement{{Rules: []v1alpha1.RuleID{v1alpha1.RuleID(rule)}, Action: action}}
			})}})
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Contains(alwaysDeny, rule) && action != "Deny"
			if got := faults.Find("GovernancePolicy", "house") != ""; got != want {
				t.Errorf("%s %s: refused %t, want %t", rule, action, got, want)
			}
		}
	}
}

func renamePolicy(name string, p v1alpha1.GovernancePolicy) v1alpha1.GovernancePolicy {
	p.Name = name
	return p
}

func TestABrokenModuleDoesNotReplaceARunningOne(t *testing.T) {
	e := newEngine(t)
	broken := policy.Organisation{Policies: []v1alpha1.GovernancePolicy{newTonePolicy("deny contains")}}
	decideIn(t, e, policy.Organisation{Policies: []v1alpha1.GovernancePolicy{newTonePolicy("deny contains {} if true")}}, nil)
	faults, err := e.Adopt(t.Context(), broken)
	if err != nil || len(faults) != 1 {
		t.Fatalf("faults %v, error %v", faults, err)
	}
	if v := decideMinimal(t, e, nil); findAction(v, "organisation.tone") != policy.ActionDeny {
		t.Errorf("the running module is gone: %s %s", v.Outcome, v.Reason)
	}

	fresh := newEngine(t)
	if _, err := fresh.Adopt(t.Context(), broken); err != nil {
		t.Fatal(err)
	}
	if v := decideMinimal(t, fresh, nil); v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, `GovernancePolicy "house" cannot be used`) {
		t.Errorf("%s (%s), want Undecided: there is no version that could be used", v.Outcome, v.Reason)
	}
}

// The spec of an unusable policy says where nothing can be decided, so another spec is another revision, also with the same fault.
func TestAnUnusablePolicyIsEditedToCoverMore(t *testing.T) {
	e := newEngine(t)
	broken := newTonePolicy("deny contains")
	for _, adopted := range []struct {
		team string
		want bool
	}{{"bank", false}, {"shop", true}} {
		broken.Spec.NamespaceSelector = newTeamSelector(adopted.team)
		faults, err := e.Adopt(t.Context(), policy.Organisation{Policies: []v1alpha1.GovernancePolicy{broken}})
		if err != nil || len(faults) != 1 {
			t.Fatalf("faults %v, error %v", faults, err)
		}
		if v := decideMinimal(t, e, nil); (v.Outcome == policy.OutcomeUndecided) != adopted.want {
			t.Errorf("the policy covers the team %s: %s (%s) for the team shop", adopted.team, v.Outcome, v.Reason)
		}
	}
}

func TestAModuleBeyondItsLimitIsDisabled(t *testing.T) {
	e := newEngine(t)
	told := make(chan struct{}, 10)
	e.OnDisabled(func() { told <- struct{}{} })
	endless := newTonePolicy(`deny contains {} if {
	some a in numbers.range(1, 100000)
	some b in numbers.range(1, 100000)
	a * b < 0
}`)
	endless.Spec.NamespaceSelector = newTeamSelector("shop")
	org := policy.Organisation{Policies: []v1alpha1.GovernancePolicy{endless}}
	v := decideIn(t, e, org, nil)
	if v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, "organisation.tone exceeds the limit of time") {
		t.Errorf("%s (%s), want Undecided for the limit of time", v.Outcome, v.Reason)
	}
	select {
	case <-told:
	case <-time.After(time.Second):
		t.Error("OnDisabled was not called")
	}
	before := e.Revision()
	decideIn(t, e, org, nil)
	if e.Revision() == before {
		t.Error("the revision does not show that a rule was disabled")
	}
	if e.Disabled("house")["organisation.tone"] == "" {
		t.Error("the rule is not listed as disabled")
	}
	if v := decideMinimal(t, e, nil); v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, "is disabled") {
		t.Errorf("%s (%s), want Undecided while it is disabled", v.Outcome, v.Reason)
	}
	elsewhere := decideMinimal(t, e, func(in *facts.DeclarationInput) { in.NamespaceLabels = map[string]string{"team": "bank"} })
	if elsewhere.Outcome == policy.OutcomeUndecided {
		t.Errorf("nothing is decided either where it does not apply: %s", elsewhere.Reason)
	}
	mended := newTonePolicy("deny contains {} if false")
	if v := decideIn(t, e, policy.Organisation{Policies: []v1alpha1.GovernancePolicy{mended}}, nil); v.Outcome == policy.OutcomeUndecided {
		t.Errorf("a mended module is still disabled: %s", v.Reason)
	}
}
