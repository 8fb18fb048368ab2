# METADATA
# title: Locations
# description: Where a declaration keeps and processes data, the countries and regions of storage and each processor.
package lib.location

import data.lib.place
import data.prepared

# all locations. Each has its field, the stated value, and the countries that the value means: none if unknown, for
# example if the processors are not declared. Unknown regions are ignored.
all := union({{_stored}, {regions | regions := _regions}, _undeclared_processors, {where |
	some index, processor in input.spec.processors
	where := {
		"field": sprintf("spec.processors[%d].country", [index]),
		"stated": object.get(processor, "country", null),
		"countries": {country | some country in place.countries({processor.country})},
	}
}})

_undeclared_processors := {{"field": "spec.processors", "stated": null, "countries": set()} | not input.spec.processors}

_stored := {"field": "spec.residency.countries", "stated": stated, "countries": place.countries(stated)} if {
	stated := object.get(input.spec, ["residency", "countries"], null)
}

_regions := {"field": "spec.residency.regions", "stated": input.spec.residency.regions, "countries": _running} if {
	count(_running) > 0
}

# countries where data is stored and processed; undefined if one of them is unknown.
countries := _known if {
	count(input.spec.residency.countries) > 0
	is_array(input.spec.processors)
	every processor in input.spec.processors {
		object.get(processor, "country", "") != ""
	}
}

# codes of the legal data of the places where data is known to be stored or processed, with their parents.
codes := union({place.codes(country) | some country in _known})

_known := place.countries(((kept | processed) | _running)) if {
	kept := {country | some country in input.spec.residency.countries}
	processed := {country | some processor in input.spec.processors; country := processor.country}
}

# The countries of the regions in which the pods may run that handle the data. Unknown regions are ignored.
_running := {prepared.regions[region] | some region in input.spec.residency.regions}
