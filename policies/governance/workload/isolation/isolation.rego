# METADATA
# title: Isolation
# description: >-
#   What a governed pod may not share with its node, and what its containers may not share with the sidecar, so that no
#   traffic bypasses the sidecar.
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
package governance.workload.isolation

import data.lib.result
import data.prepared

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
# title: No paths of the node itself
# description: >-
#   Through a hostPath volume with the files of the kubelet, the container runtime, the network plugin or the operating
#   system, or with a socket or a device of the node, a container can change the sidecar, read its memory or start
#   containers outside the pod. Files that every container may know, such as /etc/localtime, are none of these if all
#   containers mount them with readOnly.
# custom:
#   short_name: node_path
#   severity: high
#   failure_msg: the volume %q leads to the node itself
#   remedy: >-
#     Use a volume of another kind (persistentVolumeClaim, emptyDir, configMap). Mount a file such as /etc/localtime or
#     /etc/ssl/certs with readOnly in every container.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some volume in input.pod.hostPaths
	_leads_to_node(volume)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("%s.path", [volume.field]),
		"found": volume.path,
		"required": "a path that is not one of the node's own",
	})
}

# METADATA
# title: No host paths
# description: >-
#   Data in a hostPath volume stays on the node when the pod is deleted, and other pods of the node can read it. The
#   rule workload.node_path is about the paths that let a container bypass the sidecar.
# custom:
#   short_name: host_path
#   group: hygiene
#   action: warn
#   severity: high
#   failure_msg: the volume %q is a hostPath volume
#   remedy: Use a volume of another kind (persistentVolumeClaim, emptyDir, configMap).
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some volume in input.pod.hostPaths
	not _leads_to_node(volume)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": volume.field,
		"found": volume.name,
		"required": null,
	})
}

_leads_to_node(volume) if volume.type in prepared.workload.nodePathTypes

# A path without a leading slash is one of Windows, whose folders are not listed.
_leads_to_node(volume) if not startswith(volume.path, "/")

# Paths end with a slash, so that a prefix is a folder. A folder above one of the node's folders contains it.
_leads_to_node(volume) if {
	some path in prepared.workload.nodePaths
	startswith(volume.path, path)
	not _is_harmless(volume)
}

_leads_to_node(volume) if {
	some path in prepared.workload.nodePaths
	startswith(path, volume.path)
}

_is_harmless(volume) if {
	volume.readOnly
	some path in prepared.workload.readableNodePaths
	startswith(volume.path, path)
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
# title: No capabilities that bypass the sidecar
# description: >-
#   Capabilities such as NET_ADMIN, SYS_ADMIN or BPF let a container change the network of the pod, the node or another
#   container, and so bypass the sidecar or tamper with it. SYS_PTRACE does so where processes are shared. A capability
#   that is not known counts as one of these.
# custom:
#   short_name: bypassing_capabilities
#   severity: high
#   failure_msg: the container adds capabilities that bypass the sidecar
#   remedy: Remove these capabilities from securityContext.capabilities.add.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some added in input.addedCapabilities
	bypassing := [word | some word in added.words; not word in _contained_capabilities]
	count(bypassing) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"field": added.field,
		"found": bypassing,
		"required": [],
	})
}

# METADATA
# title: No added capabilities
# description: >-
#   A chatbot needs no capabilities besides those that the container runtime grants. The rule
#   workload.bypassing_capabilities is about the capabilities that let a container bypass the sidecar.
# custom:
#   short_name: added_capabilities
#   group: hygiene
#   action: warn
#   severity: high
#   failure_msg: the container adds capabilities
#   remedy: Remove securityContext.capabilities.add.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some added in input.addedCapabilities
	contained := [word | some word in added.words; word in _contained_capabilities]
	count(contained) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"field": added.field,
		"found": contained,
		"required": [],
	})
}

# What a container can do with these capabilities stays within the container.
_contained_capabilities contains word if some word in prepared.workload.containedCapabilities

_contained_capabilities contains word if {
	some word in prepared.workload.processCapabilities
	not input.pod.hostPID
	not input.pod.shareProcessNamespace
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
