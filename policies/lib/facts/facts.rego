# METADATA
# title: Facts
# description: >-
#   The facts that conditions of legal points read, taken from the specification of a declaration. `holds` maps a fact
#   to the values that hold. A fact that was not declared is absent and counts as met; `assumed` names those facts.
package lib.facts

import data.lib.agreement
import data.lib.condition
import data.lib.deployer
import data.lib.location
import data.lib.place
import data.lib.reach
import data.prepared

# document of facts for the input `{spec, asOf}`. Equal documents have the same requirement. `certain` has the values
# that surely hold of an assumed fact.
document := {
	"codes": _codes,
	"holds": holds,
	"assumed": ((object.keys(prepared.facts.fields) - object.keys(holds)) | _in_part),
	"certain": _certain,
	"asOf": input.asOf,
} if {
	stated := object.union(_stated, _sensitive)
	holds := object.filter(stated, object.keys(stated) - agreement.unknown)
}

# All codes whose points may apply: the declared ones with their parents, and those of the places by whose seat or
# processing law may reach the chatbot.
_codes := reach.served | {seat | some code in reach.near_data; seat := prepared.seats[code]}

_stated := object.union(deployer.below, _holds)

# The values of each fact; undefined if the declaration does not state it or states null. (The facts are keys of one
# rule, because separate rules would be evaluated again at each place that reads all of them.)
_holds[fact] := reach.declared if fact := "declared"

_holds[fact] := reach.places if fact := "jurisdictions"

_holds[fact] := reach.near_seat if fact := "nearSeat"

_holds[fact] := reach.near_data if fact := "nearData"

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

_holds[fact] := {lower(sector) | some sector in sectors} | reach.sectors if {
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

# What people write is processed wherever it goes, also where nobody asks for data or keeps it.
_holds[fact] := {true} if {
	fact := "processesData"
	_processes
}

_holds[fact] := set() if {
	fact := "processesData"
	not _processes
	_categories == set()
	input.spec.retention.transcriptDays == 0
	is_array(input.spec.processors)
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

# The lists of roles that free from a law, of which the deployer has none that goes with what else is declared.
_holds[fact] := prepared.freed - union({lists | some role in held; lists := prepared.freeing[role]}) if {
	fact := "notRoles"
	roles := input.spec.accountability.roles
	is_array(roles)
	held := {role | some role in roles} - deployer.misplaced
}

# The codes in which the deployer is established, and those in which it is not, of all codes that conditions name. A
# deployer with an establishment in a place is established there, wherever else it is.
_holds[fact] := deployer.established if {
	fact := "establishedIn"
	deployer.states_country
}

_holds[fact] := prepared.outside - deployer.established if {
	fact := "notEstablishedIn"
	deployer.states_seat
}

# The codes in which data is stored or processed.
_holds[fact] := location.codes if {
	fact := "processedIn"
	location.countries
}

# The thresholds that a number of the declaration reaches.
_holds[fact] := {limit | stated > 0; some limit in limits; stated >= limit} if {
	some fact, stated in deployer.size
	limits := prepared.thresholds[fact]
}

_holds[fact] := {deployer.enterprise} if fact := "enterprise"

_holds[fact] := reach.values(reach.crossing) if fact := "crossBorder"

_grounds(processor) := {"adequacy"} if "adequacy" in processor.transfer

_grounds(processor) := {ground | some ground in processor.transfer} if not "adequacy" in processor.transfer

_collects if count(_categories) > 0

_collects if _records

_processes if _collects

_processes if some _ in input.spec.processors

_records if "voice" in input.spec.channels

_records if input.spec.retention.transcriptDays > 0

_records if input.spec.retention.recordingDays > 0

# The places in which a declared category is sensitive: by the law of the place or its parents, or by that of a declared
# sector. Law defines what is sensitive in its place also where people of other places are served from there.
default _sensitive := {}

_sensitive := {"sensitive": reach.values(places)} if {
	categories := _categories
	here := object.union(_stated, {"jurisdictions": reach.near_data, "crossBorder": (reach.crossing | _holds.crossBorder)})
	hits := {point |
		some code in (reach.near_data | reach.sectors)
		some point in prepared.sensitive[code]
		point.value & categories != set()
		point.from <= input.asOf
		point.over > input.asOf
		condition.failing(point.conditions, here) == set()
	}
	places := {code |
		some code in (reach.near_data & prepared.codes.jurisdiction)
		some point in hits
		_of_place(point, prepared.closure[code])
	}
}

_of_place(point, closure) if point.code in closure

_of_place(point, closure) if place.of_sector(point, closure)

# Another word for a category stands for it, too.
_categories := {category | some word in words; some category in {word, object.get(also, word, word)}} if {
	words := input.spec.personalData.categories
	also := prepared.facts.categories.also
}

_in_part := {"crossBorder" | not location.countries} | {"notEstablishedIn" | not deployer.states_country}

# The values that surely hold of facts about places of which one is unknown.
_certain := {fact: codes |
	some fact, codes in {
		"establishedIn": {code | not deployer.states_country; some code in deployer.established},
		"processedIn": {code | not location.countries; some code in location.codes},
	}
	count(codes) > 0
}
