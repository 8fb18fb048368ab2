package worker

import (
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

var (
	rulePackage    = regexp.MustCompile(`^organisation\.[a-z][a-z0-9_]*$`)
	libraryPackage = regexp.MustCompile(`^organisation\.lib\.[a-z][a-z0-9_]*$`)
)

// packages collects the packages of one source and their rules. Each module is a package.
type packages struct {
	// names maps each package (`organisation.x`) to the names of the rules and functions that its module defines.
	names      map[string]map[string]bool
	parameters map[string]any
	rules      []sandbox.Rule
}

func newPackages(parameters map[string]any) *packages {
	return &packages{names: map[string]map[string]bool{}, parameters: parameters}
}

func (p *packages) add(index int, m *ast.Module, found *faults) {
	at := placeOf(index, m.Package.Location)
	name := strings.TrimPrefix(m.Package.Path.String(), "data.")
	isRule := rulePackage.MatchString(name) && name != "organisation.lib"
	if !isRule && !libraryPackage.MatchString(name) {
		found.add(at, "package %s is reserved; a rule is package organisation.<name>, a library organisation.lib.<name>, "+
			"with a name of lower-case letters, digits and _", name)
		return
	}
	if p.names[name] != nil {
		found.add(at, "another module has the package %s too; one module is one package", name)
		return
	}
	p.names[name] = definedNames(m)
	if isRule {
		checkFindings(index, name, m, found)
		p.rules = append(p.rules, readRule(index, name, m, found))
	}
}

// definedNames returns the names that a module gives to its rules and functions.
func definedNames(m *ast.Module) map[string]bool {
	names := map[string]bool{}
	for _, rule := range m.Rules {
		names[nameOf(rule.Head.Ref()[0])] = true
	}
	return names
}

// checkFindings checks that deny or warn exists, and that both are sets of findings.
func checkFindings(index int, name string, m *ast.Module, found *faults) {
	isMissing := true
	for _, rule := range m.Rules {
		head := rule.Head
		if !slices.Contains(actions, nameOf(head.Ref()[0])) {
			continue
		}
		isMissing = false
		if len(head.Ref()) != 1 || head.RuleKind() != ast.MultiValue || len(head.Args) > 0 {
			found.add(placeOf(index, rule.Location), "%s must be a set of findings: `%s contains finding if { … }`",
				head.Ref(), nameOf(head.Ref()[0]))
		}
	}
	if isMissing {
		found.add(placeOf(index, m.Package.Location), "package %s defines neither deny nor warn", name)
	}
}

func nameOf(term *ast.Term) string {
	name, _ := term.Value.(ast.Var)
	return string(name)
}

func placeOf(index int, location *ast.Location) place {
	if location == nil {
		return place{module: index, row: 1}
	}
	return place{module: index, row: location.Row, column: location.Col}
}
