package engine

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/policies"
)

// changeBundle returns the built-in bundle with some files replaced or added.
func changeBundle(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	bundle := fstest.MapFS{}
	err := fs.WalkDir(policies.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(policies.FS, name)
		bundle[name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		bundle[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return bundle
}

func TestDeclaration(t *testing.T) {
	engine := newEngine(t)
	type summary struct {
		Outcome   policy.Outcome
		Compliant bool
		Denied    []string
	}
	days, months := v1alpha1.Days(3650), v1alpha1.Days(90)
	for name, test := range map[string]struct {
		change func(*v1alpha1.ChatbotDeploymentSpec)
		want   summary
	}{
		"a small declaration for the Union: allowed with warnings": {
			change: func(*v1alpha1.ChatbotDeploymentSpec) {},
			want:   summary{Outcome: policy.OutcomeWarn, Compliant: true},
		},
		"requests answered after ninety days: denied": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Rights.ResponseDays = &months },
			want:   summary{Outcome: policy.OutcomeDeny, Denied: []string{"rights.responseDays"}},
		},
		"transcripts kept for ten years without a justification: a warning, because the number is ours": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Retention.TranscriptDays = &days },
			want:   summary{Outcome: policy.OutcomeWarn, Compliant: true},
		},
		"transcripts kept for ten years with a justification: allowed": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Retention.TranscriptDays, s.Retention.Justification = &days, "warranty claims"
			},
			want: summary{Outcome: policy.OutcomeWarn, Compliant: true},
		},
		"a finding that denies under Warn: warned, and still not compliant": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) {
				s.Rights.ResponseDays, s.Enforcement = &months, v1alpha1.EnforcementWarn
			},
			want: summary{Outcome: policy.OutcomeWarn},
		},
		"an unknown jurisdiction: denied": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Jurisdictions = append(s.Jurisdictions, "atlantis") },
			want:   summary{Outcome: policy.OutcomeDeny, Denied: []string{"declaration.unknown_code"}},
		},
		"only an unknown jurisdiction: denied, and nothing else is known": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Jurisdictions = []v1alpha1.Code{"atlantis"} },
			want:   summary{Outcome: policy.OutcomeDeny, Denied: []string{"declaration.unknown_code"}},
		},
		"a processor abroad without a ground: denied": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Processors[0].Country = "US" },
			want:   summary{Outcome: policy.OutcomeDeny, Denied: []string{"residency.mechanisms"}},
		},
		"no deployer: denied": {
			change: func(s *v1alpha1.ChatbotDeploymentSpec) { s.Accountability.Deployer = nil },
			want:   summary{Outcome: policy.OutcomeDeny, Denied: []string{"accountability.named"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			declaration := enginetest.NewMinimal(t)
			test.change(&declaration.Spec)
			v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
			got := summary{Outcome: v.Outcome, Compliant: v.Compliant}
			for _, f := range v.Findings {
				if f.Action == policy.ActionDeny {
					got.Denied = append(got.Denied, f.Rule)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s\nreason: %s", diff, v.Reason)
			}
		})
	}
}

func TestFindingOfUnknownCodeListsTheKnownOnes(t *testing.T) {
	engine := newEngine(t)
	declaration := enginetest.NewMinimal(t)
	declaration.Spec.Sectors = []v1alpha1.Code{"Alchemy"}
	v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
	for _, f := range v.Findings {
		if f.Rule != "declaration.unknown_code" {
			continue
		}
		known := listFiles(t, "data/sectors")
		got := []any{f.Field, f.Found, f.Required, f.Remedy}
		want := []any{"spec.sectors[0]", "Alchemy", toList(known), "Use one of " + strings.Join(known, ", ") + "."}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("finding (-want +got):\n%s", diff)
		}
		return
	}
	t.Errorf("no finding about the unknown sector in %v", v.Rules())
}

func TestVerdictIsComplete(t *testing.T) {
	engine := newEngine(t)
	declaration := enginetest.NewMinimal(t)
	declaration.Spec.Suspended = true
	v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
	if v.Revision != engine.Revision() || v.AsOf != enginetest.AsOf || v.NextEvaluation != "2026-12-02" {
		t.Errorf("revision %q, as of %q, next evaluation %q", v.Revision, v.AsOf, v.NextEvaluation)
	}
	kinds := map[string]bool{}
	for _, o := range v.Obligations.Entries() {
		kinds[o.Kind] = true
	}
	want := map[string]bool{
		"consent": true, "disclose": true, "handoff": true, "notice": true, "record": true, "redact": true,
		"restrict-egress": true, "retain": true, "rights": true, "suspend": true, "workload": true,
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("obligations (-want +got):\n%s", diff)
	}
	for _, r := range v.Requirements {
		if r.Dimension == "" || r.Value == nil || len(r.Sources) == 0 {
			t.Errorf("incomplete requirement %+v", r)
		}
		for _, s := range r.Sources {
			if s.Code != "eu" && s.Code != "de" || s.Act == "" || s.Article == "" || s.Confidence == "" || !strings.HasPrefix(s.URL, "https://") {
				t.Errorf("%s: incomplete source %+v", r.Dimension, s)
			}
		}
	}
}

func TestVerdictIsTheSameFromTheCache(t *testing.T) {
	engine := newEngine(t)
	in := facts.DeclarationInput{Declaration: enginetest.NewMinimal(t), AsOf: enginetest.AsOf}
	first := engine.Declaration(t.Context(), in)
	if diff := cmp.Diff(first, engine.Declaration(t.Context(), in)); diff != "" {
		t.Errorf("second verdict (-want +got):\n%s", diff)
	}
	in.Declaration.Spec.Accountability.Deployer = nil
	if v := engine.Declaration(t.Context(), in); v.Outcome != policy.OutcomeDeny {
		t.Errorf("another spec of the same object has outcome %s", v.Outcome)
	}
}

func TestUndecided(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	module := func(entrypoint, body string) map[string]string {
		return map[string]string{
			"entrypoints/" + entrypoint + "/" + entrypoint + ".rego": "package entrypoints." + entrypoint + "\n\n" + body + "\n",
		}
	}
	for name, test := range map[string]struct {
		ctx         context.Context
		files       map[string]string
		declaration *v1alpha1.ChatbotDeployment
		asOf        string
		reason      string
	}{
		"no declaration":     {asOf: enginetest.AsOf, reason: "no declaration given"},
		"no date":            {declaration: enginetest.NewMinimal(t), reason: `asOf "" is not an ISO date`},
		"a cancelled caller": {ctx: cancelled, declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: "cancel"},
		"a verdict that takes too long": {
			files:       module("declaration", slowVerdict),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: "the evaluation was canceled",
		},
		"an undefined verdict": {
			files:       module("declaration", `verdict := 1 if input.nothing`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: "gave no result",
		},
		"a verdict that is not an object": {
			files:       module("declaration", `verdict := "Allow"`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: "not an object",
		},
		"a verdict without outcome": {
			files:       module("declaration", `verdict := {"findings": set()}`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: `outcome "" is not one that a policy may return`,
		},
		"a verdict with an unknown outcome": {
			files:       module("declaration", `verdict := {"outcome": "Maybe"}`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: `outcome "Maybe" is not one that a policy may return`,
		},
		"a verdict with an unknown field": {
			files:       module("declaration", `verdict := {"outcome": "Allow", "allowed": true}`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: `unknown field "allowed"`,
		},
		"a finding without a rule": {
			files:       module("declaration", `verdict := {"outcome": "Deny", "findings": {{"action": "deny"}}}`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: "without rule, action or remedy",
		},
		"a builtin that fails": {
			files:       module("declaration", `verdict := {"outcome": "Allow", "nextEvaluation": to_number("x")}`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: "to_number",
		},
		"facts that are undefined": {
			files:       module("facts", `document := 1 if input.nothing`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: "facts: the policy gave no result",
		},
		"a requirement that is undefined": {
			files:       module("requirement", `document := 1 if input.nothing`),
			declaration: enginetest.NewMinimal(t), asOf: enginetest.AsOf, reason: "requirement: the policy gave no result",
		},
	} {
		t.Run(name, func(t *testing.T) {
			engine, err := New(t.Context(), changeBundle(t, test.files))
			if err != nil {
				t.Fatal(err)
			}
			ctx := t.Context()
			if test.ctx != nil {
				ctx = test.ctx
			}
			v := engine.Declaration(ctx, facts.DeclarationInput{Declaration: test.declaration, AsOf: test.asOf})
			if v.Outcome != policy.OutcomeUndecided || !v.Refuses() || !strings.Contains(v.Reason, test.reason) {
				t.Errorf("outcome %s with the reason %q, want Undecided because of %q", v.Outcome, v.Reason, test.reason)
			}
		})
	}
}

// slowVerdict counts in 9 nested loops, which takes hours.
const slowVerdict = `digits := {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}

verdict := {"outcome": "Allow"} if count([1 |
	some a in digits
	some b in digits
	some c in digits
	some d in digits
	some e in digits
	some f in digits
	some g in digits
	some h in digits
	some i in digits
	((((((((a + b) + c) + d) + e) + f) + g) + h) + i) < 0
]) == 0`

func TestNewRefusesABundleWithoutEntrypoint(t *testing.T) {
	files := map[string]string{"entrypoints/workload/workload.rego": "package entrypoints.workload\n\nx := 1"}
	_, err := New(t.Context(), changeBundle(t, files))
	if err == nil || !strings.Contains(err.Error(), "prepare data.entrypoints.workload.verdict: no such entrypoint") {
		t.Errorf("error %v", err)
	}
}

func TestSwapKeepsTheOldPolicyWhenTheNewOneIsBad(t *testing.T) {
	engine := newEngine(t)
	in := facts.DeclarationInput{Declaration: enginetest.NewMinimal(t), AsOf: enginetest.AsOf}
	revision, before := engine.Revision(), engine.Declaration(t.Context(), in)
	if err := engine.Swap(t.Context(), changeBundle(t, map[string]string{"lib/day/day.rego": "package lib.day\n\nx := "})); err == nil {
		t.Fatal("a bundle that does not parse was taken")
	}
	if engine.Revision() != revision {
		t.Errorf("the revision is %s, want %s", engine.Revision(), revision)
	}
	if diff := cmp.Diff(before, engine.Declaration(t.Context(), in)); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

func TestSwapTakesAGoodPolicy(t *testing.T) {
	engine := newEngine(t)
	in := facts.DeclarationInput{Declaration: enginetest.NewMinimal(t), AsOf: enginetest.AsOf}
	revision := engine.Revision()
	engine.Declaration(t.Context(), in)
	sector := `{code: banks, kind: sector, name: Banks, parent: null, checked: "2026-11-23", acts: {}, points: []}`
	if err := engine.Swap(t.Context(), changeBundle(t, map[string]string{"data/sectors/banks.yaml": sector})); err != nil {
		t.Fatal(err)
	}
	if engine.Revision() == revision {
		t.Error("another policy has the same revision")
	}
	if v := engine.Declaration(t.Context(), in); v.Revision != engine.Revision() {
		t.Errorf("the verdict is of revision %s, want %s", v.Revision, engine.Revision())
	}
	want := slices.Sorted(slices.Values(append(listFiles(t, "data/sectors"), "banks")))
	if diff := cmp.Diff(want, engine.Codes().Sectors); diff != "" {
		t.Errorf("sectors (-want +got):\n%s", diff)
	}
}

func TestCodesAndStatements(t *testing.T) {
	engine := newEngine(t)
	want := policy.Codes{Jurisdictions: listFiles(t, "data/jurisdictions"), Sectors: listFiles(t, "data/sectors")}
	if diff := cmp.Diff(want, engine.Codes()); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	statements := engine.Statements()
	for _, language := range []string{"en", "de", "fr", "es"} {
		if statements[language] == "" {
			t.Errorf("there is no statement in %q", language)
		}
	}
	statements["en"] = ""
	if engine.Statements()["en"] == "" {
		t.Error("a caller can change the engine's statements")
	}
}

func toList(words []string) []any {
	list := make([]any, 0, len(words))
	for _, word := range words {
		list = append(list, word)
	}
	return list
}

// listFiles returns the names of the data files in a folder of the bundle, without their ending.
func listFiles(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := fs.ReadDir(policies.FS, dir)
	if err != nil || len(entries) < 2 {
		t.Fatalf("%d files: %v", len(entries), err)
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(entry.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// TestDecisionsDuringASwap runs in a bubble, whose clock stands still while a goroutine works. So a busy machine does not let the time of a
// decision run out.
func TestDecisionsDuringASwap(t *testing.T) {
	engine := newEngine(t)
	in := facts.DeclarationInput{Declaration: enginetest.NewMinimal(t), AsOf: enginetest.AsOf}
	pod := enginetest.NewWorkload(t, enginetest.NewMinimal(t))
	synctest.Test(t, func(t *testing.T) {
		var decisions sync.WaitGroup
		for range 8 {
			decisions.Go(func() {
				for range 20 {
					if v := engine.Declaration(t.Context(), in); v.Outcome != policy.OutcomeWarn {
						t.Errorf("declaration: %s %s", v.Outcome, v.Reason)
					}
					if v := engine.Workload(t.Context(), pod); v.Outcome != policy.OutcomeAllow {
						t.Errorf("workload: %s %s", v.Outcome, v.Reason)
					}
				}
			})
		}
		for range 3 {
			if err := engine.Swap(t.Context(), policies.FS); err != nil {
				t.Error(err)
			}
		}
		decisions.Wait()
	})
}
