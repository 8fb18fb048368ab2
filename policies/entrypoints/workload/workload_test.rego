package entrypoints.workload_test

import data.entrypoints.workload

_verdict(facts) := verdict if verdict := workload.verdict with input as facts

_pod := {"enforcement": "Deny", "pod": {}, "containers": [], "sidecar": {}}

test_allows_a_pod_without_findings if {
	_verdict(_pod) == {"findings": set(), "outcome": "Allow", "compliant": true}
}

test_denies_where_a_finding_denies if {
	verdict := _verdict(object.union(_pod, {"pod": {"hostPID": true}}))
	[verdict.outcome, verdict.compliant] == ["Deny", false]
	{finding.rule: finding.action | some finding in verdict.findings} == {"workload.host_pid": "deny"}
}

test_enforcement_weakens_the_outcome_but_not_compliance if {
	verdict := _verdict(object.union(_pod, {"pod": {"hostPID": true}, "enforcement": "Quarantine"}))
	[verdict.outcome, verdict.compliant] == ["Warn", false]
	{finding.rule: finding.action | some finding in verdict.findings} == {"workload.host_pid": "quarantine"}
}
