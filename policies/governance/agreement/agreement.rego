# METADATA
# title: Agreement
# description: What a declaration states in one place agrees with what it states in another.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone legal data
# custom:
#   standard: chaperone
#   frameworks:
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 1]
#     iso-42001: [A.2]
# schemas:
# - input: schema.declaration
package governance.agreement

import data.lib.agreement
import data.lib.result

# METADATA
# title: Facts hardly contradict each other
# description: >-
#   Two statements of the declaration are hardly true together, although a firm could truthfully make both. Where one of
#   them would free from a law, it is read as if it were not stated; that is only a remark, because the law that it
#   leaves open warns by itself. A statement that spec.confirmed confirms is a remark, too. The list is
#   contradictions.yaml.
# custom:
#   short_name: doubtful
#   severity: medium
#   action: warn
#   failure_msg: two facts of the declaration are hardly true together
#   remedy: "%s"
#   advice: >-
#     Look again at the statements that the finding names. If they are true, state why in spec.confirmed, for the field
#     that the finding names.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
warn contains finding if {
	some fault in agreement.faults
	fault.doubtful
	finding := result.of_rule(rego.metadata.chain(), {
		"action": _action(fault),
		"field": fault.field,
		"found": fault.found,
		"required": _why(fault),
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [fault.remedy]),
	})
}

default _action(_) := "warn"

_action(fault) := "audit" if fault.leaves_open

_action(fault) := "audit" if agreement.confirmed[fault.field]

_why(fault) := fault.why if not agreement.confirmed[fault.field]

_why(fault) := sprintf("%s; spec.confirmed says: %s", [fault.why, agreement.confirmed[fault.field]])
