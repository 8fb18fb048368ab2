# METADATA
# title: Contracts
# description: >-
#   What the terms tell consumers, how consumers withdraw from a contract, and the contracts that bind processors.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/dir/2011/83/oj
#   description: Consumer Rights Directive
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 26 and 28
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["25(4)"]
#     gdpr: ["26", "28"]
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 6]
#     iso-42001: [A.10]
package governance.contract

import data.lib.claims
import data.lib.result

# METADATA
# title: Notices do not deny that answers count
# description: >-
#   Where the law holds the deployer to what the chatbot says, no notice on liability has a sentence that says, in the
#   words that are known for its language, that answers never bind or that nobody is liable for them.
# custom:
#   short_name: denies_answers
#   severity: medium
#   action: warn
#   failure_msg: the notice says that answers do not count
#   remedy: Take that sentence out. Say instead what answers are for, and where people find what is binding.
#   applies_to: [declaration]
#   covers: [G-24]
# schemas:
# - input: schema.declaration
warn contains finding if {
	merged := input.requirement.dimensions["liability.answersBind"]
	some tag, text in object.get(input.spec, ["contract", "liabilityNotice"], {})
	field := sprintf("spec.contract.liabilityNotice.%s", [tag])
	some reading in claims.readings(field, text)
	claims.denies_answers(tag, reading)
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "liability.answersBind",
		"field": field,
		"found": "a sentence that says that answers do not count",
		"required": "a notice that leaves the duty to stand by answers in place",
		"sources": merged.setting,
	})
}
