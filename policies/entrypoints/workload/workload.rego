# METADATA
# title: Workload
# description: Judges one pod, or a workload's pod template, against the declaration that governs it.
# schemas:
# - input: schema.workload
package entrypoints.workload

import data.governance.workload.container
import data.governance.workload.identity
import data.governance.workload.isolation
import data.governance.workload.sidecar
import data.lib.result

# METADATA
# title: Verdict on a pod
# description: >-
#   Input are the facts of the pod. The result has the findings with their effective actions, the outcome, and whether
#   the pod complies by the findings' own actions.
# entrypoint: true
verdict := {
	"findings": effective,
	"outcome": result.outcome({finding.action | some finding in effective}),
	"compliant": count({finding | some finding in _findings; finding.action == "deny"}) == 0,
} if {
	count(_findings) > 0
	effective := result.effective(_findings, input.enforcement)
}

# Most pods are right: nothing is left to weigh then.
verdict := {"findings": set(), "outcome": "Allow", "compliant": true} if count(_findings) == 0

_findings := (sidecar.deny | isolation.deny) | (identity.deny | container.deny)
