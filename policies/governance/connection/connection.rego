# METADATA
# title: Connections
# description: >-
#   What may be opened through the API server to the pods of a chatbot. All of it arrives behind the sidecar, where
#   nothing is disclosed, redacted or recorded.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/rbac-good-practices/
#   description: "Kubernetes: Role Based Access Control good practices"
# custom:
#   waivable: false
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
# title: The sidecar is closed
# description: Nobody runs or attaches to anything in the sidecar's container, also not by break-glass.
# custom:
#   short_name: sidecar_closed
#   severity: high
#   failure_msg: the container %q is the sidecar
#   remedy: Read the sidecar's log and metrics instead; what it does is configured by the declaration.
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
# title: The app is closed
# description: >-
#   Who runs or attaches to something in a chatbot's container talks to it, and to its customers' data, past the
#   sidecar. It is for those who may break the glass of the chatbot.
# custom:
#   short_name: app_closed
#   severity: high
#   failure_msg: the connection leads into the chatbot
#   remedy: >-
#     Read the logs instead, or ask somebody who has the verb breakglass on this ChatbotDeployment (ClusterRole
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
#   A forwarded port arrives on the pod's loopback, past the sidecar, and which port it is stands in a stream that
#   admission does not see. It is for those who may break the glass of the chatbot.
# custom:
#   short_name: port_forward
#   severity: high
#   failure_msg: a forwarded port leads around the sidecar
#   remedy: >-
#     Reach the chatbot through its Service, or ask somebody who has the verb breakglass on this ChatbotDeployment
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
#   A proxy through the API server, to a pod or to a Service, leads to a port of the sidecar. Without a port the API
#   server takes the app's. Any other port is for those who may break the glass of the chatbot.
# custom:
#   short_name: proxy_port
#   severity: high
#   failure_msg: the proxy leads around the sidecar
#   remedy: >-
#     Name a port of the sidecar, or ask somebody who has the verb breakglass on this ChatbotDeployment (ClusterRole
#     chaperone-break-glass).
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

# into_sidecar: the connection leads into the sidecar's container. One without a container leads into the app's, because
# the API server takes no init container for it.
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

_proxied := null if count(object.get(input, "targets", [])) == 0

_sidecar_ports := sort({port.number | some chatbot in input.chatbots; some port in chatbot.ports})
