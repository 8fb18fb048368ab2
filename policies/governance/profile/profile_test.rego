package governance.profile_test

import data.lib.fixture

_law(own) := [fixture.jurisdiction("aa", null, [
	fixture.point("rights.responseDays", 30),
	object.union({"dimension": "rights.responseDays", "confidence": "organisation"}, own),
])]

_spec := {"jurisdictions": ["aa"], "rights": {"responseDays": 40}}

_findings(own) := {finding.rule: finding | some finding in fixture.verdict(_law(own), _spec).findings}

test_a_looser_value_in_the_place_of_the_laws_is_a_finding_with_both if {
	findings := _findings({"value": 40, "replaces": true})
	object.keys(findings) == {"profile.loosens"}
	finding := findings["profile.loosens"]
	[finding.action, finding.dimension, finding.found, finding.required] == ["warn", "rights.responseDays", 40, 30]
	{point.value | some point in finding.sources} == {30, 40}
}

test_a_value_at_the_laws_own_is_no_finding if {
	object.keys(_findings({"value": 30, "replaces": true})) == {"rights.responseDays"}
}

test_a_tighter_value_is_no_finding if object.keys(_findings({"value": 20, "replaces": true})) == {"rights.responseDays"}

test_an_added_value_does_not_loosen if object.keys(_findings({"value": 40})) == {"rights.responseDays"}
