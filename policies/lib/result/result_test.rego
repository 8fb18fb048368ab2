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
		"custom": {"standard": "std", "group": "effect"},
	}},
]

test_a_finding_of_a_rule_is_made_from_its_metadata if {
	result.of_rule(_chain, {"field": "spec.x", "found": 1, "required": 2}) == {
		"rule": "topic.rule",
		"dimension": "",
		"group": "effect",
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

test_the_group_of_a_rule_wins_over_that_of_its_package if {
	own := object.union(_chain[0], {"annotations": {"custom": {"group": "hygiene"}}})
	result.of_rule([own, _chain[1]], {}).group == "hygiene"
}

test_a_rule_denies_and_is_the_deployers_unless_it_says_otherwise if {
	chain := [{"path": ["governance", "topic", "deny"], "annotations": {"custom": {
		"short_name": "rule",
		"remedy": "Do it.",
	}}}]
	finding := result.of_rule(chain, {})
	[finding.action, finding.party, finding.group, finding.sources] == ["deny", "deployer", "", set()]
}

test_a_finding_of_a_dimension_is_named_after_it if {
	finding := result.of_dimension("rights.contact", {"value": true, "setting": {"p"}}, {"action": "deny"})
	finding == {
		"rule": "rights.contact",
		"dimension": "rights.contact",
		"group": "",
		"required": true,
		"type": "flag",
		"unit": "",
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

test_the_stronger_action_is_taken if {
	result.stronger("audit", "warn") == "warn"
	result.stronger("quarantine", "warn") == "quarantine"
}

_weighed(own, enforcement, organisation) := [finding.action |
	some finding in result.with_effective_actions({{"rule": "a.b", "action": own}}, enforcement, organisation)
][0]

test_enforcement_weakens if {
	[_weighed("deny", enforcement, {}) | some enforcement in ["deny", "quarantine", "warn", "audit"]] == [
		"deny",
		"quarantine",
		"warn",
		"audit",
	]
}

test_the_organisation_gives_a_rule_another_action if {
	_weighed("warn", "deny", {"actions": {"a.b": "deny"}}) == "deny"
	_weighed("deny", "deny", {"actions": {"a.b": "audit"}}) == "audit"
	_weighed("deny", "deny", {"actions": {"a.c": "audit"}}) == "deny"
	_weighed("warn", "audit", {"actions": {"a.b": "deny"}}) == "audit"
}

test_no_action_goes_below_the_floor_unless_the_rule_is_weaker_by_itself if {
	_weighed("deny", "deny", {"actions": {"a.b": "audit"}, "floor": "warn"}) == "warn"
	_weighed("deny", "deny", {"actions": {"a.b": "warn"}, "floor": "deny"}) == "deny"
	_weighed("warn", "deny", {"actions": {"a.b": "audit"}, "floor": "deny"}) == "warn"
	_weighed("warn", "deny", {"floor": "deny"}) == "warn"
}

test_enforcement_does_not_go_below_the_floor if {
	result.enforcement("Warn", {"floor": "quarantine"}) == "quarantine"
	result.enforcement("Deny", {"floor": "quarantine"}) == "deny"
	result.enforcement("Audit", {}) == "audit"
	result.enforcement("", {"floor": "warn"}) == "deny"
}

test_an_exception_waives_and_says_who if {
	findings := {{"rule": "a.b", "action": "deny"}}
	result.with_effective_actions(findings, "deny", {"waivers": {"a.b": "late"}}) == {{
		"rule": "a.b",
		"action": "waived",
		"waivedBy": "late",
	}}
	result.compliant(findings, {"waivers": {"a.b": "late"}}) == true
	result.compliant(findings, {"waivers": {"a.c": "late"}}) == false
}

test_compliance_looks_at_the_stronger_of_the_rules_and_the_organisations_word if {
	result.compliant({{"rule": "a.b", "action": "deny"}}, {"actions": {"a.b": "warn"}}) == false
	result.compliant({{"rule": "a.b", "action": "warn"}}, {"actions": {"a.b": "deny"}}) == false
	result.compliant({{"rule": "a.b", "action": "warn"}}, {}) == true
}

test_the_strongest_action_is_the_outcome if {
	result.outcome({"deny", "warn"}) == "Deny"
	result.outcome({"warn", "audit"}) == "Warn"
	result.outcome({"quarantine"}) == "Warn"
	result.outcome({"audit"}) == "Allow"
	result.outcome(set()) == "Allow"
}

_on_the_way := {{"rule": "a.b", "action": "deny"}, {"rule": "c.d", "action": "warn"}}

_way(chatbots) := [{f.rule: f.action | some f in verdict.findings}, verdict.outcome, verdict.compliant] if {
	verdict := result.verdict_for_chatbots(_on_the_way, chatbots)
}

test_of_several_chatbots_the_strongest_action_counts_for_each_finding if {
	lowered := {"enforcement": "Deny", "organisation": {"actions": {"a.b": "audit"}}}
	floored := {"enforcement": "Deny", "organisation": {"floor": "quarantine", "actions": {"a.b": "audit"}}}
	raised := {"enforcement": "Deny", "organisation": {"actions": {"c.d": "deny"}}}
	warning := {"enforcement": "Warn"}
	_way([{"enforcement": "Deny"}]) == [{"a.b": "deny", "c.d": "warn"}, "Deny", false]
	_way([lowered]) == [{"a.b": "audit", "c.d": "warn"}, "Warn", false]
	_way([lowered, floored]) == [{"a.b": "quarantine", "c.d": "warn"}, "Warn", false]
	_way([lowered, warning]) == [{"a.b": "warn", "c.d": "warn"}, "Warn", false]
	_way([warning, raised]) == [{"a.b": "deny", "c.d": "deny"}, "Deny", false]
	_way([lowered, {"enforcement": "Deny"}]) == [{"a.b": "deny", "c.d": "warn"}, "Deny", false]
}

test_a_finding_that_only_warns_is_compliant if {
	verdict := result.verdict_for_chatbots({{"rule": "c.d", "action": "warn"}}, [{"enforcement": "Audit"}])
	verdict == {"findings": {{"rule": "c.d", "action": "audit"}}, "outcome": "Allow", "compliant": true}
}

test_nothing_is_decided_about_the_way_to_no_chatbot if not result.verdict_for_chatbots(_on_the_way, [])

test_the_strongest_action_is_taken if {
	result.strongest({"audit", "quarantine", "warn"}) == "quarantine"
	result.strongest({"warn", "deny"}) == "deny"
	result.strongest({"audit"}) == "audit"
	not result.strongest(set())
}

_verdict(own, enforcement) := result.verdict({{"rule": "a.b", "action": own}}, enforcement, {})

test_a_verdict_weighs_its_findings if {
	result.verdict(set(), "Deny", {}) == {"findings": set(), "outcome": "Allow", "compliant": true}
	_verdict("deny", "Warn") == {
		"findings": {{"rule": "a.b", "action": "warn"}},
		"outcome": "Warn",
		"compliant": false,
	}
	_verdict("warn", "Deny") == {
		"findings": {{"rule": "a.b", "action": "warn"}},
		"outcome": "Warn",
		"compliant": true,
	}
}

test_a_waived_finding_lets_pass if {
	verdict := result.verdict({{"rule": "a.b", "action": "deny"}}, "Deny", {"waivers": {"a.b": "late"}})
	[verdict.outcome, verdict.compliant] == ["Allow", true]
}

test_nothing_weakens_or_waives_fixed_findings if {
	fixed := {{"rule": "a.fixed", "action": "deny"}}
	findings := {{"rule": "a.b", "action": "deny"}}
	organisation := {"actions": {"a.fixed": "audit"}}
	every enforcement in ["Audit", "Warn", "Quarantine"] {
		result.verdict_with(fixed, findings, enforcement, organisation) == {
			"findings": (fixed | {{"rule": "a.b", "action": lower(enforcement)}}),
			"outcome": "Deny",
			"compliant": false,
		}
	}
}
