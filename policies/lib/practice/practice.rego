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

# What is stated falls short of what binds: a consent that is too weak, a basis that does not count, a time that is too
# long.
_states(finding, dimension) if {
	dimension.type != "allOf"
	not finding.found in {null, set(), []}
}

# A list of what is done leaves out what it does not name. An empty one states that nothing is done.
_states(finding, dimension) if {
	dimension.type == "allOf"
	finding.found in {set(), []}
}

_states(finding, dimension) if {
	dimension.type == "allOf"
	required := union({point.value | some point in (finding.sources - input.requirement.advice)})
	count(required & answer.denied) > 0
}
