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
# description: >-
#   Every port name in the declaration is the name of a container port of the pod. A port that is declared by number
#   needs no name.
# custom:
#   short_name: governed_port_named
#   severity: high
#   failure_msg: no container has the port %q that the declaration names
#   remedy: >-
#     Give the chatbot's container port this name, or declare the port by the name that it has or by its number.
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
			[_naming(port, rego.metadata.rule().custom.remedy), input.declaration.name, index],
		),
	})
}

# Which port to name, if there is no doubt.
_naming(_, remedy) := remedy if count(object.get(input, "unnamedPorts", [])) != 1

_naming(port, _) := sprintf(
	"There is one unnamed port, %d: give it the name %s, or declare it by number (port: %d in place of name: %s).",
	[number, port.name, number, port.name],
) if {
	[number] := input.unnamedPorts
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
	not port.containers
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.containers[].ports[].name",
		"found": port.name,
		"required": sprintf("%s only at the sidecar", [port.name]),
	})
}

# METADATA
# title: Governed ports belong to one container
# description: >-
#   Only one container has a port of the name in the declaration. Otherwise it is not defined which of them people reach
#   through the sidecar.
# custom:
#   short_name: governed_port_shared
#   severity: high
#   failure_msg: several containers have the port %q
#   remedy: Rename the port in all of these containers but the chatbot's.
#   applies_to: [workload]
#   covers: [G-70, G-90]
deny contains finding if {
	some port in input.declaration.ports
	count(port.containers) > 1
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.containers[].ports[].name",
		"found": sprintf("%s in the containers %s", [port.name, concat(", ", port.containers)]),
		"required": sprintf("%s in one container", [port.name]),
	})
}

# METADATA
# title: Governed ports have one name
# description: >-
#   No other container port has the number of a governed port and a name of its own: a Service that targets this name
#   leads to the app and not to the sidecar.
# custom:
#   short_name: governed_port_other_name
#   severity: high
#   failure_msg: the port %q has the number of a governed port
#   remedy: Remove this entry of ports, or give the program behind it a port number of its own.
#   applies_to: [workload]
#   covers: [G-70, G-90]
deny contains finding if {
	some port in input.declaration.ports
	some other in port.otherNames
	finding := result.of_rule(rego.metadata.chain(), {
		"field": other.field,
		"found": other.name,
		"required": sprintf("no other name for the number of port %s", [port.name]),
	})
}

# METADATA
# title: Ports that a NetworkPolicy closes
# description: >-
#   Under Deny, the NetworkPolicy closes each container port that the declaration neither governs nor opens, such as one
#   for metrics. Other containers of the pod reach it all the same.
# custom:
#   short_name: closed_port
#   severity: low
#   group: hygiene
#   action: audit
#   failure_msg: the NetworkPolicy closes the port %v under Deny
#   remedy: >-
#     If other pods call this port, such as those of a monitoring system, add its name to spec.openPorts of the
#     ChatbotDeployment. If people chat there, declare it in spec.ports. Otherwise nothing has to be done.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some port in input.declaration.otherPorts
	finding := result.of_rule(rego.metadata.chain(), {
		"field": port.field,
		"found": _port_text(port),
		"required": "a port in spec.ports or spec.openPorts",
	})
}

_port_text(port) := sprintf("%d (%s)", [port.number, port.name]) if port.name

_port_text(port) := sprintf("%d, without a name", [port.number]) if not port.name
