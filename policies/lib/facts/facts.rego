# METADATA
# title: Facts
# description: >-
#   What the conditions of legal points read, from the specification of a declaration. `holds` maps a fact to the
#   values that hold; a fact that is not in it was not declared and counts as met. `assumed` names those facts.
package lib.facts

import data.lib.condition
import data.lib.place
import data.prepared

# document for a specification on a day. The same document means the same requirement.
document(spec, as_of) := {
	"codes": codes,
	"holds": holds,
	"assumed": assumed,
	"asOf": as_of,
} if {
	known := prepared.codes
	jurisdictions := _words(spec, "jurisdictions") & known.jurisdiction
	sectors := _words(spec, "sectors") & known.sector
	codes := _closed(jurisdictions | sectors)
	places := [countries | countries := _places(spec)]
	stated := object.union_n([
		{fact: {value | some value in values} |
			some fact, path in _lists
			values := object.get(spec, path, null)
			values != null
		},
		{fact: on |
			some fact, path in _switches
			value := object.get(spec, path, null)
			value != null
			on := {true} & {value}
		},
		{fact: _holds(fact, spec) | some fact in _derived},
		{
			"declared": (jurisdictions | sectors),
			"jurisdictions": _closed(jurisdictions),
			"crossBorder": _crossing(codes, jurisdictions, places),
		},
	])
	holds := object.union(stated, _sensitive(spec, codes, stated, as_of))
	assumed := (object.keys(prepared.facts.fields) - object.keys(holds)) | {"crossBorder" | places == []}
}

# words of a list of the specification, in lower case.
_words(spec, field) := {lower(word) | some word in object.get(spec, field, [])}

_closed(codes) := union({closure[code] | some code in codes}) if closure := prepared.closure

# Facts that are lists of the specification, and those that are true or false in it.
_lists := {"purposes": ["purpose", "kinds"], "channels": ["channels"]}

_switches := {"outbound": ["purpose", "outbound"], "generatesMedia": ["purpose", "generatesMedia"]}

_derived := [
	"sectors",
	"riskClass",
	"minors",
	"belowAge",
	"significantDecisions",
	"voiceBiometrics",
	"trainsOnData",
	"recording",
	"largeOperator",
]

# The values of one of the other facts; undefined when the declaration does not state it.
_holds("sectors", spec) := {lower(sector) | some sector in spec.sectors} if spec.sectors

_holds("riskClass", spec) := {spec.riskClass}

_holds("minors", spec) := {true | spec.audience.minimumAge < prepared.facts.adultAge} if {
	is_number(spec.audience.minimumAge)
}

# The ages, of those that laws ask about, below which people are served.
_holds("belowAge", spec) := {age | some age in prepared.ages; spec.audience.minimumAge < age} if {
	is_number(spec.audience.minimumAge)
}

_holds("significantDecisions", spec) := {true | spec.oversight.significantDecisions != "none"} if {
	spec.oversight.significantDecisions
}

_holds("voiceBiometrics", spec) := {true | "biometric" in spec.personalData.categories} if spec.personalData.categories

_holds("trainsOnData", spec) := {true} if {
	some processor in spec.processors
	processor.trainsOnData == true
}

_holds("trainsOnData", spec) := set() if {
	is_array(spec.processors)
	every processor in spec.processors {
		processor.trainsOnData == false
	}
}

_holds("recording", spec) := {true} if _records(spec)

_holds("recording", spec) := set() if {
	not _records(spec)
	spec.channels
	spec.retention.transcriptDays == 0
	object.get(spec.retention, "recordingDays", 0) == 0
}

_holds("largeOperator", spec) := set() if _small(spec)

_holds("largeOperator", spec) := {true} if spec.accountability.smallOperator == false

_records(spec) if "voice" in spec.channels

_records(spec) if spec.retention.transcriptDays > 0

_records(spec) if spec.retention.recordingDays > 0

# A small operator says why it is one.
_small(spec) if {
	spec.accountability.smallOperator == true
	spec.accountability.smallOperatorReason != ""
}

# Data of a sensitive category is handled: the category is in the list of one of the laws that apply.
_sensitive(spec, _, _, _) := {} if not spec.personalData.categories

_sensitive(spec, codes, holds, as_of) := {"sensitive": {true |
	some code in codes
	some point in prepared.sensitive[code]
	point.value & categories != set()
	point.from <= as_of
	point.over > as_of
	every atom in point.conditions {
		not condition.fails(atom, holds)
	}
}} if {
	stated := spec.personalData.categories
	categories := {category | some category in stated}
}

# The codes whose border data crosses. Where it is not known where data is kept or processed, it counts as crossing. A
# sector has no border: it follows the declared jurisdictions.
_crossing(codes, _, []) := codes

_crossing(codes, jurisdictions, [countries]) := left | {code | left & jurisdictions != set(); some code in sectors} if {
	territory := prepared.territory
	sectors := codes & prepared.codes.sector
	left := {code | some code in (codes - sectors); countries - territory[code] != set()}
}

# The countries where data is kept and processed; undefined where that is not known of all.
_places(spec) := place.countries(kept | processed) if {
	kept := {country | some country in spec.residency.countries}
	kept != set()
	processed := {country | some processor in spec.processors; country := object.get(processor, "country", "")}
	is_array(spec.processors)
	not "" in processed
}
