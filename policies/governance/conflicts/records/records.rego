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
#   allows. It denies only where both were read in a source and bind.
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
	against := {shorter |
		some shorter in least.points
		some longer in (most.points - input.requirement.advice)
		shorter.value[class] > longer.value[class]
	}
	finding := result.of_rule(rego.metadata.chain(), {
		"action": result.by_points("deny", against),
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

# METADATA
# title: A list of objections survives erasure
# description: >-
#   Where a law wants people who object to being contacted to stay on a list, and a law lets people have their data
#   erased, the declaration states how long the list is kept. Without it, they would be contacted again.
# custom:
#   short_name: suppression_list
#   severity: low
#   action: warn
#   failure_msg: nothing says that objections to being contacted are kept when other data is erased
#   remedy: >-
#     Keep what is needed to recognize people who objected when their other data is erased, and state for how many days
#     in spec.retention.classes.suppression-list.
#   applies_to: [declaration]
#   covers: [G-08, G-11, G-81]
warn contains finding if {
	days := _required["retention.classMin"].joined["suppression-list"]
	"erasure" in _required["rights.requests"].joined
	not input.spec.retention.classes["suppression-list"]
	finding := result.of_rule(rego.metadata.chain(), {
		"dimension": "retention.classMin",
		"field": "spec.retention.classes.suppression-list",
		"found": null,
		"required": sprintf("a list of objections that is kept for %d days, whatever else is erased", [days]),
		"sources": (_keeping | _erasing),
	})
}

_keeping := {point |
	some point in _required["retention.classMin"].points
	point.value["suppression-list"]
}

_erasing := {point |
	some point in _required["rights.requests"].points
	"erasure" in point.value
}
