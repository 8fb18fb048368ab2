# METADATA
# title: Workload
# description: Judges one pod, or a workload's pod template, against the declaration that governs it.
package entrypoints.workload

import data.governance.workload
import data.lib.result

# METADATA
# title: Verdict on a pod
# description: >-
#   Input are the facts of the pod. The result has the findings with their effective actions, the outcome, and whether the pod
#   complies by the findings' own actions.
# entrypoint: true
verdict := {
	"findings": effective,
	"outcome": result.outcome({finding.action | some finding in effective}),
	"compliant": count({finding | some finding in workload.deny; finding.action == "deny"}) == 0,
} if {
	effective := result.effective(workload.deny, input.enforcement)
}
