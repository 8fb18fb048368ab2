# METADATA
# title: Connections
# description: >-
#   Which connections to the pods of a chatbot the API server may open. Such a connection bypasses the sidecar, so the
#   sidecar cannot disclose, redact or record anything on it.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
#   description: "Kubernetes: Role Based Access Control good practices"
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
# - input: schema.connection
package governance.connection

import data.lib.result
import data.lib.ways
import data.prepared

# METADATA
# title: No connection into the sidecar
# description: No user may exec into or attach to the sidecar's container, not even with break-glass.
# custom:
#   short_name: sidecar_closed
#   weakenable: false
#   severity: high
#   failure_msg: the container %q is the sidecar
#   remedy: Read the sidecar's logs and metrics instead. Change its behavior in the declaration.
#   applies_to: [connection]
#   covers: [G-03, G-70]
deny contains finding if {
	into_sidecar
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "container",
		"found": input.container,
		"required": "no connection into the sidecar",
	})
}

# METADATA
# title: No connection into the app
# description: >-
#   A user who execs into or attaches to a chatbot's container bypasses the sidecar and reaches customer data. Only
#   users with break-glass permission for the chatbot may do so.
# custom:
#   short_name: app_closed
#   severity: high
#   failure_msg: the connection bypasses the sidecar and leads into the chatbot
#   remedy: >-
#     Read the logs instead, or ask a user who has the verb breakglass on this ChatbotDeployment (ClusterRole
#     chaperone-break-glass).
#   applies_to: [connection]
#   covers: [G-03, G-70]
deny contains finding if {
	input.kind in _into_container
	not into_sidecar
	not input.breakGlass
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "container",
		"found": object.get(input, "container", null),
		"required": "no connection into the chatbot",
	})
}

# METADATA
# title: No port-forward
# description: >-
#   A forwarded port arrives on the pod's loopback interface and bypasses the sidecar. Admission cannot see which port
#   it is. Only users with break-glass permission for the chatbot may forward ports.
# custom:
#   short_name: port_forward
#   severity: high
#   failure_msg: a forwarded port bypasses the sidecar
#   remedy: >-
#     Reach the chatbot through its Service, or ask a user who has the verb breakglass on this ChatbotDeployment
#     (ClusterRole chaperone-break-glass).
#   applies_to: [connection]
#   covers: [G-03, G-70]
deny contains finding if {
	input.kind == "portforward"
	not input.breakGlass
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "subresource",
		"found": input.kind,
		"required": "a connection through the sidecar",
	})
}

# METADATA
# title: Proxies lead to the sidecar
# description: >-
#   A proxy connection through the API server to a pod or a Service leads to a port of the sidecar. If the request
#   names no port, the API server selects the app's port. Other ports need break-glass permission for the chatbot.
# custom:
#   short_name: proxy_port
#   severity: high
#   failure_msg: the proxy bypasses the sidecar
#   remedy: >-
#     Name a port of the sidecar (of a pod, by its number), or ask a user who has the verb breakglass on this
#     ChatbotDeployment (ClusterRole chaperone-break-glass).
#   applies_to: [connection]
#   covers: [G-03, G-70]
deny contains finding if {
	input.kind == "proxy"
	not _proxied_to_sidecar
	not input.breakGlass
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "port",
		"found": _proxied,
		"required": _sidecar_ports,
	})
}

_into_container := {"exec", "attach"}

# into_sidecar holds when the connection leads into the sidecar's container. A connection that names no container leads
# into the app's, because the API server never selects an init container by default.
into_sidecar if {
	input.kind in _into_container
	startswith(input.container, prepared.workload.reservedPrefix)
}

_proxied_to_sidecar if {
	count(input.targets) > 0
	every target in input.targets {
		ways.lead_to_sidecar(target, input.chatbots)
	}
}

_proxied := [object.get(target, "name", object.get(target, "number", null)) | some target in input.targets] if {
	count(input.targets) > 0
}

# Without a target, the finding has what the request names.
_proxied := object.get(input, "port", null) if count(object.get(input, "targets", [])) == 0

_sidecar_ports := sort({port.number | some chatbot in input.chatbots; some port in chatbot.ports})
