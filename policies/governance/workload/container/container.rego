# METADATA
# title: Containers
# description: >-
#   What a container of a governed pod may contain, and where the pod may run.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/overview/
#   description: "Kubernetes: configuration best practices"
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
package governance.workload.container

import data.lib.result
import data.prepared

# METADATA
# title: Images by digest
# description: >-
#   The image that runs is the image that was reviewed; a tag can move to another image. Images whose files a volume
#   brings count too.
# custom:
#   short_name: image_by_digest
#   group: hygiene
#   action: warn
#   severity: high
#   failure_msg: the image is not referenced by digest
#   remedy: Reference the image by its digest (name@sha256:…).
#   applies_to: [workload]
#   covers: [G-21, G-28]
deny contains finding if {
	some image in _images
	regex.match(`^[^@]+@sha256:[0-9a-f]{64}$`, image.name) == false
	finding := result.of_rule(rego.metadata.chain(), {
		"field": image.field,
		"found": image.name,
		"required": "name@sha256:<64 hexadecimal digits>",
	})
}

_images contains volume if some volume in input.imageVolumes

_images contains {"field": sprintf("%s.image", [container.field]), "name": container.image} if {
	some container in input.containers
}

# METADATA
# title: No literal credentials
# description: Every user who can read pods can read a credential in a pod's environment.
# custom:
#   short_name: literal_credentials
#   group: hygiene
#   action: warn
#   severity: high
#   failure_msg: "%q holds a literal credential"
#   remedy: Put the value into a Secret and refer to it with valueFrom.secretKeyRef.
#   applies_to: [workload]
#   covers: [G-03, G-44]
deny contains finding if {
	some variable in _credentials
	finding := result.of_rule(rego.metadata.chain(), {
		"field": variable.field,
		"found": variable.name,
		"required": "valueFrom.secretKeyRef",
	})
}

_credentials contains variable if {
	some variable in input.literals
	regex.match(prepared.workload.credentialNames, variable.name)
	regex.match(prepared.workload.credentialReferences, variable.name) == false
}

_credentials contains variable if some variable in input.urlPasswords

# METADATA
# title: Requests and limits are set
# description: A chatbot without limits can use all resources of a node and starve the sidecar.
# custom:
#   short_name: resources_set
#   group: hygiene
#   action: warn
#   severity: medium
#   failure_msg: resources are not set
#   remedy: Set resources.requests.cpu, resources.requests.memory and resources.limits.memory.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some missing in input.missingResources
	finding := result.of_rule(rego.metadata.chain(), {
		"field": missing.field,
		"found": null,
		"required": missing.words,
	})
}

# METADATA
# title: The pod stays in its regions
# description: >-
#   Where the declaration names regions, each required node-affinity term, or the node selector, restricts
#   topology.kubernetes.io/region to them.
# custom:
#   short_name: region_affinity
#   severity: high
#   failure_msg: the pod may run outside the declared regions
#   remedy: >-
#     Add a required node affinity on topology.kubernetes.io/region with operator In and the declared regions to every
#     term, or let Chaperone's mutating webhook add it.
#   applies_to: [workload]
#   covers: [G-83]
deny contains finding if {
	count(input.declaration.regions) > 0
	not _inside
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
		"found": object.get(input.pod, "regionTerms", []),
		"required": input.declaration.regions,
	})
}

# A node must match the node selector and at least one of the terms.
_inside if input.pod.nodeSelectorRegion in input.declaration.regions

_inside if {
	count(input.pod.regionTerms) > 0
	every term in input.pod.regionTerms {
		_restricts(term)
	}
}

# A term is a list of sets of regions; a node's region must be in all of them.
_restricts(term) if {
	some regions in term
	every region in regions {
		region in input.declaration.regions
	}
}

# METADATA
# title: Reserved names
# description: Names with the reserved prefix, the sidecar's volumes and its port numbers belong to the sidecar.
# custom:
#   short_name: reserved_names
#   severity: high
#   failure_msg: the name %q is reserved
#   remedy: Choose a name without the prefix "chaperone", and a port outside the reserved range.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some use in _reserved
	finding := result.of_rule(rego.metadata.chain(), {
		"field": use.field,
		"found": object.get(use, "name", object.get(use, "number", null)),
		"required": "a name or number that is not reserved",
	})
}

_reserved contains use if {
	some use in input.names
	startswith(use.name, prepared.workload.reservedPrefix)
}

_reserved contains use if {
	some use in input.ports
	use.number >= prepared.workload.reservedPorts.first
	use.number <= prepared.workload.reservedPorts.last
}
