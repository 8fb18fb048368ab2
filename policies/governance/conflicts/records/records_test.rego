package governance.conflicts.records_test

import data.lib.fixture

_law(least, most) := [
	fixture.jurisdiction("aa", null, [fixture.point("retention.classMin", least)]),
	fixture.jurisdiction("bb", null, [fixture.point("retention.classMax", most)]),
]

_conflicts(documents, classes) := {[finding.field, finding.action, finding.found, finding.required, codes] |
	spec := {"jurisdictions": ["aa", "bb"], "retention": {"classes": classes}}
	some finding in fixture.verdict(documents, spec).findings
	finding.rule == "conflicts.class_window"
	codes := {point.source.code | some point in finding.sources}
}

test_denies_a_class_that_one_law_keeps_for_longer_than_another_allows if {
	documents := _law({"call-recording": 1826, "contract": 10}, {"call-recording": 181})
	_conflicts(documents, {"call-recording": 181, "contract": 10}) == {[
		"spec.retention.classes.call-recording",
		"deny",
		181,
		{"atLeast": 1826, "atMost": 181},
		{"aa", "bb"},
	]}
}

test_a_window_of_one_day_is_no_conflict if {
	_conflicts(_law({"call-recording": 181}, {"call-recording": 181}), {"call-recording": 181}) == set()
}

test_classes_that_differ_or_are_not_stated_are_no_conflict if {
	_conflicts(_law({"call-recording": 1826}, {"contract": 181}), {"call-recording": 1826, "contract": 1}) == set()
	_conflicts(_law({"call-recording": 1826}, {"call-recording": 181}), {"contract": 1}) == set()
}

test_a_window_that_one_law_only_advises_warns if {
	least := fixture.point("retention.classMin", {"call-recording": 1826})
	most := fixture.point("retention.classMax", {"call-recording": 181})
	every pair in [[least, _recalled(most)], [_recalled(least), most]] {
		documents := [fixture.jurisdiction("aa", null, [pair[0]]), fixture.jurisdiction("bb", null, [pair[1]])]
		some conflict in _conflicts(documents, {"call-recording": 181})
		conflict[1] == "warn"
	}
}

_recalled(point) := object.union(point, {"confidence": "recalled"})

_objections(days) := [
	fixture.jurisdiction("aa", null, [fixture.point("retention.classMin", days)]),
	fixture.jurisdiction("bb", null, [fixture.point("rights.requests", ["access", "erasure"])]),
]

_lists(documents, spec) := {[finding.action, finding.field, finding.required, codes] |
	some finding in fixture.verdict(documents, object.union({"jurisdictions": ["aa", "bb"]}, spec)).findings
	finding.rule == "conflicts.suppression_list"
	codes := {point.source.code | some point in finding.sources}
}

test_warns_if_a_list_of_objections_could_be_erased if {
	expected := {[
		"warn",
		"spec.retention.classes.suppression-list",
		"a list of objections that is kept for 1827 days, whatever else is erased",
		{"aa", "bb"},
	]}
	_lists(_objections({"suppression-list": 1827}), {}) == expected
	_lists(_objections({"suppression-list": 1827}), {"retention": {"classes": {"contract": 1}}}) == expected
}

test_a_list_that_is_stated_or_that_no_law_wants_is_no_conflict if {
	_lists(_objections({"suppression-list": 1827}), {"retention": {"classes": {"suppression-list": 1827}}}) == set()
	_lists(_objections({"contract": 1827}), {}) == set()
	_lists([_objections({"suppression-list": 1827})[0]], {"jurisdictions": ["aa"]}) == set()
}
