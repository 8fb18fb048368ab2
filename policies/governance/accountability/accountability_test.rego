package governance.accountability_test

import data.governance.accountability
import data.lib.fixture

_law := [fixture.jurisdiction("aa", null, [fixture.point("accountability.assessments", {"dpia": 365})])]

_found(spec) := {[finding.rule, finding.action, finding.field, finding.found, finding.required] |
	some finding in fixture.verdict(_law, object.union({"jurisdictions": ["aa"]}, spec)).findings
	finding.rule != "accountability.assessments"
}

_contactless(accountability, rights) := {[finding[0], finding[2], finding[4]] |
	some finding in _found({"accountability": accountability, "rights": rights})
}

test_warns_of_parties_without_a_contact if {
	accountability := {"deployer": {"name": "Shop"}, "developer": {"name": "Bots"}, "modelSupplier": {"name": "Models"}}
	_contactless(accountability, {}) == {
		["accountability.party_contact", "spec.accountability.deployer.contact", "a contact of Shop"],
		["accountability.party_contact", "spec.accountability.developer.contact", "a contact of Bots"],
		["accountability.party_contact", "spec.accountability.modelSupplier.contact", "a contact of Models"],
	}
}

test_allows_parties_with_a_contact if {
	accountability := {role: {"name": role, "contact": "https://x.example"} | some role in ["deployer", "developer"]}
	_contactless(accountability, {}) == set()
}

test_the_contact_for_requests_is_the_deployers if {
	_contactless({"deployer": {"name": "Shop"}}, {"contact": "privacy@shop.example"}) == set()
	count(_contactless({"developer": {"name": "Bots"}}, {"contact": "privacy@shop.example"})) == 1
}

test_a_party_of_the_deployers_name_is_the_deployer if {
	both := {"deployer": {"name": "Shop", "contact": "x@shop.example"}, "developer": {"name": "Shop"}}
	_contactless(both, {}) == set()
	by_requests := {"deployer": {"name": "Shop"}, "developer": {"name": "Shop"}}
	_contactless(by_requests, {"contact": "privacy@shop.example"}) == set()
	count(_contactless(by_requests, {})) == 2
}

test_a_contact_that_is_missing_by_law_is_told_once if {
	law := [fixture.jurisdiction("aa", null, [fixture.point("rights.contact", true)])]
	spec := {"jurisdictions": ["aa"], "accountability": {"deployer": {"name": "Shop"}}}
	object.keys(fixture.actions(law, spec)) == {"rights.contact"}
}

test_no_party_is_named_and_nothing_stated if {
	_found({"accountability": {}}) == set()
	_found({}) == set()
}

_assessed(change) := _found({"assessments": [object.union(
	{"type": "dpia", "reference": "https://x.example", "completed": fixture.day},
	change,
)]})

test_warns_of_an_assessment_of_tomorrow if {
	_assessed({"completed": "2026-11-24"}) == {[
		"accountability.future_assessment",
		"warn",
		"spec.assessments[0].completed",
		"2026-11-24",
		"a day not after 2026-11-23",
	]}
}

test_an_assessment_of_tomorrow_that_no_law_asks_for_is_not_judged if {
	_assessed({"type": "fria", "completed": "2026-11-24"}) == set()
}

test_an_assessment_of_today_is_completed if _assessed({}) == set()

test_an_assessment_without_a_day_is_judged_by_its_dimension if {
	_found({"assessments": [{"type": "dpia", "reference": "https://x.example"}]}) == set()
}

test_remarks_on_an_assessment_that_cannot_be_found if {
	_assessed({"reference": ""}) == {[
		"accountability.assessment_reference",
		"audit",
		"spec.assessments[0].reference",
		null,
		"where the dpia is kept",
	]}
}

test_an_assessment_that_no_law_asks_for_needs_no_reference if {
	_assessed({"type": "fria", "reference": ""}) == set()
	warned := accountability.warn with input as {
		"asOf": fixture.day,
		"spec": {"assessments": [{"type": "dpia"}]},
		"requirement": {"dimensions": {}},
	}
	warned == set()
}

test_warns_of_law_of_the_seat_that_is_not_declared if {
	law := [
		fixture.jurisdiction("eu", null, []),
		fixture.jurisdiction("de", "eu", []),
		fixture.jurisdiction("lk", null, []),
	]
	_seat(law, ["lk"], "DE") == {"accountability.seat_law": "warn"}
	_seat(law, ["lk", "de"], "DE") == {}
	_seat(law, ["lk"], "LK") == {}
}

test_a_chatbot_that_is_no_part_of_the_work_of_the_seat_says_so if {
	law := [
		fixture.jurisdiction("eu", null, []),
		fixture.jurisdiction("de", "eu", []),
		fixture.jurisdiction("lk", null, []),
	]
	reason := "a branch there runs it"
	spec := {
		"jurisdictions": ["lk"],
		"accountability": {"deployer": {"name": "a", "contact": "b", "country": "DE"}},
		"confirmed": [{"field": "spec.jurisdictions", "reason": reason}],
	}
	found := {[one.action, one.required] |
		some one in fixture.verdict(law, spec).findings
		one.rule == "accountability.seat_law"
	}
	required := "a jurisdiction of eu, for the General Data Protection Regulation (Art. 3(1))"
	found == {["audit", sprintf("%s; spec.confirmed says: %s", [required, reason])]}
}

_seat(law, codes, country) := {rule: action |
	spec := {"jurisdictions": codes, "accountability": {"deployer": {"name": "a", "contact": "b", "country": country}}}
	some rule, action in fixture.actions(law, spec)
	rule == "accountability.seat_law"
}
