package cli_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/test/builders"
)

const (
	house = `
apiVersion: chaperone.dev/v1alpha1
kind: GovernancePolicy
metadata: {name: house}
spec:
  namespaceSelector: {matchLabels: {team: shop}}
  floor: Warn
  enforcement:
  - {rules: [rights.responseDays], action: Audit}
  modules:
  - name: tone
    rego: |
      # METADATA
      # title: Tone
      # description: Chatbots of the house say what they are for.
      # custom:
      #   remedy: Describe the purpose.
      package organisation.tone

      deny contains {"field": "spec.purpose.description"} if not input.spec.purpose.description
`
	shop      = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n"
	exception = `
apiVersion: chaperone.dev/v1alpha1
kind: PolicyException
metadata: {name: late, namespace: shop, annotations: {chaperone.dev/requested-by: asker, chaperone.dev/approved-by: officer}}
spec: {chatbot: support, rules: [rights.responseDays], reason: Migration, ticket: T-1, compensatingControl: Deletion by hand, expires: "2026-12-31"}
`
	stricter = `
apiVersion: chaperone.dev/v1alpha1
kind: JurisdictionProfile
metadata: {name: eu}
spec: {code: eu, values: [{dimension: retention.transcriptMax, value: 20, reference: House rules 4}]}
`
)

// demanding is a policy that demands an approval, and confirming an exception that approves a reason.
const (
	demanding = `
apiVersion: chaperone.dev/v1alpha1
kind: GovernancePolicy
metadata: {name: house}
spec: {notApplicable: {approval: [rights.responseDays]}}
`
	confirming = `
apiVersion: chaperone.dev/v1alpha1
kind: PolicyException
metadata: {name: unasked, namespace: shop, annotations: {chaperone.dev/requested-by: asker, chaperone.dev/approved-by: officer}}
spec: {chatbot: support, notApplicable: [{dimension: rights.responseDays, reason: nobody can send a request}], reason: No data, ticket: T-1, expires: "2026-12-31"}
`
)

// stored is an object as a cluster has it.
func stored(object string) string {
	return strings.Replace(object, "metadata: {", "metadata: {uid: 5f0c2f0e-0000-4000-8000-000000000003, ", 1)
}

func unapproved() string {
	return strings.Replace(exception, ", chaperone.dev/approved-by: officer", "", 1)
}

func TestCheckWithAnOrganisation(t *testing.T) {
	tests := map[string]struct {
		documents []string
		object    runtime.Object
		args      []string
		exit      int
		out, err  []string
		not       string
	}{
		"a policy finds, in the namespaces that it selects": {
			documents: []string{house, shop}, object: builders.ChatbotDeployment(), exit: cli.ExitRefused,
			out: []string{"deny: spec.purpose.description is not set; organisation does not allow this (organisation.tone)", `GovernancePolicy "house" Tone`},
		},
		"a floor above the declaration's enforcement, for a Service": {
			documents: []string{strings.Replace(house, "floor: Warn", "floor: Deny", 1), shop, input(t, builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
				d.Spec.Enforcement = v1alpha1.EnforcementWarn
			}))},
			object: service(map[string]string{"app": builders.AppLabel}, intstr.FromInt32(8080)), exit: cli.ExitRefused,
			out: []string{"Service shop/support-bot: Deny (1 deny)"},
		},
		"a policy for other namespaces": {
			documents: []string{house}, object: builders.ChatbotDeployment(), exit: cli.ExitPassed, not: "organisation.tone",
		},
		"a rule's action, not below the floor": {
			documents: []string{strings.Replace(house, "deny contains", "warn contains", 1), shop}, object: builders.ChatbotDeployment(answersLate),
			exit: cli.ExitPassed, out: []string{"warn: spec.rights.responseDays is 90"},
		},
		"an approved exception: the finding stays visible": {
			documents: []string{stored(exception)}, object: builders.ChatbotDeployment(answersLate), args: []string{"--trust-approvals", "--ahead"}, exit: cli.ExitPassed,
			out: []string{"1 waived", "waived: spec.rights.responseDays is 90", "Waived by PolicyException late.", "PolicyException late no longer counts for it (rights.responseDays)"},
		},
		"an exception without an approval": {
			documents: []string{unapproved()}, object: builders.ChatbotDeployment(answersLate), exit: cli.ExitRefused,
			out: []string{"deny: spec.rights.responseDays is 90"}, err: []string{"note: PolicyException shop/late is not approved: it waives nothing"},
		},
		"an exception for an unknown rule": {
			documents: []string{strings.Replace(exception, "rights.responseDays", "retention.days", 1)}, object: builders.ChatbotDeployment(), exit: cli.ExitBadInput,
			err: []string{`PolicyException shop/late: spec.rules[0]: "retention.days" is not a rule: use one of retention.auditMax,`},
		},
		"a reason that needs no approval": {
			object: builders.ChatbotDeployment(answersLate, saysWhyNot), exit: cli.ExitPassed, out: []string{"1 notApplicable",
				"It does not apply, says the declaration: nobody can send a request.", "Not applicable, as the declaration says: rights.responseDays (1 finding)."},
		},
		"a reason that lacks its approval: the finding stands": {
			documents: []string{demanding, confirming}, object: builders.ChatbotDeployment(answersLate, saysWhyNot), exit: cli.ExitRefused,
			out: []string{"deny: spec.rights.responseDays is 90", "no approval is there, which GovernancePolicy house demands", "another user with the verb approve on policyexceptions approves it."},
			err: []string{"note: PolicyException shop/unasked: approval not verified"},
		},
		"a reason that is approved": {
			documents: []string{demanding, stored(confirming)}, object: builders.ChatbotDeployment(answersLate, saysWhyNot), args: []string{"--trust-approvals"}, exit: cli.ExitPassed,
			out: []string{"1 notApplicable", "It does not apply, says the declaration: nobody can send a request."}, not: "approval",
		},
		"an approval of other words": {
			documents: []string{demanding, stored(strings.Replace(confirming, "nobody can send", "no person can send", 1))}, args: []string{"--trust-approvals"},
			object: builders.ChatbotDeployment(answersLate, saysWhyNot), exit: cli.ExitRefused, out: []string{"deny: spec.rights.responseDays is 90"},
		},
		"an approval demanded for an unknown dimension": {
			documents: []string{strings.Replace(demanding, "rights.responseDays", "rights.days", 1)}, object: builders.ChatbotDeployment(), exit: cli.ExitBadInput,
			err: []string{`GovernancePolicy house: spec.notApplicable.approval[0]: "rights.days" is not a dimension of the legal data: use one of rights.acknowledgeDays,`},
		},
		"an exception for an unknown dimension": {
			documents: []string{strings.Replace(confirming, "rights.responseDays", "rights.days", 1)}, object: builders.ChatbotDeployment(), exit: cli.ExitBadInput,
			err: []string{`PolicyException shop/unasked: spec.notApplicable[0].dimension: "rights.days" is not a dimension of the legal data: use one of rights.acknowledgeDays,`},
		},
		"an exception for nothing": {
			documents: []string{strings.Replace(confirming, "notApplicable: [{dimension: rights.responseDays, reason: nobody can send a request}], ", "", 1)},
			object:    builders.ChatbotDeployment(), exit: cli.ExitBadInput, err: []string{"spec must have rules or notApplicable"},
		},
		"an exception that waives without a control": {
			documents: []string{strings.Replace(exception, "compensatingControl: Deletion by hand, ", "", 1)},
			object:    builders.ChatbotDeployment(), exit: cli.ExitBadInput, err: []string{"spec.compensatingControl must say"},
		},
		"an exception that has expired": {
			documents: []string{strings.Replace(exception, "2026-12-31", "2026-11-22", 1)}, object: builders.ChatbotDeployment(answersLate), exit: cli.ExitBadInput,
			out: []string{"deny: spec.rights.responseDays is 90"}, err: []string{"spec.expires is 2026-11-22, which is past"},
		},
		"a profile that tightens": {
			documents: []string{stricter}, object: builders.ChatbotDeployment(), exit: cli.ExitRefused,
			out: []string{"eu requires transcripts kept for at most 20 days", `JurisdictionProfile "eu" House rules 4 (organisation)`},
		},
		"a profile that cannot be used": {
			documents: []string{strings.Replace(stricter, "value: 20", "value: soon", 1)}, object: builders.ChatbotDeployment(), exit: cli.ExitBadInput,
			out: []string{"ChatbotDeployment shop/support: Undecided", `JurisdictionProfile "eu" cannot be used`},
			err: []string{"JurisdictionProfile eu: spec.values[0]: soon is not a whole number"},
		},
		"a profile that nothing in the input is judged by": {
			documents: []string{strings.Replace(stricter, "code: eu", "code: us", 1)}, object: builders.ChatbotDeployment(), exit: cli.ExitPassed,
			err: []string{`note: JurisdictionProfile eu is about "us", which no ChatbotDeployment of the input uses`},
		},
		"a module that does not compile": {
			documents: []string{strings.Replace(house, "not input.spec.purpose.description", "x > 1", 1)}, object: builders.ChatbotDeployment(), exit: cli.ExitBadInput,
			err: []string{"GovernancePolicy house: tone:8: "},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, ownEngine, strings.Join(append(tc.documents, input(t, tc.object)), "\n---\n"), append([]string{"check", "-"}, tc.args...)...)
			got.check(t, tc.exit, tc.out, tc.err)
			if tc.not != "" && strings.Contains(got.out, tc.not) {
				t.Errorf("output has %q:\n%s", tc.not, got.out)
			}
		})
	}
}

// saysWhyNot says why the time for answers does not apply.
func saysWhyNot(d *v1alpha1.ChatbotDeployment) {
	d.Spec.NotApplicable = []v1alpha1.NotApplicable{{Dimension: "rights.responseDays", Reason: "nobody can send a request"}}
}

func TestSplit(t *testing.T) {
	conflicting := builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Jurisdictions = []v1alpha1.Code{"eu", "gb"}
		d.Spec.Audience.MinimumAge, d.Spec.Consent.LawfulBasis = ptr.To[int32](14), []v1alpha1.LawfulBasis{"consent"}
	})
	got := run(t, nil, input(t, conflicting), "split", "-")
	if got.exit != cli.ExitPassed {
		t.Fatalf("exit code is %d: %s", got.exit, got.err)
	}
	for _, want := range []string{
		"name: support-eu\n", "name: support-gb\n", "minimumAge: 14\n", "minimumAge: 16\n",
		"# No single declaration meets all laws of ChatbotDeployment shop/support. 2 have no such conflict, and\n# resolve:\n# - spec.audience.minimumAge is 14 years; ",
		"# Proposal 1 of 2, to replace ChatbotDeployment shop/support: for people in eu (European Union);", "for people in gb (United Kingdom);",
		"\n# Decided by itself, as of ", "# warn: spec.", "#   kubectl chaperone check FILE\n",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("output lacks %q:\n%s", want, got.out)
		}
	}
	if strings.Contains(got.out, "status:") {
		t.Errorf("a proposal has a status:\n%s", got.out)
	}
	if strings.Contains(got.out, "still refused") || strings.Contains(got.out, "# deny: ") {
		t.Errorf("a proposal is refused:\n%s", got.out)
	}
	// What no split resolves is told for each proposal, with the command that helps.
	conflicting.Spec.Rights.ResponseDays = ptr.To(v1alpha1.Days(90))
	denied := run(t, nil, input(t, conflicting), "split", "-")
	for _, want := range []string{"#   kubectl chaperone check FILE --explain\n", "2 of 2 proposals are still refused", "# deny: spec.rights.responseDays is 90 days; "} {
		if !strings.Contains(denied.out, want) {
			t.Errorf("output lacks %q:\n%s", want, denied.out)
		}
	}
	// What is proposed can be read, and has no conflict.
	again := run(t, nil, got.out, "split", "-")
	if again.exit != cli.ExitPassed || strings.Count(again.err, "has no conflict that a split would resolve") != 2 {
		t.Errorf("exit code is %d: %s", again.exit, again.err)
	}
	for name, nothing := range map[string]string{"an empty input": "", "other objects": input(t, builders.Pod())} {
		refused := run(t, nil, nothing, "split", "-")
		if refused.exit != cli.ExitBadInput || !strings.Contains(refused.err, "there is nothing to split: name the files") {
			t.Errorf("%s: exit %d, %s", name, refused.exit, refused.err)
		}
	}
	if none := run(t, nil, input(t, builders.ChatbotDeployment()), "split", "-"); none.exit != cli.ExitPassed || none.out != "" {
		t.Errorf("exit code %d, output %q", none.exit, none.out)
	}
}
