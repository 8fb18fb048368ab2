package opa

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Capabilities returns the capabilities for the parser and the compiler: all of Rego v1, but only the named builtin functions and no
// network. A call of any other builtin function is a compile error.
func Capabilities(builtins []string) *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return !slices.Contains(builtins, b.Name)
	})
	c.AllowNet = []string{}
	return c
}
