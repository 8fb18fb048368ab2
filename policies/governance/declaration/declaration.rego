# METADATA
# title: Declaration
# description: Conditions that a declaration must meet before any law is applied to it.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone legal data
# custom:
#   waivable: false
#   weakenable: false
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
#   Every declared jurisdiction and sector is a code of the legal data. Otherwise the law of an unknown code would
#   silently be left out.
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
# title: The sidecar supports the message format
# description: >-
#   The sidecar supports the API of every governed port and of every processor that the chatbot calls. It refuses
#   messages in a format that it cannot read, so a chatbot with an unsupported API could not answer anyone.
# custom:
#   short_name: unread_api
#   severity: high
#   failure_msg: the sidecar does not support the API %s
#   remedy: Use an API that this version of the sidecar supports.
#   applies_to: [declaration]
#   covers: [G-70]
deny contains finding if {
	some list in ["ports", "processors"]
	some index, declared in input.spec[list]
	not declared.api in prepared.workload.chatAPIs
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.%s[%d].api", [list, index]),
		"found": declared.api,
		"required": prepared.workload.chatAPIs,
	})
}
