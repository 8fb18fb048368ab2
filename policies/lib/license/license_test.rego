package lib.license_test

import data.lib.license

_file := {
	"uses": {
		"commercial": [["commercial"]],
		"derivatives": [["modified"]],
		"weak": [["distributed", "modified"]],
		"network": [["distributed"], ["modified", "network-service"]],
		"shareAlike": [["modified"]],
		"useRestrictions": [["network-service"]],
	},
	"licences": {
		"free": _group("https://free.example", ["Free-1.0"]),
		"shared": object.union(_group("https://shared.example", ["Shared"]), {"copyleft": "network", "shareAlike": true}),
		"tied": object.union(_group("https://tied.example", ["Tied"]), {
			"commercial": false,
			"derivatives": false,
			"useRestrictions": true,
		}),
	},
	"exceptions": {"Classpath": "weak"},
}

_group(source, ids) := {
	"source": source,
	"ids": ids,
	"commercial": true,
	"derivatives": true,
	"copyleft": "none",
	"shareAlike": false,
	"useRestrictions": false,
}

_small := small if small := license.prepared with data.law.licences as _file

_problems(stated, uses) := result if {
	small := _small
	result := license.problems(stated, uses) with data.prepared.licenses as small
}

_kinds(alternatives, uses) := {[problem.kind, problem.license] |
	some problem in _problems({"text": "x", "alternatives": alternatives}, uses)
}

_everything := {"commercial", "modified", "network-service", "distributed"}

test_the_uses_are_all_that_bring_something_about if _small.uses == _everything

test_a_free_license_has_no_problems if _kinds([[{"id": "free-1.0"}]], _everything) == set()

_free(alternatives) if {
	small := _small
	license.free({"text": "x", "alternatives": alternatives}) with data.prepared.licenses as small
}

test_free_is_what_offers_licenses_that_ask_for_nothing if {
	_free([[{"id": "Tied"}], [{"id": "FREE-1.0"}]])
	not _free([[{"id": "Free-1.0"}, {"id": "Shared"}]])
	not _free([[{"id": "LicenseRef-own"}]])
}

test_a_license_without_uses_has_no_problems if _kinds([[{"id": "Tied"}, {"id": "Shared"}]], set()) == set()

test_every_problem_is_brought_about_by_its_uses if {
	_kinds([[{"id": "Tied"}]], {"commercial"}) == {["non_commercial", "Tied"]}
	_kinds([[{"id": "Tied"}]], {"modified"}) == {["no_derivatives", "Tied"]}
	_kinds([[{"id": "Tied"}]], {"network-service"}) == {["use_restrictions", "Tied"]}
	_kinds([[{"id": "Shared"}]], {"distributed"}) == {["copyleft", "Shared"]}
}

test_uses_count_only_together if {
	network_only := [[{"id": "Net"}]]
	file := object.union(_file, {"licences": {"net": object.union(_group("x", ["Net"]), {"copyleft": "network"})}})
	small := license.prepared with data.law.licences as file
	stated := {"text": "Net", "alternatives": network_only}
	alone := license.problems(stated, {"network-service"}) with data.prepared.licenses as small
	together := license.problems(stated, {"modified", "network-service"}) with data.prepared.licenses as small
	[count(alone), count(together)] == [0, 1]
}

test_a_problem_names_the_license_its_text_and_the_uses if {
	_problems({"text": "x", "alternatives": [[{"id": "LicenseRef-shared"}]]}, {"modified", "distributed"}) == {{
		"kind": "copyleft",
		"license": "Shared",
		"source": "https://shared.example",
		"uses": {"modified", "distributed"},
	}}
}

test_the_alternative_with_the_fewest_problems_counts if {
	_kinds([[{"id": "Tied"}], [{"id": "Free-1.0"}]], _everything) == set()
	_kinds([[{"id": "Tied"}], [{"id": "Shared"}, {"id": "Own"}]], {"commercial", "modified"}) == {
		["copyleft", "Shared"],
		["unknown", "Own"],
	}
}

test_licenses_that_apply_together_add_up if {
	_kinds([[{"id": "Tied"}, {"id": "Shared"}]], {"commercial", "distributed"}) == {
		["non_commercial", "Tied"],
		["copyleft", "Shared"],
	}
}

test_an_exception_weakens_the_copyleft if {
	_kinds([[{"id": "Shared", "exception": "CLASSPATH"}]], {"distributed"}) == set()
	_kinds([[{"id": "Shared", "exception": "Classpath"}]], {"distributed", "modified"}) == {["copyleft", "Shared"]}
	_kinds([[{"id": "Shared", "exception": "other"}]], {"distributed"}) == {["copyleft", "Shared"]}
}

test_what_is_not_listed_or_not_read_is_unknown if {
	_kinds([[{"id": "LicenseRef-own"}]], set()) == {["unknown", "LicenseRef-own"]}
	_problems({"text": "as agreed"}, set()) == {{"kind": "unknown", "license": "as agreed"}}
}

test_a_forbidden_use_weighs_more_than_any_number_of_duties if {
	duties := [{"id": "Shared"}, {"id": "Strange"}, {"id": "Stranger"}, {"id": "Strangest"}]
	_kinds([[{"id": "Tied"}], duties], {"commercial", "distributed"}) == {
		["copyleft", "Shared"],
		["unknown", "Strange"],
		["unknown", "Stranger"],
		["unknown", "Strangest"],
	}
}
