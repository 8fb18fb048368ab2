# METADATA
# title: Profiles
# description: What an organisation's JurisdictionProfiles make of the built-in law.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone, the organisation's own values
# custom:
#   standard: chaperone
#   frameworks:
#     oecd-ai-principles: ["1.5"]
#     nist-ai-rmf: [GOVERN 1]
#     iso-42001: [A.2]
# schemas:
# - input: schema.declaration
package governance.profile

import data.lib.result
import data.prepared

# METADATA
# title: The organisation asks for less than the law
# description: >-
#   A JurisdictionProfile of the organisation puts a value in the place of a stricter one of the legal data, and the
#   merged requirement of this declaration is weaker for it. Nobody who relies on the verdict should overlook that.
# custom:
#   short_name: loosens
#   severity: medium
#   action: warn
#   failure_msg: the organisation asks for less than the law
#   remedy: >-
#     Meet the value of the law, or keep the reason of the JurisdictionProfile at hand: its organisation answers for it.
#   applies_to: [declaration]
#   covers: [G-80]
warn contains finding if {
	some name, law in input.requirement.loosened
	merged := object.get(input.requirement.dimensions, name, {"value": null, "setting": set()})
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": name,
		"field": prepared.dimensions[name].json_path,
		"found": merged.value,
		"required": law.value,
		"sources": (law.setting | {point | some point in merged.setting; point.source.confidence == "organisation"}),
	})
}
