# METADATA
# title: Services
# description: >-
#   How a Service may reach the pods of a chatbot: by the names of ports, which the sidecar has taken over.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/services-networking/service/
#   description: "Kubernetes: Service"
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
# - input: schema.service
package governance.service

import data.lib.result
import data.lib.ways
import data.prepared

# METADATA
# title: Ports are targeted by name
# description: >-
#   A TCP port of a chatbot's Service targets a port of the pod by name, which leads to the sidecar. A port number leads
#   to the app, and the NetworkPolicy blocks it. The sidecar's own port numbers are allowed, and, if the declaration
#   gives its ports by number, the numbers of other ports.
# custom:
#   short_name: target_by_name
#   severity: high
#   failure_msg: the port %d bypasses the sidecar
#   remedy: >-
#     Set targetPort to the name of the port instead of its number: that of the chatbot's port if people chat on the
#     number, or else that of the other port.
#   applies_to: [service]
#   covers: [G-70]
deny contains finding if {
	some target in input.targets
	target.number
	not ways.lead_to_sidecar(target, input.chatbots)
	not ways.lead_elsewhere(target, input.chatbots)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": target.field,
		"found": target.number,
		"required": ways.names(input.chatbots),
		"remedy": concat("", [_named(target), _other]),
	})
}

# What to set the target to. For a Service of a cluster, the steps are in the order in which they have to be taken: a
# Service leads nowhere while no pod has the name to which it leads. If no declaration gives the number, it can be that
# of another port, so the text says when to take them.
_named(target) := sprintf(
	"1. Restart the pods, so that they have the port %s (until then the Service would lead nowhere). 2. %s",
	[name, _command(target, name)],
) if {
	target.number in _numbers
	input.name
	name := sprintf("port-%d", [target.number])
}

_named(target) := sprintf("Set %s to port-%d instead of the number.", [target.field, target.number]) if {
	target.number in _numbers
	not input.name
}

_named(target) := sprintf("If people chat on port %d: 1. %s 2. %s", [target.number, naming, command]) if {
	not target.number in _numbers
	input.name
	[name] := ways.names(input.chatbots)
	until := "if it has none (until pods have it, the Service would lead nowhere)"
	naming := sprintf("Give it the name %s in the pod template, %s.", [name, until])
	command := _command(target, name)
}

_named(target) := sprintf("If people chat on port %d, give it the name %s and set %s to the name.", arguments) if {
	not target.number in _numbers
	not input.name
	[name] := ways.names(input.chatbots)
	arguments := [target.number, name, target.field]
}

_named(target) := sprintf("If people chat on port %d, set %s to its name instead, one of %s.", arguments) if {
	not target.number in _numbers
	names := ways.names(input.chatbots)
	count(names) != 1
	arguments := [target.number, target.field, concat(", ", names)]
}

_numbers contains number if {
	some chatbot in input.chatbots
	some number in chatbot.appNumbers
}

_command(target, name) := sprintf(
	`kubectl patch service %s -n %s --type json -p '[{"op": "add", "path": "%s", "value": "%s"}]'.`,
	[input.name, input.namespace, target.pointer, name],
)

# The number can be that of another port if a declaration does not give the numbers of its ports.
_other := concat(" ", [
	" If it is another port of the pods, such as for metrics, name it there and target that name, or declare the",
	"chatbot's ports by number.",
]) if {
	some chatbot in input.chatbots
	not chatbot.appNumbers
} else := ""

# METADATA
# title: Reserved ports are not targeted
# description: >-
#   The app's own ports have names with the reserved prefix after the sidecar has taken over their names. Of the
#   reserved names, a Service may target only the sidecar's port for health and metrics.
# custom:
#   short_name: reserved_target
#   severity: high
#   failure_msg: the port %q belongs to the app and bypasses the sidecar
#   remedy: Set targetPort to the name that the declaration gives the port.
#   applies_to: [service]
#   covers: [G-70]
deny contains finding if {
	some target in input.targets
	startswith(target.name, prepared.workload.reservedPrefix)
	not ways.lead_to_sidecar(target, input.chatbots)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": target.field,
		"found": target.name,
		"required": ways.names(input.chatbots),
	})
}

# METADATA
# title: Headless Services lead to the sidecar
# description: >-
#   The name of a headless Service leads to the pods themselves. Clients connect to the number of the Service's port,
#   and targetPort has no effect for them, so the number is that of a port of the sidecar, or, if the declaration gives
#   its ports by number, of another port.
# custom:
#   short_name: headless_port
#   severity: high
#   failure_msg: the port %d of the headless Service leads around the sidecar
#   remedy: >-
#     If the Service only names the pods of a StatefulSet, remove its ports: names need none. Otherwise remove
#     clusterIP: None (it cannot be changed: delete the Service and create it again), so that targetPort takes effect,
#     or set the port to the number on which the sidecar listens.
#   applies_to: [service]
#   covers: [G-70]
deny contains finding if {
	some port in input.headlessPorts
	not ways.lead_to_sidecar(port, input.chatbots)
	not ways.lead_elsewhere(port, input.chatbots)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": port.field,
		"found": port.number,
		"required": ways.numbers(input.chatbots),
		"remedy": concat("", [rego.metadata.rule().custom.remedy, _other_headless]),
	})
}

_other_headless := concat(" ", [
	" If this is another port of the pods, such as for metrics,",
	"declare the chatbot's ports by number.",
]) if {
	some chatbot in input.chatbots
	not chatbot.appNumbers
} else := ""

# METADATA
# title: Services lead to a port that stays open
# description: >-
#   At least one TCP port of a chatbot's Service leads to the sidecar, or to a port that the declaration opens
#   (spec.openPorts). Otherwise people reach the app without the sidecar, for example through a proxy in the pod, until
#   the NetworkPolicy closes the port, and nobody after that.
# custom:
#   short_name: no_open_port
#   severity: high
#   failure_msg: the Service leads only to ports that the declaration does not name
#   remedy: >-
#     If people reach the chatbot by this Service, for example through a proxy in the pod, declare the port to which it
#     leads in spec.ports, with the shape of the chatbot. If it is for something else, such as metrics, add the name of
#     the port to spec.openPorts.
#   applies_to: [service]
#   covers: [G-70]
deny contains finding if {
	count(input.targets) > 0
	every target in input.targets {
		every chatbot in input.chatbots {
			ways.is_closed(target, chatbot)
		}
	}
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.ports",
		"found": _targets,
		"required": _open_names,
		"remedy": sprintf("The Service leads to %s, and not to %s. %s", [
			concat(", ", _targets),
			concat(" or ", _open_names),
			rego.metadata.rule().custom.remedy,
		]),
	})
}

# METADATA
# title: Ports that a NetworkPolicy closes
# description: >-
#   Under Deny, the NetworkPolicy closes each port of the pods that the declaration neither governs nor opens, such as
#   one for metrics or for the checks of a load balancer.
# custom:
#   short_name: closed_port
#   severity: low
#   group: hygiene
#   action: audit
#   failure_msg: the NetworkPolicy closes the port %v under Deny
#   remedy: >-
#     If something besides the kubelet's probes calls the port, such as a monitoring system or a load balancer, add the
#     name of the container port to spec.openPorts of the ChatbotDeployment. If people chat there, declare it in
#     spec.ports. Otherwise nothing has to be done.
#   applies_to: [service]
#   covers: [G-70]
deny contains finding if {
	some target in input.targets
	some chatbot in input.chatbots
	ways.is_closed(target, chatbot)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": target.field,
		"found": _target_name(target),
		"required": _open_names,
	})
}

_targets := [_target_name(target) | some target in input.targets]

_target_name(target) := target.name

_target_name(target) := sprintf("%d", [target.number]) if target.number

# The names that a Service can target: those of governed ports, and those of ports that declarations open.
_open_names := sort({name | some name in ways.names(input.chatbots)} | {name |
	some chatbot in input.chatbots
	some name in chatbot.openPorts
})

# METADATA
# title: No external IPs
# description: >-
#   With spec.externalIPs, a Service can take over traffic to any address, including addresses outside the cluster.
# related_resources:
# - ref: https://github.com/kubernetes/kubernetes/issues/97076
#   description: CVE-2020-8554
# custom:
#   standard: kubernetes
#   short_name: external_ips
#   severity: high
#   failure_msg: the Service claims the addresses %v
#   remedy: Remove spec.externalIPs; expose the chatbot with a load balancer, an Ingress or a Gateway.
#   applies_to: [service]
#   covers: [G-70]
deny contains finding if {
	count(input.externalIPs) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.externalIPs",
		"found": input.externalIPs,
		"required": [],
	})
}
