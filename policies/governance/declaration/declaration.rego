# METADATA
# title: Declaration
# description: What must hold of a declaration before any law is looked at.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone legal data
# custom:
#   waivable: false
#   standard: chaperone
#   frameworks:
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 1]
#     iso-42001: [A.2]
# schemas:
# - input: schema.declaration
package governance.declaration

import data.lib.result
import data.prepared

# METADATA
# title: Codes are known
# description: >-
#   Every declared jurisdiction and sector is a code of the legal data. A code that is not known would leave its law out
#   without anybody noticing.
# custom:
#   short_name: unknown_code
#   severity: high
#   failure_msg: "%s is not a code of the legal data"
#   remedy: "Use one of %s."
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some kind, field in {"jurisdiction": "jurisdictions", "sector": "sectors"}
	known := prepared.codes[kind]
	some index, code in input.spec[field]
	not lower(code) in known
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.%s[%d]", [field, index]),
		"found": code,
		"required": known,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat(", ", known)]),
	})
}

# METADATA
# title: Messages can be read
# description: >-
#   The sidecar reads the shape of messages of every governed port. It refuses each message of a shape that it does not
#   read, so that the chatbot would answer nobody.
# custom:
#   short_name: unread_api
#   severity: high
#   failure_msg: the sidecar does not read %s
#   remedy: Let the chatbot speak a shape that this version of the sidecar reads.
#   applies_to: [declaration]
#   covers: [G-70]
deny contains finding if {
	some index, port in input.spec.ports
	not port.api in prepared.workload.chatAPIs
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.ports[%d].api", [index]),
		"found": port.api,
		"required": prepared.workload.chatAPIs,
	})
}
