# METADATA
# title: Facts
# description: >-
#   The facts that conditions of legal points read, taken from the specification of a declaration. `holds` maps a fact
#   to the values that hold. A fact that was not declared is absent and counts as met; `assumed` names those facts.
package lib.facts

import data.lib.condition
import data.lib.deployer
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

# All codes whose points may apply: the declared ones with their parents, and those of the places by whose seat or
# processing law may reach the chatbot.
_codes := _served | {seat |
	some code in ((_served | deployer.established) | _processed)
	seat := prepared.seats[code]
}

_served := union({closure[code] | some code in _declared}) if closure := prepared.closure

# The values of each fact; undefined if the declaration does not state it or states null. (The facts are keys of one
# rule, because separate rules would be evaluated again at each place that reads all of them.)
_holds[fact] := _declared if fact := "declared"

_holds[fact] := union({closure[code] | some code in _jurisdictions}) if {
	fact := "jurisdictions"
	closure := prepared.closure
}

# The codes of places in which people are served, the deployer is established, or data is stored or processed.
_holds[fact] := (union({closure[code] | some code in _jurisdictions}) | deployer.established) | _processed if {
	fact := "near"
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

_holds[fact] := _categories if fact := "categories"

_holds[fact] := {true | not decisions in {"none", "human-decides", "prohibited"}} if {
	fact := "solelyAutomated"
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

_holds[fact] := {basis | some basis in bases} if {
	fact := "lawfulBasis"
	bases := input.spec.consent.lawfulBasis
}

_holds[fact] := {practice | some practice in practices} if {
	fact := "practices"
	practices := input.spec.purpose.practices
	is_array(practices)
}

# Personal data is asked for or kept. Whoever reads this fact binds those who collect data, not those who only answer.
_holds[fact] := {true} if {
	fact := "collectsData"
	_collects
}

_holds[fact] := set() if {
	fact := "collectsData"
	not _collects
	_categories == set()
	input.spec.retention.transcriptDays == 0
}

# The grounds on which data is transferred. Where a processor's country is adequate, the transfer rests on nothing else.
_holds[fact] := {ground |
	some processor in input.spec.processors
	some ground in _grounds(processor)
} if {
	fact := "transferBy"
	is_array(input.spec.processors)
}

_holds[fact] := {capacity | some capacity in who} if {
	fact := "audience"
	who := input.spec.audience.who
}

_holds[fact] := {role | some role in roles} if {
	fact := "roles"
	roles := input.spec.accountability.roles
	is_array(roles)
}

# The lists of roles that free from a law, of which the deployer has none.
_holds[fact] := {list |
	some list, freeing in prepared.freed
	freeing & held == set()
} if {
	fact := "notRoles"
	roles := input.spec.accountability.roles
	is_array(roles)
	held := {role | some role in roles}
}

# The codes in which the deployer is established, and those in which it is not, of all codes that conditions name.
_holds[fact] := deployer.established if {
	fact := "establishedIn"
	deployer.states_country
}

_holds[fact] := prepared.outside - deployer.established if {
	fact := "notEstablishedIn"
	deployer.states_country
}

# The codes in which data is stored or processed.
_holds[fact] := _processed if {
	fact := "processedIn"
	_places
}

# The thresholds that a number of the declaration reaches.
_holds[fact] := {limit | stated > 0; some limit in limits; stated >= limit} if {
	some fact, limits in prepared.thresholds
	stated := deployer.size[fact]
}

_holds[fact] := {deployer.enterprise} if fact := "enterprise"

# The codes whose border data crosses. If a place of storage or processing is unknown, data counts as crossing every
# border. A sector has no border: it follows the declared jurisdictions.
_holds[fact] := _served | deployer.established if {
	fact := "crossBorder"
	not _places
}

_holds[fact] := left | {code | left & _jurisdictions != set(); some code in sectors} if {
	fact := "crossBorder"
	countries := _places
	territory := prepared.territory
	sectors := _served & prepared.codes.sector
	left := {code |
		some code in ((_served - sectors) | deployer.established)
		place.outside(countries, territory[code]) != set()
	}
}

_grounds(processor) := {"adequacy"} if "adequacy" in processor.transfer

_grounds(processor) := {ground | some ground in processor.transfer} if not "adequacy" in processor.transfer

_collects if count(_categories) > 0

_collects if _records

_records if "voice" in input.spec.channels

_records if input.spec.retention.transcriptDays > 0

_records if input.spec.retention.recordingDays > 0

# The codes under which a declared category is sensitive: by the law of the code or its parents, or by that of a
# declared sector. A sector has it where a declared jurisdiction has it.
default _sensitive := {}

_sensitive := {"sensitive": places} if {
	categories := _categories
	hits := {point |
		some code in _served
		some point in prepared.sensitive[code]
		point.value & categories != set()
		point.from <= input.asOf
		point.over > input.asOf
		condition.failing(point.conditions, _holds) == set()
	}
	jurisdictions := {code |
		some code in (_served & prepared.codes.jurisdiction)
		some point in hits
		_of_place(point, prepared.closure[code])
	}
	places := jurisdictions | {sector | count(hits) > 0; some sector in (_served & prepared.codes.sector)}
}

_of_place(point, closure) if point.code in closure

_of_place(point, closure) if place.of_sector(point, closure)

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

_processed := union({place.codes(country) | some country in _places})
