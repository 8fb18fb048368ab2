package entrypoints.connection_test

import data.entrypoints.connection

_chatbot(enforcement) := {"name": "support", "enforcement": enforcement, "ports": [{"name": "http", "number": 23100}]}

_exec(container, enforcements) := {
	"kind": "exec",
	"container": container,
	"chatbots": [_chatbot(e) | some e in enforcements],
}

_verdict(facts) := verdict if verdict := connection.verdict with input as facts

_outcome(facts) := [verdict.outcome, verdict.compliant, {finding.action | some finding in verdict.findings}] if {
	verdict := _verdict(facts)
}

test_allows_a_connection_without_findings if {
	facts := {"kind": "proxy", "targets": [{"field": "port", "number": 23100}], "chatbots": [_chatbot("Deny")]}
	_verdict(facts) == {"findings": set(), "outcome": "Allow", "compliant": true}
}

test_enforcement_weakens_the_outcome_but_not_compliance if {
	_outcome(_exec("app", ["Deny"])) == ["Deny", false, {"deny"}]
	_outcome(_exec("app", ["Warn"])) == ["Warn", false, {"warn"}]
	_outcome(_exec("app", ["Audit"])) == ["Allow", false, {"audit"}]
	_outcome(_exec("app", ["Audit", "Deny"])) == ["Deny", false, {"deny"}]
}

test_the_sidecar_is_closed_whatever_the_enforcement if {
	_outcome(_exec("chaperone", ["Audit"])) == ["Deny", false, {"deny"}]
}

test_nothing_is_decided_about_a_connection_to_no_chatbot if {
	not _verdict(_exec("app", []))
	not _verdict(_exec("chaperone", []))
	not _verdict({"kind": "proxy", "targets": [{"field": "port", "number": 23100}], "chatbots": []})
}

test_the_organisation_changes_the_action_but_not_that_of_the_sidecar if {
	lenient := {"organisation": {"actions": {"connection.app_closed": "warn", "connection.sidecar_closed": "warn"}}}
	every container, outcome in {"app": "Warn", "chaperone": "Deny"} {
		facts := {"kind": "exec", "container": container, "chatbots": [object.union(_chatbot("Deny"), lenient)]}
		_verdict(facts).outcome == outcome
		_verdict(facts).compliant == false
	}
}
