# METADATA
# title: Sidecar
# description: >-
#   Conditions on the sidecar of a governed pod that keep it between people and the chatbot.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
#   description: "Kubernetes: sidecar containers"
# custom:
#   waivable: false
#   weakenable: false
#   group: effect
#   standard: kubernetes
#   frameworks:
#     eu-ai-act: ["15"]
#     gdpr: ["32-34"]
#     oecd-ai-principles: ["1.4"]
#     nist-ai-rmf: [MEASURE 2.7]
#     iso-42001: [A.6]
# schemas:
# - input: schema.workload
package governance.workload.sidecar

import data.lib.result

_sidecar_field := "spec.initContainers"

# METADATA
# title: The sidecar is present
# description: A governed pod has the governance sidecar as an init container with restartPolicy Always.
# custom:
#   short_name: sidecar_present
#   severity: high
#   failure_msg: the pod has no sidecar container %q
#   remedy: Create the pod through the API server with Chaperone's mutating webhook running; it adds the sidecar.
#   party: platform
#   applies_to: [workload]
#   covers: [G-70, G-90]
deny contains finding if {
	input.declaration
	input.sidecar.present == false
	finding := result.of_rule(rego.metadata.chain(), {
		"field": _sidecar_field,
		"found": null,
		"required": input.sidecar.name,
	})
}

# METADATA
# title: The sidecar comes first
# description: The sidecar is the first init container, so that nothing of the pod runs before it listens.
# custom:
#   short_name: sidecar_first
#   severity: high
#   failure_msg: the sidecar is init container number %d
#   remedy: Move the sidecar to the front of spec.initContainers, or let Chaperone's mutating webhook place it.
#   party: platform
#   applies_to: [workload]
#   covers: [G-70, G-90]
deny contains finding if {
	input.sidecar.index > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"field": _sidecar_field,
		"found": input.sidecar.index,
		"required": 0,
	})
}

# METADATA
# title: The sidecar is unchanged
# description: >-
#   The sidecar and its volumes are those that were rendered for the declaration. Resources, the pull policy of the
#   image, environment variables of known injectors (identity of clouds, proxies, OpenTelemetry, Dapr, Datadog), and
#   mounts that cover no file of the sidecar may differ.
# custom:
#   short_name: sidecar_unchanged
#   severity: high
#   failure_msg: the sidecar differs from what was rendered
#   remedy: >-
#     Remove the change, keep the injector that makes it away from the container "chaperone", or leave the container out
#     and let Chaperone's mutating webhook add it.
#   party: platform
#   applies_to: [workload]
#   covers: [G-70, G-90]
deny contains finding if {
	finding := result.of_rule(rego.metadata.chain(), _change)
}

_change := input.sidecar.differs[0] if count(input.sidecar.differs) == 1

_change := {
	"field": sprintf("%s[%d]", [_sidecar_field, input.sidecar.index]),
	"found": [difference.field | some difference in input.sidecar.differs],
	"required": "as rendered",
} if {
	count(input.sidecar.differs) > 1
}
