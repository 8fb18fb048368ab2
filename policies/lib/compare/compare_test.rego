package lib.compare_test

import data.lib.compare
import data.lib.fixture
import data.lib.merge
import data.lib.plan
import data.prepared

# One dimension of each type, with what it requires, an answer on the boundary and answers beyond it.
_cases := {
	"rights.contact": {"required": true, "enough": ["x", true], "short": ["", false]},
	"consent.recording": {"required": 1, "enough": ["notice", "opt-in"], "short": ["none", "whatever"]},
	"rights.responseDays": {"required": 30, "enough": [30, 0], "short": [31]},
	"retention.auditMin": {"required": 30, "enough": [30, 31], "short": [29, 0]},
	"rights.requests": {
		"required": {"access", "appeal"},
		"enough": [{"access", "appeal"}, {"access", "appeal", "erasure"}],
		"short": [{"access"}, set()],
	},
	"residency.countries": {"required": {"de", "fr"}, "enough": [{"de"}, {"de", "fr"}], "short": [{"de", "us"}, set()]},
	"prohibited.practices": {
		"required": {"social-scoring"},
		"enough": [set(), {"dark-patterns"}],
		"short": [{"social-scoring", "dark-patterns"}],
	},
	"consent.lawfulBasis": {
		"required": {{"consent", "contract"}, {"business-purpose"}},
		"enough": [{"contract", "business-purpose"}],
		"short": [{"contract", "consent"}, set()],
	},
	"accountability.assessments": {
		"required": {"dpia": 365, "fria": 10},
		"enough": [{"dpia": 365, "fria": 0}],
		"short": [{"dpia": 365}, {"dpia": 366, "fria": 0}, {}],
	},
}

_classes := {"call-recording": 10, "contract": 20}

test_only_classes_that_are_stated_are_judged if {
	least := {"retention.classMin": _classes}
	_unsatisfied(least, {"retention.classMin": {"contract": 20, "order-record": 1}}) == set()
	_unsatisfied(least, {"retention.classMin": {"contract": 19}}) == {"retention.classMin"}
	_unsatisfied(least, {"retention.classMin": {}}) == set()
	most := {"retention.classMax": _classes}
	_unsatisfied(most, {"retention.classMax": {"contract": 20, "order-record": 99}}) == set()
	_unsatisfied(most, {"retention.classMax": {"contract": 21}}) == {"retention.classMax"}
	_unsatisfied(most, {"retention.classMax": {}}) == set()
}

test_every_key_is_judged_where_a_declaration_states_all if {
	hours := {"oversight.humanHours": {"weekday": 8, "saturday": 0}}
	_unsatisfied(hours, {"oversight.humanHours": {"weekday": 8, "saturday": 0}}) == set()
	_unsatisfied(hours, {"oversight.humanHours": {"weekday": 7, "saturday": 0}}) == {"oversight.humanHours"}
	_unsatisfied(hours, {"oversight.humanHours": {"weekday": 24}}) == {"oversight.humanHours"}
	_unsatisfied(hours, {}) == set()
}

_unsatisfied(joined, answers) := compare.unsatisfied(plan.by_type(joined), answers)

test_an_answer_on_the_boundary_is_enough if {
	every name, case in _cases {
		every value in case.enough {
			_unsatisfied({name: case.required}, {name: value}) == set()
		}
	}
}

test_an_answer_beyond_the_boundary_is_not if {
	every name, case in _cases {
		every value in case.short {
			_unsatisfied({name: case.required}, {name: value}) == {name}
		}
	}
}

test_what_is_not_answered_or_not_required_is_not_judged if {
	_unsatisfied({name: case.required | some name, case in _cases}, {}) == set()
	_unsatisfied({}, {name: case.short[0] | some name, case in _cases}) == set()
}

_law := [fixture.jurisdiction("aa", null, [
	fixture.point("rights.responseDays", 30),
	{"dimension": "rights.responseDays", "value": 10, "act": "guide"},
	fixture.point("accountability.named", ["deployer"]),
	fixture.point("accountability.records", ["logs"]),
	fixture.point("contract.processorAgreement", true),
	{"dimension": "contract.processorAgreementSays", "value": ["audit"], "act": "guide"},
	fixture.point("prohibited.practices", ["manipulation"]),
	{"dimension": "oversight.supervisor", "value": true, "act": "guide"},
])]

_complete := {
	"jurisdictions": ["aa"],
	"rights": {"responseDays": 10},
	"accountability": {"deployer": {"name": "Shop GmbH", "contact": "x@shop.example"}, "records": ["logs"]},
	"oversight": {"reviewer": "ops@shop.example"},
	"processors": [{"name": "x", "agreement": "https://shop.example/dpa", "agreementSays": ["audit"]}],
}

test_a_declaration_that_answers_enough_has_no_findings if fixture.actions(_law, _complete) == {}

test_what_the_sidecar_carries_need_not_be_declared if {
	fixture.actions(_law, object.remove(_complete, ["rights"])) == {}
}

test_what_only_people_can_answer_must_be_declared if {
	fixture.actions(_law, {"jurisdictions": ["aa"]}) == {
		"accountability.named": "deny",
		"accountability.records": "warn",
		"oversight.supervisor": "warn",
	}
}

test_a_weaker_answer_denies_where_the_law_binds_and_warns_where_it_advises if {
	fixture.actions(_law, object.union(_complete, {"rights": {"responseDays": 31}})) == {"rights.responseDays": "deny"}
	fixture.actions(_law, object.union(_complete, {"rights": {"responseDays": 30}})) == {"rights.responseDays": "warn"}
}

test_a_finding_shows_field_answer_and_requirement if {
	finding := fixture.finding(_law, object.union(_complete, {"rights": {"responseDays": 31}}), "rights.responseDays")
	object.remove(finding, ["sources"]) == {
		"rule": "rights.responseDays",
		"dimension": "rights.responseDays",
		"action": "deny",
		"field": "spec.rights.responseDays",
		"found": 31,
		"required": 10,
		"type": "atMost",
		"unit": "days",
		"remedy": "State at most 10 days (longest time to respond to a request).",
		"unstated": set(),
		"party": "deployer",
	}
	{[point.source.act, point.source.value] | some point in finding.sources} == {["Act of aa", 30], ["Guide of aa", 10]}
	warned := fixture.finding(_law, object.union(_complete, {"rights": {"responseDays": 30}}), "rights.responseDays")
	{point.source.act | some point in warned.sources} == {"Guide of aa"}
}

# What only advises: lists and ages of ours, a voluntary code, and guidance.
_advising := [object.union(
	fixture.jurisdiction("aa", null, [
		{"dimension": "security.controls", "value": ["backup"], "confidence": "default"},
		{"dimension": "accountability.assessments", "value": {"dpia": 365}, "confidence": "default"},
		{"dimension": "accountability.records", "value": ["logs"], "act": "code"},
		{"dimension": "accountability.named", "value": ["risk-owner"], "confidence": "default"},
		{"dimension": "accountability.assessments", "value": {"vulnerability-scan": 90}, "act": "scheme"},
		{"dimension": "rights.responseDays", "value": 14, "confidence": "default"},
	]),
	{"acts": {
		"act": {"title": "Act of aa", "url": "https://law.example/act", "status": "in-force"},
		"scheme": {"title": "Scheme", "url": "https://law.example/scheme", "status": "in-force", "force": "scheme"},
		"code": {"title": "Code of aa", "url": "https://law.example/code", "status": "in-force", "force": "voluntary"},
	}},
)]

test_silence_about_what_is_ours_is_a_warning if {
	fixture.actions(_advising, {"jurisdictions": ["aa"]}) == {
		"security.controls": "warn",
		"accountability.assessments": "warn",
		"accountability.records": "audit",
		"accountability.named": "warn",
	}
	fixture.actions(_advising, {"jurisdictions": ["aa"], "security": {"controls": []}})["security.controls"] == "warn"
}

test_lists_and_ages_of_ours_and_voluntary_rules_are_remarks if {
	fixture.actions(_advising, {
		"jurisdictions": ["aa"],
		"rights": {"responseDays": 30},
		"security": {"controls": ["logging"]},
		"assessments": [{"type": "dpia", "completed": "2024-01-01", "reference": "https://shop.example/dpia"}],
		"accountability": {"records": [], "deployer": {"name": "Shop GmbH", "contact": "x@shop.example"}},
	}) == {
		"security.controls": "audit",
		"accountability.assessments": "audit",
		"accountability.records": "audit",
		"accountability.named": "warn",
		"rights.responseDays": "audit",
	}
}

test_a_scan_that_a_contract_asks_for_is_judged_where_one_is_stated if {
	fixture.actions(_advising, object.union(_complete, {"assessments": [
		{"type": "dpia", "completed": "2026-11-01", "reference": "https://shop.example/dpia"},
		{"type": "vulnerability-scan", "completed": "2026-07-01", "reference": "https://shop.example/scan"},
	]}))["accountability.assessments"] == "deny"
}

test_a_flag_that_is_stated_as_false_is_not_met if {
	law_of := [fixture.jurisdiction("aa", null, [fixture.point("consent.optOutSignal", true)])]
	stated := {"jurisdictions": ["aa"], "consent": {"honoursOptOutSignal": false}}
	fixture.actions(law_of, stated) == {"consent.optOutSignal": "warn"}
}

_implying := [fixture.jurisdiction("aa", null, [fixture.point("rights.requests", ["recipients-list", "appeal"])])]

test_a_word_stands_for_what_it_implies if {
	fixture.actions(_implying, {"jurisdictions": ["aa"], "rights": {"requests": ["access", "appeal"]}}) == {}
	found := fixture.finding(_implying, {"jurisdictions": ["aa"], "rights": {"requests": ["access"]}}, "rights.requests")
	found.found == ["access"]
}

test_each_processor_answers_for_itself if {
	spec := object.union(_complete, {"processors": [{"name": "x", "agreement": "https://shop.example/dpa"}, {"name": "y"}]})
	findings := {[finding.field, finding.action, finding.found] | some finding in fixture.verdict(_law, spec).findings}
	findings == {
		["spec.processors[0].agreementSays", "warn", null],
		["spec.processors[1].agreementSays", "warn", null],
		["spec.processors[1].agreement", "deny", null],
	}
}

_abroad := [fixture.jurisdiction("aa", null, [fixture.point("residency.noneOf", ["ru"])])]

_where(residency, processors) := {[finding.field, finding.found] |
	spec := {"jurisdictions": ["aa"], "residency": residency, "processors": processors}
	some finding in fixture.verdict(_abroad, spec).findings
	finding.rule == "residency.noneOf"
}

test_each_place_where_data_is_is_none_of_those_to_which_it_may_not_go if {
	_where({"countries": ["DE"]}, [{"name": "x", "country": "FR"}]) == set()
	_where({"countries": ["DE", "RU"]}, [{"name": "x", "country": "FR"}]) == {["spec.residency.countries", ["DE", "RU"]]}
	_where({"countries": ["DE"]}, [{"name": "x", "country": "RU"}]) == {["spec.processors[0].country", "RU"]}
	_where({"countries": ["DE"]}, [{"name": "x"}]) == {["spec.processors[0].country", null]}
	_where({}, []) == {["spec.residency.countries", null]}
}

test_an_undeclared_part_is_not_compared if {
	count(compare.dimensions & {"retention.transcriptMax", "contract.processorAgreement"}) == 2
	count(compare.dimensions & {"liability.autonomyNoDefence", "enforcement.maxFine", "rights.extensionDays"}) == 0
}

_cited(name, stated, points) := {point.value |
	dimension := prepared.dimensions[name]
	merged := {"points": points, "joined": merge.value(dimension.type, points)}
	unmet := compare.unmet_points(dimension, merged, stated) with data.prepared as object.union(
		prepared,
		{"asking": {name: {word: {point | some point in points; word in point.value} | some word in _words}}},
	)
	some point in unmet
}

_words := {"access", "appeal"}

_points(values) := {{"value": value} | some value in values}

test_only_the_points_that_are_not_met_are_cited if {
	_cited("rights.requests", {"access"}, _points([{"access"}, {"access", "appeal"}])) == {{"access", "appeal"}}
	_cited("prohibited.practices", {"dark-patterns"}, _points([{"manipulation"}, {"dark-patterns"}])) == {{"dark-patterns"}}
	_cited("residency.countries", {"de", "us"}, _points([{"de", "us"}, {"de"}])) == {{"de"}}
	_cited("residency.countries", set(), _points([{"de"}])) == {{"de"}}
	_cited("consent.lawfulBasis", {"contract"}, _points([{"contract", "consent"}, {"business-purpose"}])) == {{"business-purpose"}}
	_cited("retention.classMin", {"contract": 10}, _points([{"contract": 10}, {"contract": 11}])) == {{"contract": 11}}
	_cited("retention.classMax", {"contract": 11}, _points([{"contract": 10}, {"complaint": 1}])) == {{"contract": 10}}
	hours := _points([{"weekday": 8}, {"saturday": 4}])
	_cited("oversight.humanHours", {"weekday": 8}, hours) == {{"saturday": 4}}
	_cited("accountability.assessments", {"dpia": 400}, _points([{"dpia": 365}, {"fria": 10}, {"dpia": 730}])) == {{"dpia": 365}, {"fria": 10}}
}

test_all_points_that_set_a_number_or_a_level_are_cited if {
	_cited("rights.responseDays", 31, _points([30])) == {30}
	_cited("consent.recording", "none", _points([1])) == {1}
}

test_all_points_are_cited_where_nothing_is_stated if _cited("rights.requests", null, _points([{"a"}, {"b"}])) == {{"a"}, {"b"}}
