# METADATA
# title: Profiles
# description: How an organization's JurisdictionProfiles change the built-in law.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone, the organization's own values
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
# title: The organization requires less than the law
# description: >-
#   A JurisdictionProfile of the organization replaces a stricter value of the legal data, which weakens the merged
#   requirement of this declaration. The finding makes this visible to everyone who relies on the verdict.
# custom:
#   short_name: loosens
#   severity: medium
#   action: warn
#   failure_msg: the organization requires less than the law
#   remedy: >-
#     Meet the value of the law, or be ready to justify the JurisdictionProfile: the organization is accountable for it.
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
