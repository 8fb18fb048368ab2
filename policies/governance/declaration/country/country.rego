# METADATA
# title: Countries
# description: Countries in a declaration, which exist, because the law of a country that does not would bind nobody.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone legal data
# custom:
#   waivable: false
#   weakenable: false
#   standard: chaperone
#   frameworks:
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 1]
#     iso-42001: [A.2]
# schemas:
# - input: schema.declaration
package governance.declaration.country

import data.lib.meant
import data.lib.result
import data.prepared

# METADATA
# title: Countries are known
# description: >-
#   Every country that the declaration states, as that of an establishment, of storage or of a processor, is one that
#   ISO 3166-1 assigns a code, or a part of one. The law of a country that does not exist would bind nobody.
# custom:
#   short_name: unknown_country
#   severity: high
#   failure_msg: "%s is not the code of a country"
#   remedy: Use the code of ISO 3166-1 (alpha-2) for the country, or of ISO 3166-2 for a part of it.
#   applies_to: [declaration]
#   covers: [G-51, G-80]
deny contains finding if {
	some [field, code] in _countries
	not split(lower(code), "-")[0] in prepared.countries
	finding := result.of_rule(rego.metadata.chain(), {
		"field": sprintf("spec.%s", [field]),
		"found": code,
		"required": _no_country(code),
	})
}

_no_country(code) := sprintf("no country has this code: did you mean %s?", [upper(concat(" or ", codes))]) if {
	codes := meant.codes(code, prepared.countries)
	count(codes) > 0
} else := "no country has this code"

_countries := union({
	{[field, code] |
		some index, code in input.spec.residency.countries
		field := sprintf("residency.countries[%d]", [index])
	},
	{[field, code] |
		some position, place in input.spec.perPlace
		some index, code in place.residency.countries
		field := sprintf("perPlace[%d].residency.countries[%d]", [position, index])
	},
	{[field, processor.country] |
		some index, processor in input.spec.processors
		field := sprintf("processors[%d].country", [index])
	},
	{[field, code] |
		some index, code in input.spec.accountability.establishments
		field := sprintf("accountability.establishments[%d]", [index])
	},
	{[field, party.country] |
		some role in ["deployer", "developer", "modelSupplier"]
		party := input.spec.accountability[role]
		field := sprintf("accountability.%s.country", [role])
	},
})
