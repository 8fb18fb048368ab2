# METADATA
# title: Governed ports
# description: >-
#   Conditions on the ports of a governed pod, so that people reach the chatbot through the sidecar.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
#   description: "Kubernetes: sidecar containers"
# custom:
#   waivable: false
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
package governance.workload.port

import data.lib.result

# METADATA
# title: Governed ports exist
# description: Every port name in the declaration is the name of a container port of the pod.
# custom:
#   short_name: governed_port_named
#   severity: high
#   failure_msg: no container has the port %q that the declaration names
#   remedy: >-
#     Give a container port this name, or set spec.ports of the ChatbotDeployment to the name of the chatbot's port.
#   applies_to: [workload]
#   covers: [G-70, G-90]
deny contains finding if {
	some index, port in input.declaration.ports
	port.app == false
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.containers[].ports[].name",
		"found": object.get(input, "portNames", []),
		"required": port.name,
		"remedy": sprintf(
			"%s ChatbotDeployment %q declares it as spec.ports[%d].",
			[rego.metadata.rule().custom.remedy, input.declaration.name, index],
		),
	})
}

# METADATA
# title: Governed ports are taken over
# description: The sidecar alone exposes each governed port name, so that Services and probes reach it and not the app.
# custom:
#   short_name: governed_port_taken_over
#   severity: high
#   failure_msg: the port %q does not lead to the sidecar
#   remedy: Let Chaperone's mutating webhook rename the app's port and give its name to the sidecar.
#   party: platform
#   applies_to: [workload]
#   covers: [G-70, G-90]
deny contains finding if {
	some port in input.declaration.ports
	port.app
	port.taken == false
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.containers[].ports[].name",
		"found": port.name,
		"required": sprintf("%s only at the sidecar", [port.name]),
	})
}
