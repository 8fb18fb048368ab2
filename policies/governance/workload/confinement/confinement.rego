# METADATA
# title: Confinement
# description: >-
#   What keeps a governed pod within its own network, and its containers within the limits of the container runtime.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   description: "Kubernetes: Pod Security Standards"
# custom:
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
package governance.workload.confinement

import data.lib.result
import data.prepared

# METADATA
# title: No further networks
# description: >-
#   A pod with a second network interface, which Multus attaches, is reached there at the ports of the app: no
#   NetworkPolicy applies to that network. Networks that only run the plugin of a service mesh are none of these.
# related_resources:
# - ref: https://github.com/k8snetworkplumbingwg/multus-cni/blob/master/docs/quickstart.md
#   description: "Multus: additional networks"
# custom:
#   standard: kubernetes
#   short_name: further_network
#   severity: high
#   failure_msg: the pod is attached to the network %q
#   remedy: Remove the annotation, or attach the network to another pod in front of the chatbot.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some network in input.networks
	not network.name in prepared.workload.harmlessNetworks
	finding := result.of_rule(rego.metadata.chain(), {
		"field": network.field,
		"found": network.name,
		"required": "the network of the cluster alone",
	})
}

# METADATA
# title: The masks of /proc stay
# description: >-
#   A container whose securityContext.procMount is Unmasked can write settings of the kernel below /proc, among them
#   those of the network that it shares with the sidecar.
# custom:
#   short_name: unmasked_proc
#   severity: high
#   failure_msg: the container has /proc without masks
#   remedy: Remove securityContext.procMount.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some field in input.unmaskedProc
	finding := result.of_rule(rego.metadata.chain(), {
		"field": field,
		"found": "Unmasked",
		"required": "Default",
	})
}

# METADATA
# title: Seccomp is not switched off
# description: >-
#   Without seccomp, a container may make every system call of the kernel, which makes it easier to break out of the
#   container and into the sidecar.
# custom:
#   short_name: unconfined_seccomp
#   group: hygiene
#   action: warn
#   severity: medium
#   failure_msg: the container runs without seccomp
#   remedy: Set securityContext.seccompProfile.type to RuntimeDefault.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some field in input.unconfinedSeccomp
	finding := result.of_rule(rego.metadata.chain(), {
		"field": field,
		"found": "Unconfined",
		"required": "RuntimeDefault",
	})
}

# METADATA
# title: Probes and hooks stay in the pod
# description: >-
#   With the field host, a probe or a hook makes the kubelet call another address than that of the pod. No NetworkPolicy
#   keeps the kubelet from pods of its node, so it reaches their apps without the sidecar.
# custom:
#   short_name: probe_host
#   group: hygiene
#   action: warn
#   severity: medium
#   failure_msg: the kubelet calls %q
#   remedy: Remove the field host. The kubelet then calls the pod itself.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some host in input.probeHosts
	finding := result.of_rule(rego.metadata.chain(), {
		"field": host.field,
		"found": host.name,
		"required": null,
	})
}
