# METADATA
# title: Consent
# description: >-
#   The legal bases on which conversations are processed, and the consent that people give before they are recorded,
#   profiled, contacted or marketed to. Opting out and withdrawing consent are as easy as giving it.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Articles 6 to 9
# - ref: https://eur-lex.europa.eu/eli/dir/2002/58/oj
#   description: ePrivacy Directive
# custom:
#   standard: eu
#   frameworks:
#     gdpr: ["6-9"]
#     oecd-ai-principles: ["1.2"]
#     nist-ai-rmf: [MAP 1]
#     iso-42001: [A.7]
package governance.consent

import data.lib.result
import data.prepared

# METADATA
# title: Legal bases fit what the chatbot does
# description: >-
#   Vital interests are a basis for emergencies of life and health, and a public task is one of public bodies, and of
#   those to whom law gives it. A chatbot of another kind needs another basis. So does one for employees only, who can
#   seldom refuse consent freely.
# custom:
#   short_name: unsuited_basis
#   severity: medium
#   action: warn
#   failure_msg: the legal basis does not fit the chatbot
#   remedy: "State the basis on which conversations are processed: %s."
#   advice: State the basis on which conversations are processed. The finding says why the declared one does not fit.
#   applies_to: [declaration]
#   covers: [G-02]
# schemas:
# - input: schema.declaration
warn contains finding if {
	merged := input.requirement.dimensions["consent.lawfulBasis"]
	some index, basis in input.spec.consent.lawfulBasis
	points := {point | some point in merged.points; basis in point.value}
	count(points) > 0
	doubts := _doubts(basis, points)
	doubts != set()
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "consent.lawfulBasis",
		"field": sprintf("spec.consent.lawfulBasis[%d]", [index]),
		"found": basis,
		"required": "a basis that fits the purpose",
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [concat("; ", doubts)]),
		"sources": points,
	})
}

# Why a basis does not fit: by what it is for, or because law of some places doubts it where it is the only one, and all
# people have one capacity.
_doubts(basis, points) := {why | why := _unsuited(basis)} | {doubt.why |
	some doubt in prepared.facts.doubtedBases
	doubt.basis == basis
	{stated | some stated in input.spec.consent.lawfulBasis} == {basis}
	{capacity | some capacity in input.spec.audience.who} == {doubt.audience}
	some point in points
	point.code in doubt.of
}

_unsuited("vital-interests") := "vital interests are about saving life and health" if {
	kinds := {kind | some kind in input.spec.purpose.kinds}
	sectors := {lower(sector) | some sector in input.spec.sectors}
	not "health-advice" in kinds
	not "health" in sectors
}

_unsuited("public-task") := "a public task is one of public bodies, or given by law" if {
	roles := {role | some role in input.spec.accountability.roles}
	is_array(input.spec.accountability.roles)
	count(roles & {"public-body", "school"}) == 0
	sectors := {lower(sector) | some sector in input.spec.sectors}
	count(sectors & {"public-sector", "education", "health", "utilities"}) == 0
}

# METADATA
# title: The age of people who consent is known
# description: >-
#   Where law asks a parent to consent for children, and the chatbot rests on consent or is in education, the
#   declaration says how old people are, or how a parent consents. Silence would leave the parents out.
# custom:
#   short_name: unknown_age
#   severity: medium
#   action: warn
#   failure_msg: nothing says how old the people are who consent
#   remedy: >-
#     State in spec.audience.minimumAge how old people are at least, or in spec.audience.parentalConsent how a parent
#     consents.
#   applies_to: [declaration]
#   covers: [G-02]
# schemas:
# - input: schema.declaration
warn contains finding if {
	merged := input.requirement.dimensions["consent.childAge"]
	object.get(input.spec, ["audience", "minimumAge"], null) == null
	object.get(input.spec, ["audience", "parentalConsent"], "") == ""
	not "consent.childAge" in input.requirement.plan.whole.needs_answer
	_may_be_young
	_rests_on_consent
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "consent.childAge",
		"field": "spec.audience.minimumAge",
		"found": null,
		"required": merged.value,
		"sources": merged.setting,
	})
}

_may_be_young if not input.spec.audience.who

_may_be_young if {
	some capacity in input.spec.audience.who
	not capacity in prepared.facts.adults
}

_rests_on_consent if "consent" in input.spec.consent.lawfulBasis

_rests_on_consent if "education" in input.facts.holds.sectors
