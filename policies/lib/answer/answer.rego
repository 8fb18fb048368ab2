# METADATA
# title: Answers
# description: >-
#   How a declaration answers each dimension. Most answers are in the field of the dimension; the other answers are
#   derived here only. A dimension that the declaration does not mention has no answer.
package lib.answer

import data.lib.day
import data.lib.language
import data.lib.parent
import data.lib.place
import data.lib.training
import data.prepared

# given are the answers that a field gives when it is set to any value: a notice is shown at collection, declared
# categories are minimised, a number of days states a period and its end, and a contact is alerted at once.
given := {
	"transparency.noticeAt": {"path": ["consent", "privacyNoticeURL"], "value": "at-collection"},
	"personal_data.minimise": {"path": ["personalData", "categories"], "value": true},
	"retention.declared": {"path": ["retention", "transcriptDays"], "value": true},
	"retention.deleteAtEnd": {"path": ["retention", "transcriptDays"], "value": true},
	"security.authorityHours": {"path": ["security", "incidentContact"], "value": 0},
	"security.peopleHours": {"path": ["security", "incidentContact"], "value": 0},
	"security.seriousIncidentHours": {"path": ["security", "incidentContact"], "value": 0},
}

# derived are the dimensions whose answers come from the rules below.
derived := {
	"transparency.disclosure", "transparency.disclosureAt", "transparency.repeatHours",
	"transparency.languages", "transparency.marking", "transparency.truthful",
	"consent.training", "consent.childAge", "consent.parental",
	"personal_data.redact",
	"retention.justifyAbove",
	"oversight.solelyAutomated",
	"fairness.accessibility", "fairness.monitoring", "fairness.darkPatterns",
	"accountability.named", "accountability.assessments",
	"intellectual_property.states",
	"security.controls",
	"residency.countries",
}

# questions of these dimensions, by the way in which they are answered.
questions(names) := {
	"scalar": object.filter(prepared.answered.scalar, names),
	"list": object.filter(prepared.answered.list, names),
	"given": {name: answered.path | some name, answered in object.filter(given, names)},
	"derived": names & derived,
}

# values that the specification of the input answers to the questions, in the vocabulary of the dimensions. Dimensions
# that it does not mention are absent.
values(asked) := object.union_n([
	{name: stated |
		some name, path in asked.scalar
		stated := object.get(spec, path, "")
		stated != ""
	},
	{name: _with_implied(name, {item | some item in stated}) |
		some name, path in asked.list
		stated := object.get(spec, path, "")
		stated != ""
	},
	{name: given[name].value |
		some name, path in asked.given
		object.get(spec, path, "") != ""
	},
	{name: _derived[name] | some name in asked.derived},
]) if {
	spec := input.spec
}

# The sidecar always shows a declared statement.
_derived["transparency.disclosure"] := "always" if count(_statements) + count(_placements) > 0

_derived["transparency.disclosureAt"] := _moment(_placements) if count(_placements) > 0

_derived["transparency.repeatHours"] := 0 if "every-message" in _placements

_derived["transparency.repeatHours"] := input.spec.disclosure.repeatHours if not "every-message" in _placements

_derived["transparency.languages"] := language.served(object.keys(_statements)) if {
	count(_statements) > 0
}

_derived["transparency.marking"] := {mark | some placement in _placements; mark := _marks[placement]} if {
	count(_placements) > 0
}

_derived["transparency.truthful"] := false if "pose-as-human" in input.spec.purpose.practices

_derived["consent.training"] := training.answer

_derived["consent.childAge"] := parent.answers["consent.childAge"]

_derived["consent.parental"] := parent.answers["consent.parental"]

# What the law requires and the sidecar detects is redacted in any case, so a declaration without a list answers the
# same as one that lists only other data. In personalData.redact, the word iban stands for a bank account.
_derived["personal_data.redact"] := prepared.facts.detected | {category |
	some word in input.spec.personalData.redact
	some category in {word, object.get({"iban": "bank-account"}, word, word)}
}

# A justification satisfies the dimension for any stated number of days.
_derived["retention.justifyAbove"] := 0 if _justified

_derived["retention.justifyAbove"] := input.spec.retention.transcriptDays if not _justified

# If a human decides, or no significant decisions are made, no decision is solely automated.
_derived["oversight.solelyAutomated"] := object.get(
	{"none": "prohibited", "human-decides": "prohibited"},
	input.spec.oversight.significantDecisions, input.spec.oversight.significantDecisions,
)

# Who says nothing makes the reasonable adjustments that people ask for.
_derived["fairness.accessibility"] := object.get(input.spec, ["fairness", "accessibility"], "reasonable")

_derived["fairness.monitoring"] := count(cohorts) > 0 if cohorts := input.spec.fairness.cohorts

_derived["fairness.darkPatterns"] if {
	is_array(input.spec.purpose.practices)
	not "dark-patterns" in input.spec.purpose.practices
}

_derived["fairness.darkPatterns"] := false if "dark-patterns" in input.spec.purpose.practices

_derived["accountability.named"] := {party |
	some key, contact in stated
	party := _parties[key]
	name := object.get(stated, [key, "name"], contact)
	is_string(name)
	name != ""
} if {
	stated := input.spec.accountability
}

# The age in days of the latest valid assessment of each type: completed on or before the day, and not expired.
_derived["accountability.assessments"] := {type: min(ages) |
	some type in {assessment.type | some assessment in input.spec.assessments}
	ages := {age |
		some assessment in input.spec.assessments
		assessment.type == type
		object.get(assessment, "expires", day.last) >= input.asOf
		age := day.number(input.asOf) - day.number(assessment.completed)
		age >= 0
	}
	count(ages) > 0
} if {
	input.spec.assessments
}

_derived["intellectual_property.states"] := {statement |
	some statement, path in _property_statements
	said := object.get(stated, path, "")
	not said in {"", false, []}
} if {
	stated := input.spec.intellectualProperty
}

_derived["security.controls"] := _stated_controls | disposed if {
	input.spec.security

	# What is deleted at the end of a stated time is disposed of.
	disposed := {"secure-disposal" | is_number(input.spec.retention.transcriptDays)}
}

_stated_controls := {control | some control in input.spec.security.controls} | {control |
	some control, key in _security_statements
	silent := object.get(input.spec, ["security", key], "") in {"", false}
	silent == false
}

_derived["residency.countries"] := place.countries(input.spec.residency.countries)

# denied are the controls of which the declaration says that they are not in place.
denied := {control | some control, key in _security_statements; input.spec.security[key] == false}

# Dimensions that each processor answers.
by_processor := object.union(_scalars_of_processor, _lists_of_processor)

_scalars_of_processor := {
	"contract.processorAgreement": "agreement",
	"security.processorHours": "breachNoticeHours",
}

_lists_of_processor := {"contract.processorAgreementSays": "agreementSays"}

# of_processor are the answers of one processor to the dimensions of by_processor.
of_processor(processor) := object.union(
	{name: processor[key] | some name, key in _scalars_of_processor},
	{name: _with_implied(name, {item | some item in list}) |
		some name, key in _lists_of_processor
		list := processor[key]
	},
)

# Words that a word of the list stands for too.
_with_implied(name, words) := words if not prepared.implies[name]

_with_implied(name, words) := words | union({others | some word in words; others := implies[word]}) if {
	implies := prepared.implies[name]
}

# shown are the stated values that people see in findings where the answer itself is derived. They contain no texts and
# no names or contacts of people.
shown(names) := object.union_n([
	{name: stated |
		some name in (names & _shown_as_stated)
		stated := object.get(input.spec, prepared.dimensions[name].path, null)
	},
	{name: training.shown | some name in (names & {"consent.training"})},
	{name: _controls | some name in (names & {"security.controls"})},
	{name: [assessment.type | some assessment in object.get(input.spec, "assessments", [])] |
		some name in (names & {"accountability.assessments"})
	},
])

# The controls that are listed or stated by their own fields; null if there are none.
default _controls := null

_controls := _stated_controls if count(_stated_controls) > 0

_controls := [] if {
	count(_stated_controls) == 0
	is_array(input.spec.security.controls)
}

_shown_as_stated := {
	"transparency.disclosureAt",
	"transparency.marking",
	"transparency.truthful",
	"personal_data.redact",
	"retention.justifyAbove",
	"oversight.solelyAutomated",
	"fairness.accessibility",
	"residency.countries",
} | (object.keys(prepared.implies) - object.keys(by_processor))

_statements := object.get(input.spec, ["disclosure", "statements"], {})

_placements := {placement | some placement in input.spec.disclosure.placements}

_visible := {"before-first-message", "first-message", "every-message"}

_moment(placements) := "before-first-message" if "before-first-message" in placements

_moment(placements) := "first-message" if {
	not "before-first-message" in placements
	count(placements & _visible) > 0
}

_moment(placements) := "anytime" if count(placements & _visible) == 0

# The marking that a placement gives: machines read the header and what is in the media, people see the others.
_marks := object.union(
	{"header": "machine-readable", "media": "machine-readable"},
	{placement: "visible" | some placement in _visible},
)

_justified if {
	is_number(input.spec.retention.transcriptDays)
	input.spec.retention.justification != ""
}

_parties := {
	"deployer": "deployer",
	"developer": "developer",
	"modelSupplier": "model-supplier",
	"dataProtectionOfficer": "data-protection-officer",
	"grievanceOfficer": "grievance-officer",
	"localRepresentative": "local-representative",
	"riskOwner": "risk-owner",
}

_property_statements := {
	"model-licence": ["model", "license"],
	"training-data-licences": ["trainingData", "licenses"],
	"training-data-summary": ["trainingData", "summary"],
	"opt-outs-honoured": ["trainingData", "optOutsHonoured"],
	"provenance": ["model", "provenance"],
	"output-rights": ["outputRights"],
	"trade-secret-terms": ["tradeSecretTerms"],
	"customer-data-ownership": ["customerDataOwnership"],
}

_security_statements := {
	"encryption-in-transit": "encryptionInTransit",
	"encryption-at-rest": "encryptionAtRest",
	"incident-plan": "incidentPlan",
}
