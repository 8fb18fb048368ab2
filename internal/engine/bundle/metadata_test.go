package bundle

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/policies"
)

// TestMetadata fails on a missing key, a duplicate or misspelled ID, an unknown value, or an entrypoint that is not a router.
func TestMetadata(t *testing.T) {
	modules := parseModules(t)
	ids := map[string]string{}
	described := map[string]bool{}
	for name, module := range modules {
		for _, a := range module.Annotations {
			if a.Scope == "package" {
				described[module.Package.Path.String()] = a.Title != "" && a.Description != ""
			}
			if a.Entrypoint && !strings.HasPrefix(name, "entrypoints/") {
				t.Errorf("%s: only routers are entrypoints", name)
			}
		}
		for _, rule := range module.Rules {
			if strings.HasPrefix(name, "governance/") && slices.Contains([]string{"deny", "warn"}, rule.Head.Name.String()) {
				checkRule(t, name, rule, ids)
			}
		}
	}
	for name, module := range modules {
		if !described[module.Package.Path.String()] {
			t.Errorf("%s: the package has no title or description", name)
		}
	}
	if len(ids) < 30 {
		t.Errorf("only %d rules were found", len(ids))
	}
}

func checkRule(t *testing.T, name string, rule *ast.Rule, ids map[string]string) {
	t.Helper()
	where := name + ": " + rule.Location.String()
	var a *ast.Annotations
	for _, candidate := range rule.Annotations {
		if candidate.Scope == "rule" {
			a = candidate
		}
	}
	if a == nil || a.Title == "" || a.Description == "" {
		t.Errorf("%s: no METADATA with title and description", where)
		return
	}
	for _, key := range []string{"short_name", "severity", "failure_msg", "remedy"} {
		if value, ok := a.Custom[key].(string); !ok || value == "" {
			t.Errorf("%s: custom.%s is missing", where, key)
		}
	}
	checkRemedy(t, where, rule, a)
	checkValue(t, where, a, "severity", "low", "medium", "high")
	checkValue(t, where, a, "action", "deny", "warn", "audit")
	checkValue(t, where, a, "party", "deployer", "developer", "processor", "platform")
	if list, ok := a.Custom["applies_to"].([]any); !ok || len(list) == 0 {
		t.Errorf("%s: custom.applies_to is missing", where)
	}
	id := strings.Split(name, "/")[1] + "." + a.Custom["short_name"].(string)
	if other, taken := ids[id]; taken {
		t.Errorf("%s: the id %s is also that of %s", where, id, other)
	}
	ids[id] = where
}

// checkRemedy fails on a remedy with verbs that the rule does not complete, or that has no advice, which readers without a finding get, and
// on an advice with verbs.
func checkRemedy(t *testing.T, where string, rule *ast.Rule, a *ast.Annotations) {
	t.Helper()
	advice, hasAdvice := a.Custom["advice"].(string)
	hasVerbs := strings.Contains(a.Custom["remedy"].(string), "%")
	if hasVerbs && (!hasAdvice || !strings.Contains(rule.String(), `"remedy":`)) {
		t.Errorf("%s: custom.remedy has verbs: complete it in the finding, and state custom.advice", where)
	}
	if hasAdvice && (!hasVerbs || strings.Contains(advice, "%")) {
		t.Errorf("%s: custom.advice is for remedies with verbs, and has none itself", where)
	}
}

// TestGroups fails on a rule about workloads, Services, connections or the network that is in no group, on another rule that is in one, and on a rule
// whose action is not one of its group: effect denies, hygiene warns or only reports.
func TestGroups(t *testing.T) {
	contents, err := ReadCatalogue(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	actions := map[string][]string{"effect": {"deny"}, "hygiene": {"warn", "audit"}}
	for _, rule := range contents.Rules {
		topic, _, _ := strings.Cut(rule.ID, ".")
		needsGroup := slices.Contains([]string{"workload", "service", "connection", "network"}, topic)
		if needsGroup && !slices.Contains(actions[rule.Group], rule.Action) || !needsGroup && rule.Group != "" {
			t.Errorf("%s: group %q, action %s", rule.ID, rule.Group, rule.Action)
		}
	}
}

func checkValue(t *testing.T, where string, a *ast.Annotations, key string, allowed ...string) {
	t.Helper()
	if value, ok := a.Custom[key]; ok && !slices.Contains(allowed, value.(string)) {
		t.Errorf("%s: custom.%s is %v", where, key, value)
	}
}

// TestAllowedBuiltinsAreUsed fails on a builtin function in the allow-list that no rule calls.
// Rules.Actions says for these rules what all of their findings do, so no finding of theirs has an action of its own.
func TestFindingsOfGroupsHaveTheActionOfTheirRule(t *testing.T) {
	groups := 0
	err := fs.WalkDir(policies.FS, "governance", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".rego") || strings.HasSuffix(path, "_test.rego") {
			return err
		}
		content, err := fs.ReadFile(policies.FS, path)
		if err != nil {
			return err
		}
		if !strings.Contains(string(content), "group: ") {
			return nil
		}
		groups++
		if strings.Contains(string(content), `"action"`) {
			t.Errorf("%s gives findings an action of their own", path)
		}
		return nil
	})
	if err != nil || groups == 0 {
		t.Fatalf("%d files with groups: %v", groups, err)
	}
}

func TestAllowedBuiltinsAreUsed(t *testing.T) {
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(opa.Capabilities(listBuiltins()))
	if compiler.Compile(parseModules(t)); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	var unused []string
	for _, name := range listBuiltins() {
		// The compiler replaces calls for metadata by the metadata itself.
		if !strings.HasPrefix(name, "rego.metadata.") && !slices.ContainsFunc(compiler.Required.Builtins, func(b *ast.Builtin) bool { return b.Name == name }) {
			unused = append(unused, name)
		}
	}
	if len(unused) > 0 {
		t.Errorf("allowed and not used: %v", unused)
	}
}
