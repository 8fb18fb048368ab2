# METADATA
# title: Accountability
# description: >-
#   Who answers for the chatbot is named, and the records, registrations and assessments that law asks for exist and
#   are recent.
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

import data.lib.result

# METADATA
# title: Named parties can be reached
# description: >-
#   A party that is named has a contact. For the deployer the contact for requests is enough, and a party of the
#   deployer's own name is the deployer.
# custom:
#   short_name: party_contact
#   severity: low
#   action: warn
#   failure_msg: the party %s has no contact
#   remedy: State an e-mail address or a URL of the organisation.
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

# Where law asks for a contact for requests, that it is missing is a finding already.
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
#   An assessment that the law asks for and that is to be completed on a later day does not count until then.
# custom:
#   short_name: future_assessment
#   severity: medium
#   action: warn
#   failure_msg: the assessment is not completed yet, and does not count
#   remedy: State the day on which the assessment was completed, once it is.
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
# title: Assessments can be found
# description: An assessment that the law asks for says where it is kept, so that somebody can read it.
# custom:
#   short_name: assessment_reference
#   severity: low
#   action: warn
#   failure_msg: nobody can find the assessment
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
	})
}
