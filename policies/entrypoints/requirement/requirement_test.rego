package entrypoints.requirement_test

import data.lib.fixture

_days(values) := [object.union({"dimension": "rights.responseDays"}, value) | some value in values]

_one(points) := [fixture.jurisdiction("aa", null, points), fixture.jurisdiction("aa-x", "aa", [])]

_value(documents, spec) := object.get(
	fixture.required(documents, spec).dimensions,
	["rights.responseDays", "value"],
	"nothing",
)

test_a_parent_adds_to_its_parts if {
	documents := [
		fixture.jurisdiction("aa", null, _days([{"value": 30}])),
		fixture.jurisdiction("aa-x", "aa", _days([{"value": 40}])),
	]
	_value(documents, {"jurisdictions": ["aa-x"]}) == 30
	_value(documents, {"jurisdictions": ["aa"]}) == 30
}

test_a_direct_point_holds_only_where_its_code_is_declared if {
	documents := _one(_days([{"value": 30, "direct": true}]))
	_value(documents, {"jurisdictions": ["aa"]}) == 30
	_value(documents, {"jurisdictions": ["aa-x"]}) == "nothing"
}

test_an_act_need_not_be_law_in_every_part_of_its_place if {
	documents := [
		object.union(fixture.jurisdiction("aa", null, _days([{"value": 30}])), {"acts": {"act": {"notIn": ["aa-x"]}}}),
		fixture.jurisdiction("aa-x", "aa", []),
		fixture.jurisdiction("aa-y", "aa", []),
	]
	_value(documents, {"jurisdictions": ["aa-x"]}) == "nothing"
	_value(documents, {"jurisdictions": ["aa"]}) == 30
	_value(documents, {"jurisdictions": ["aa-x", "aa-y"]}) == 30
}

test_a_point_of_a_sector_may_hold_in_some_jurisdictions_only if {
	documents := array.concat(_one([]), [
		fixture.jurisdiction("bb", null, []),
		fixture.sector("shops", _days([{"value": 30, "jurisdictions": ["aa"]}])),
	])
	_value(documents, {"jurisdictions": ["aa-x"], "sectors": ["shops"]}) == 30
	_value(documents, {"jurisdictions": ["bb"], "sectors": ["shops"]}) == "nothing"
	_value(documents, {"jurisdictions": ["aa"]}) == "nothing"
}

_on(points, as_of) := object.get(
	fixture.required_on(_one(points), {"jurisdictions": ["aa"]}, as_of).dimensions,
	["rights.responseDays", "value"],
	"nothing",
)

test_a_point_holds_from_its_first_to_its_last_day if {
	points := _days([{"value": 30, "from": "2026-01-01", "until": "2026-12-31"}])
	days := ["2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01"]
	[_on(points, day) | some day in days] == ["nothing", 30, 30, "nothing"]
}

test_every_condition_of_a_point_must_hold if {
	documents := _one(_days([{"value": 30, "when": {"channels": ["voice"], "outbound": true}}]))
	_value(documents, {"jurisdictions": ["aa"], "channels": ["voice"], "purpose": {"outbound": true}}) == 30
	_value(documents, {"jurisdictions": ["aa"], "channels": ["web"], "purpose": {"outbound": true}}) == "nothing"
	_value(documents, {"jurisdictions": ["aa"], "channels": ["voice"]}) == 30
}

_ahead(points, spec) := fixture.required(_one(points), spec).daysAhead

test_the_days_ahead_are_those_of_points_that_can_apply if {
	points := _days([
		{"value": 10, "from": "2026-01-01"},
		{"value": 20, "until": "2026-12-31"},
		{"value": 30, "from": "2027-02-01"},
		{"value": 40, "from": "2026-12-01", "when": {"outbound": true}},
	])
	_ahead(points, {"jurisdictions": ["aa"], "purpose": {"outbound": false}}) == {"2027-01-01", "2027-02-01"}
	_ahead(points, {"jurisdictions": ["aa"], "purpose": {"outbound": true}}) == {"2026-12-01", "2027-01-01", "2027-02-01"}
	_ahead(points, {"jurisdictions": ["zz"]}) == set()
}

test_a_change_of_today_is_not_ahead if {
	points := _days([
		{"value": 10, "from": fixture.day},
		{"value": 20, "until": "2026-11-22"},
		{"value": 30, "from": "2026-11-24"},
		{"value": 40, "until": fixture.day},
	])
	_ahead(points, {"jurisdictions": ["aa"]}) == {"2026-11-24"}
	_upcoming([points[0], points[1]]) == set()
}

_upcoming(points) := {[change.date, change.value] |
	some change in fixture.required(_one(points), {"jurisdictions": ["aa"]}).upcoming
}

test_what_begins_and_changes_the_value_is_upcoming if {
	_upcoming(_days([{"value": 30}, {"value": 10, "from": "2027-02-01"}])) == {["2027-02-01", [10]]}
	_upcoming(_days([{"value": 10}, {"value": 30, "from": "2027-02-01"}])) == set()
	_upcoming(_days([{"value": 10}])) == set()
}

test_what_ends_is_upcoming_also_when_nothing_is_left if {
	_upcoming(_days([{"value": 10, "until": "2026-12-31"}])) == {["2027-01-01", []]}
	_upcoming(_days([{"value": 10, "until": "2026-12-31"}, {"value": 20}])) == {["2027-01-01", [20]]}
}

test_a_value_that_takes_over_on_the_next_day_is_one_change if {
	points := _days([{"value": 10, "until": "2026-12-31"}, {"value": 20, "from": "2027-01-01"}])
	_upcoming(points) == {["2027-01-01", [20]]}
}

_own(values) := [object.union({"confidence": "organisation"}, value) | some value in values]

_law(own) := fixture.required(_one(array.concat(_days([{"value": 30}]), _days(_own(own)))), {"jurisdictions": ["aa-x"]})

test_an_organisation_tightens_and_nothing_is_loosened if {
	required := _law([{"value": 20}])
	[required.dimensions["rights.responseDays"].value, required.loosened] == [20, {}]
	_law([{"value": 20, "replaces": true}]).loosened == {}
}

test_an_organisation_cannot_loosen_by_adding if _law([{"value": 40}]).dimensions["rights.responseDays"].value == 30

test_an_organisation_loosens_by_replacing_and_it_is_said if {
	required := _law([{"value": 40, "replaces": true}])
	required.dimensions["rights.responseDays"].value == 40
	required.loosened["rights.responseDays"].value == 30
	{point.value | some point in required.loosened["rights.responseDays"].setting} == {30}
}

test_a_replacement_holds_only_while_it_applies if {
	required := _law([{"value": 40, "replaces": true, "from": "2027-01-01"}])
	[required.dimensions["rights.responseDays"].value, required.loosened] == [30, {}]
	{[change.date, change.value] | some change in required.upcoming} == {["2027-01-01", [40]]}
}

test_law_ahead_that_is_replaced_today_changes_nothing if {
	own := {"value": 40, "replaces": true}
	_law([own]).upcoming == set()
	documents := _one(array.concat(_days([{"value": 30}, {"value": 20, "from": "2027-01-01"}]), _days(_own([own]))))
	required := fixture.required(documents, {"jurisdictions": ["aa"]})
	[required.dimensions["rights.responseDays"].value, required.upcoming] == [40, set()]
}

test_a_replacement_that_others_outdo_has_no_effect if {
	documents := array.concat(
		_one(array.concat(_days([{"value": 30}]), _days(_own([{"value": 40, "replaces": true}])))),
		[fixture.jurisdiction("bb", null, _days([{"value": 30}]))],
	)
	fixture.required(documents, {"jurisdictions": ["aa", "bb"]}).loosened == {}
}

test_a_value_knows_what_set_it_what_it_overrides_and_what_can_deny if {
	documents := _one(_days([{"value": 30}, {"value": 40}, {"value": 10, "act": "guide"}]))
	required := fixture.required(documents, {"jurisdictions": ["aa"]})
	merged := required.dimensions["rights.responseDays"]
	merged.value == 10
	required.plan.whole.binding == {"atMost": {"rights.responseDays": 30}}
	{point.value | some point in merged.setting} == {10}
	{point.value | some point in merged.points} == {10, 30, 40}
}

test_nothing_can_deny_where_all_is_advice if {
	documents := _one(_days([{"value": 10, "act": "guide"}]))
	asked := fixture.required(documents, {"jurisdictions": ["aa"]}).plan.whole
	[asked.advised, asked.binding, asked.bound] == [{"rights.responseDays"}, {}, set()]
}

test_advice_that_asks_for_no_more_changes_nothing if {
	documents := _one(_days([{"value": 10}, {"value": 10, "act": "guide"}, {"value": 30, "act": "guide"}]))
	fixture.required(documents, {"jurisdictions": ["aa"]}).plan.whole.advised == set()
}

test_what_was_not_declared_is_a_doubt_of_what_it_sets if {
	documents := _one(_days([{"value": 10, "when": {"outbound": true}}, {"value": 30, "when": {"minors": true}}]))
	spec := {"jurisdictions": ["aa"]}
	fixture.required(documents, spec).doubts["rights.responseDays"] == {"spec.purpose.outbound"}
	declared := object.union(spec, {"purpose": {"outbound": true}})
	fixture.required(documents, declared).doubts == {}
}

_obligations(points) := {[obligation.kind, obligation.dimension, obligation.value] |
	some obligation in fixture.required(_one(points), {"jurisdictions": ["aa"]}).obligations
}

test_a_dimension_that_is_carried_out_is_an_obligation if {
	_obligations([
		fixture.point("transparency.disclosure", "always"),
		fixture.point("security.controls", ["logging"]),
		fixture.point("consent.lawfulBasis", ["consent"]),
		fixture.point("accountability.records", ["logs"]),
	]) == {["disclose", "transparency.disclosure", "always"], ["workload", "security.controls", {"logging"}]}
}

test_records_that_must_be_kept_are_restricted_and_not_erased if {
	points := [
		fixture.point("rights.requests", ["erasure"]),
		fixture.point("rights.responseDays", 30),
		fixture.point("retention.transcriptMin", 90),
	]
	["rights", "retention.transcriptMin", 90] in _obligations(points)
	not ["rights", "retention.transcriptMin", 90] in _obligations([points[1], points[2]])
}

test_records_that_can_be_erased_within_the_deadline_are_not_restricted if {
	kept_for := {days: obligations |
		some days in [29, 30, 31]
		obligations := {kind | some [kind, "retention.transcriptMin", _] in _obligations([
			fixture.point("rights.requests", ["erasure"]),
			fixture.point("rights.responseDays", 30),
			fixture.point("retention.transcriptMin", days),
		])}
	}
	{days: restricted | some days, kinds in kept_for; restricted := count(kinds) == 2} == {29: false, 30: false, 31: true}
}

test_one_of_the_roles_that_a_law_exempts_suffices if {
	documents := _one(_days([{"value": 30, "when": {"notRoles": ["sba-small-business", "social-media"]}}]))
	days := {who: _value(documents, {"jurisdictions": ["aa"], "accountability": {"roles": roles}}) |
		some who, roles in {
			"shop": [], "other": ["marketplace"], "small": ["marketplace", "sba-small-business"], "social": ["social-media"],
		}
	}
	days == {"shop": 30, "other": 30, "small": "nothing", "social": "nothing"}
	_value(documents, {"jurisdictions": ["aa"]}) == 30
}

_binding_of_new(spec) := asked if {
	documents := _one(_days([{"value": 30, "when": {"notEstablishedIn": ["aa"]}}]))
	asked := fixture.required(documents, object.union({"jurisdictions": ["aa"]}, spec)).plan.whole
}

test_a_point_that_frees_a_role_binds_everyone_else if {
	documents := _one(_days([{"value": 30, "when": {"notRoles": ["school"]}}]))
	{roles: [required, unstated] |
		some roles, spec in {
			"unstated": {},
			"none": {"accountability": {"roles": []}},
			"another": {"accountability": {"roles": ["insurer"]}},
		}
		required := _value(documents, object.union({"jurisdictions": ["aa"]}, spec))
		result := fixture.required(documents, object.union({"jurisdictions": ["aa"]}, spec))
		result.plan.whole.advised == set()
		unstated := object.get(result.doubts, "rights.responseDays", set())
	} == {
		"unstated": [30, {"spec.accountability.roles"}],
		"none": [30, set()],
		"another": [30, set()],
	}
	_value(documents, {
		"jurisdictions": ["aa"],
		"sectors": ["education"],
		"accountability": {"roles": ["insurer", "school"]},
	}) == "nothing"
	_value(documents, {"jurisdictions": ["aa"], "accountability": {"roles": ["insurer", "school"]}}) == 30
}

_seated(value) := {"dimension": "rights.responseDays", "value": value, "appliesBy": "establishment"}

_of_seat(spec) := [required.dimensions["rights.responseDays"].value, required.plan.whole.advised != set()] if {
	documents := [fixture.jurisdiction("aa", null, []), fixture.jurisdiction("bb", null, [_seated(20)])]
	required := fixture.required(documents, object.union({"jurisdictions": ["aa"]}, spec))
}

test_law_of_the_seat_binds_where_an_establishment_is_stated if {
	_of_seat({"accountability": {"establishments": ["BB"]}}) == [20, false]
	_of_seat({"accountability": {"deployer": {"country": "BB"}}}) == [20, false]
	_of_seat({"jurisdictions": ["bb"]}) == [20, true]
	_of_seat({"jurisdictions": ["bb"], "accountability": {"establishments": ["AA"]}}) == [20, true]
}

test_data_in_a_place_does_not_bring_the_law_of_seats_there if {
	not _of_seat({"residency": {"countries": ["BB"]}, "processors": []})
	not _of_seat({"residency": {"countries": ["BB"]}, "processors": [{"name": "vendor"}]})
}

test_law_of_a_place_of_data_binds_also_while_another_place_is_unknown if {
	documents := [
		fixture.jurisdiction("aa", null, []),
		fixture.jurisdiction("bb", null, [{"dimension": "rights.responseDays", "value": 9, "appliesBy": "processing"}]),
	]
	spec := {"jurisdictions": ["aa"], "processors": [{"country": "BB"}, {"name": "vendor"}]}
	required := fixture.required(documents, spec)
	[required.dimensions["rights.responseDays"].value, required.plan.whole.advised] == [9, set()]
	required.doubts == {}
}

test_a_place_that_is_known_in_part_is_not_named_where_it_settles_the_point if {
	point := {
		"dimension": "rights.responseDays", "value": 9,
		"appliesBy": "processing", "when": {"outbound": true},
	}
	documents := [fixture.jurisdiction("aa", null, []), fixture.jurisdiction("bb", null, [point])]
	spec := {"jurisdictions": ["aa"], "processors": [{"country": "BB"}, {"name": "vendor"}]}
	fixture.required(documents, spec).doubts == {"rights.responseDays": {"spec.purpose.outbound"}}
}

test_a_point_whose_addressee_is_unknown_only_advises if {
	_binding_of_new({}).advised == {"rights.responseDays"}
	_binding_of_new({"accountability": {"deployer": {"country": "BB"}}}).advised == set()
	documents := _one(_days([{"value": 30, "when": {"notEstablishedIn": ["aa"]}}]))
	_value(documents, {"jurisdictions": ["aa"], "accountability": {"deployer": {"country": "AA"}}}) == "nothing"
}
