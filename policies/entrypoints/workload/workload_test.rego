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

test_no_enforcement_weakens_the_rules_on_the_sidecar if {
	every enforcement in ["Audit", "Warn", "Quarantine", "Deny"] {
		every sidecar, rule in {
			{"present": false, "index": -1, "name": "chaperone"}: "workload.sidecar_present",
			{"present": true, "index": 1}: "workload.sidecar_first",
			{"present": true, "index": 0, "differs": [{"field": "spec.initContainers[0].image", "found": "a", "required": "b"}]}: "workload.sidecar_unchanged",
		} {
			verdict := _verdict(object.union(_pod, {
				"enforcement": enforcement,
				"declaration": {"name": "support"},
				"pod": {"chatbot": "support", "hostPID": true},
				"sidecar": sidecar,
			}))
			[verdict.outcome, verdict.compliant] == ["Deny", false]
			{finding.rule: finding.action | some finding in verdict.findings} == {
				rule: "deny",
				"workload.host_pid": lower(enforcement),
			}
		}
	}
}

test_the_organisation_does_not_weaken_the_rules_on_the_sidecar if {
	verdict := _verdict(object.union(_pod, {
		"enforcement": "Audit",
		"sidecar": {"present": true, "index": 0, "differs": [{"field": "spec.initContainers[0].image", "found": "a", "required": "b"}]},
		"organisation": {"actions": {"workload.sidecar_unchanged": "audit"}},
	}))
	{finding.rule: finding.action | some finding in verdict.findings} == {"workload.sidecar_unchanged": "deny"}
}
