package entrypoints.declaration_test

import data.entrypoints.declaration
import data.lib.facts
import data.lib.fixture

_law := [fixture.jurisdiction("aa", null, [
	fixture.point("consent.lawfulBasis", ["consent"]),
	fixture.point("accountability.records", ["logs"]),
	{"dimension": "accountability.assessments", "value": {"dpia": 365}, "from": "2026-01-01"},
])]

_compliant := {
	"jurisdictions": ["aa"],
	"consent": {"lawfulBasis": ["consent"]},
	"accountability": {"records": ["logs"]},
	"assessments": [{"type": "dpia", "reference": "https://a.example", "completed": "2026-11-01", "expires": "2027-06-30"}],
}

_verdict(change) := fixture.verdict(_law, object.union(_compliant, change))

test_allows_a_declaration_without_findings if {
	_verdict({}) == {
		"findings": set(),
		"outcome": "Allow",
		"compliant": true,
		"enforcement": "deny",
		"waivers": {},
		"obligations": set(),
		"upcoming": {{
			"date": "2027-07-01",
			"rule": "accountability.assessments",
			"kind": "assessment",
			"subject": "dpia",
			"value": [],
			"sources": fixture.required(_law, _compliant).dimensions["accountability.assessments"].setting,
		}},
		"nextEvaluation": "2027-07-01",
	}
}

_asked(change, organisation) := fixture.verdict_in(_law, object.union(_compliant, change), fixture.day, organisation)

_unlawful := {"consent": {"lawfulBasis": []}}

test_the_organisation_sets_actions_and_a_floor if {
	_asked(_unlawful, {"actions": {"consent.lawfulBasis": "warn"}}).outcome == "Warn"
	verdict := _asked(object.union(_unlawful, {"enforcement": "Audit"}), {"floor": "quarantine"})
	[verdict.enforcement, {finding.action | some finding in verdict.findings}] == ["quarantine", {"quarantine"}]
}

test_findings_of_the_organisation_are_weighed_like_others if {
	finding := {"rule": "organisation.tone", "action": "deny", "sources": set()}
	verdict := _asked({"enforcement": "Warn"}, {"findings": [finding]})
	verdict.findings == {object.union(finding, {"action": "warn"})}
}

_unasked := {"notApplicable": [{"dimension": "consent.lawfulBasis", "reason": "no personal data is processed"}]}

test_a_dimension_that_does_not_apply_denies_nobody if {
	verdict := _verdict(object.union(_unlawful, _unasked))
	[verdict.outcome, verdict.compliant] == ["Allow", true]
	{[finding.action, finding.reason] | some finding in verdict.findings} == {[
		"notApplicable",
		"no personal data is processed",
	]}
}

test_an_exception_counts_more_than_a_reason_of_ones_own if {
	verdict := _asked(object.union(_unlawful, _unasked), {"exceptions": [_exception]})
	{finding.action | some finding in verdict.findings} == {"waived"}
}

_approved := {
	"name": "unasked",
	"rules": [],
	"notApplicable": _unasked.notApplicable,
	"expires": "2026-11-23",
}

_demanding(exceptions) := {"approvals": {"consent.lawfulBasis": "house"}, "exceptions": exceptions}

_weighed(verdict) := {[finding.action, finding.awaitsApproval] | some finding in verdict.findings}

test_a_reason_counts_once_it_is_approved_where_the_organisation_demands_it if {
	verdict := _asked(object.union(_unlawful, _unasked), _demanding([]))
	[verdict.outcome, verdict.compliant, _weighed(verdict)] == ["Deny", false, {["deny", "house"]}]
	approved := _asked(object.union(_unlawful, _unasked), _demanding([_approved]))
	[approved.outcome, approved.compliant, approved.nextEvaluation] == ["Allow", true, "2026-11-24"]
	{finding.action | some finding in approved.findings} == {"notApplicable"}
	{[change.rule, change.subject] | some change in approved.upcoming; change.kind == "exception"} == {[
		"consent.lawfulBasis",
		"unasked",
	]}
}

test_an_approval_is_for_its_words_and_its_time if {
	other := {"notApplicable": [{"dimension": "consent.lawfulBasis", "reason": "nobody asks for any data"}]}
	_asked(object.union(_unlawful, other), _demanding([_approved])).outcome == "Deny"
	spec := object.union(_compliant, object.union(_unlawful, _unasked))
	fixture.verdict_in(_law, spec, "2026-11-24", _demanding([_approved])).outcome == "Deny"
}

test_other_reasons_need_no_approval if {
	verdict := _asked(object.union(_unlawful, _unasked), {"approvals": {"rights.contact": "house"}})
	{finding.action | some finding in verdict.findings} == {"notApplicable"}
	both := object.union(_unlawful, {"notApplicable": array.concat(_unasked.notApplicable, [{
		"dimension": "rights.contact",
		"reason": "nobody can ask for anything",
	}])})
	mixed := _asked(both, {"approvals": {"rights.contact": "house"}})
	{[finding.action, finding.awaitsApproval] | some finding in mixed.findings} == {["notApplicable", ""]}
}

_exception := {"name": "late", "rules": ["consent.lawfulBasis", "rights.contact"], "expires": "2026-11-23"}

test_an_exception_waives_until_its_last_day if {
	verdict := _asked(_unlawful, {"exceptions": [_exception]})
	[verdict.outcome, verdict.compliant, verdict.nextEvaluation] == ["Allow", true, "2026-11-24"]
	{finding.rule: finding.waivedBy | some finding in verdict.findings} == {"consent.lawfulBasis": "late"}
	verdict.waivers == {"consent.lawfulBasis": "late", "rights.contact": "late"}
	over := fixture.verdict_in(_law, object.union(_compliant, _unlawful), "2026-11-24", {"exceptions": [_exception]})
	[over.outcome, over.waivers] == ["Deny", {}]
}

test_no_exception_waives_what_cannot_be_read if {
	exception := object.union(_exception, {"rules": ["declaration.unknown_code"]})
	_asked({"jurisdictions": ["aa", "zz"]}, {"exceptions": [exception]}).outcome == "Deny"
}

test_denies_where_a_finding_denies if {
	verdict := _verdict({"consent": {"lawfulBasis": []}})
	[verdict.outcome, verdict.compliant] == ["Deny", false]
	{finding.rule: finding.action | some finding in verdict.findings} == {"consent.lawfulBasis": "deny"}
}

test_warns_where_findings_only_warn if {
	verdict := _verdict({"accountability": {"records": []}})
	[verdict.outcome, verdict.compliant] == ["Warn", true]
}

test_enforcement_weakens_the_outcome_but_not_compliance if {
	verdict := _verdict({"consent": {"lawfulBasis": []}, "enforcement": "Warn"})
	[verdict.outcome, verdict.compliant] == ["Warn", false]
	audited := _verdict({"consent": {"lawfulBasis": []}, "enforcement": "Audit"})
	[audited.outcome, audited.compliant] == ["Allow", false]
}

test_enforcement_does_not_weaken_an_unknown_code if {
	verdict := _verdict({"jurisdictions": ["aa", "zz"], "enforcement": "Audit"})
	[verdict.outcome, verdict.compliant] == ["Deny", false]
}

test_unknown_codes_transfers_and_conflicts_are_findings_too if {
	documents := [fixture.jurisdiction("aa", null, [
		fixture.point("residency.mechanisms", ["consent"]),
		fixture.point("retention.transcriptMin", 9),
		fixture.point("retention.transcriptMax", 8),
		fixture.point("rights.requests", ["erasure"]),
		fixture.point("rights.responseDays", 1),
	])]
	spec := {"jurisdictions": ["aa", "zz"], "processors": [{"name": "x", "country": "US"}]}
	object.keys(fixture.actions(documents, spec)) == {
		"declaration.unknown_code",
		"residency.mechanisms",
		"conflicts.retention_window",
		"conflicts.erase_and_keep",
	}
}

test_a_suspended_chatbot_is_an_obligation if {
	_verdict({"suspended": true}).obligations == {{"kind": "suspend", "dimension": "", "value": true, "sources": set()}}
	_verdict({"suspended": false}).obligations == set()
}

_next(assessments) := fixture.verdict(_law, object.union(_compliant, {"assessments": assessments})).nextEvaluation

test_the_next_evaluation_is_also_when_an_assessment_expires_or_gets_too_old if {
	_next([{"type": "dpia", "completed": "2026-11-01", "expires": "2027-06-30"}]) == "2027-07-01"
	_next([{"type": "dpia", "completed": "2026-11-01", "expires": "2028-06-30"}]) == "2027-11-02"
	_next([{"type": "dpia", "completed": "2026-11-01"}]) == "2027-11-02"
}

test_an_assessment_that_is_past_or_not_required_changes_nothing if {
	_next([{"type": "fria", "completed": "2026-11-01", "expires": "2027-06-30"}]) == ""
	_next([{"type": "dpia", "completed": "2020-01-01", "expires": "2021-01-01"}]) == ""
}

test_the_next_evaluation_is_also_when_an_assessment_begins_to_count if {
	_next([{"type": "dpia", "completed": "2026-12-24"}]) == "2026-12-24"
	_next([{"type": "dpia", "expires": "2026-12-24"}]) == ""
}

# The rules about a dpia of a law that names no age, by what is stated.
_of_any_age(assessments) := object.keys(fixture.actions(
	[fixture.jurisdiction("aa", null, [fixture.point("accountability.assessments", {"dpia": "any"})])],
	{"jurisdictions": ["aa"], "assessments": assessments},
))

test_an_assessment_of_any_age_must_exist_and_never_gets_too_old if {
	_of_any_age([{"type": "dpia", "reference": "https://a.example", "completed": "2016-01-01"}]) == set()
	_of_any_age([{"type": "dpia", "reference": "https://a.example", "completed": "2015-12-31"}]) == {
		"accountability.old_assessment",
	}
	_of_any_age([]) == {"accountability.assessments"}
	_of_any_age([{"type": "fria", "reference": "https://a.example", "completed": "2026-11-01"}]) == {"accountability.assessments"}
	old := {"type": "dpia", "reference": "https://a.example", "completed": "2016-01-01", "expires": "2017-01-01"}
	_of_any_age([old]) == {"accountability.assessments"}
}

test_a_change_of_the_law_ahead_is_the_next_evaluation if {
	point := {"dimension": "rights.contact", "value": true, "from": "2026-12-24"}
	documents := [fixture.jurisdiction("aa", null, [point])]
	fixture.verdict(documents, {"jurisdictions": ["aa"]}).nextEvaluation == "2026-12-24"
}

# The action on a breach of one point, by the day on which it is decided; no action where the point does not apply.
_on_days(point) := {day: action |
	some day in _days
	verdict := fixture.verdict_on([fixture.jurisdiction("aa", null, [point])], _answering_in(40), day)
	action := concat("", {finding.action | some finding in verdict.findings; finding.rule == "rights.responseDays"})
}

_answering_in(days) := {"jurisdictions": ["aa"], "rights": {"responseDays": days}}

_days := ["2026-12-31", "2027-01-01", "2027-01-02", "2027-12-30", "2027-12-31", "2028-01-01"]

_dated(act) := {
	"dimension": "rights.responseDays", "value": 30, "act": act,
	"from": "2027-01-01", "until": "2027-12-31",
}

# The same action on each day of 2027, and none on the day before and the day after.
_within(action) := {day: object.get({"2026-12-31": "", "2028-01-01": ""}, day, action) | some day in _days}

test_law_denies_from_its_first_day_to_its_last if _on_days(_dated("act")) == _within("deny")

test_an_adopted_act_denies_from_the_day_on_which_it_applies if _on_days(_dated("adopted")) == _within("deny")

test_a_ruling_denies_as_law_does if _on_days(_dated("ruling")) == _within("deny")

test_guidance_warns_and_never_denies if _on_days(_dated("guide")) == _within("warn")

test_a_proposed_act_warns_and_never_denies if _on_days(_dated("bill")) == _within("warn")

test_a_proposed_act_does_not_tighten_what_law_denies if {
	documents := [fixture.jurisdiction("aa", null, [
		{"dimension": "rights.responseDays", "value": 30},
		{"dimension": "rights.responseDays", "value": 10, "act": "bill"},
	])]
	actions := {days: fixture.actions(documents, _answering_in(days)) | some days in [10, 11, 30, 31]}
	warn := {"rights.responseDays": "warn"}
	actions == {10: {}, 11: warn, 30: warn, 31: {"rights.responseDays": "deny"}}
}

_two := [
	fixture.jurisdiction("aa", null, [fixture.point("rights.responseDays", 30)]),
	fixture.jurisdiction("bb", null, [
		fixture.point("rights.responseDays", 10),
		fixture.point("rights.contact", true),
		fixture.point("rights.appealDays", 5),
		{"dimension": "accountability.records", "value": ["logs"], "when": {"minors": true}},
		{"dimension": "residency.mechanisms", "value": ["consent"], "when": {"minors": true}},
		{"dimension": "accountability.assessments", "value": {"dpia": 365}, "when": {"minors": true}},
		{"dimension": "accountability.assessments", "value": {"dpia": 365}, "when": {"belowAge": 10}},
		{"dimension": "oversight.humanReview", "value": true, "from": "2026-12-24", "when": {"minors": true}},
		{"dimension": "consent.lawfulBasis", "value": ["consent"], "act": "guide"},
		{"dimension": "consent.lawfulBasis", "value": ["consent"], "when": {"minors": true}},
	]),
]

_stated := {
	"rights": {"responseDays": 30, "contact": "a@b.example"},
	"audience": {"minimumAge": 18},
	"consent": {"lawfulBasis": ["consent"]},
	"assessments": [{"type": "dpia", "reference": "https://a.example", "completed": "2026-11-01"}],
}

_of_place(code, field, values) := {"field": field, "values": values, "input": {
	"spec": spec,
	"facts": stated,
	"requirement": fixture.required(_two, spec),
}} if {
	spec := object.union(object.union({"jurisdictions": [code]}, _stated), values)
	stated := facts.document with input as {"spec": spec, "asOf": fixture.day} with data.prepared as fixture.prepared(_two)
}

_in_places(places) := {[finding.rule, finding.field, finding.found] |
	some finding in _of_places({}, places).findings
}

_of_places(values, places) := verdict if {
	small := fixture.prepared(_two)
	spec := object.union(object.union({"jurisdictions": ["aa", "bb"]}, _stated), values)
	stated := facts.document with input as {"spec": spec, "asOf": fixture.day} with data.prepared as small
	whole := {
		"spec": spec,
		"asOf": fixture.day,
		"facts": stated,
		"requirement": fixture.required(_two, spec),
		"places": places,
	}
	verdict := declaration.verdict with input as whole with data.prepared as small
}

test_each_place_is_judged_by_its_own_law_and_values if {
	_in_places([
		_of_place("aa", "", {}),
		_of_place("bb", "perPlace[0]", {"rights": {"responseDays": 10, "contact": "a@b.example"}}),
	]) == set()
	_in_places([
		_of_place("aa", "", {}),
		_of_place("bb", "perPlace[0]", {"rights": {"responseDays": 11, "contact": "a@b.example"}}),
	]) == {["rights.responseDays", "spec.perPlace[0].rights.responseDays", 11]}
}

test_the_law_of_one_place_is_not_held_against_another if {
	_in_places([
		_of_place("aa", "perPlace[0]", {"rights": {"responseDays": 30, "contact": "a@b.example", "appealDays": 9}}),
		_of_place("bb", "", {"rights": {"responseDays": 10, "contact": "a@b.example", "appealDays": 5}}),
	]) == set()
}

test_a_place_without_a_value_has_that_of_the_whole if {
	_in_places([_of_place("bb", "", {}), _of_place("aa", "perPlace[0]", {"rights": {"responseDays": 30}})]) == {[
		"rights.responseDays",
		"spec.rights.responseDays", 30,
	]}
}

test_a_fact_of_a_place_brings_law_that_the_whole_declaration_does_not if {
	_in_places([
		_of_place("aa", "", {}),
		_of_place("bb", "perPlace[0]", {"rights": {"responseDays": 10}, "audience": {"minimumAge": 12}}),
	]) == {["accountability.records", "spec.accountability.records", null]}
}

_children := _of_place("bb", "perPlace[0]", {"rights": {"responseDays": 10, "contact": "a@b.example"}, "audience": {"minimumAge": 12}})

_without_basis := {"consent": {"lawfulBasis": []}}

_of_basis(place) := {finding.action |
	some finding in _of_places(_without_basis, [_of_place("aa", "", _without_basis), place]).findings
	finding.rule == "consent.lawfulBasis"
}

test_law_that_binds_in_a_place_denies_what_the_whole_only_warns_of if {
	grown := {"rights": {"responseDays": 10}}
	_of_basis(_of_place("bb", "perPlace[0]", object.union(grown, _without_basis))) == {"warn"}
	young := object.union(grown, {"audience": {"minimumAge": 12}})
	_of_basis(_of_place("bb", "perPlace[0]", object.union(young, _without_basis))) == {"warn", "deny"}
}

test_storage_is_judged_for_each_place if {
	young := {"rights": {"responseDays": 10, "contact": "a@b.example"}, "audience": {"minimumAge": 12}}
	stored := object.union(young, {"residency": {"countries": ["CN"]}})
	found := _in_places([_of_place("aa", "", {}), _of_place("bb", "perPlace[0]", stored)])
	["residency.stored_abroad", "spec.perPlace[0].residency.countries", {"cn"}] in found
}

test_what_is_ahead_for_a_place_is_ahead if {
	verdict := _of_places({}, [_of_place("aa", "", {}), _children])
	{[change.kind, change.date] | some change in verdict.upcoming} == {["assessment", "2027-11-02"]}
	verdict.nextEvaluation == "2026-12-24"
	grown := _of_places({}, [_of_place("aa", "", {}), _of_place("bb", "perPlace[0]", {"rights": {"responseDays": 10}})])
	[grown.upcoming, grown.nextEvaluation] == [set(), ""]
}

test_what_is_ahead_for_several_places_is_one_change if {
	younger := _of_place("bb", "perPlace[1]", {"rights": {"responseDays": 10}, "audience": {"minimumAge": 9}})
	verdict := _of_places({}, [_of_place("aa", "", {}), _children, younger])
	[count(change.sources) | some change in verdict.upcoming] == [2]
}
