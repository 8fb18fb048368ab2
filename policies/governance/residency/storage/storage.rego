# METADATA
# title: Storage abroad
# description: Storage of personal data outside the territory of a law that sets grounds for transfers.
# related_resources:
# - ref: https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   description: General Data Protection Regulation, Chapter V
# custom:
#   standard: eu
#   frameworks:
#     gdpr: ["44-49"]
#     oecd-ai-principles: ["2.5"]
#     nist-ai-rmf: [MAP 1]
#     iso-42001: [A.7]
# schemas:
# - input: schema.declaration
package governance.residency.storage

import data.governance.residency
import data.lib.deployer
import data.lib.place
import data.lib.result
import data.prepared

# METADATA
# title: Whoever stores data abroad is stated
# description: >-
#   In each country outside the territory of a law that sets grounds for transfers, where data of its people is stored
#   or the pods may run that handle it, a processor of the declaration stores it, whose ground is judged, or the
#   deployer is established there. Otherwise nothing says who has the data there, so this is a warning.
# custom:
#   short_name: stored_abroad
#   severity: medium
#   action: warn
#   failure_msg: data is stored abroad, and nothing says who stores it there
#   remedy: >-
#     Add who stores the data abroad to spec.processors, with the country and a ground for the transfer. If the deployer
#     stores it, state the establishment there in spec.accountability.
#   applies_to: [declaration]
#   covers: [G-83]
warn contains finding if {
	unstated := {point: countries |
		some point in input.requirement.dimensions["residency.mechanisms"].points
		countries := _unstated(point)
		countries != set()
	}
	unstated != {}
	countries := union({found | some _, found in unstated})
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "residency.mechanisms",
		"field": "spec.residency.countries",
		"found": countries,
		"required": sprintf("who stores the data in %s", [upper(concat(", ", countries))]),
		"sources": object.keys(unstated),
	})
}

# The countries abroad where data of people of the point's place is stored, by nobody who is known.
_unstated(point) := {country |
	some code in _places(point)
	some country in _abroad(_kept, prepared.territory[_law(point, code)])
	not country in deployer.established
	not residency.is_adequate(point, country)
	not country in _of_processors
	not _is_anywhere
}

# The countries in which data is stored, or in whose regions the pods run that handle it.
_kept := place.countries(input.spec.residency.countries) | {country |
	some region in input.spec.residency.regions
	country := prepared.regions[region]
}

# Where one list is about several places and has a country of this one, its other countries can be about the others.
_abroad(kept, territory) := away if {
	away := place.outside(kept, territory)
	count(away) == count(kept)
}

_abroad(kept, territory) := away - _homes if {
	away := place.outside(kept, territory)
	count(away) < count(kept)
}

_homes := union({prepared.territory[code] | some code in (input.facts.holds.declared & prepared.codes.jurisdiction)})

# The declared jurisdictions whose people the point is about.
_places(point) := {code |
	some code in (input.facts.holds.declared & prepared.codes.jurisdiction)
	place.is_about(point, prepared.closure[code])
}

_law(point, _) := point.code if point.kind == "jurisdiction"

_law(point, code) := code if point.kind == "sector"

# The countries of processors. The ground of each is judged by the comparison for the dimension.
_of_processors := place.countries({processor.country | some processor in input.spec.processors})

# A processor whose country is unknown may be there.
_is_anywhere if {
	some processor in input.spec.processors
	object.get(processor, "country", "") == ""
}
