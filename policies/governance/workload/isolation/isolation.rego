# METADATA
# title: Isolation
# description: >-
#   What a governed pod may not share with its node, and its containers not with the sidecar, so that nothing goes
#   around it.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/security/pod-security-standards/
#   description: "Kubernetes: Pod Security Standards"
# custom:
#   standard: kubernetes
#   frameworks:
#     eu-ai-act: ["15"]
#     gdpr: ["32-34"]
#     oecd-ai-principles: ["1.4"]
#     nist-ai-rmf: [MEASURE 2.7]
#     iso-42001: [A.6]
# schemas:
# - input: schema.workload
package governance.workload.isolation

import data.lib.result

# METADATA
# title: No host network
# description: A pod on the host's network can be reached, and can reach out, around the sidecar.
# custom:
#   short_name: host_network
#   severity: high
#   failure_msg: the pod uses the host's network
#   remedy: Remove spec.hostNetwork.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	input.pod.hostNetwork == true
	finding := result.of_rule(rego.metadata.chain(), _set("spec.hostNetwork"))
}

# METADATA
# title: No host processes
# description: A pod that sees the host's processes can look into the sidecar.
# custom:
#   short_name: host_pid
#   severity: high
#   failure_msg: the pod shares the host's process namespace
#   remedy: Remove spec.hostPID.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	input.pod.hostPID == true
	finding := result.of_rule(rego.metadata.chain(), _set("spec.hostPID"))
}

# METADATA
# title: No host IPC
# description: A pod in the host's IPC namespace can exchange data that no sidecar sees.
# custom:
#   short_name: host_ipc
#   severity: high
#   failure_msg: the pod shares the host's IPC namespace
#   remedy: Remove spec.hostIPC.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	input.pod.hostIPC == true
	finding := result.of_rule(rego.metadata.chain(), _set("spec.hostIPC"))
}

# METADATA
# title: No shared process namespace
# description: With one process namespace the chatbot can read the sidecar's memory and files.
# custom:
#   short_name: share_process_namespace
#   severity: high
#   failure_msg: the containers share one process namespace
#   remedy: Remove spec.shareProcessNamespace.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	input.pod.shareProcessNamespace == true
	finding := result.of_rule(rego.metadata.chain(), _set("spec.shareProcessNamespace"))
}

# METADATA
# title: No host paths
# description: A volume of the host lets data leave the pod around the sidecar.
# custom:
#   short_name: host_path
#   severity: high
#   failure_msg: the volume %q is a path of the host
#   remedy: Use a volume of another kind (persistentVolumeClaim, emptyDir, configMap).
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some volume in input.pod.hostPaths
	finding := result.of_rule(rego.metadata.chain(), {
		"field": volume.field,
		"found": volume.name,
		"required": null,
	})
}

# METADATA
# title: No host ports
# description: A port of the host leads to the app around the sidecar.
# custom:
#   short_name: host_port
#   severity: high
#   failure_msg: the port %d of the host leads to the container
#   remedy: Remove hostPort; reach the chatbot through a Service.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some port in input.hostPorts
	finding := result.of_rule(rego.metadata.chain(), {
		"field": port.field,
		"found": port.number,
		"required": null,
	})
}

# METADATA
# title: Not privileged
# description: A privileged container can change the sidecar and the network of the pod.
# custom:
#   short_name: privileged
#   severity: high
#   failure_msg: the container is privileged
#   remedy: Remove securityContext.privileged.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some field in input.privileged
	finding := result.of_rule(rego.metadata.chain(), _set(field))
}

# METADATA
# title: Not a process of the host
# description: A Windows HostProcess container runs on the host itself.
# custom:
#   short_name: host_process
#   severity: high
#   failure_msg: the container is a process of the Windows host
#   remedy: Remove securityContext.windowsOptions.hostProcess.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some field in input.hostProcess
	finding := result.of_rule(rego.metadata.chain(), _set(field))
}

# METADATA
# title: No added capabilities
# description: Capabilities such as NET_ADMIN or SYS_PTRACE lead around the sidecar or into it.
# custom:
#   short_name: added_capabilities
#   severity: high
#   failure_msg: the container adds capabilities
#   remedy: Remove securityContext.capabilities.add.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some added in input.addedCapabilities
	finding := result.of_rule(rego.metadata.chain(), {
		"field": added.field,
		"found": added.words,
		"required": [],
	})
}

# METADATA
# title: No ephemeral containers
# description: >-
#   A container that is added to a running pod is a shell beside the sidecar: it sees the pod's network, and the
#   processes of the container that it targets. It is for those who may break the glass of the chatbot.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
#   description: "Kubernetes: ephemeral containers"
# custom:
#   standard: kubernetes
#   short_name: ephemeral_container
#   severity: high
#   failure_msg: the container %q is added to a running pod
#   remedy: >-
#     Read the logs and metrics instead, or ask somebody who has the verb breakglass on this ChatbotDeployment
#     (ClusterRole chaperone-break-glass).
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some container in input.ephemeral
	not input.breakGlass
	finding := result.of_rule(rego.metadata.chain(), {
		"field": container.field,
		"found": container.name,
		"required": "no container added to a running pod",
	})
}

_set(field) := {"field": field, "found": true, "required": false}
