# METADATA
# title: Reach
# description: >-
#   The places whose law reaches a chatbot: those where people are served, where the deployer is established, and where
#   data is stored or processed.
package lib.reach

import data.lib.atom
import data.lib.deployer
import data.lib.location
import data.lib.place
import data.prepared

# jurisdictions that are declared and that the legal data contains, in lower case.
jurisdictions := {lower(word) | some word in input.spec.jurisdictions} & prepared.codes.jurisdiction

# declared jurisdictions and sectors.
declared := jurisdictions | ({lower(word) | some word in input.spec.sectors} & prepared.codes.sector)

# served are the declared codes with their parents; places and sectors are those of a kind.
served := union({closure[code] | some code in declared}) if closure := prepared.closure

places := union({closure[code] | some code in jurisdictions}) if closure := prepared.closure

sectors := served & prepared.codes.sector

# near_seat are the places in which people are served or the deployer is established, and near_data are these with the
# places in which data is stored or processed.
near_seat := places | deployer.established

near_data := near_seat | location.codes

# crossing are the places whose border data crosses. If a place of storage or processing is unknown, data counts as
# crossing every border.
crossing := near_data if not location.countries

crossing := {code |
	some code in near_seat
	place.outside(countries, territory[code]) != set()
} if {
	countries := location.countries
	territory := prepared.territory
}

# values of a fact that holds in these places: those that are served, all of them as places near to the deployer or the
# data, and the sectors, which have no place and follow the declared jurisdictions.
values(all) := (all & places) | ({atom.seat(code) | some code in all} | {sector |
	all & jurisdictions != set()
	some sector in sectors
})
