# METADATA
# title: Remedies
# description: What a person is told to do about a dimension that is not satisfied, by its type.
package lib.remedy

import data.prepared

# text for a dimension, its merged requirement, the answer (an empty set for none), and the points that apply only
# because nothing was declared about a fact.
text(dimension, merged, answer, resting) := concat("", [
	_advice(dimension, merged, answer),
	_doubt(merged.setting & resting),
])

# The sentence of the dimension, or one made from its type.
_advice(dimension, _, _) := dimension.remedy if dimension.remedy

_advice(dimension, merged, answer) := sprintf("%s (%s).", [
	_step(dimension.type, dimension, merged, answer),
	dimension.about,
]) if {
	not dimension.remedy
}

_step("flag", _, _, _) := "State it"

_step("level", _, merged, _) := sprintf("Choose %q or stricter", [merged.value])

_step("atMost", dimension, merged, _) := sprintf("State at most %v %s", [merged.value, dimension.unit])

_step("atLeast", dimension, merged, _) := sprintf("State at least %v %s", [merged.value, dimension.unit])

_step("allOf", _, merged, answer) := sprintf("Add %s", [concat(", ", merged.joined - answer)])

_step("oneOf", _, merged, _) := sprintf("State one or more of %s and no other", [concat(", ", merged.joined)])

_step("noneOf", _, merged, answer) := sprintf("Remove %s", [concat(", ", merged.joined & answer)])

_step("anyOf", _, merged, _) := sprintf("State at least one of %s", [concat("; and of ", {concat(", ", clause) |
	some clause in merged.joined
})])

_step("each", dimension, merged, answer) := sprintf("Add a completed, unexpired %s", [concat(", ", {line |
	some key, limit in merged.joined
	object.get({known: age | some known, age in answer}, key, limit + 1) > limit
	line := sprintf("%s not older than %v %s", [key, limit, dimension.unit])
})])

# A point that applies only because a fact was not declared: the field that would show otherwise.
_doubt(points) := "" if count(points) == 0

_doubt(points) := sprintf(_undeclared, [concat(", ", fields)]) if {
	count(points) > 0
	fields := {prepared.facts.fields[fact] | some point in points; some fact in point.rests_on}
}

_undeclared := " It applies because nothing is declared about %s; declare it if the facts are otherwise."
