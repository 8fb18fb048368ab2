package lib.law_test

import data.lib.fixture
import data.lib.law

_documents := [
	fixture.jurisdiction("aa", null, [
		{"dimension": "consent.recording", "value": "opt-in", "when": {"channels": ["voice", "web"], "crossBorder": true}},
		{"dimension": "rights.responseDays", "value": 30, "from": "2026-01-01", "until": "2026-12-31"},
		{"dimension": "rights.responseDays", "value": 20, "act": "guide", "readAt": "https://copy.example/own"},
		{"dimension": "residency.countries", "value": ["eea", "AA"], "direct": true},
		{"dimension": "retention.justifyAbove", "value": 100, "confidence": "default"},
		{"dimension": "rights.appealDays", "value": 10, "confidence": "default"},
		{"dimension": "transparency.languages", "value": ["pt-BR"]},
		{"dimension": "accountability.assessments", "value": {"dpia": 365}},
	]),
	fixture.jurisdiction("aa-x", "aa", []),
	fixture.sector("shops", [{"dimension": "rights.requests", "value": ["access"], "jurisdictions": ["aa", "bb"]}]),
]

_prepared := fixture.prepared(_documents)

_points(dimension) := [point | some point in _prepared.of_dimension[dimension]]

test_codes_are_closed_under_their_parents if {
	_prepared.closure == {"aa": {"aa"}, "aa-x": {"aa", "aa-x"}, "shops": {"shops"}}
}

test_codes_are_known_by_kind if _prepared.codes == {"jurisdiction": {"aa", "aa-x"}, "sector": {"shops"}}

test_a_level_becomes_its_rank if _points("consent.recording")[0].value == 2

test_countries_are_spelled_out if {
	countries := _points("residency.countries")[0].value
	{"aa", "de", "is", "no"} - countries == set()
	not "eea" in countries
}

test_languages_are_compared_without_case if _points("transparency.languages")[0].value == {"pt-br"}

test_other_values_stay if {
	_points("accountability.assessments")[0].value == {"dpia": 365}
	_points("rights.requests")[0].value == {"access"}
}

test_conditions_become_atoms if {
	_points("consent.recording")[0].atoms == {"channels=voice|web", "crossBorder=aa"}
	_points("rights.requests")[0].atoms == {"jurisdictions=aa|bb"}
	_points("residency.countries")[0].atoms == {"declared=aa"}
	_prepared.atoms["channels=voice|web"] == {"fact": "channels", "values": {"voice", "web"}}
}

_reaching := fixture.prepared([
	fixture.jurisdiction("aa", null, [
		{"dimension": "rights.contact", "value": true, "appliesBy": "establishment"},
		{"dimension": "rights.responseDays", "value": 3, "appliesBy": "processing", "when": {"sensitive": true}},
		{"dimension": "rights.appealDays", "value": 3, "appliesBy": "customer", "when": {"sensitive": true}},
	]),
	fixture.jurisdiction("bb", null, []),
	fixture.sector("shops", [{
		"dimension": "rights.contact", "value": true,
		"appliesBy": "establishment", "jurisdictions": ["aa"], "when": {"sensitive": true},
	}]),
])

_atoms(key) := {point.dimension: point.atoms | some point in _reaching.points[key]}

test_points_that_do_not_reach_by_the_place_of_people_stand_apart if {
	_reaching.seats == {"aa": "aa:seat"}
	_atoms("aa") == {"rights.appealDays": {"sensitive=aa"}}
	_atoms("aa:seat") == {
		"rights.contact": {"establishedIn=aa", "nearSeat=aa"},
		"rights.responseDays": {"processedIn=aa", "nearData=aa", "sensitive=aa:seat"},
	}
	_atoms("shops") == {"rights.contact": {"establishedIn=aa", "nearSeat=aa", "sensitive=aa:seat"}}
	_reaching.resting.establishedIn == _reaching.points.shops | {point |
		some point in _reaching.points["aa:seat"]
		point.dimension == "rights.contact"
	}
}

test_guidance_and_numbers_of_ours_are_advice if {
	{[point.dimension, point.value] | some point in _prepared.advisory} == {
		["rights.responseDays", 20],
		["rights.appealDays", 10],
		["retention.justifyAbove", 100],
	}
}

test_points_are_found_by_the_days_on_which_they_begin_and_are_over if {
	{date: {point.dimension | some point in points} | some date, points in _prepared.starts.aa} == {
		"2026-01-01": {"rights.responseDays"},
	}
	object.keys(_prepared.ends.aa) == {"2027-01-01"}
}

test_a_point_knows_the_facts_that_it_rests_on if {
	{point.rests_on | some point in _prepared.points.aa} == {set(), {"channels", "crossBorder"}}
}

test_a_source_cites_the_address_of_its_act_and_where_it_was_read if {
	{[point.value, point.source.url, point.source.readAt] | some point in _points("rights.responseDays")} == {
		[30, "https://law.example/act", ""],
		[20, "https://law.example/guide", "https://copy.example/own"],
	}
}

_read_in(act, points) := {point.value: point.source |
	document := fixture.jurisdiction("aa", null, points)
	law_of := fixture.prepared([object.union(object.remove(document, ["acts"]), {"acts": {"act": act}})])
	some point in law_of.of_dimension["rights.responseDays"]
}

_copied := {"title": "Act", "status": "in-force", "readAt": "https://copy.example/act"}

test_a_value_was_read_where_its_act_was_unless_it_is_recalled if {
	read := _read_in(_copied, [
		{"dimension": "rights.responseDays", "value": 30},
		{"dimension": "rights.responseDays", "value": 20, "readAt": "https://copy.example/own"},
		{"dimension": "rights.responseDays", "value": 10, "confidence": "recalled"},
		{"dimension": "rights.responseDays", "value": 5, "confidence": "recalled", "readAt": "https://copy.example/own"},
		{"dimension": "rights.responseDays", "value": 1, "confidence": "default"},
	])
	{value: source.readAt | some value, source in read} == {
		30: "https://copy.example/act",
		20: "https://copy.example/own",
		10: "",
		5: "https://copy.example/own",
		1: "https://copy.example/act",
	}
	{source.url | some source in read} == {""}
}

test_a_value_of_an_organisation_has_an_address_of_its_own if {
	own := {"dimension": "rights.responseDays", "value": 3, "url": "https://house.example/4", "confidence": "organisation"}
	_read_in(object.union(_copied, {"url": ""}), [own])[3].url == "https://house.example/4"
}

test_dimensions_know_who_carries_them if {
	carriers := {name: _prepared.dimensions[name].carriers |
		some name in ["transparency.disclosure", "security.controls", "consent.lawfulBasis", "accountability.records"]
	}
	carriers == {
		"transparency.disclosure": {"disclose"},
		"security.controls": {"workload"},
		"consent.lawfulBasis": set(),
		"accountability.records": set(),
	}
}

test_what_has_no_answer_or_a_rule_of_its_own_is_not_compared if {
	every name in {
		"liability.autonomyNoDefence",
		"liability.standards",
		"personal_data.sensitive",
		"rights.extensionDays",
		"residency.mechanisms",
		"contract.processorAgreement",
	} {
		not name in _prepared.compared
	}
	"consent.training" in _prepared.compared
}

test_only_people_answer_what_nothing_carries_out if {
	{"consent.lawfulBasis", "security.controls", "accountability.records"} - _prepared.needs_answer == set()
	{"transparency.disclosure", "prohibited.practices"} & _prepared.needs_answer == set()
}

test_only_people_know_what_a_vendor_does if "consent.training" in _prepared.needs_answer

test_only_people_know_an_address_that_the_sidecar_shows if {
	{"rights.contact", "consent.withdrawal", "transparency.noticeAt", "contract.withdrawalFunction"} - _prepared.needs_answer == set()
	not "consent.optOutSignal" in _prepared.needs_answer
}

test_the_built_in_law_is_prepared_with_every_dimension if {
	count(law.prepared.dimensions) == count(data.law.dimensions.dimensions)
	count(law.prepared.points.eu | law.prepared.points["eu:seat"]) == count(data.law.jurisdictions.eu.points)
}

_own(value) := object.union({"confidence": "organisation", "replaces": true}, value)

_replaced(points) := fixture.prepared([fixture.jurisdiction("aa", null, points)])

test_a_replacement_knows_what_it_replaces_and_whether_it_loosens if {
	law_of := _replaced([
		{"dimension": "rights.responseDays", "value": 30},
		{"dimension": "rights.appealDays", "value": 30},
		_own({"dimension": "rights.responseDays", "value": 40}),
		_own({"dimension": "rights.appealDays", "value": 20}),
	])
	law_of.loosening == {"aa/002"}
	{id: {point.value | some point in points} | some id, points in law_of.replaced} == {"aa/002": {30}, "aa/003": {30}}
	{point._id | some point in law_of.replacing.aa} == {"aa/002", "aa/003"}
}

test_a_replacement_of_nothing_loosens_nothing if {
	law_of := _replaced([_own({"dimension": "rights.responseDays", "value": 40})])
	[law_of.loosening, law_of.replaced] == [set(), {}]
}
