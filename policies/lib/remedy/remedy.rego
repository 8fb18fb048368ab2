# METADATA
# title: Remedies
# description: >-
#   What a person is told to do about a dimension that is not satisfied: the sentence of the dimension, or one made
#   from its type.
package lib.remedy

import data.prepared

# advice for a dimension, its merged requirement and the answer (an empty set for none). The first argument is the type
# of the dimension, or `sentence` where it has one of its own.
advice("sentence", dimension, _, _) := dimension.remedy

advice("flag", dimension, _, _) := sprintf("State it (%s).", [dimension.about])

advice("level", dimension, merged, _) := sprintf("Choose %q or stricter (%s).", [merged.value, dimension.about])

advice("atMost", dimension, merged, _) := sprintf("State at most %v %s (%s).", [
	merged.value,
	dimension.unit,
	dimension.about,
])

advice("atLeast", dimension, merged, _) := sprintf("State at least %v %s (%s).", [
	merged.value,
	dimension.unit,
	dimension.about,
])

advice("allOf", dimension, merged, answer) := sprintf("Add %s (%s).", [
	concat(", ", merged.joined - answer),
	dimension.about,
])

advice("oneOf", dimension, merged, _) := sprintf("State one or more of %s and no other (%s).", [
	concat(", ", merged.joined),
	dimension.about,
])

advice("noneOf", dimension, merged, answer) := sprintf("Remove %s (%s).", [
	concat(", ", merged.joined & answer),
	dimension.about,
])

advice("anyOf", dimension, merged, _) := sprintf("State at least one of %s (%s).", [
	concat("; and of ", {concat(", ", clause) | some clause in merged.joined}),
	dimension.about,
])

advice("each", dimension, merged, answer) := sprintf("Add a completed, unexpired %s (%s).", [
	concat(", ", {line |
		some key, limit in merged.joined
		object.get({known: age | some known, age in answer}, key, limit + 1) > limit
		line := sprintf("%s not older than %v %s", [key, limit, dimension.unit])
	}),
	dimension.about,
])

# doubts about dimensions, by name: a point that set the requirement applies only because nothing was declared about a
# fact (the assumed ones). Each names the field that would show otherwise. `resting` are the points that rest on such a
# fact.
doubts(dimensions, resting, assumed) := {name: sprintf(_undeclared, [concat(", ", fields)]) |
	some name in {point.dimension | some point in resting}
	fields := {prepared.facts.fields[fact] |
		some point in (dimensions[name].setting & resting)
		some fact in (point.rests_on & assumed)
	}
	count(fields) > 0
}

_undeclared := " It applies because nothing is declared about %s; declare it if the facts are otherwise."
