# METADATA
# title: Practices
# description: >-
#   Whether a finding is about a practice that the declaration itself states and that binding law forbids. A reason why
#   a duty does not apply says nothing about such a practice.
package lib.practice

import data.lib.answer
import data.prepared

is_stated(finding) if {
	finding.action == "deny"
	dimension := prepared.dimensions[finding.dimension]
	dimension.practice
	_states(finding, dimension)
}

# What is listed although it is forbidden, and what a flag or a text denies.
_states(finding, dimension) if {
	dimension.type in {"flag", "noneOf"}
	finding.found != null
}

# The weakest level says that the practice is unlimited: nobody is asked, and everything is allowed.
_states(finding, dimension) if finding.found == object.get(dimension, "levels", [""])[0]

# Where law prohibits, every other level states what is prohibited.
_states(finding, dimension) if {
	dimension.type == "level"
	is_string(finding.found)
	prohibiting := {point | some point in finding.sources; point.source.value == "prohibited"}
	count(prohibiting - input.requirement.advice) > 0
}

_states(finding, dimension) if {
	dimension.type == "allOf"
	required := union({point.value | some point in (finding.sources - input.requirement.advice)})
	count(required & answer.denied) > 0
}
