# METADATA
# title: Workload
# description: Decides on one pod, or the pod template of a workload, by the declaration that governs it.
# schemas:
# - input: schema.workload
package entrypoints.workload

import data.governance.workload.confinement
import data.governance.workload.container
import data.governance.workload.identity
import data.governance.workload.isolation
import data.governance.workload.model
import data.governance.workload.port
import data.governance.workload.sidecar
import data.lib.result

# METADATA
# title: Verdict on a pod
# description: >-
#   The input has the facts of the pod and the requirements of the organization. The result has the findings with their
#   effective actions, the outcome, and whether the pod complies before enforcement.
# entrypoint: true
verdict := result.verdict(_weakenable, input.enforcement, _organisation) if count(sidecar.deny) == 0

# Nothing weakens the rules on the sidecar itself: under Audit a pod with a foreign sidecar would carry the marks of a
# governed one.
verdict := result.verdict_with(sidecar.deny, _weakenable, input.enforcement, _organisation) if count(sidecar.deny) > 0

_weakenable := ((port.deny | isolation.deny) | confinement.deny) | ((identity.deny | container.deny) | model.deny)

_organisation := object.get(input, "organisation", {})
