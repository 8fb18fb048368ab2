# METADATA
# title: Ways in the network
# description: >-
#   What may open or lead to the ports of a chatbot's pods besides Services: the NetworkPolicies of others, which add up
#   with Chaperone's own, and endpoints that people write by hand.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/services-networking/network-policies/
#   description: "Kubernetes: Network Policies"
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
# - input: schema.network
package governance.network

import data.lib.result
import data.lib.ways
import data.prepared

# METADATA
# title: NetworkPolicies open the sidecar's ports only
# description: >-
#   NetworkPolicies add up: what one of them opens is open. A NetworkPolicy that selects the pods of a chatbot opens
#   only the ports of the sidecar, by their names or numbers, and the ports that the declaration opens (spec.openPorts),
#   by their names. It may open any port of other pods, close ports, and limit what pods may call. It selects no pod of
#   a chatbot if its podSelector leaves out the label chaperone.dev/chatbot.
# custom:
#   short_name: opens_ports
#   severity: high
#   failure_msg: the NetworkPolicy opens %s of the chatbot's pods, around the sidecar
#   remedy: >-
#     Open the chatbot's port by its name, which leads to the sidecar, and ports of spec.openPorts by their names. Or
#     leave the pods of chatbots out, with {key: chaperone.dev/chatbot, operator: DoesNotExist} in
#     spec.podSelector.matchExpressions.
#   applies_to: [networkpolicy]
#   covers: [G-70]
deny contains finding if {
	some opening in input.openings
	_opens_around(opening)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": opening.field,
		"found": _text(opening),
		"required": _names,
		"remedy": sprintf("%s Or leave the pods of chatbots out: %s %s", [_naming(opening), _leaving, _own_policy]),
	})
}

# A name opens only the port that has it, and pods of a chatbot that does not declare the name hardly have it.
_opens_around(opening) if {
	opening.name
	not opening.name in _names
	not opening.name in _sidecar_names
}

# Numbers open the same ports in the pods of all chatbots.
_opens_around(opening) if {
	some chatbot in input.chatbots
	count({port.number |
		some port in chatbot.ports
		port.number >= opening.first
		port.number <= opening.last
	}) < (opening.last - opening.first) + 1
}

# The names of governed ports, and of ports that declarations open.
_names := sort({name | some name in ways.names(input.chatbots)} | {name |
	some chatbot in input.chatbots
	some name in chatbot.openPorts
})

_sidecar_names contains port.name if {
	some chatbot in input.chatbots
	some port in chatbot.ports
}

_text(opening) := opening.name

_text(opening) := sprintf("%d", [opening.first]) if opening.first == opening.last

_text(opening) := "all ports" if _opens_all(opening)

_text(opening) := sprintf("%d-%d", [opening.first, opening.last]) if {
	opening.first < opening.last
	not _opens_all(opening)
}

_opens_all(opening) if {
	opening.first == 1
	opening.last == 65535
}

_listed := concat(", ", _names)

_naming(opening) := sprintf("State under ports the names of the ports that may be reached (%s).", [_listed]) if {
	opening.first < opening.last
}

_naming(opening) := sprintf(
	concat(" ", [
		"Put the name of the port (%s) instead of the number %d. Add the name of another port, such as one for metrics,",
		"to spec.openPorts of the ChatbotDeployment first.",
	]),
	[_listed, opening.first],
) if {
	opening.first == opening.last
}

_naming(opening) := sprintf("Remove %s, the name of the app's own port behind the sidecar.", [opening.name]) if {
	startswith(opening.name, prepared.workload.reservedPrefix)
}

_naming(opening) := sprintf(
	concat(" ", [
		"If people chat on %s, declare it in spec.ports of the ChatbotDeployment.",
		"If it is for something else, such as metrics, add it to spec.openPorts.",
	]),
	[opening.name],
) if {
	not startswith(opening.name, prepared.workload.reservedPrefix)
}

_expression := `{"key": "chaperone.dev/chatbot", "operator": "DoesNotExist"}`

# What to add to the podSelector: the command for a NetworkPolicy of a cluster, or else the line of the manifest.
_leaving := sprintf(
	`kubectl patch networkpolicy %s -n %s --type json -p '[{"op": "add", "path": "%s", "value": %s}]'.`,
	[input.name, input.namespace, _place.path, _place.value],
) if {
	input.name
}

_leaving := concat(" ", [
	"add the line `- {key: chaperone.dev/chatbot, operator: DoesNotExist}`",
	"to spec.podSelector.matchExpressions.",
]) if {
	not input.name
}

_place := {"path": "/spec/podSelector/matchExpressions/-", "value": _expression} if input.hasExpressions

_place := {"path": "/spec/podSelector/matchExpressions", "value": sprintf("[%s]", [_expression])} if {
	not input.hasExpressions
}

# Pods that no NetworkPolicy selects are open, but another one may close all pods of the namespace.
_own_policy := concat(" ", [
	"Under Deny, Chaperone's own NetworkPolicy opens the sidecar's ports of these pods. Until then, if another one closes",
	sprintf("them, open %s by name for them.", [_listed]),
]) if {
	some chatbot in input.chatbots
	lower(chatbot.enforcement) in {"audit", "warn"}
} else := "Chaperone's own NetworkPolicy opens the sidecar's ports of these pods."

# METADATA
# title: Endpoints lead to the sidecar
# description: >-
#   Endpoints that are written by hand, as Endpoints or as an EndpointSlice, lead to a pod of a chatbot only at a port
#   of the sidecar, or, if the declaration gives its ports by number, at another port than the app's. Endpoints with
#   other addresses, such as those of a database outside the cluster, lead wherever they like.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
#   description: "Kubernetes: Services without selectors"
# custom:
#   short_name: endpoint_around
#   severity: high
#   failure_msg: the endpoints lead to a pod of the chatbot, around the sidecar (port %v)
#   remedy: >-
#     Leave the addresses of the chatbot's pods out, and lead to them by a Service with a selector and the name of the
#     port as its targetPort.
#   applies_to: [endpoints, endpointslice]
#   covers: [G-70]
deny contains finding if {
	some target in input.endpoints
	not ways.lead_to_sidecar(target, input.chatbots)
	not _lead_elsewhere(target)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": target.field,
		"found": _number(target),
		"required": ways.numbers(input.chatbots),
	})
}

# The number 0 stands for all ports, which include the app's.
_lead_elsewhere(target) if {
	target.number > 0
	ways.lead_elsewhere(target, input.chatbots)
}

_number(target) := target.number if target.number > 0

_number(target) := "all" if target.number == 0
