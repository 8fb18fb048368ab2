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
# title: Storage abroad has an accepted ground
# description: >-
#   In each country outside the territory of a law that sets grounds for transfers, where data of its people is stored,
#   a processor of the declaration has one of these grounds: whoever stores the data there is a recipient. Where the
#   deployer is established, data can stay with the deployer. It warns while the seat or the processors are not stated.
# custom:
#   short_name: stored_abroad
#   severity: high
#   failure_msg: data is stored abroad, and no processor there has an accepted ground
#   remedy: >-
#     Add who stores the data in %s to spec.processors, with the country and an accepted ground, or store it elsewhere.
#     If the deployer stores it, state the establishment there in spec.accountability.
#   advice: >-
#     Declare who stores the data abroad as a processor, with the country and an accepted ground, or store it elsewhere.
#   applies_to: [declaration]
#   covers: [G-83]
deny contains finding if {
	merged := input.requirement.dimensions["residency.mechanisms"]
	groundless := {point: countries |
		some point in merged.points
		countries := _groundless(point)
		countries != set()
	}
	groundless != {}
	countries := union({found | some _, found in groundless})
	failed := object.keys(groundless)
	finding := result.of_rule(rego.metadata.chain(), {
		"action": _action(failed),
		"dimension": "residency.mechanisms",
		"field": "spec.residency.countries",
		"found": countries,
		"required": {point.value | some point in failed},
		"sources": failed,
		"remedy": sprintf(rego.metadata.rule().custom.remedy, [upper(concat(", ", countries))]),
	})
}

_action(failed) := result.by_points("deny", failed) if _is_decided

_action(_) := "warn" if not _is_decided

_is_decided if {
	deployer.states_country
	is_array(input.spec.processors)
}

# The countries abroad where data of people of the point's place is stored without a ground.
_groundless(point) := {country |
	some code in _places(point)
	some country in _abroad(place.countries(_kept(code)), prepared.territory[_law(point, code)])
	not country in deployer.established
	not _is_grounded(point, country)
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

# Where the data of people of a place is stored.
_kept(code) := own if {
	own := _own[code]
}

_kept(code) := object.get(input.spec, ["residency", "countries"], []) if not _own[code]

_own[code] := entry.residency.countries if {
	some entry in input.spec.perPlace
	some stated in entry.jurisdictions
	code := lower(stated)
}

_is_grounded(point, country) if residency.is_adequate(point, country)

# A processor whose country is unknown may be there.
_is_grounded(point, country) if {
	some processor in input.spec.processors
	where := place.countries({processor.country | processor.country != ""})
	count(where - {country}) == 0
	residency.grounded(point, processor)
}
