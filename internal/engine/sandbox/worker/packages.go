package worker

import (
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// The names that packages may have. Each rule is a package; libraries have functions that several rules share.
var (
	rulePackage    = regexp.MustCompile(`^organisation\.[a-z][a-z0-9_]*$`)
	libraryPackage = regexp.MustCompile(`^organisation\.lib\.[a-z][a-z0-9_]*$`)
)

// packages collects the packages of one source. Each module is a package of its own.
type packages struct {
	// definitions maps each package (`organisation.x`) to the names of the Rego rules and functions that it defines.
	definitions map[string]map[string]bool
	parameters  map[string]any
	rules       []sandbox.Rule
}

// newPackages returns an empty collection. The parameters are those of the policy, to which modules may refer.
func newPackages(parameters map[string]any) *packages {
	return &packages{definitions: map[string]map[string]bool{}, parameters: parameters}
}

// add adds the package of a module, and its rule unless the package is a library. It adds a fault instead if the name of the package is
// reserved or another module has the same package. The index is that of the module in the source.
func (p *packages) add(index int, m *ast.Module, found *faults) {
	at := findPlace(index, m.Package.Location)
	name := strings.TrimPrefix(m.Package.Path.String(), "data.")
	// organisation.lib is the parent of the libraries, so no rule has this name.
	isRule := rulePackage.MatchString(name) && name != "organisation.lib"
	if !isRule && !libraryPackage.MatchString(name) {
		found.add(at, "package %s is reserved; a rule is package organisation.<name>, a library organisation.lib.<name>, "+
			"with a name of lower-case letters, digits and _", name)
		return
	}
	if p.definitions[name] != nil {
		found.add(at, "another module has the package %s too; one module is one package", name)
		return
	}
	p.definitions[name] = listDefinitions(m)
	if isRule {
		checkFindings(index, name, m, found)
		p.rules = append(p.rules, readRule(index, name, m, found))
	}
}

// listDefinitions returns the names of the Rego rules and functions that a module defines.
func listDefinitions(m *ast.Module) map[string]bool {
	names := map[string]bool{}
	for _, rule := range m.Rules {
		names[readName(rule)] = true
	}
	return names
}

// checkFindings checks that the package of a rule defines `deny`, `warn` or both, each as a set (`contains`).
func checkFindings(index int, packageName string, m *ast.Module, found *faults) {
	hasFindings := false
	for _, rule := range m.Rules {
		head, name := rule.Head, readName(rule)
		if !slices.Contains(actions, name) {
			continue
		}
		hasFindings = true
		if len(head.Ref()) != 1 || head.RuleKind() != ast.MultiValue || len(head.Args) > 0 {
			found.add(findPlace(index, rule.Location), "%s must be a set of findings: `%s contains finding if { … }`", head.Ref(), name)
		}
	}
	if !hasFindings {
		found.add(findPlace(index, m.Package.Location), "package %s defines neither deny nor warn", packageName)
	}
}

// readName returns the name of a Rego rule or function: the first part of its reference (`a` of `a.b`).
func readName(rule *ast.Rule) string {
	name, _ := rule.Head.Ref()[0].Value.(ast.Var)
	return string(name)
}

// findPlace returns the place of a location in the module with this index, or the first row of the module if the location is nil.
func findPlace(index int, location *ast.Location) place {
	if location == nil {
		return place{module: index, row: 1}
	}
	return place{module: index, row: location.Row, column: location.Col}
}
