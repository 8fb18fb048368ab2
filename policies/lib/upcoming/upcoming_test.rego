package lib.upcoming_test

import data.lib.upcoming

_required := {
	"dimensions": {"accountability.assessments": {"joined": {"dpia": 365}, "setting": {"point"}}},
}

_declaration(change) := object.union({"asOf": "2026-11-23", "spec": {}, "requirement": _required}, change)

_dates(change) := {[found.kind, found.subject, found.date] | some found in changes} if {
	changes := upcoming.changes with input as _declaration(change)
}

_assessed(assessment) := {"spec": {"assessments": [object.union({"type": "dpia"}, assessment)]}}

test_an_assessment_ends_on_the_nearer_of_its_two_days if {
	_dates(_assessed({"completed": "2026-11-01", "expires": "2027-01-31"})) == {["assessment", "dpia", "2027-02-01"]}
	_dates(_assessed({"completed": "2026-11-01", "expires": "2029-01-31"})) == {["assessment", "dpia", "2027-11-02"]}
	_dates(_assessed({"expires": "2027-01-31"})) == {["assessment", "dpia", "2027-02-01"]}
}

test_an_assessment_that_has_ended_or_is_not_required_is_not_ahead if {
	_dates(_assessed({"completed": "2020-01-01", "expires": "2026-11-22"})) == set()
	_dates(_assessed({"expires": "2026-11-22"})) == set()
	_dates(_assessed({"type": "fria", "completed": "2026-11-01"})) == set()
	_dates({}) == set()
}

test_the_last_day_of_an_assessment_is_still_ahead if {
	_dates(_assessed({"completed": "2026-01-01", "expires": "2026-11-23"})) == {["assessment", "dpia", "2026-11-24"]}
}

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
