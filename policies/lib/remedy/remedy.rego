# METADATA
# title: Remedies
# description: What a person is told to do about a dimension that is not satisfied, by its type.
package lib.remedy

import data.prepared

# text for the dimension, its merged requirement, the answers (one or none) that fell short, and the facts.
text(dimension, merged, answers, facts) := concat(" ", array.concat(
	[sprintf("%s (%s).", [_step(dimension.type, dimension, merged, answers), dimension.about])],
	_doubts(_assumed(merged.setting, facts.assumed)),
))

_step("flag", _, _, _) := "State it"

_step("level", _, merged, _) := sprintf("Choose %q or stricter", [merged.value])

_step("atMost", dimension, merged, _) := sprintf("State at most %v %s", [merged.value, dimension.unit])

_step("atLeast", dimension, merged, _) := sprintf("State at least %v %s", [merged.value, dimension.unit])

_step("allOf", _, merged, answers) := sprintf("Add %s", [_list(merged.joined - _answered(answers))])

_step("oneOf", _, merged, _) := sprintf("State one or more of %s and no other", [_list(merged.joined)])

_step("noneOf", _, merged, answers) := sprintf("Remove %s", [_list(merged.joined & _answered(answers))])

_step("anyOf", _, merged, _) := sprintf("State at least one of %s", [concat("; and of ", sort([_list(clause) |
	some clause in merged.joined
]))])

_step("each", dimension, merged, answers) := sprintf("Add a completed, unexpired %s", [concat(", ", sort([line |
	some key, limit in merged.joined
	not _enough(answers, key, limit)
	line := sprintf("%s not older than %v %s", [key, limit, dimension.unit])
]))])

_answered(answers) := union({answer | some answer in answers})

_enough(answers, key, limit) if answers[0][key] <= limit

_list(words) := concat(", ", sort([sprintf("%v", [word]) | some word in words]))

_assumed(points, assumed) := {atom.fact |
	some point in points
	some atom in point.conditions
	atom.fact in assumed
}

# A point that applies only because a fact was not declared: the field that would show otherwise.
_doubts(assumed) := [] if count(assumed) == 0

_doubts(assumed) := [sprintf("This applies because nothing is declared about: %s; declare it if the facts are otherwise.", [concat(
	", ",
	sort([prepared.facts.fields[fact] | some fact in assumed]),
)])] if {
	count(assumed) > 0
}
