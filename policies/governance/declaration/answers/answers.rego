# METADATA
# title: Usable answers
# description: Contacts, addresses and reasons in a declaration that say something.
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
package governance.declaration.answers

import data.lib.result
import data.prepared

# METADATA
# title: Answers say something
# description: >-
#   A contact is an e-mail address, a telephone number or a URL, and neither a contact, an address nor a reason consists
#   of words that stand for no answer, such as "none" or "tbd". Otherwise a law would count as met by a field that
#   nobody filled in. Who has no answer leaves the field out.
# custom:
#   short_name: empty_answer
#   severity: high
#   failure_msg: the answer tells nobody anything
#   remedy: "State %s, or leave the field out."
#   advice: State a contact, an address or a reason that people can use, or leave the field out.
#   applies_to: [declaration]
#   covers: [G-23, G-80]
deny contains finding if {
	some wanted, answers in _answers
	some [field, text] in answers
	text != ""
	_is_empty(wanted, text)
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.%s", [field]),
		"found": text,
		"required": wanted,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [wanted]),
	})
}

_contact := "an e-mail address, a telephone number or a URL"

_address := "the address where it is kept"

_reason := "the reason in words"

_is_empty(_, text) if _words(text) - prepared.facts.placeholders == set()

_is_empty(wanted, text) if {
	wanted == _contact
	not regex.match(`[^\s@]@[^\s@]+\.[^\s@]|^https?://\S|(?:\pN[^\pL@]*){3}`, text)
}

# The words of a text that have more than one character.
_words(text) := {word | some word in regex.find_n(`[\pL\pM\pN]{2,}`, lower(text), -1)}

_answers[_contact] := _stated(_contacts) | {[sprintf("perPlace[%d].rights.contact", [index]), contact] |
	some index, place in input.spec.perPlace
	contact := object.get(place, ["rights", "contact"], "")
}

_answers[_address] := union({
	_stated(_addresses),
	{[sprintf("processors[%d].agreement", [index]), processor.agreement] | some index, processor in input.spec.processors},
	{[sprintf("assessments[%d].reference", [index]), assessment.reference] |
		some index, assessment in input.spec.assessments
	},
})

_answers[_reason] := _stated(_reasons) | {[sprintf("perPlace[%d].retention.justification", [index]), reason] |
	some index, place in input.spec.perPlace
	reason := object.get(place, ["retention", "justification"], "")
}

_stated(paths) := {[concat(".", path), text] |
	some path in paths
	text := object.get(input.spec, path, "")
}

_contacts := {
	["rights", "contact"],
	["oversight", "reviewer"],
	["oversight", "crisisContact"],
	["security", "incidentContact"],
	["accountability", "deployer", "contact"],
	["accountability", "developer", "contact"],
	["accountability", "modelSupplier", "contact"],
	["accountability", "dataProtectionOfficer"],
	["accountability", "grievanceOfficer"],
	["accountability", "localRepresentative"],
	["accountability", "riskOwner"],
}

_addresses := {
	["consent", "privacyNoticeURL"],
	["consent", "withdrawalURL"],
	["contract", "withdrawalURL"],
	["fairness", "accessibilityStatementURL"],
	["security", "incidentPlan"],
}

_reasons := {["retention", "justification"], ["accountability", "smallOperatorReason"]}

# METADATA
# title: Currencies are money
# description: >-
#   Every currency in which the declaration states a turnover is one in which people are paid. An amount in a code that
#   no money has would say nothing about the size of the deployer, and yet count as stated.
# custom:
#   short_name: unknown_currency
#   severity: high
#   failure_msg: "%s is not the code of a currency"
#   remedy: Use the code of ISO 4217 for the currency, such as EUR.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some currency, _ in input.spec.accountability.turnover
	not currency in prepared.facts.currencies
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.accountability.turnover.%s", [currency]),
		"found": currency,
		"required": "no money has this code",
	})
}
