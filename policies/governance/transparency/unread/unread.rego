# METADATA
# title: Texts that are not read
# description: Texts of a declaration about which the absence of findings says nothing.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone legal data
# custom:
#   standard: chaperone
#   frameworks:
#     eu-ai-act: ["50"]
#     oecd-ai-principles: ["1.3"]
#     nist-ai-rmf: [GOVERN 1, MAP 1]
#     iso-42001: [A.8]
# schemas:
# - input: schema.declaration
package governance.transparency.unread

import data.lib.claims
import data.lib.result

# METADATA
# title: Texts are in languages that are read
# description: >-
#   What a statement says about who answers, and what a notice on liability says about answers where the law holds the
#   deployer to them, is read in the words that are known for its language. Texts in other languages are named once. No
#   law asks for a language with known words, so this is only a remark.
# custom:
#   short_name: not_read
#   severity: low
#   action: audit
#   failure_msg: the language of the text has no known words
#   remedy: Let a person who speaks the language check what the text says about who answers and whether answers count.
#   applies_to: [declaration]
#   covers: [G-30]
warn contains finding if {
	unread := sort(_statements | _notices)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": unread[0],
		"found": "in a language without known words",
		"required": sprintf("not read: %s", [concat(", ", unread)]),
	})
}

_statements := {sprintf("spec.disclosure.statements.%s", [tag]) |
	some tag, text in input.spec.disclosure.statements
	not claims.language(tag)
	not claims.is_read(tag, claims.languages(object.keys(input.spec.disclosure.statements)), text)
	not claims.names_ai(tag, text)
}

_notices := {sprintf("spec.contract.liabilityNotice.%s", [tag]) |
	input.requirement.dimensions["liability.answersBind"]
	some tag, _ in input.spec.contract.liabilityNotice
	not claims.is_read_on_liability(tag)
}
