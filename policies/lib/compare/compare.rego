# METADATA
# title: Comparison
# description: >-
#   Holds a declaration's answers against the merged requirement: one comparison per type of dimension, the same for every law.
package lib.compare

import data.lib.answer
import data.lib.remedy
import data.lib.result
import data.prepared

# findings of the generic comparison of a specification with the dimensions of the requirement of its facts.
findings(spec, required, facts) := _of_declaration(spec, required, facts) | _of_processors(spec, required, facts)

_of_declaration(spec, required, facts) := {finding |
	some name, merged in required
	dimension := prepared.dimensions[name]
	dimension.compared
	answers := [value | value := answer.value(name, spec, facts.asOf)]
	not met(dimension, merged.joined, answers)
	finding := result.of_dimension(name, merged, {
		"action": action(dimension, merged, answers),
		"field": sprintf("spec.%s", [dimension.field]),
		"found": answer.found(name, spec, answers),
		"remedy": remedy.text(dimension, merged, answers, facts),
	})
}

_of_processors(spec, required, facts) := {finding |
	some name, key in answer.by_processor
	merged := required[name]
	dimension := prepared.dimensions[name]
	some index, processor in spec.processors
	answers := [value | value := answer.of_processor(name, processor)]
	not met(dimension, merged.joined, answers)
	finding := result.of_dimension(name, merged, {
		"action": action(dimension, merged, answers),
		"field": sprintf("spec.processors[%d].%s", [index, key]),
		"found": object.get(processor, key, null),
		"remedy": remedy.text(dimension, merged, answers, facts),
	})
}

# action of a finding: the dimension's own, or a warning where nothing that can deny asks for more than was answered.
action(dimension, merged, answers) := dimension.action if _denies(dimension, merged, answers)

action(dimension, merged, answers) := result.weaker(dimension.action, "warn") if not _denies(dimension, merged, answers)

_denies(dimension, merged, answers) if {
	some binding in merged.binding
	not met(dimension, binding, answers)
}

# met reports whether the answers (one or none) satisfy the required value. What the sidecar carries needs no answer: it is
# configured with what is required.
met(dimension, _, []) if dimension.carried_by_sidecar

met(dimension, _, []) if dimension.type == "noneOf"

met(dimension, required, answers) if {
	some value in answers
	satisfied(dimension.type, dimension.ranks, required, value)
}

# satisfied reports whether a value is enough, by the type of the dimension.
satisfied("flag", _, _, value) if not value in {false, ""}

satisfied("level", ranks, required, value) if ranks[value] >= required

satisfied("atMost", _, required, value) if value <= required

satisfied("atLeast", _, required, value) if value >= required

satisfied("allOf", _, required, value) if count(required - value) == 0

satisfied("oneOf", _, required, value) if {
	count(value) > 0
	count(value - required) == 0
}

satisfied("noneOf", _, required, value) if count(value & required) == 0

satisfied("anyOf", _, required, value) if {
	every clause in required {
		count(clause & value) > 0
	}
}

satisfied("each", _, required, value) if {
	every key, days in required {
		value[key] <= days
	}
}
