# METADATA
# title: Facts
# description: >-
#   The facts that conditions of legal points read, taken from the specification of a declaration. `holds` maps a fact
#   to the values that hold. A fact that was not declared is absent and counts as met; `assumed` names those facts.
package lib.facts

import data.lib.condition
import data.lib.place
import data.prepared

# document of facts for the input `{spec, asOf}`. Equal documents have the same requirement.
document := {
	"codes": _codes,
	"holds": holds,
	"assumed": ((object.keys(prepared.facts.fields) - object.keys(holds)) | _unknown_places),
	"asOf": input.asOf,
} if {
	holds := object.union(_holds, _sensitive)
}

# The declared jurisdictions and sectors that the legal data contains, in lower case.
_jurisdictions := {lower(word) | some word in input.spec.jurisdictions} & prepared.codes.jurisdiction

_declared := _jurisdictions | ({lower(word) | some word in input.spec.sectors} & prepared.codes.sector)

_codes := union({closure[code] | some code in _declared}) if closure := prepared.closure

# The values of each fact; undefined if the declaration does not state it or states null. (The facts are keys of one
# rule, because separate rules would be evaluated again at each place that reads all of them.)
_holds[fact] := _declared if fact := "declared"

_holds[fact] := union({closure[code] | some code in _jurisdictions}) if {
	fact := "jurisdictions"
	closure := prepared.closure
}

_holds[fact] := {kind | some kind in kinds} if {
	fact := "purposes"
	kinds := input.spec.purpose.kinds
	is_array(kinds)
}

_holds[fact] := {channel | some channel in channels} if {
	fact := "channels"
	channels := input.spec.channels
	is_array(channels)
}

_holds[fact] := {lower(sector) | some sector in sectors} if {
	fact := "sectors"
	sectors := input.spec.sectors
	is_array(sectors)
}

_holds[fact] := {true} & {outbound} if {
	fact := "outbound"
	outbound := input.spec.purpose.outbound
	outbound != null
}

_holds[fact] := {true} & {generates} if {
	fact := "generatesMedia"
	generates := input.spec.purpose.generatesMedia
	generates != null
}

_holds[fact] := {input.spec.riskClass} if fact := "riskClass"

_holds[fact] := {true | age < prepared.facts.adultAge} if {
	fact := "minors"
	age := input.spec.audience.minimumAge
	is_number(age)
}

# The ages in conditions of laws that are above the minimum age of the audience.
_holds[fact] := {limit | some limit in prepared.ages; age < limit} if {
	fact := "belowAge"
	age := input.spec.audience.minimumAge
	is_number(age)
}

_holds[fact] := {true | decisions != "none"} if {
	fact := "significantDecisions"
	decisions := input.spec.oversight.significantDecisions
}

_holds[fact] := {true | "biometric" in categories} if {
	fact := "voiceBiometrics"
	categories := _categories
}

_holds[fact] := {true} if {
	fact := "trainsOnData"
	some processor in input.spec.processors
	processor.trainsOnData == true
}

_holds[fact] := set() if {
	fact := "trainsOnData"
	is_array(input.spec.processors)
	every processor in input.spec.processors {
		processor.trainsOnData == false
	}
}

_holds[fact] := {true} if {
	fact := "recording"
	_records
}

_holds[fact] := set() if {
	fact := "recording"
	not _records
	input.spec.channels
	input.spec.retention.transcriptDays == 0
	object.get(input.spec.retention, "recordingDays", 0) == 0
}

# A small operator must state a reason.
_holds[fact] := set() if {
	fact := "largeOperator"
	input.spec.accountability.smallOperator == true
	input.spec.accountability.smallOperatorReason != ""
}

_holds[fact] := {true} if {
	fact := "largeOperator"
	input.spec.accountability.smallOperator == false
}

# The codes whose border data crosses. If a place of storage or processing is unknown, data counts as crossing every
# border. A sector has no border: it follows the declared jurisdictions.
_holds[fact] := _codes if {
	fact := "crossBorder"
	not _places
}

_holds[fact] := left | {code | left & _jurisdictions != set(); some code in sectors} if {
	fact := "crossBorder"
	countries := _places
	territory := prepared.territory
	sectors := _codes & prepared.codes.sector
	left := {code | some code in (_codes - sectors); countries - territory[code] != set()}
}

_records if "voice" in input.spec.channels

_records if input.spec.retention.transcriptDays > 0

_records if input.spec.retention.recordingDays > 0

# Whether a declared category is sensitive under one of the laws that apply.
default _sensitive := {}

_sensitive := {"sensitive": {true |
	some code in _codes
	some point in prepared.sensitive[code]
	point.value & categories != set()
	point.from <= input.asOf
	point.over > input.asOf
	condition.failing(point.conditions, _holds) == set()
}} if {
	categories := _categories
}

_categories := {category | some category in categories} if categories := input.spec.personalData.categories

# The countries where data is stored and processed; undefined if one of them is unknown.
_places := place.countries(kept | processed) if {
	kept := {country | some country in input.spec.residency.countries}
	kept != set()
	processed := {country | some processor in input.spec.processors; country := object.get(processor, "country", "")}
	is_array(input.spec.processors)
	not "" in processed
}

_unknown_places := {"crossBorder" | not _places}
