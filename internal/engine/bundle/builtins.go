package bundle

// listBuiltins returns the builtin functions that a bundle may call. None of them reads the clock, the network, the environment or the
// runtime; the date is part of the input.
func listBuiltins() []string {
	return []string{
		"and", "assign", "concat", "count", "div", "eq", "equal", "floor", "graph.reachable", "gt", "gte", "internal.member_2",
		"intersection", "is_array", "is_number", "is_string", "lower", "lt", "lte", "max", "min", "minus", "mul",
		"neq", "object.filter", "object.get", "object.keys", "object.union", "object.union_n", "or", "plus",
		"regex.find_all_string_submatch_n", "regex.find_n", "regex.match", "regex.replace", "rego.metadata.chain", "rego.metadata.rule", "sort", "split", "sprintf", "startswith", "strings.any_prefix_match",
		"time.format", "time.parse_ns", "to_number", "trim_prefix", "union", "upper",
	}
}
