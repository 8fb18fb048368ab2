# METADATA
# title: Conflicts about records
# description: Times for which several laws want records of the same class to be kept, of which no time meets all.
# related_resources:
# - ref: https://github.com/chaperone-dev/chaperone/blob/main/docs/architecture.md
#   description: Chaperone, merging of jurisdictions
# custom:
#   standard: chaperone
#   frameworks:
#     oecd-ai-principles: ["2.5"]
#     nist-ai-rmf: [GOVERN 1]
#     iso-42001: [A.2]
# schemas:
# - input: schema.declaration
package governance.conflicts.records

import data.lib.result

_required := input.requirement.dimensions

# METADATA
# title: Retention periods of a class of records are compatible
# description: >-
#   For no class of records that the declaration states, one law requires records to be kept longer than another law
#   allows.
# custom:
#   short_name: class_window
#   split: true
#   severity: high
#   failure_msg: one law requires records of a class to be kept longer than another allows
#   remedy: >-
#     State a time for each place in spec.perPlace, or declare the jurisdictions or sectors that disagree in separate
#     ChatbotDeployments.
#   applies_to: [declaration]
#   covers: [G-11, G-81]
deny contains finding if {
	least := _required["retention.classMin"]
	most := _required["retention.classMax"]
	some class, days in input.spec.retention.classes
	least.joined[class] > most.joined[class]
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "retention.classMin",
		"field": sprintf("spec.retention.classes.%s", [class]),
		"found": days,
		"required": {"atLeast": least.joined[class], "atMost": most.joined[class]},
		"sources": {point |
			some merged in [least, most]
			some point in merged.points
			point.value[class] == merged.joined[class]
		},
	})
}
