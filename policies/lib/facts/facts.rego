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
	"assumed": _assumed(spec, object.keys(holds)),
	"asOf": as_of,
} if {
	codes := _codes(spec)
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
			"declared": _declared(spec),
			"jurisdictions": _closed(_jurisdictions(spec)),
			"crossBorder": _crossing(spec, codes),
		},
	])
	holds := object.union(stated, _sensitive(spec, codes, stated, as_of))
}

# declared jurisdictions and sectors, in lower case, as far as the legal data knows them.
_jurisdictions(spec) := {code | some word in spec.jurisdictions; code := lower(word)} & prepared.codes.jurisdiction

_declared(spec) := _jurisdictions(spec) | ({code |
	some word in object.get(spec, "sectors", [])
	code := lower(word)
} & prepared.codes.sector)

_codes(spec) := _closed(_declared(spec))

_closed(codes) := {ancestor | some code in codes; some ancestor in prepared.closure[code]}

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

_sensitive(spec, codes, holds, as_of) := {"sensitive": {true | count(_categories(spec) & listed) > 0}} if {
	spec.personalData.categories
	listed := union({point.value |
		some code in codes
		some point in prepared.sensitive[code]
		point.from <= as_of
		point.over > as_of
		count({atom | some atom in point.conditions; condition.fails(atom, holds)}) == 0
	})
}

_categories(spec) := {category | some category in spec.personalData.categories}

# The codes whose border data crosses. Where it is not known where data is kept or processed, it counts as crossing. A
# sector has no border: it follows the declared jurisdictions.
_crossing(spec, codes) := codes if _whereabouts_unknown(spec)

_crossing(spec, codes) := left | {code | some code in (codes & prepared.codes.sector); count(left & declared) > 0} if {
	not _whereabouts_unknown(spec)
	countries := _countries(spec)
	declared := _jurisdictions(spec)
	left := {code |
		some code in (codes & prepared.codes.jurisdiction)
		count(countries - prepared.territory[code]) > 0
	}
}

_countries(spec) := place.countries(kept | processed) if {
	kept := {country | some country in spec.residency.countries}
	processed := {processor.country | some processor in spec.processors}
}

_whereabouts_unknown(spec) if count(object.get(spec, ["residency", "countries"], [])) == 0

_whereabouts_unknown(spec) if not spec.processors

_whereabouts_unknown(spec) if {
	some processor in spec.processors
	not processor.country
}

# Facts that count as met because nothing is declared.
_assumed(spec, known) := (object.keys(prepared.facts.fields) - known) | {"crossBorder" | _whereabouts_unknown(spec)}
