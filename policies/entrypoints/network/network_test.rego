package entrypoints.network_test

import data.entrypoints.network

_chatbot(enforcement) := {"name": "support", "enforcement": enforcement, "ports": [{"name": "http", "number": 23100}]}

_all := [{"field": "spec.ingress[0]", "first": 1, "last": 65535}]

_verdict(facts) := verdict if verdict := network.verdict with input as facts

_outcome(enforcements) := [verdict.outcome, verdict.compliant, {finding.action | some finding in verdict.findings}] if {
	verdict := _verdict({"chatbots": [_chatbot(e) | some e in enforcements], "openings": _all})
}

test_allows_what_opens_nothing if {
	_verdict({"chatbots": [_chatbot("Deny")]}) == {"findings": set(), "outcome": "Allow", "compliant": true}
}

test_enforcement_weakens_the_outcome_but_not_compliance if {
	_outcome(["Deny"]) == ["Deny", false, {"deny"}]
	_outcome(["Warn"]) == ["Warn", false, {"warn"}]
	_outcome(["Audit"]) == ["Allow", false, {"audit"}]
}

test_of_several_chatbots_the_strictest_enforcement_counts if {
	_outcome(["Audit", "Deny", "Warn"]) == ["Deny", false, {"deny"}]
}

test_nothing_is_decided_about_no_chatbot if {
	not _verdict({"chatbots": [], "openings": _all})
	not _verdict({"openings": _all})
}
