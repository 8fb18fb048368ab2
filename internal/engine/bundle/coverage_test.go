package bundle

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/policies"
)

// listFrameworks returns the frameworks to which topics and rules can relate, each with the pattern of its articles.
func listFrameworks() map[string]*regexp.Regexp {
	article := regexp.MustCompile(`^[0-9]+(-[0-9]+)?(\([0-9a-z]+\))*$`)
	return map[string]*regexp.Regexp{
		"eu-ai-act":          article,
		"gdpr":               article,
		"oecd-ai-principles": regexp.MustCompile(`^[12]\.[1-5]$`),
		"nist-ai-rmf":        regexp.MustCompile(`^(GOVERN|MAP|MEASURE|MANAGE) [0-9](\.[0-9]+)?$`),
		"iso-42001":          regexp.MustCompile(`^A\.[0-9]+(\.[0-9]+)*$`),
	}
}

// TestEveryTopicIsRelatedToFrameworks fails on a package of governance without frameworks, and on a framework or an article that
// cannot be one.
func TestEveryTopicIsRelatedToFrameworks(t *testing.T) {
	related := map[string]bool{}
	for name, module := range parseTopicModules(t) {
		for _, a := range module.Annotations {
			stated, ok := a.Custom["frameworks"]
			if !ok {
				continue
			}
			related[name] = related[name] || a.Scope == "package"
			checkFrameworks(t, name, stated)
		}
		if !related[name] {
			t.Errorf("%s: the package states no custom.frameworks", name)
		}
	}
}

func checkFrameworks(t *testing.T, name string, stated any) {
	t.Helper()
	articles, ok := stated.(map[string]any)
	if !ok || len(articles) == 0 {
		t.Errorf("%s: custom.frameworks is %v", name, stated)
	}
	for framework, list := range articles {
		shape, known := listFrameworks()[framework]
		words, ok := law.Words(list)
		if !known || !ok || len(words) == 0 {
			t.Errorf("%s: custom.frameworks.%s is %v", name, framework, list)
			continue
		}
		for _, word := range words {
			if !shape.MatchString(word) {
				t.Errorf("%s: %q is not a part of %s", name, word, framework)
			}
		}
	}
}

// TestEveryTopicHasAPackage fails on a dimension that a declaration must satisfy and whose topic has no package.
func TestEveryTopicHasAPackage(t *testing.T) {
	data, modules := readLaw(t), parseTopicModules(t)
	for name, d := range data.Dimensions.Dimensions {
		topic, _, _ := strings.Cut(name, ".")
		onlyShown := d.Field == "-" && d.Action == "audit"
		if module := modules["governance/"+topic+"/"+topic+".rego"]; module == nil && !onlyShown {
			t.Errorf("%s: there is no package governance.%s", name, topic)
		}
	}
}

// TestEveryGoalIsCovered fails on a goal that nothing achieves, on a dimension without a goal, and on a rule without a goal or with an unknown
// one.
func TestEveryGoalIsCovered(t *testing.T) {
	data := readLaw(t)
	if len(data.Goals) < 63 {
		t.Errorf("only %d goals", len(data.Goals))
	}
	covered, served := map[string]bool{}, map[string]bool{}
	for id, g := range data.Goals {
		covered[id] = len(g.Dimensions)+len(g.SidecarKinds) > 0 || g.WorkloadControl+g.Evidence+g.Output != ""
		for _, name := range g.Dimensions {
			served[name] = true
		}
	}
	for name, module := range parseTopicModules(t) {
		for _, a := range module.Annotations {
			if a.Scope == "rule" {
				checkCovers(t, name, a, data.Goals, covered)
			}
		}
	}
	for id, is := range covered {
		if !is {
			t.Errorf("nothing carries %s", id)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(data.Dimensions.Dimensions)) {
		if !served[name] {
			t.Errorf("the dimension %s serves no goal", name)
		}
	}
}

func checkCovers(t *testing.T, name string, a *ast.Annotations, goals map[string]law.Goal, covered map[string]bool) {
	t.Helper()
	ids, ok := law.Words(a.Custom["covers"])
	if !ok || len(ids) == 0 {
		t.Errorf("%s: %v names no goal in custom.covers", name, a.Custom["short_name"])
	}
	for _, id := range ids {
		if _, known := goals[id]; !known {
			t.Errorf("%s: %v covers %s, which is not a goal", name, a.Custom["short_name"], id)
		}
		covered[id] = true
	}
}

func readLaw(t *testing.T) law.Data {
	t.Helper()
	b, err := Read(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	return b.Law
}

// parseTopicModules returns the modules of the topics, by file name.
func parseTopicModules(t *testing.T) map[string]*ast.Module {
	t.Helper()
	modules := parseModules(t)
	maps.DeleteFunc(modules, func(name string, _ *ast.Module) bool { return !strings.HasPrefix(name, "governance/") })
	return modules
}

// parseModules returns the modules of the built-in bundle, by file name.
func parseModules(t *testing.T) map[string]*ast.Module {
	t.Helper()
	modules := map[string]*ast.Module{}
	for _, name := range listRegoFiles(t, policies.FS) {
		modules[name] = parseModule(t, policies.FS, name)
	}
	return modules
}

func parseModule(t *testing.T, fsys fs.FS, name string) *ast.Module {
	t.Helper()
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	module, err := ast.ParseModuleWithOpts(name, string(content), ast.ParserOptions{ProcessAnnotation: true})
	if err != nil {
		t.Fatal(err)
	}
	return module
}
