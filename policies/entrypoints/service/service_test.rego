package entrypoints.service_test

import data.entrypoints.service

_chatbot(enforcement) := {"name": "support", "enforcement": enforcement, "ports": [{"name": "http", "number": 23100}]}

_by_number := [{"field": "spec.ports[0].targetPort", "number": 8080}]

_verdict(facts) := verdict if verdict := service.verdict with input as facts

_outcome(enforcements) := [verdict.outcome, verdict.compliant, {finding.action | some finding in verdict.findings}] if {
	verdict := _verdict({"chatbots": [_chatbot(e) | some e in enforcements], "targets": _by_number})
}

test_allows_a_service_without_findings if {
	_verdict({"chatbots": [_chatbot("Deny")]}) == {"findings": set(), "outcome": "Allow", "compliant": true}
}

test_enforcement_weakens_the_outcome_but_not_compliance if {
	_outcome(["Deny"]) == ["Deny", false, {"deny"}]
	_outcome(["Warn"]) == ["Warn", false, {"warn"}]
	_outcome(["Audit"]) == ["Allow", false, {"audit"}]
}

test_of_several_chatbots_the_strictest_enforcement_counts if {
	_outcome(["Audit", "Deny", "Warn"]) == ["Deny", false, {"deny"}]
	_outcome(["Audit", "Warn"]) == ["Warn", false, {"warn"}]
}

test_nothing_is_decided_about_a_service_of_no_chatbot if {
	not _verdict({"chatbots": [], "targets": _by_number})
	not _verdict({"targets": _by_number})
}

_by(organisation) := verdict if {
	chatbot := object.union(_chatbot("Deny"), {"organisation": organisation})
	verdict := _verdict({"chatbots": [chatbot], "targets": _by_number})
}

test_the_organisation_changes_the_action_down_to_its_floor if {
	_by({"actions": {"service.target_by_name": "warn"}}).outcome == "Warn"
	_by({"actions": {"service.target_by_name": "warn"}}).compliant == false
	_by({"actions": {"service.target_by_name": "warn"}, "floor": "deny"}).outcome == "Deny"
	_by({"actions": {"service.external_ips": "warn"}}).outcome == "Deny"
}
