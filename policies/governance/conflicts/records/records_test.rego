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
