package lib.condition_test

import data.lib.condition
import data.lib.fixture

_prepared := fixture.prepared([fixture.jurisdiction("aa", null, [
	{"dimension": "consent.recording", "value": "opt-in", "when": {"channels": ["voice", "web"]}},
	{"dimension": "consent.withdrawal", "value": true, "when": {"outbound": true}},
])])

_unmet(holds) := atoms if atoms := condition.unmet({"aa"}, holds) with data.prepared as _prepared

test_a_condition_fails_when_its_fact_is_declared_otherwise if {
	_unmet({"channels": {"email"}, "outbound": set()}) == {"aa": {"channels=voice|web", "outbound=true"}}
}

test_one_of_the_values_is_enough if _unmet({"channels": {"web", "email"}, "outbound": {true}}) == {"aa": set()}

test_silence_counts_as_met if _unmet({}) == {"aa": set()}
