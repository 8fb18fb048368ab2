package lib.result_test

import data.lib.result

_chain := [
	{"path": ["governance", "topic", "deny"], "annotations": {"custom": {
		"short_name": "rule",
		"remedy": "Do it.",
		"party": "platform",
		"action": "warn",
	}}},
	{"path": ["governance", "topic"], "annotations": {
		"related_resources": [{"ref": "https://standard.example", "description": "Standard"}],
		"custom": {"standard": "std"},
	}},
]

test_a_finding_of_a_rule_is_made_from_its_metadata if {
	result.of_rule(_chain, {"field": "spec.x", "found": 1, "required": 2}) == {
		"rule": "topic.rule",
		"dimension": "",
		"action": "warn",
		"party": "platform",
		"remedy": "Do it.",
		"sources": {{"source": {"code": "std", "act": "Standard", "url": "https://standard.example"}}},
		"field": "spec.x",
		"found": 1,
		"required": 2,
	}
}

test_details_win_over_metadata if {
	result.of_rule(_chain, {"remedy": "Do that.", "dimension": "a.b"}).remedy == "Do that."
}

test_a_rule_denies_and_is_the_deployers_unless_it_says_otherwise if {
	chain := [{"path": ["governance", "topic", "deny"], "annotations": {"custom": {
		"short_name": "rule",
		"remedy": "Do it.",
	}}}]
	finding := result.of_rule(chain, {})
	[finding.action, finding.party, finding.sources] == ["deny", "deployer", set()]
}

test_a_finding_of_a_dimension_is_named_after_it if {
	finding := result.of_dimension("rights.contact", {"value": true, "setting": {"p"}}, {"action": "deny"})
	finding == {
		"rule": "rights.contact",
		"dimension": "rights.contact",
		"required": true,
		"party": "deployer",
		"sources": {"p"},
		"action": "deny",
	}
}

test_the_weaker_action_is_taken if {
	result.weaker("deny", "warn") == "warn"
	result.weaker("audit", "warn") == "audit"
	result.weaker("deny", "quarantine") == "quarantine"
}

_effective(enforcement) := {finding.action | some finding in result.effective({{"action": "deny"}}, enforcement)}

test_enforcement_weakens if {
	[_effective("Deny"), _effective("Quarantine"), _effective("Warn"), _effective("Audit")] == [
		{"deny"},
		{"quarantine"},
		{"warn"},
		{"audit"},
	]
}

test_the_strongest_action_is_the_outcome if {
	result.outcome({"deny", "warn"}) == "Deny"
	result.outcome({"warn", "audit"}) == "Warn"
	result.outcome({"quarantine"}) == "Warn"
	result.outcome({"audit"}) == "Allow"
	result.outcome(set()) == "Allow"
}

test_the_strictest_enforcement_is_taken if {
	result.strictest({"Audit", "Quarantine", "Warn"}) == "Quarantine"
	result.strictest({"Warn", "Deny"}) == "Deny"
	result.strictest({"Audit"}) == "Audit"
	not result.strictest(set())
}

test_a_verdict_weighs_its_findings if {
	result.verdict(set(), "Deny") == {"findings": set(), "outcome": "Allow", "compliant": true}
	result.verdict({{"action": "deny"}}, "Warn") == {"findings": {{"action": "warn"}}, "outcome": "Warn", "compliant": false}
	result.verdict({{"action": "warn"}}, "Deny") == {"findings": {{"action": "warn"}}, "outcome": "Warn", "compliant": true}
}
