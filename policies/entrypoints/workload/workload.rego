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
#   Input are the facts of the pod, and what the organisation asks of it. The result has the findings with their
#   effective actions, the outcome, and whether the pod complies by the findings' own actions.
# entrypoint: true
verdict := result.verdict(_findings, input.enforcement, object.get(input, "organisation", {}))

_findings := (sidecar.deny | isolation.deny) | (identity.deny | container.deny)
