package engine

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// allowedBuiltins are the builtin functions that the bundle uses; every other one does not exist for it. None of them
// reads a clock, the network, the environment or the runtime: the date comes in as data.
func allowedBuiltins() []string {
	return []string{
		"and", "assign", "concat", "count", "div", "eq", "equal", "floor", "graph.reachable", "gt", "gte", "internal.member_2",
		"intersection", "is_array", "is_number", "is_string", "lower", "lt", "lte", "max", "min", "minus", "mul",
		"neq", "object.filter", "object.get", "object.keys", "object.union", "object.union_n", "or", "plus", "regex.match",
		"rego.metadata.chain", "rego.metadata.rule", "sort", "split", "sprintf", "startswith", "strings.any_prefix_match",
		"time.format", "time.parse_ns", "to_number", "trim_prefix", "union",
	}
}

// capabilities is the language of the bundle: all of Rego v1, the allowed builtins, no network.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	allowed := allowedBuiltins()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return !slices.Contains(allowed, b.Name)
	})
	c.AllowNet = []string{}
	return c
}
