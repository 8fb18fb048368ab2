package engine

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
)

// newValue returns a value of a profile. The value is JSON.
func newValue(dimension, value string, change ...func(*v1alpha1.ProfileValue)) v1alpha1.ProfileValue {
	v := v1alpha1.ProfileValue{
		Dimension: v1alpha1.DimensionName(dimension), Value: runtime.RawExtension{Raw: []byte(value)}, Reference: "House rules 4",
	}
	for _, c := range change {
		c(&v)
	}
	return v
}

func setReplaces(v *v1alpha1.ProfileValue) { v.Replaces = true }

func newProfile(name, code string, values ...v1alpha1.ProfileValue) v1alpha1.JurisdictionProfile {
	return v1alpha1.JurisdictionProfile{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       v1alpha1.JurisdictionProfileSpec{Code: v1alpha1.Code(code), Values: values},
	}
}

func allowLoosening(p v1alpha1.JurisdictionProfile) v1alpha1.JurisdictionProfile {
	p.Spec.Loosens, p.Spec.Reason = true, "Counsel has confirmed it."
	return p
}

func newPolicy(name string, change func(*v1alpha1.GovernancePolicySpec)) v1alpha1.GovernancePolicy {
	p := v1alpha1.GovernancePolicy{ObjectMeta: metav1.ObjectMeta{Name: name}}
	change(&p.Spec)
	return p
}

// newTonePolicy returns a policy with one rule, organisation.tone, that has the body.
func newTonePolicy(body string) v1alpha1.GovernancePolicy {
	return newPolicy("house", func(s *v1alpha1.GovernancePolicySpec) {
		s.Modules = []v1alpha1.RegoModule{{Name: "tone", Rego: `# METADATA
# title: Tone
# description: Chatbots of the house say so.
# custom:
#   remedy: Say it.
package organisation.tone

` + body}}
	})
}

const always = `deny contains {"field": "spec.purpose", "found": input.spec.purpose.kinds, "required": data.parameters.kinds} if true`

// decideIn adopts an organisation, which must not have faults, and decides about the minimal declaration after a change to the input.
func decideIn(t *testing.T, e *Engine, org policy.Organisation, change func(*facts.DeclarationInput)) policy.Verdict {
	t.Helper()
	faults, err := e.Adopt(t.Context(), org)
	if err != nil || len(faults) > 0 {
		t.Fatalf("adopt: %v, faults: %v", err, faults)
	}
	return decideMinimal(t, e, change)
}

func decideMinimal(t *testing.T, e *Engine, change func(*facts.DeclarationInput)) policy.Verdict {
	t.Helper()
	in := facts.DeclarationInput{Declaration: enginetest.NewMinimal(t), AsOf: enginetest.AsOf, NamespaceLabels: map[string]string{"team": "shop"}}
	if change != nil {
		change(&in)
	}
	return e.Declaration(t.Context(), in)
}

// findAction returns the action of the findings of a rule, or "" if there are none.
func findAction(v policy.Verdict, rule string) policy.Action {
	for _, f := range v.Findings {
		if f.Rule == rule {
			return f.Action
		}
	}
	return ""
}

func findRequirement(t *testing.T, v policy.Verdict, dimension string) policy.Requirement {
	t.Helper()
	for _, r := range v.Requirements {
		if r.Dimension == dimension {
			return r
		}
	}
	t.Fatalf("nothing is required in %s (%s %s)", dimension, v.Outcome, v.Reason)
	return policy.Requirement{}
}

func TestProfiles(t *testing.T) {
	e := newEngine(t)
	none := decideIn(t, e, policy.Organisation{}, nil)
	if none.Revision != e.bundle.Revision {
		t.Errorf("revision %s without an organisation, want that of the bundle %s", none.Revision, e.bundle.Revision)
	}

	tighter := policy.Organisation{Profiles: []v1alpha1.JurisdictionProfile{newProfile("eu", "EU", newValue("rights.responseDays", "7"))}}
	v := decideIn(t, e, tighter, nil)
	required := findRequirement(t, v, "rights.responseDays")
	want := []legal.Source{{Code: "eu", Act: `JurisdictionProfile "eu"`, Article: "House rules 4", Confidence: "organisation", Obliges: true}}
	if diff := cmp.Diff(want, required.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if v.Revision == none.Revision {
		t.Error("the revision is that of before")
	}
	if findAction(v, "profile.loosens") != "" {
		t.Error("a tighter value is said to loosen")
	}

	looser := allowLoosening(newProfile("eu", "eu", newValue("rights.responseDays", "90", setReplaces)))
	v = decideIn(t, e, policy.Organisation{Profiles: []v1alpha1.JurisdictionProfile{looser}}, nil)
	if findAction(v, "profile.loosens") != policy.ActionWarn {
		t.Errorf("no finding says that the law was loosened: %v", v.Rules())
	}

	current := e.current.Load()
	looser.Status.ObservedGeneration = 1
	decideIn(t, e, policy.Organisation{Profiles: []v1alpha1.JurisdictionProfile{looser}}, nil)
	if e.current.Load() != current {
		t.Error("a change of a status makes another snapshot")
	}

	if again := decideIn(t, e, policy.Organisation{}, nil); cmp.Diff(none, again) != "" {
		t.Error("the profile has an effect after it is gone")
	}
}

func TestProfileFaults(t *testing.T) {
	e := newEngine(t)
	days := newValue("rights.responseDays", "7")
	tests := map[string]struct {
		profiles []v1alpha1.JurisdictionProfile
		of       string
		want     string
	}{
		"an unknown code: the known ones are listed": {
			profiles: []v1alpha1.JurisdictionProfile{newProfile("a", "atlantis", days)}, of: "a",
			want: `spec.code is "atlantis", which is not a code of the legal data: use one of ae,`,
		},
		"an unknown dimension: the known ones are listed": {
			profiles: []v1alpha1.JurisdictionProfile{newProfile("a", "eu", newValue("rights.answerDays", "7"))}, of: "a",
			want: `spec.values[0]: dimension "rights.answerDays" is not known: use one of accountability.assessments,`,
		},
		"a value of another type": {
			profiles: []v1alpha1.JurisdictionProfile{newProfile("a", "eu", days, newValue("rights.responseDays", `"soon"`))}, of: "a",
			want: "spec.values[1]: soon is not a whole number",
		},
		"an unknown level: the known ones are listed": {
			profiles: []v1alpha1.JurisdictionProfile{newProfile("a", "eu", newValue("consent.recording", `"ask"`))}, of: "a",
			want: `spec.values[0]: value "ask" is not allowed: use one of none, notice, opt-in`,
		},
		"an unknown condition": {
			profiles: []v1alpha1.JurisdictionProfile{newProfile("a", "eu", newValue("rights.responseDays", "7", func(v *v1alpha1.ProfileValue) {
				v.When = &runtime.RawExtension{Raw: []byte(`{"weather": true}`)}
			}))}, of: "a",
			want: `spec.values[0]: when: "weather" is not a condition`,
		},
		"days in the wrong order": {
			profiles: []v1alpha1.JurisdictionProfile{newProfile("a", "eu", newValue("rights.responseDays", "7", func(v *v1alpha1.ProfileValue) {
				v.From, v.Until = "2027-01-01", "2026-01-01"
			}))}, of: "a",
			want: "spec.values[0]: until 2026-01-01 is before from 2027-01-01",
		},
		"two for one code": {
			profiles: []v1alpha1.JurisdictionProfile{newProfile("a", "eu", days), newProfile("b", "eu", days)}, of: "b",
			want: `spec.code is "eu", which JurisdictionProfile "a" already covers`,
		},
		"it loosens and does not say so": {
			profiles: []v1alpha1.JurisdictionProfile{newProfile("a", "eu", newValue("rights.responseDays", "90", setReplaces))}, of: "a",
			want: "it asks for less than the legal data, whose values it replaces",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			faults, err := e.Check(t.Context(), policy.Organisation{Profiles: tc.profiles})
			if err != nil {
				t.Fatal(err)
			}
			if got := faults.Find("JurisdictionProfile", tc.of); !strings.Contains(got, tc.want) {
				t.Errorf("fault %q lacks %q", got, tc.want)
			}
			if len(faults) != 1 {
				t.Errorf("%d objects have a fault, want one:\n%v", len(faults), faults)
			}
		})
	}
}

func TestAFaultyProfileDoesNotReplaceAGoodOne(t *testing.T) {
	e := newEngine(t)
	good := newProfile("eu", "eu", newValue("rights.responseDays", "7"))
	bad := newProfile("eu", "eu", newValue("rights.responseDays", `"soon"`))
	decideIn(t, e, policy.Organisation{Profiles: []v1alpha1.JurisdictionProfile{good}}, nil)
	faults, err := e.Adopt(t.Context(), policy.Organisation{Profiles: []v1alpha1.JurisdictionProfile{bad}})
	if err != nil || faults.Find("JurisdictionProfile", "eu") == "" {
		t.Fatalf("faults %v, error %v", faults, err)
	}
	if source := findRequirement(t, decideMinimal(t, e, nil), "rights.responseDays").Sources[0]; source.Confidence != "organisation" {
		t.Errorf("the good version is not in force: %v", source)
	}

	fresh := newEngine(t)
	if _, err := fresh.Adopt(t.Context(), policy.Organisation{Profiles: []v1alpha1.JurisdictionProfile{bad}}); err != nil {
		t.Fatal(err)
	}
	v := decideMinimal(t, fresh, nil)
	if v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, `JurisdictionProfile "eu" cannot be used`) {
		t.Errorf("%s (%s), want Undecided: there is no version that could be used", v.Outcome, v.Reason)
	}
	elsewhere := decideMinimal(t, fresh, func(in *facts.DeclarationInput) { in.Declaration.Spec.Jurisdictions = []v1alpha1.Code{"us"} })
	if elsewhere.Outcome == policy.OutcomeUndecided {
		t.Errorf("nothing is decided either where the profile does not apply: %s", elsewhere.Reason)
	}
}

func TestAnOrganisationThatIsAwaited(t *testing.T) {
	e := newEngine(t)
	e.Await()
	if v := decideMinimal(t, e, nil); v.Outcome != policy.OutcomeUndecided || e.Ready() == nil {
		t.Errorf("%s, ready: %v; want Undecided, not ready", v.Outcome, e.Ready())
	}
	if err := e.Swap(t.Context(), changeBundle(t, map[string]string{"data/regions.yaml": "nowhere-1: aq\n"})); err != nil || e.Ready() == nil {
		t.Errorf("error %v, ready: %v; want it awaited with another policy too", err, e.Ready())
	}
	if v := decideIn(t, e, policy.Organisation{}, nil); v.Outcome == policy.OutcomeUndecided || e.Ready() != nil {
		t.Errorf("%s (%s), ready: %v", v.Outcome, v.Reason, e.Ready())
	}
}

func TestExceptionsWaiveOnlyWhatMayBeWaived(t *testing.T) {
	e := newEngine(t)
	except := func(rules ...string) func(*facts.DeclarationInput) {
		return func(in *facts.DeclarationInput) {
			answerLate(in)
			in.Exceptions = []facts.Exception{{Name: "late", Rules: rules, Expires: enginetest.AsOf}}
		}
	}
	v := decideMinimal(t, e, except("rights.responseDays"))
	if findAction(v, "rights.responseDays") != policy.ActionWaived || !v.Compliant || v.Terms.Waivers["rights.responseDays"] != "late" {
		t.Errorf("%s, compliant %t: %v", v.Outcome, v.Compliant, v.Findings)
	}
	if v := decideMinimal(t, e, except("workload.sidecar_unchanged", "retention.transcriptMax")); findAction(v, "rights.responseDays") != policy.ActionDeny {
		t.Errorf("waived by an exception for other rules: %v", v.Findings)
	}
	// An exception can be older than the rule, or bypass admission.
	if v := decideMinimal(t, e, except("workload.sidecar_unchanged", "workload.image_by_digest")); len(v.Terms.Waivers) != 1 {
		t.Errorf("waivers of pods are %v, want image_by_digest alone", v.Terms.Waivers)
	}
	for rule, want := range map[string]string{
		"rights.responseDays":      "",
		"workload.image_by_digest": "",
		"declaration.unknown_code": "cannot be waived",
		"service.target_by_name":   "an exception can waive every rule except connection.*, declaration.*, network.*, service.*, workload.closed_port, workload.governed_port_named, workload.governed_port_other_name, workload.governed_port_shared, workload.governed_port_taken_over, workload.sidecar_first,",
		"retention.days":           "is not a rule: use one of retention.auditMax,",
		"weather.rain":             "is not a rule: use one of the topics accountability,",
	} {
		if got := e.ExplainNotWaivable(rule); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", rule, got, want)
		}
	}
}
