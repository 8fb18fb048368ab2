package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/worker"
)

const retention = `import data.organisation.lib.day

deny contains finding if {
	days := input.spec.retention.transcriptDays
	limit := day.at_most(input.requirement["retention.transcriptMax"])
	days > limit
	finding := {"field": "spec.retention.transcriptDays", "found": days, "required": limit}
}

warn contains {"field": "spec.name"} if not input.spec.name
`

// newRetentionSource returns a source with a rule, a library, and the days as a parameter.
func newRetentionSource(days int) sandbox.Source {
	s := sandboxtest.AddModules(sandboxtest.NewSource(retention), sandboxtest.NewLibrary("day", "at_most(law) := min({law, data.parameters.days})\n"))
	s.Parameters = json.RawMessage(fmt.Sprintf(`{"days": %d}`, days))
	return s
}

func TestRules(t *testing.T) {
	s := newRetentionSource(20)
	s.Modules = append(s.Modules, sandbox.Text{Name: "other.rego", Rego: `# METADATA
# title: Another
# description: Of another party.
# custom:
#   remedy: Do it.
#   party: developer
#   severity: high
package organisation.other

warn contains {"required": true} if input.asOf > "2026"
`})
	want := []sandbox.Rule{
		{ID: sandboxtest.RuleID, Title: "A short title", Description: "What is required, of whom, and when.", Remedy: "Do what is required.", Party: "deployer", Severity: "medium"},
		{ID: "organisation.other", Title: "Another", Description: "Of another party.", Remedy: "Do it.", Party: "developer", Severity: "high"},
	}
	here, err := worker.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, here.Rules()); diff != "" {
		t.Errorf("rules compiled here (-want +got):\n%s", diff)
	}
	there := compile(t, newRunner(t, sandbox.Limits{}), s)
	if diff := cmp.Diff(want, there.Rules()); diff != "" {
		t.Errorf("rules compiled by the worker (-want +got):\n%s", diff)
	}
}

func TestCompileInTheWorkerTellsFaults(t *testing.T) {
	s := sandboxtest.NewSource("deny contains {} if data.law\n")
	_, want := worker.Compile(s)
	_, got := newRunner(t, sandbox.Limits{}).Compile(t.Context(), s)
	var faulty *sandbox.CompileError
	if !errors.As(got, &faulty) || got.Error() != want.Error() {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEvaluate(t *testing.T) {
	denied := sandbox.Finding{Action: "deny", Field: "spec.retention.transcriptDays", Found: json.Number("30"), Required: json.Number("20")}
	nameless := sandbox.Finding{Action: "warn", Field: "spec.name"}
	tests := map[string]struct {
		spec string
		want []sandbox.Finding
	}{
		"nothing found":        {`{"name": "bot", "retention": {"transcriptDays": 20}}`, nil},
		"undefined is nothing": {`{"name": "bot"}`, nil},
		"deny before warn":     {`{"retention": {"transcriptDays": 30}}`, []sandbox.Finding{denied, nameless}},
	}
	r := newRunner(t, sandbox.Limits{})
	p := compile(t, r, newRetentionSource(20))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := r.Evaluate(t.Context(), p, sandboxtest.RuleID, newInput(test.spec))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEvaluateFails(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"a builtin that fails": {
			`deny contains {} if to_number(input.spec.name) > 1` + "\n",
			"eval_builtin_error in tested.rego:8",
		},
		"values that conflict": {
			"deny contains {\"found\": x}\nx := y if some y in [1, 2]\n",
			"eval_conflict_error in tested.rego:9",
		},
		"a finding that is a text":     {`deny contains "no"` + "\n", "deny: a finding is not an object; it has the members field, found and required"},
		"a finding with another field": {`warn contains {"msg": "no"}` + "\n", "warn: a finding has the members field, found and required, and no others"},
		"a field that is a number":     {`deny contains {"field": 1}` + "\n", "deny: field is not a string of at most 253 characters"},
		"51 findings":                  {"deny contains {\"found\": x} if some x in numbers.range(1, 51)\n", "the rule gives 51 findings; at most 50 are allowed"},
		"a long finding": {
			"deny contains {\"found\": concat(\"\", [\"abcdefgh\" | some _ in numbers.range(1, 8192)])}\n",
			"the findings have 65",
		},
		"a zone that opens a file": {`deny contains {} if time.format([0, "../../etc/passwd"])` + "\n", "eval_builtin_error in tested.rego:8"},
	}
	r := newRunner(t, sandbox.Limits{})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := r.Evaluate(t.Context(), compile(t, r, sandboxtest.NewSource(test.body)), sandboxtest.RuleID, newInput(`{"name": "bot"}`))
			var failed *sandbox.RuleError
			if !errors.As(err, &failed) || failed.Rule != sandboxtest.RuleID || !strings.Contains(failed.Message, test.want) {
				t.Errorf("got %v, want a RuleError with %q", err, test.want)
			}
		})
	}
}

// TestZones checks that modules can use time zones although the worker cannot open files.
func TestZones(t *testing.T) {
	r := newRunner(t, sandbox.Limits{})
	p := compile(t, r, sandboxtest.NewSource(`deny contains {"found": time.clock([0, "Europe/Berlin"])}`+"\n"))
	got, err := r.Evaluate(t.Context(), p, sandboxtest.RuleID, newInput(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []sandbox.Finding{{Action: "deny", Found: []any{json.Number("1"), json.Number("0"), json.Number("0")}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestTenantsAreApart evaluates, in turn, two policies with packages of the same names. Each sees its own library, parameters and input.
func TestTenantsAreApart(t *testing.T) {
	body := `import data.organisation.lib.secret

deny contains {"found": [secret.value, data.parameters, input.spec]}
`
	source := func(tenant string) sandbox.Source {
		s := sandboxtest.AddModules(sandboxtest.NewSource(body), sandboxtest.NewLibrary("secret", fmt.Sprintf("value := %q\n", tenant)))
		s.Parameters = json.RawMessage(fmt.Sprintf(`{"of": %q}`, tenant))
		return s
	}
	r := newRunner(t, sandbox.Limits{})
	programs := map[string]*sandbox.Program{"shop": compile(t, r, source("shop")), "bank": compile(t, r, source("bank"))}
	for range 3 {
		for tenant, p := range programs {
			got, err := r.Evaluate(t.Context(), p, sandboxtest.RuleID, newInput(fmt.Sprintf(`{"of": %q}`, tenant)))
			if err != nil {
				t.Fatal(err)
			}
			own := map[string]any{"of": tenant}
			want := []sandbox.Finding{{Action: "deny", Found: []any{tenant, own, own}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings of %s (-want +got):\n%s", tenant, diff)
			}
		}
	}
}

// TestManyCallers sends requests from many goroutines at once, some of which leave early. Each gets its own response.
func TestManyCallers(t *testing.T) {
	r := newRunner(t, sandbox.Limits{})
	p := compile(t, r, sandboxtest.NewSource(`deny contains {"found": input.spec}`+"\n"))
	var callers sync.WaitGroup
	for caller := range 16 {
		callers.Go(func() {
			for i := range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%5 == 4 {
					cancel()
				}
				number := fmt.Sprint(100*caller + i)
				got, err := r.Evaluate(ctx, p, sandboxtest.RuleID, newInput(number))
				cancel()
				if i%5 == 4 {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("got %v, want that the caller left", err)
					}
					continue
				}
				if diff := cmp.Diff([]sandbox.Finding{{Action: "deny", Found: json.Number(number)}}, got); diff != "" || err != nil {
					t.Errorf("%v, findings (-want +got):\n%s", err, diff)
				}
			}
		})
	}
	callers.Wait()
}

func TestClosed(t *testing.T) {
	r := newRunner(t, sandbox.Limits{})
	p := compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
	r.Close()
	r.Close()
	if _, err := r.Evaluate(t.Context(), p, sandboxtest.RuleID, newInput(`{}`)); err == nil {
		t.Error("a closed runner answers")
	}
}

func TestNoWorker(t *testing.T) {
	r := sandbox.NewRunner(sandbox.Options{Command: []string{"/nowhere/at/all"}})
	defer r.Close()
	var limit *sandbox.LimitError
	if _, err := r.Compile(t.Context(), sandboxtest.NewSource(sandboxtest.Passing)); err == nil || errors.As(err, &limit) {
		t.Errorf("got %v, want an error that is not a LimitError", err)
	}
}

// TestNotTheModulesFault cancels an evaluation. The caller gets the error of its context, and the worker continues.
func TestNotTheModulesFault(t *testing.T) {
	r := newRunner(t, sandbox.Limits{Time: time.Second})
	endless, good := compile(t, r, sandboxtest.NewSource(sandboxtest.EndlessLoop)), compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := r.Evaluate(ctx, endless, sandboxtest.RuleID, newInput(`{}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	waiting, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	if _, err := r.Evaluate(waiting, good, sandboxtest.RuleID, newInput(`{}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the waiting caller left", err)
	}
	if _, err := r.Evaluate(t.Context(), good, sandboxtest.RuleID, newInput(`{}`)); err != nil {
		t.Errorf("the next evaluation: %v", err)
	}
}
