package governance.declaration_test

import data.governance.declaration

_prepared := {
	"codes": {"jurisdiction": {"aa", "bb"}, "sector": {"shops"}},
	"workload": {"chatAPIs": {"chat"}},
}

_denied(spec) := {[one.rule, one.action, one.field, one.found, one.required] | some one in found} if {
	found := declaration.deny with input as {"spec": spec} with data.prepared as _prepared
}

test_denies_codes_that_the_law_does_not_know_and_lists_those_it_does if {
	_denied({"jurisdictions": ["aa", "zz"], "sectors": ["banks"]}) == {
		["declaration.unknown_code", "deny", "spec.jurisdictions[1]", "zz", {"aa", "bb"}],
		["declaration.unknown_code", "deny", "spec.sectors[0]", "banks", {"shops"}],
	}
}

test_a_sector_is_no_jurisdiction if {
	_denied({"jurisdictions": ["shops"]}) == {[
		"declaration.unknown_code", "deny",
		"spec.jurisdictions[0]",
		"shops",
		{"aa", "bb"},
	]}
}

test_allows_known_codes_in_either_case if _denied({"jurisdictions": ["AA", "bb"], "sectors": ["Shops"]}) == set()

test_allows_a_declaration_without_sectors if _denied({"jurisdictions": ["aa"]}) == set()

test_denies_a_shape_of_messages_that_the_sidecar_does_not_read if {
	_denied({"ports": [{"name": "http", "api": "chat"}, {"name": "other", "api": "riddles"}]}) == {[
		"declaration.unread_api",
		"deny",
		"spec.ports[1].api",
		"riddles",
		{"chat"},
	]}
}

test_denies_an_api_of_a_processor_that_the_sidecar_does_not_read if {
	_denied({"processors": [{"name": "a"}, {"name": "b", "api": "chat"}, {"name": "c", "api": "riddles"}]}) == {[
		"declaration.unread_api",
		"deny",
		"spec.processors[2].api",
		"riddles",
		{"chat"},
	]}
}

test_allows_shapes_that_the_sidecar_reads if _denied({"ports": [{"name": "http", "api": "chat"}]}) == set()
