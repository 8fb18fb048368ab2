package lib.upcoming_test

import data.lib.upcoming

_point(name, age) := {"_id": name, "value": age}

_points := {_point("year", {"dpia": 365}), _point("any", {"dpia": "any"}), _point("other", {"fria": 9})}

_required := {"dimensions": {"accountability.assessments": {"points": _points}}}

_declaration(change) := object.union({"asOf": "2026-11-23", "spec": {}, "requirement": _required}, change)

_changes(input_) := {[found.kind, found.subject, found.date, {point._id | some point in found.sources}] |
	some found in changes
} if {
	changes := upcoming.changes with input as _declaration(input_)
}

_assessed(assessment) := {"spec": {"assessments": [object.union({"type": "dpia"}, assessment)]}}

test_an_assessment_ends_for_each_point_on_the_nearer_of_its_two_days if {
	_changes(_assessed({"completed": "2026-11-01", "expires": "2027-01-31"})) == {[
		"assessment", "dpia", "2027-02-01",
		{"year", "any"},
	]}
	_changes(_assessed({"completed": "2026-11-01", "expires": "2029-01-31"})) == {
		["assessment", "dpia", "2027-11-02", {"year"}],
		["assessment", "dpia", "2029-02-01", {"any"}],
	}
	_changes(_assessed({"completed": "2026-11-01"})) == {["assessment", "dpia", "2027-11-02", {"year"}]}
}

test_an_assessment_to_come_begins_to_count_for_all_points_that_ask_for_it if {
	_changes(_assessed({"completed": "2026-12-01"})) == {
		["begins", "dpia", "2026-12-01", {"year", "any"}],
		["assessment", "dpia", "2027-12-02", {"year"}],
	}
}

test_an_assessment_that_was_never_completed_or_is_not_required_is_not_ahead if {
	_changes(_assessed({"expires": "2027-01-31"})) == set()
	_changes(_assessed({"type": "bias-audit", "completed": "2026-11-01"})) == set()
	_changes(_assessed({"type": "bias-audit", "completed": "2026-12-01"})) == set()
	_changes({}) == set()
}

test_an_assessment_that_has_ended_is_not_ahead if {
	_changes(_assessed({"completed": "2020-01-01", "expires": "2026-11-22"})) == set()
	_changes(_assessed({"completed": "2026-01-01", "expires": "2026-11-23"})) == {[
		"assessment", "dpia", "2026-11-24",
		{"year", "any"},
	]}
}

_dates(input_) := {[found[0], found[1], found[2]] | some found in _changes(input_)}

_excepted(expires) := {"organisation": {"exceptions": [{"name": "late", "rules": ["a.b"], "expires": expires}]}}

test_an_exception_ends_on_the_day_after_its_last if {
	_dates(_excepted("2026-11-23")) == {["exception", "late", "2026-11-24"]}
	_dates(_excepted("2026-11-22")) == set()
}

test_the_next_day_is_the_nearest_of_all if {
	upcoming.next(set(), {"2027-01-01", "2026-12-24"}) == "2026-12-24"
	upcoming.next({{"date": "2026-12-02"}}, {"2027-01-01"}) == "2026-12-02"
	upcoming.next(set(), set()) == ""
}
