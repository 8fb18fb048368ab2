# METADATA
# title: Remedies
# description: >-
#   What a person is told to do about a dimension that is not satisfied: a sentence of the dimension, or one made from
#   its type. It is a frame that is known before any declaration, with words in it that are not.
package lib.remedy

import data.prepared

# frame of the sentence for a dimension: the texts before and after the words that are known later, or the whole.
frame(dimension) := [sprintf("State it (%s).", [dimension.about])] if dimension.type == "flag"

frame(dimension) := [_opening[dimension.type], sprintf("%s (%s).", [_closing(dimension), dimension.about])] if {
	dimension.type != "flag"
}

_opening := {
	"level": "Choose ",
	"atMost": "State at most ",
	"atLeast": "State at least ",
	"allOf": "Add ",
	"oneOf": "State one or more of ",
	"noneOf": "Remove ",
	"anyOf": "State at least one of ",
	"perCode": "State ",
	"each": "Add a completed, unexpired ",
}

_closing(dimension) := " or stricter" if dimension.type == "level"

_closing(dimension) := sprintf(" %s", [dimension.unit]) if dimension.type in {"atMost", "atLeast"}

_closing(dimension) := " and no other" if dimension.type == "oneOf"

_closing(dimension) := "" if not dimension.type in {"level", "atMost", "atLeast", "oneOf"}

# words of the sentences for dimensions that are not met, by name: of what is required by type and name (see lib.plan),
# of merged dimensions, and of the answers. Sentences without words are left out.
words(unmet, asked, merged, answers) := object.union_n([
	{name: sprintf("%q", [merged[name].value]) | some name in (unmet & names.level)},
	{name: sprintf("%v", [required.atMost[name]]) | some name in (unmet & names.atMost)},
	{name: sprintf("%v", [required.atLeast[name]]) | some name in (unmet & names.atLeast)},
	{name: concat(", ", required.allOf[name] - object.get(answers, name, set())) | some name in (unmet & names.allOf)},
	{name: concat(", ", required.oneOf[name]) | some name in (unmet & names.oneOf)},
	{name: concat(", ", required.noneOf[name] & object.get(answers, name, set())) |
		some name in (unmet & names.noneOf)
	},
	{name: concat("; and of ", {concat(", ", clause) | some clause in required.anyOf[name]}) |
		some name in (unmet & names.anyOf)
	},
	{name: concat(", ", _lacking(required.each[name], object.get(answers, name, {}))) |
		some name in (unmet & names.each)
	},
]) if {
	names := asked.names
	required := asked.required
}

# The assessments that are missing or too old, of limits and ages in days.
_lacking(limits, ages) := {sprintf("%s not older than %v days", [key, limit]) |
	some key, limit in limits
	object.get(ages, key, limit + 1) > limit
}

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
