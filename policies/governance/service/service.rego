# METADATA
# title: Services
# description: >-
#   How a Service may lead to the pods of a chatbot: by the names of ports, which the sidecar has taken over.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/services-networking/service/
#   description: "Kubernetes: Service"
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
# - input: schema.service
package governance.service

import data.lib.result
import data.lib.ways
import data.prepared

# METADATA
# title: Ports are targeted by name
# description: >-
#   A TCP port of a chatbot's Service targets a port of the pod by its name, which leads to the sidecar. A number leads
#   to the app, where the NetworkPolicy closes the way. The sidecar's own numbers are allowed.
# custom:
#   short_name: target_by_name
#   severity: high
#   failure_msg: the port %d leads around the sidecar
#   remedy: Set targetPort to the name of the port, for example http, instead of its number.
#   applies_to: [service]
#   covers: [G-70]
deny contains finding if {
	some target in input.targets
	target.number
	not ways.lead_to_sidecar(target, input.chatbots)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": target.field,
		"found": target.number,
		"required": ways.names(input.chatbots),
	})
}

# METADATA
# title: Reserved ports are not targeted
# description: >-
#   Names with the reserved prefix are those that the app's own ports have after the sidecar took over theirs. Only the
#   sidecar's port for health and metrics may be targeted.
# custom:
#   short_name: reserved_target
#   severity: high
#   failure_msg: the port %q is the app's own
#   remedy: Set targetPort to the name that the declaration gives the port, for example http.
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
# title: No external IPs
# description: >-
#   With spec.externalIPs a Service takes over traffic to any address, also to those that are not the cluster's.
# related_resources:
# - ref: https://github.com/kubernetes/kubernetes/issues/97076
#   description: CVE-2020-8554
# custom:
#   standard: kubernetes
#   short_name: external_ips
#   severity: high
#   failure_msg: the Service claims the addresses %v
#   remedy: Remove spec.externalIPs; publish the chatbot by a load balancer, an Ingress or a Gateway.
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
