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
import data.lib.deployer
import data.lib.result
import data.prepared

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
		"required": agreement.explained(fault.why, fault.field),
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [fault.remedy]),
	})
}

default _action(_) := "warn"

_action(fault) := "audit" if fault.leaves_open

_action(fault) := "audit" if agreement.confirmed[fault.field]

# METADATA
# title: Roles go with sectors
# description: >-
#   Whoever has a role of a sector declares this sector: a school education, a bank finance. Otherwise law of the sector
#   would be left out, and the role could free from other law of which nothing else shows that it does not bind. Until
#   then the role frees from no law.
# custom:
#   short_name: role_sector
#   severity: medium
#   action: warn
#   failure_msg: the role %s belongs to a sector that is not declared
#   remedy: "Add the sector to spec.sectors (%s), or remove the role; until then it frees from no law."
#   advice: Add the sector to spec.sectors, or remove the role; until then it frees from no law.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
warn contains finding if {
	some index, role in input.spec.accountability.roles
	role in deployer.misplaced
	index == min([other | input.spec.accountability.roles[other] == role])
	sectors := concat(" or ", prepared.facts.expected[role].sectors)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.accountability.roles[%d]", [index]),
		"found": role,
		"required": sprintf("a deployer with this role is in %s", [sectors]),
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [sectors]),
	})
}

# METADATA
# title: The size is stated without contradiction
# description: >-
#   Amounts in several currencies are the same turnover at some rate of exchange, and the reason why the deployer is
#   small does not say that it is not. Otherwise the size is unknown, and frees from no law.
# custom:
#   short_name: size
#   severity: medium
#   action: warn
#   failure_msg: what is stated of the size of the deployer does not agree
#   remedy: "%s"
#   advice: State the whole turnover in each currency, and a reason that says why the deployer is small.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
warn contains finding if {
	some key, doubt in _doubts_of_size
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.accountability.%s", [key]),
		"found": input.spec.accountability[key],
		"required": doubt.required,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [doubt.remedy]),
	})
}

_doubts_of_size["turnover"] := {
	"required": "these amounts cannot be the same turnover",
	"remedy": "State the whole turnover of the deployer in each currency, or in one of them only.",
} if {
	deployer.turnovers_disagree
}

_doubts_of_size["smallOperatorReason"] := {
	"required": "the reason says that the deployer is not small",
	"remedy": "Say why the deployer is below the thresholds of size, or set spec.accountability.smallOperator to false.",
} if {
	deployer.says_the_opposite
}
