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
	"outcome": result.outcome(effective),
	"compliant": result.compliant(workload.deny),
} if {
	effective := {_effective(finding) | some finding in workload.deny}
}

_effective(finding) := result.effective(finding, input.enforcement) if not finding.unweakened

_effective(finding) := object.remove(finding, ["unweakened"]) if finding.unweakened
