# METADATA
# title: Answers
# description: >-
#   How a declaration answers each dimension. Most answers stand in the dimension's own field; the others are read here and
#   nowhere else. A dimension that the declaration says nothing about has no answer.
package lib.answer

import data.lib.day
import data.lib.place
import data.prepared

# Answers that do not stand in the field of their dimension as they are compared.
_derived := {
	"transparency.disclosure",
	"transparency.disclosureAt",
	"transparency.repeatHours",
	"transparency.languages",
	"transparency.marking",
	"transparency.noticeAt",
	"consent.training",
	"personal_data.minimise",
	"personal_data.redact",
	"retention.declared",
	"retention.deleteAtEnd",
	"retention.justifyAbove",
	"oversight.solelyAutomated",
	"fairness.monitoring",
	"fairness.darkPatterns",
	"accountability.named",
	"accountability.assessments",
	"intellectual_property.states",
	"security.controls",
	"security.authorityHours",
	"security.peopleHours",
	"security.seriousIncidentHours",
	"residency.countries",
}

# value that the specification answers to a dimension on a day, in the words of the dimension.
value(name, spec, _) := _plain(stated) if {
	not name in _derived
	stated := object.get(spec, prepared.dimensions[name].path, "")
	stated != ""
}

# The sidecar gives a declared statement always.
value("transparency.disclosure", spec, _) := "always" if count(_statements(spec)) + count(_placements(spec)) > 0

value("transparency.disclosureAt", spec, _) := _moment(_placements(spec)) if count(_placements(spec)) > 0

value("transparency.repeatHours", spec, _) := 0 if "every-message" in _placements(spec)

value("transparency.repeatHours", spec, _) := spec.disclosure.repeatHours if not "every-message" in _placements(spec)

# A statement in a regional language also serves the language itself.
value("transparency.languages", spec, _) := {language |
	some tag, _ in _statements(spec)
	some language in {lower(tag), split(lower(tag), "-")[0]}
} if {
	count(_statements(spec)) > 0
}

value("transparency.marking", spec, _) := _mark(_placements(spec)) if count(_placements(spec)) > 0

value("transparency.noticeAt", spec, _) := "at-collection" if spec.consent.privacyNoticeURL != ""

value("consent.training", spec, _) := "prohibited" if {
	count(spec.processors) > 0
	every processor in spec.processors {
		processor.trainsOnData == false
	}
}

value("consent.training", spec, _) := {true: "notice", false: "none"}[_tells_of_training(spec)] if {
	some processor in spec.processors
	processor.trainsOnData == true
}

value("personal_data.minimise", spec, _) := true if is_array(spec.personalData.categories)

# An account number is written as an IBAN in what can be redacted.
value("personal_data.redact", spec, _) := {category |
	some word in spec.personalData.redact
	some category in {word, object.get({"iban": "bank-account"}, word, word)}
}

value("retention.declared", spec, _) := true if is_number(spec.retention.transcriptDays)

value("retention.deleteAtEnd", spec, _) := true if is_number(spec.retention.transcriptDays)

# A stated justification satisfies it at any number of days.
value("retention.justifyAbove", spec, _) := 0 if _justified(spec)

value("retention.justifyAbove", spec, _) := spec.retention.transcriptDays if not _justified(spec)

# Where a human decides, or nothing significant is decided, nothing is decided by the machine alone.
value("oversight.solelyAutomated", spec, _) := object.get(
	{"none": "prohibited", "human-decides": "prohibited"},
	spec.oversight.significantDecisions, spec.oversight.significantDecisions,
)

value("fairness.monitoring", spec, _) := true if count(spec.fairness.cohorts) > 0

value("fairness.darkPatterns", spec, _) := true if {
	is_array(spec.purpose.practices)
	not "dark-patterns" in spec.purpose.practices
}

value("fairness.darkPatterns", spec, _) := false if "dark-patterns" in spec.purpose.practices

value("accountability.named", spec, _) := {party |
	some party, key in _parties
	_named(spec.accountability[key])
} if {
	spec.accountability
}

# The age in days of each assessment that counts: completed by the day, and not expired on it.
value("accountability.assessments", spec, as_of) := {assessment.type: age |
	some assessment in spec.assessments
	object.get(assessment, "expires", day.last) >= as_of
	age := day.number(as_of) - day.number(assessment.completed)
	age >= 0
}

value("intellectual_property.states", spec, _) := {statement |
	some statement, path in _property_statements
	not object.get(spec.intellectualProperty, path, "") in {"", false, []}
} if {
	spec.intellectualProperty
}

value("security.controls", spec, _) := {control | some control in object.get(spec.security, "controls", [])} | {control |
	some control, key in _security_statements
	not object.get(spec.security, key, "") in {"", false}
}

# Somebody is named who is told at once.
value(name, spec, _) := 0 if {
	name in {"security.authorityHours", "security.peopleHours", "security.seriousIncidentHours"}
	spec.security.incidentContact != ""
}

value("residency.countries", spec, _) := place.countries(spec.residency.countries)

# Answers that each processor gives for itself.
by_processor := {
	"contract.processorAgreement": "agreement",
	"contract.processorAgreementSays": "agreementSays",
	"security.processorHours": "breachNoticeHours",
	"residency.noneOf": "country",
}

# of_processor is the value that one processor answers to a dimension of by_processor.
of_processor("residency.noneOf", processor) := place.countries({processor.country})

of_processor(name, processor) := _plain(processor[by_processor[name]]) if name != "residency.noneOf"

# found is what the specification has where the answer is read, for people. No texts, names or contacts.
found(name, spec, _) := object.get(spec, prepared.dimensions[name].path, null) if name in _shown_as_stated

found("consent.training", spec, _) := [processor.name | some processor in spec.processors; processor.trainsOnData]

found("accountability.assessments", spec, _) := [assessment.type | some assessment in object.get(spec, "assessments", [])]

found(name, _, answers) := null if {
	not name in _shown_as_stated
	not name in {"consent.training", "accountability.assessments"}
	count(answers) == 0
}

found(name, _, answers) := answers[0] if {
	not name in _shown_as_stated
	not name in {"consent.training", "accountability.assessments"}
	count(answers) > 0
}

_shown_as_stated := {
	"transparency.disclosureAt",
	"transparency.marking",
	"personal_data.redact",
	"retention.justifyAbove",
	"oversight.solelyAutomated",
	"residency.countries",
}

_plain(stated) := {item | some item in stated} if is_array(stated)

_plain(stated) := stated if not is_array(stated)

_statements(spec) := object.get(spec, ["disclosure", "statements"], {})

_placements(spec) := {placement | some placement in spec.disclosure.placements}

_visible := {"before-first-message", "first-message", "every-message"}

_moment(placements) := "before-first-message" if "before-first-message" in placements

_moment(placements) := "first-message" if {
	not "before-first-message" in placements
	count(placements & _visible) > 0
}

_moment(placements) := "anytime" if count(placements & _visible) == 0

_mark(placements) := "visible-and-machine-readable" if {
	count(placements & _visible) > 0
	"header" in placements
}

_mark(placements) := "machine-readable" if count(placements & _visible) == 0

_mark(placements) := "visible" if not "header" in placements

_tells_of_training(spec) := "training-use" in object.get(spec, ["consent", "privacyNoticeSays"], [])

_justified(spec) if spec.retention.justification != ""

_parties := {
	"deployer": "deployer",
	"developer": "developer",
	"model-supplier": "modelSupplier",
	"data-protection-officer": "dataProtectionOfficer",
	"grievance-officer": "grievanceOfficer",
	"local-representative": "localRepresentative",
	"risk-owner": "riskOwner",
}

_named(party) if party.name != ""

_named(party) if {
	is_string(party)
	party != ""
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
