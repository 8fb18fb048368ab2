package governance.consent_test

import data.lib.fixture

_law := [fixture.jurisdiction("aa", null, [
	fixture.point("consent.lawfulBasis", ["contract", "vital-interests", "public-task"]),
])]

_found(spec) := {[finding.rule, finding.action, finding.field] |
	some finding in fixture.verdict(_law, object.union({"jurisdictions": ["aa"]}, spec)).findings
	finding.rule == "consent.unsuited_basis"
}

_on(basis, spec) := _found(object.union({"consent": {"lawfulBasis": ["contract", basis]}}, spec))

_warning := {["consent.unsuited_basis", "warn", "spec.consent.lawfulBasis[1]"]}

test_vital_interests_are_about_life_and_health if {
	_on("vital-interests", {"purpose": {"kinds": ["support"]}}) == _warning
	_on("vital-interests", {"purpose": {"kinds": ["health-advice"]}}) == set()
	_on("vital-interests", {"sectors": ["Health"]}) == set()
	_on("contract", {}) == set()
}

test_a_public_task_is_one_of_public_bodies if {
	_on("public-task", {"accountability": {"roles": []}}) == _warning
	_on("public-task", {"accountability": {"roles": ["public-body"]}}) == set()
	_on("public-task", {"accountability": {"roles": []}, "sectors": ["utilities"]}) == set()
	_on("public-task", {}) == set()
}

test_a_basis_that_no_law_accepts_has_its_own_finding if {
	_found({"consent": {"lawfulBasis": ["contract", "consent"]}}) == set()
}

test_employees_seldom_consent_freely if {
	law := [fixture.jurisdiction("eu", null, [fixture.point("consent.lawfulBasis", ["contract", "consent"])])]
	spec := {"jurisdictions": ["eu"], "audience": {"who": ["employees"]}, "consent": {"lawfulBasis": ["consent"]}}
	_rules(law, spec) == {"consent.unsuited_basis": "warn"}
	_rules(law, object.union(spec, {"consent": {"lawfulBasis": ["consent", "contract"]}})) == {}
	_rules(law, object.union(spec, {"audience": {"who": ["employees", "consumers"]}})) == {}
}

_rules(law, spec) := fixture.actions(law, spec)

_of_children(spec) := {finding.rule |
	point := object.union(fixture.point("consent.childAge", 16), {"when": {"minors": true}})
	law := [fixture.jurisdiction("aa", null, [point]), fixture.sector("education", []), fixture.sector("children", [])]
	some finding in fixture.verdict(law, object.union({"jurisdictions": ["aa"]}, spec)).findings
}

test_the_age_of_people_who_consent_is_known if {
	consent := {"consent": {"lawfulBasis": ["consent"]}}
	_of_children(consent) == {"consent.unknown_age"}
	_of_children({"sectors": ["Education"]}) == {"consent.unknown_age"}
	_of_children({"consent": {"lawfulBasis": ["contract"]}}) == set()
	_of_children(object.union(consent, {"audience": {"minimumAge": 18}})) == set()
	_of_children(object.union(consent, {"audience": {"parentalConsent": "verified"}})) == set()
	_of_children(object.union(consent, {"audience": {"who": ["consumers"]}})) == {"consent.unknown_age"}
	_of_children(object.union(consent, {"audience": {"who": ["employees"]}})) == set()
	_of_children(object.union(consent, {"sectors": ["children"]})) == {"consent.childAge"}
}
