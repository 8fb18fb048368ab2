package lib.practice_test

import data.lib.fixture

# The action of a finding about the dimension, with a reason why the dimension does not apply.
_action(point, spec) := result if {
	law := [fixture.jurisdiction("aa", null, [point])]
	stated := object.union(spec, {
		"jurisdictions": ["aa"],
		"notApplicable": [{"dimension": point.dimension, "reason": "the law is about others"}],
	})
	some found in fixture.verdict(law, stated).findings
	found.dimension == point.dimension
	result := found.action
}

_point(dimension, value) := fixture.point(dimension, value)

_advice(dimension, value) := object.union(fixture.point(dimension, value), {"act": "guide"})

_listing := {"purpose": {"practices": ["manipulation"]}}

_posing := {"purpose": {"practices": ["pose-as-human"]}}

test_a_reason_says_nothing_about_a_listed_practice if {
	_action(_point("prohibited.practices", ["manipulation"]), _listing) == "deny"
	_action(_advice("prohibited.practices", ["manipulation"]), _listing) == "notApplicable"
	_action(_point("transparency.truthful", true), _posing) == "deny"
	claim := {"disclosure": {"statements": {"en": "I am a human."}}}
	_action(_point("transparency.truthful", true), claim) == "deny"
}

test_a_reason_says_nothing_about_a_consent_that_is_too_weak if {
	asked := _point("consent.marketing", "opt-in")
	_action(asked, {"consent": {"marketing": "none"}}) == "deny"
	_action(asked, {"consent": {"marketing": "opt-out"}}) == "deny"
	_action(_advice("consent.marketing", "opt-in"), {"consent": {"marketing": "opt-out"}}) == "notApplicable"
	prohibited := _point("consent.sensitive", "prohibited")
	_action(prohibited, {"consent": {"sensitive": "opt-in"}}) == "deny"
}

test_a_reason_says_nothing_about_a_control_that_is_denied if {
	encrypted := _point("security.controls", ["encryption-at-rest"])
	_action(encrypted, {"security": {"encryptionAtRest": false}}) == "deny"
	_action(encrypted, {"security": {"controls": []}}) == "deny"
	_action(encrypted, {"security": {"controls": ["backup"]}}) == "notApplicable"
	_action(encrypted, {"security": {}}) == "notApplicable"
}

test_a_reason_says_nothing_about_what_is_stated_and_falls_short if {
	basis := _point("consent.lawfulBasis", ["consent"])
	_action(basis, {"consent": {"lawfulBasis": ["contract"]}}) == "deny"
	_action(basis, {"consent": {}}) == "notApplicable"
	age := object.union(_point("consent.childAge", 16), {"when": {"minors": true}})
	_action(age, {"audience": {"minimumAge": 10}}) == "deny"
	_action(age, {"audience": {"who": ["children"]}}) == "notApplicable"
	training := _point("consent.training", "opt-in")
	_action(training, {"processors": [{"name": "vendor", "trainsOnData": true}]}) == "deny"
	_action(training, {"processors": [{"name": "vendor"}]}) == "notApplicable"
	grounds := _point("residency.mechanisms", ["standard-clauses"])
	_action(grounds, {"processors": [{"name": "vendor", "country": "ZZ", "transfer": ["derogation"]}]}) == "deny"
	_action(grounds, {"processors": [{"name": "vendor", "country": "ZZ"}]}) == "notApplicable"
}

test_a_reason_says_nothing_about_an_empty_list_of_what_people_can_ask_for if {
	asked := _point("rights.requests", ["access", "erasure"])
	_action(asked, {"rights": {"requests": []}}) == "deny"
	_action(asked, {"rights": {"requests": ["access"]}}) == "notApplicable"
}

test_a_reason_lifts_a_duty if {
	_action(_point("rights.contact", true), {"rights": {}}) == "notApplicable"
	_action(_point("oversight.handoff", "on-request"), {"oversight": {"handoff": {"mode": "none"}}}) == "notApplicable"
}

test_the_remedy_says_that_the_reason_does_not_count if {
	law := [fixture.jurisdiction("aa", null, [_point("prohibited.practices", ["manipulation"])])]
	spec := object.union(_listing, {
		"jurisdictions": ["aa"],
		"notApplicable": [{"dimension": "prohibited.practices", "reason": "the law is about others"}],
	})
	some found in fixture.verdict(law, spec).findings
	contains(found.remedy, "because the declaration itself states the practice")
}
