# METADATA
# title: Isolation
# description: >-
#   What a governed pod may not share with its node, and what its containers may not share with the sidecar, so that no
#   traffic bypasses the sidecar.
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
# description: A pod on the host's network can receive and send traffic that bypasses the sidecar.
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
# description: A pod that sees the host's processes can inspect the sidecar's process.
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
# description: A pod in the host's IPC namespace can exchange data that the sidecar does not see.
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
# description: In a shared process namespace, the chatbot can read the sidecar's memory and files.
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
# description: Data can leave the pod through a hostPath volume and bypass the sidecar.
# custom:
#   short_name: host_path
#   severity: high
#   failure_msg: the volume %q is a hostPath volume
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
# description: A host port leads to the app and bypasses the sidecar.
# custom:
#   short_name: host_port
#   severity: high
#   failure_msg: the host port %d leads to the container
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
# description: Capabilities such as NET_ADMIN or SYS_PTRACE let a container bypass the sidecar or tamper with it.
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
#   An ephemeral container is a shell next to the sidecar: it sees the pod's network and the processes of its target
#   container. Only users with break-glass permission for the chatbot may add one.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
#   description: "Kubernetes: ephemeral containers"
# custom:
#   standard: kubernetes
#   short_name: ephemeral_container
#   severity: high
#   failure_msg: the container %q is added to a running pod
#   remedy: >-
#     Read the logs and metrics instead, or ask a user who has the verb breakglass on this ChatbotDeployment
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
