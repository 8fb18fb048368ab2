package worker

// listBuiltins returns the builtin functions that modules may call. The result of each depends on its arguments alone. The list excludes
// functions that read the clock, random numbers, the network, the environment or the program; json.match_schema, because schemas can refer
// to files; and large functions that rules about declarations do not need (certificates, tokens, GraphQL, templates, YAML). It is an
// allow-list, so functions that later versions of OPA add are excluded too.
func listBuiltins() []string {
	return []string{
		"abs", "and", "array.concat", "array.flatten", "array.reverse", "array.slice", "assign",
		"base64.decode", "base64.encode", "base64.is_valid",
		"bits.and", "bits.lsh", "bits.negate", "bits.or", "bits.rsh", "bits.xor",
		"ceil", "concat", "contains", "count", "div", "endswith", "eq", "equal", "floor", "format_int",
		"glob.match", "glob.quote_meta", "graph.reachable", "graph.reachable_paths", "gt", "gte",
		"hex.decode", "hex.encode", "indexof", "indexof_n",
		"internal.member_2", "internal.member_3", "internal.template_string", "intersection",
		"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string",
		"json.filter", "json.is_valid", "json.marshal", "json.patch", "json.remove", "json.unmarshal",
		"lower", "lt", "lte", "max", "min", "minus", "mul", "neq", "numbers.range", "numbers.range_step",
		"object.filter", "object.get", "object.keys", "object.remove", "object.subset", "object.union", "object.union_n",
		"or", "plus", "product",
		"regex.find_all_string_submatch_n", "regex.find_n", "regex.is_valid", "regex.match", "regex.replace", "regex.split",
		"rego.metadata.chain", "rego.metadata.rule", "rem", "replace", "round", "semver.compare", "semver.is_valid",
		"sort", "split", "sprintf", "startswith", "strings.any_prefix_match", "strings.any_suffix_match", "strings.count",
		"strings.replace_n", "strings.reverse", "strings.split_n", "substring", "sum",
		"time.add_date", "time.clock", "time.date", "time.diff", "time.format", "time.parse_duration_ns", "time.parse_ns",
		"time.parse_rfc3339_ns", "time.weekday",
		"to_number", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix", "type_name",
		"union", "units.parse", "units.parse_bytes", "upper", "uri.is_valid", "uri.parse",
		"urlquery.decode", "urlquery.decode_object", "urlquery.encode", "urlquery.encode_object", "walk",
	}
}
