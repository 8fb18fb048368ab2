# METADATA
# title: Identity
# description: >-
#   The user that a governed pod runs as, its labels and annotations, and the declaration that governs it.
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
package governance.workload.identity

import data.lib.result
import data.prepared

# METADATA
# title: Not root
# description: >-
#   A container runs as a user that is known not to be root: runAsNonRoot is true or runAsUser is not 0, in the
#   container's securityContext or, if unset there, in the pod's.
# custom:
#   short_name: run_as_root
#   group: hygiene
#   action: warn
#   severity: high
#   failure_msg: the container may run as root
#   remedy: Set securityContext.runAsNonRoot to true, or runAsUser to a number above 0.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some container in input.containers
	user := object.get(container, "runAsUser", "unset")
	[user, object.get(container, "runAsNonRoot", false)] in {[0, false], [0, true], ["unset", false]}
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("%s.securityContext.runAsNonRoot", [container.field]),
		"found": {key: object.get(container, key, null) | some key in ["runAsNonRoot", "runAsUser"]},
		"required": true,
	})
}

# METADATA
# title: Not the sidecar's user
# description: A container with the sidecar's user id may read what the sidecar writes and signal its process.
# custom:
#   short_name: run_as_sidecar_user
#   severity: high
#   failure_msg: the container runs as the sidecar's user
#   remedy: Choose another securityContext.runAsUser.
#   applies_to: [workload]
#   covers: [G-03, G-70]
deny contains finding if {
	some container in input.containers
	container.runAsUser == input.sidecar.user
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("%s.securityContext.runAsUser", [container.field]),
		"found": container.runAsUser,
		"required": sprintf("another user than %d", [input.sidecar.user]),
	})
}

# METADATA
# title: No service-account token unless asked for
# description: >-
#   A chatbot needs no access to the Kubernetes API. automountServiceAccountToken is false, and no volume projects a
#   token, unless the pod asks for it with the annotation chaperone.dev/service-account-token. Tokens whose audience is
#   a known other service (AWS, Microsoft Entra, Google Cloud, Istio, Linkerd) give no such access.
# custom:
#   short_name: service_account_token
#   group: hygiene
#   action: warn
#   severity: medium
#   failure_msg: the pod has a service-account token
#   remedy: >-
#     Set spec.automountServiceAccountToken to false, or ask for the token with the annotation
#     chaperone.dev/service-account-token: "true".
#   applies_to: [workload]
#   covers: [G-03]
deny contains finding if {
	some token in input.pod.tokens
	finding := result.of_rule(rego.metadata.chain(), {
		"field": token.field,
		"found": token.name,
		"required": "no token",
	})
}

# METADATA
# title: Label and declaration agree
# description: >-
#   A pod with the label chaperone.dev/chatbot is governed by the ChatbotDeployment of that name in its namespace, and
#   the selector of the ChatbotDeployment matches it. Every governed pod has this label.
# custom:
#   short_name: label_and_declaration
#   severity: high
#   failure_msg: the label and the declaration do not agree
#   remedy: >-
#     Set the label chaperone.dev/chatbot to the name of the ChatbotDeployment, and the labels that its selector
#     matches.
#   applies_to: [workload]
#   covers: [G-90]
deny contains finding if {
	some difference in _differences
	finding := result.of_rule(rego.metadata.chain(), difference)
}

_label_field := "metadata.labels[chaperone.dev/chatbot]"

# No declaration governs the pod, so no spec.enforcement can weaken this finding.
_differences contains {
	"field": _label_field,
	"found": input.pod.chatbot,
	"required": null,
	"remedy": "Declare a ChatbotDeployment of this name in the namespace, or remove the label.",
} if {
	input.pod.governed == false
	input.pod.chatbot
}

_differences contains {
	"field": _label_field,
	"found": object.get(input.pod, "chatbot", null),
	"required": input.declaration.name,
} if {
	object.get(input.pod, "chatbot", "") != input.declaration.name
}

_differences contains {
	"field": "metadata.labels",
	"found": input.pod.chatbot,
	"required": sprintf("labels that spec.selector of ChatbotDeployment %q matches", [input.declaration.name]),
} if {
	input.pod.chatbot == input.declaration.name
	input.pod.selected == false
}

# METADATA
# title: Known labels and annotations
# description: Only known keys may use the prefix chaperone.dev/; a misspelled key would silently have no effect.
# custom:
#   short_name: unknown_annotation
#   severity: medium
#   failure_msg: the key %q is not known
#   remedy: Remove the label or annotation, or correct its name.
#   applies_to: [workload]
#   covers: [G-70]
deny contains finding if {
	some kind in ["labels", "annotations"]
	some key in input.pod[kind]
	not key in prepared.workload[kind]
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("metadata.%s", [kind]),
		"found": key,
		"required": prepared.workload[kind],
	})
}
