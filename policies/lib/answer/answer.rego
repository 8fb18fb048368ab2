# METADATA
# title: Answers
# description: >-
#   How a declaration answers each dimension. Most answers stand in the dimension's own field; the others are read here
#   and nowhere else. A dimension that the declaration says nothing about has no answer.
package lib.answer

import data.lib.day
import data.lib.language
import data.lib.place
import data.prepared

# given are the answers that a field gives by being stated at all, whatever stands in it: a notice is shown at
# collection, categories that are declared are minimised, a number of days is a period and an end, and a contact is
# told at once.
given := {
	"transparency.noticeAt": {"path": ["consent", "privacyNoticeURL"], "value": "at-collection"},
	"personal_data.minimise": {"path": ["personalData", "categories"], "value": true},
	"retention.declared": {"path": ["retention", "transcriptDays"], "value": true},
	"retention.deleteAtEnd": {"path": ["retention", "transcriptDays"], "value": true},
	"security.authorityHours": {"path": ["security", "incidentContact"], "value": 0},
	"security.peopleHours": {"path": ["security", "incidentContact"], "value": 0},
	"security.seriousIncidentHours": {"path": ["security", "incidentContact"], "value": 0},
}

# derived are the dimensions whose answers are read by a rule of their own below.
derived := {
	"transparency.disclosure",
	"transparency.disclosureAt",
	"transparency.repeatHours",
	"transparency.languages",
	"transparency.marking",
	"transparency.truthful",
	"consent.training",
	"personal_data.redact",
	"retention.justifyAbove",
	"oversight.solelyAutomated",
	"fairness.monitoring",
	"fairness.darkPatterns",
	"accountability.named",
	"accountability.assessments",
	"intellectual_property.states",
	"security.controls",
	"residency.countries",
}

# questions of the dimensions of these names, by the way in which they are answered.
questions(names) := {
	"scalar": object.filter(prepared.answered.scalar, names),
	"list": object.filter(prepared.answered.list, names),
	"given": {name: answered.path | some name, answered in object.filter(given, names)},
	"derived": names & derived,
}

# values that the specification answers on a day to questions, in the words of the dimensions. A dimension that it says
# nothing about is not among them.
values(asked, spec, as_of) := object.union_n([
	{name: stated |
		some name, path in asked.scalar
		stated := object.get(spec, path, "")
		stated != ""
	},
	{name: {item | some item in stated} |
		some name, path in asked.list
		stated := object.get(spec, path, "")
		stated != ""
	},
	{name: given[name].value |
		some name, path in asked.given
		object.get(spec, path, "") != ""
	},
	{name: _value(name, spec, as_of) | some name in asked.derived},
])

# The sidecar gives a declared statement always.
_value("transparency.disclosure", spec, _) := "always" if count(_statements(spec)) + count(_placements(spec)) > 0

_value("transparency.disclosureAt", spec, _) := _moment(_placements(spec)) if count(_placements(spec)) > 0

_value("transparency.repeatHours", spec, _) := 0 if "every-message" in _placements(spec)

_value("transparency.repeatHours", spec, _) := spec.disclosure.repeatHours if not "every-message" in _placements(spec)

_value("transparency.languages", spec, _) := language.served(object.keys(_statements(spec))) if {
	count(_statements(spec)) > 0
}

_value("transparency.marking", spec, _) := {mark | some placement in _placements(spec); mark := _marks[placement]} if {
	count(_placements(spec)) > 0
}

_value("transparency.truthful", spec, _) := false if "pose-as-human" in spec.purpose.practices

# Nobody trains where there is no processor.
_value("consent.training", spec, _) := "prohibited" if {
	is_array(spec.processors)
	every processor in spec.processors {
		processor.trainsOnData == false
	}
}

_value("consent.training", spec, _) := {true: "notice", false: "none"}[_tells_of_training(spec)] if {
	some processor in spec.processors
	processor.trainsOnData == true
}

# An account number is written as an IBAN in what can be redacted.
_value("personal_data.redact", spec, _) := {category |
	some word in spec.personalData.redact
	some category in {word, object.get({"iban": "bank-account"}, word, word)}
} if {
	spec.personalData.redact
}

# A stated justification satisfies it at any number of days, and at none that is not stated.
_value("retention.justifyAbove", spec, _) := 0 if _justified(spec)

_value("retention.justifyAbove", spec, _) := spec.retention.transcriptDays if not _justified(spec)

# Where a human decides, or nothing significant is decided, nothing is decided by the machine alone.
_value("oversight.solelyAutomated", spec, _) := object.get(
	{"none": "prohibited", "human-decides": "prohibited"},
	spec.oversight.significantDecisions, spec.oversight.significantDecisions,
)

_value("fairness.monitoring", spec, _) if count(spec.fairness.cohorts) > 0

_value("fairness.darkPatterns", spec, _) if {
	is_array(spec.purpose.practices)
	not "dark-patterns" in spec.purpose.practices
}

_value("fairness.darkPatterns", spec, _) := false if "dark-patterns" in spec.purpose.practices

_value("accountability.named", spec, _) := {party |
	some party, key in _parties
	contact := object.get(stated, key, "")
	name := object.get(stated, [key, "name"], contact)
	is_string(name)
	name != ""
} if {
	stated := spec.accountability
}

# The age in days of each assessment that counts: completed by the day, and not expired on it. The latest of a type
# counts.
_value("accountability.assessments", spec, as_of) := {type: min(ages) |
	some type in {assessment.type | some assessment in spec.assessments}
	ages := {age |
		some assessment in spec.assessments
		assessment.type == type
		object.get(assessment, "expires", day.last) >= as_of
		age := day.number(as_of) - day.number(assessment.completed)
		age >= 0
	}
	count(ages) > 0
} if {
	spec.assessments
}

_value("intellectual_property.states", spec, _) := {statement |
	some statement, path in _property_statements
	said := object.get(stated, path, "")
	not said in {"", false, []}
} if {
	stated := spec.intellectualProperty
}

_value("security.controls", spec, _) := listed | stated if {
	spec.security
	listed := {control | some control in spec.security.controls}
	stated := {control |
		some control, key in _security_statements
		silent := object.get(spec.security, key, "") in {"", false}
		silent == false
	}
}

_value("residency.countries", spec, _) := place.countries(spec.residency.countries)

# Answers that each processor gives for itself.
by_processor := {
	"contract.processorAgreement": "agreement",
	"contract.processorAgreementSays": "agreementSays",
	"security.processorHours": "breachNoticeHours",
}

# of_processor are the values that one processor answers to the dimensions of by_processor.
of_processor(processor) := {name: _plain(processor[key]) | some name, key in by_processor}

# whereabouts of data: the countries where it is stored, by their names and by those of regions, and that of each
# processor. Each has its field, what is stated there, and the countries that this means; none when it is not known, as
# where nobody says who the processors are. A region that the data does not know says nothing.
whereabouts(spec) := union({{_stored(spec)}, {regions | regions := _regions(spec)}, _untold(spec), {where |
	some index, processor in spec.processors
	where := {
		"field": sprintf("spec.processors[%d].country", [index]),
		"stated": object.get(processor, "country", null),
		"countries": {country | some country in place.countries({processor.country})},
	}
}})

_untold(spec) := {{"field": "spec.processors", "stated": null, "countries": set()} | not spec.processors}

_stored(spec) := {"field": "spec.residency.countries", "stated": stated, "countries": place.countries(stated)} if {
	stated := object.get(spec, ["residency", "countries"], null)
}

_regions(spec) := {"field": "spec.residency.regions", "stated": spec.residency.regions, "countries": countries} if {
	countries := {prepared.regions[region] | some region in spec.residency.regions}
	count(countries) > 0
}

# shown is what the specification has where answers are read, for people, as far as the answers are not that
# themselves. No texts, names or contacts of people.
shown(names, spec) := object.union_n([
	{name: stated |
		some name in (names & _shown_as_stated)
		stated := object.get(spec, prepared.dimensions[name].path, null)
	},
	{name: [processor.name | some processor in spec.processors; processor.trainsOnData] |
		some name in (names & {"consent.training"})
	},
	{name: [assessment.type | some assessment in object.get(spec, "assessments", [])] |
		some name in (names & {"accountability.assessments"})
	},
])

_shown_as_stated := {
	"transparency.disclosureAt",
	"transparency.marking",
	"transparency.truthful",
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

# What a placement marks content for: a header is read by machines, the others by people.
_marks := object.union({"header": "machine-readable"}, {placement: "visible" | some placement in _visible})

_tells_of_training(spec) := "training-use" in object.get(spec, ["consent", "privacyNoticeSays"], [])

_justified(spec) if {
	is_number(spec.retention.transcriptDays)
	spec.retention.justification != ""
}

_parties := {
	"deployer": "deployer",
	"developer": "developer",
	"model-supplier": "modelSupplier",
	"data-protection-officer": "dataProtectionOfficer",
	"grievance-officer": "grievanceOfficer",
	"local-representative": "localRepresentative",
	"risk-owner": "riskOwner",
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
