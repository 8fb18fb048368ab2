package lib.parent_test

import data.lib.fixture
import data.lib.parent

_law := [fixture.jurisdiction("aa", null, [
	fixture.point("consent.childAge", 16),
	fixture.point("consent.parental", "verified"),
])]

_declared := [fixture.jurisdiction("aa", null, [
	fixture.point("consent.childAge", 16),
	fixture.point("consent.parental", "declared"),
])]

_only_age := [fixture.jurisdiction("aa", null, [fixture.point("consent.childAge", 16)])]

_actions(documents, audience) := fixture.actions(documents, {"jurisdictions": ["aa"], "audience": audience})

test_a_parent_who_consents_as_the_law_requires_allows_younger_people if {
	_actions(_law, {"minimumAge": 13, "parentalConsent": "verified"}) == {}
	_actions(_declared, {"minimumAge": 13, "parentalConsent": "declared"}) == {}
	_actions(_declared, {"minimumAge": 13, "parentalConsent": "verified"}) == {}
	_actions(_only_age, {"minimumAge": 0, "parentalConsent": "declared"}) == {}
}

test_a_parent_who_consents_in_a_weaker_way_does_not if {
	weak := {"consent.childAge": "deny"}
	_actions(_law, {"minimumAge": 13, "parentalConsent": "declared"}) == weak
	_actions(_declared, {"minimumAge": 13, "parentalConsent": "none"}) == weak
	_actions(_only_age, {"minimumAge": 13, "parentalConsent": "none"}) == {"consent.childAge": "deny"}
}

test_without_a_parent_people_are_old_enough_or_not if {
	_actions(_law, {"minimumAge": 15}) == {"consent.childAge": "deny"}
	_actions(_law, {"minimumAge": 16}) == {}
	_actions(_law, {}) == {}
}

test_no_parent_needs_to_consent_for_people_who_are_old_enough if {
	_actions(_law, {"minimumAge": 16, "parentalConsent": "none"}) == {}
	_actions(_law, {"minimumAge": 16, "parentalConsent": "declared"}) == {}
}

test_the_finding_shows_the_stated_age if {
	spec := {"jurisdictions": ["aa"], "audience": {"minimumAge": 13}}
	fixture.finding(_law, spec, "consent.childAge").found == 13
}

test_a_parent_consents_only_if_the_declaration_says_so if {
	parent.consents with input as {"spec": {"audience": {"parentalConsent": "declared"}}}
	not parent.consents with input as {"spec": {"audience": {"parentalConsent": "none"}}}
	not parent.consents with input as {"spec": {"audience": {}}}
}
