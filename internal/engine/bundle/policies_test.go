package bundle

import (
	"bytes"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/chaperone-dev/chaperone/policies"
)

// openPolicies returns the folder of the built-in bundle, including the Rego tests.
func openPolicies() fs.FS { return os.DirFS("../../../policies") }

// TestPolicies runs the Rego tests (test_*), and fails if they do not reach every line of every rule.
func TestPolicies(t *testing.T) {
	ctx := t.Context()
	b, err := Read(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	documents, err := b.Documents()
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := b.Prepare(ctx, documents)
	if err != nil {
		t.Fatal(err)
	}
	store := inmem.NewFromASTObject(prepared.Data.(ast.Object))
	modules := parseModules(t)
	coverage := cover.New()
	runner := tester.NewRunner().
		SetCompiler(ast.NewCompiler().WithStrict(true)).
		SetStore(store).
		SetModules(addTests(t, modules)).
		RaiseBuiltinErrors(true).
		SetTimeout(10 * time.Minute). // far above the need of any test: a busy machine is slow
		SetCoverageQueryTracer(coverage)
	txn, err := store.NewTransaction(ctx, storage.TransactionParams{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Abort(ctx, txn)
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for result := range results {
		count++
		if !result.Pass() {
			t.Errorf("%s: %s %v", result.Location, result.Name, result.Error)
		}
	}
	if count < 100 {
		t.Errorf("only %d tests were found", count)
	}
	reportCoverage(t, coverage.Report(modules))
}

func addTests(t *testing.T, modules map[string]*ast.Module) map[string]*ast.Module {
	t.Helper()
	all := map[string]*ast.Module{}
	for name, module := range modules {
		all[name] = module.Copy()
	}
	for _, name := range listRegoFiles(t, openPolicies()) {
		if strings.HasSuffix(name, "_test.rego") {
			all[name] = parseModule(t, openPolicies(), name)
		}
	}
	return all
}

func reportCoverage(t *testing.T, report cover.Report) {
	t.Helper()
	for name, file := range report.Files {
		for _, missed := range file.NotCovered {
			t.Errorf("%s: lines %d to %d are reached by no test", name, missed.Start.Row, missed.End.Row)
		}
	}
}

// TestPoliciesAreFormatted fails where `opa fmt` would change a file.
func TestPoliciesAreFormatted(t *testing.T) {
	for _, name := range listRegoFiles(t, openPolicies()) {
		content, err := fs.ReadFile(openPolicies(), name)
		if err != nil {
			t.Fatal(err)
		}
		formatted, err := format.Source(name, content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(formatted, content) {
			t.Errorf("%s is not as opa fmt writes it", name)
		}
	}
}

// TestEveryPolicyIsEmbedded compares the list in policies/embed.go with the folder.
func TestEveryPolicyIsEmbedded(t *testing.T) {
	want := slices.DeleteFunc(listRegoFiles(t, openPolicies()), func(name string) bool { return strings.HasSuffix(name, "_test.rego") })
	if diff := cmp.Diff(want, listRegoFiles(t, policies.FS)); diff != "" {
		t.Errorf("embedded files (-want +got):\n%s", diff)
	}
}

func listRegoFiles(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".rego") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestPoliciesFitTheScreen fails on a rule file with a line of more than 120 characters, or with more than 300 lines.
func TestPoliciesFitTheScreen(t *testing.T) {
	for _, name := range listRegoFiles(t, policies.FS) {
		content, err := fs.ReadFile(policies.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(content), "\n")
		for i, line := range lines {
			if n := utf8.RuneCountInString(line); n > 120 {
				t.Errorf("%s:%d has %d characters", name, i+1, n)
			}
		}
		if len(lines) > 300 {
			t.Errorf("%s has %d lines", name, len(lines))
		}
	}
}
