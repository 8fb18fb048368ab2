# METADATA
# title: Accountability
# description: >-
#   The declaration names who is accountable for the chatbot, and the records, registrations and assessments that the
#   law requires exist and are recent.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2024/1689/oj
#   description: Artificial Intelligence Act, Articles 4, 16 to 18, 26 and 27
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 24, 30, 35 and 37
# custom:
#   standard: eu
#   frameworks:
#     eu-ai-act: ["4", "16-18", "26", "27"]
#     gdpr: ["24", "30", "35", "37"]
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 2]
#     iso-42001: [A.2, A.3]
# schemas:
# - input: schema.declaration
package governance.accountability

import data.lib.agreement
import data.lib.deployer
import data.lib.result
import data.prepared

# METADATA
# title: Named parties have a contact
# description: >-
#   Each named party has a contact. The contact for requests (spec.rights.contact) also serves for the deployer and for
#   any party that has the same name as the deployer.
# custom:
#   short_name: party_contact
#   severity: low
#   action: warn
#   failure_msg: the party %s has no contact
#   remedy: State an email address or a URL of the party.
#   applies_to: [declaration]
#   covers: [G-23]
warn contains finding if {
	some role in ["deployer", "developer", "modelSupplier"]
	party := input.spec.accountability[role]
	object.get(party, "contact", "") == ""
	not _reached(role, party)
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "accountability.named",
		"field": sprintf("spec.accountability.%s.contact", [role]),
		"found": null,
		"required": sprintf("a contact of %s", [party.name]),
	})
}

_reached(role, party) if {
	_is_deployer(role, party)
	object.get(input.spec, ["accountability", "deployer", "contact"], "") != ""
}

_reached(role, party) if {
	_is_deployer(role, party)
	object.get(input.spec, ["rights", "contact"], "") != ""
}

# Where the law requires a contact for requests, rights.contact already reports that it is missing.
_reached(role, party) if {
	_is_deployer(role, party)
	input.requirement.dimensions["rights.contact"]
}

_is_deployer("deployer", _)

_is_deployer(role, party) if {
	role != "deployer"
	party.name == input.spec.accountability.deployer.name
}

# METADATA
# title: Assessments are completed
# description: >-
#   A required assessment counts only from the day on which it is completed.
# custom:
#   short_name: future_assessment
#   severity: medium
#   action: warn
#   failure_msg: the assessment is not yet complete and does not count
#   remedy: Complete the assessment, then state the day on which it was completed.
#   applies_to: [declaration]
#   covers: [G-12]
warn contains finding if {
	merged := input.requirement.dimensions["accountability.assessments"]
	some index, assessment in input.spec.assessments
	merged.joined[assessment.type]
	assessment.completed > input.asOf
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "accountability.assessments",
		"field": sprintf("spec.assessments[%d].completed", [index]),
		"found": assessment.completed,
		"required": sprintf("a day not after %s", [input.asOf]),
	})
}

# METADATA
# title: Assessments are about this chatbot
# description: >-
#   A required assessment is not older than any chatbot that it could be about. Where law names no age, any assessment
#   would count otherwise; the day is ours.
# custom:
#   short_name: old_assessment
#   severity: low
#   action: warn
#   failure_msg: the assessment is older than the chatbot can be
#   remedy: Assess the chatbot as it is today, and state the day on which the assessment was completed.
#   applies_to: [declaration]
#   covers: [G-12]
warn contains finding if {
	merged := input.requirement.dimensions["accountability.assessments"]
	some index, assessment in input.spec.assessments
	merged.joined[assessment.type]
	assessment.completed < prepared.facts.earliestAssessment
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "accountability.assessments",
		"field": sprintf("spec.assessments[%d].completed", [index]),
		"found": assessment.completed,
		"required": sprintf("a day not before %s", [prepared.facts.earliestAssessment]),
	})
}

# METADATA
# title: Assessments state where they are kept
# description: >-
#   The declaration states where each required assessment is kept, so that an auditor can read it. No law asks that it
#   be stated here, so this is only a remark.
# custom:
#   short_name: assessment_reference
#   severity: low
#   action: audit
#   failure_msg: the declaration does not state where the assessment is kept
#   remedy: State where the assessment is kept.
#   applies_to: [declaration]
#   covers: [G-12, G-27]
warn contains finding if {
	merged := input.requirement.dimensions["accountability.assessments"]
	some index, assessment in input.spec.assessments
	merged.joined[assessment.type]
	object.get(assessment, "reference", "") == ""
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "accountability.assessments",
		"field": sprintf("spec.assessments[%d].reference", [index]),
		"found": null,
		"required": sprintf("where the %s is kept", [assessment.type]),
		"sources": {point | some point in merged.setting; point.value[assessment.type]},
	})
}

# METADATA
# title: The law of the seat is declared
# description: >-
#   Where an act binds whoever is established in a place, wherever the people are, the declaration of a deployer who is
#   established there has a jurisdiction of this place. Otherwise the act is left out, though it binds. Where the
#   chatbot is not part of the work of that establishment, spec.confirmed says why, for spec.jurisdictions.
# custom:
#   short_name: seat_law
#   severity: medium
#   action: warn
#   failure_msg: law that binds the deployer by its establishment is not declared
#   remedy: >-
#     Add the place where the deployer is established to spec.jurisdictions. If the chatbot is not part of the work
#     there, state why in spec.confirmed, for spec.jurisdictions.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
warn contains finding if {
	some law in prepared.facts.seatLaws
	law.code in deployer.established
	not law.code in input.facts.holds.jurisdictions
	wanted := sprintf("a jurisdiction of %s, for the %s (%s)", [law.code, law.act, law.article])
	finding := result.of_rule(rego.metadata.chain(), object.union(
		{
			"field": "spec.jurisdictions",
			"found": input.spec.jurisdictions,
			"required": agreement.explained(wanted, "spec.jurisdictions"),
			"sources": {{"source": object.union(law, {"confidence": "recalled"})}},
		},
		_only_a_remark,
	))
}

default _only_a_remark := {}

_only_a_remark := {"action": "audit"} if agreement.confirmed["spec.jurisdictions"]
