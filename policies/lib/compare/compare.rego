# METADATA
# title: Comparison
# description: >-
#   Compares the answers of a declaration with the merged requirement: one comparison per type of dimension, the same
#   for every law.
package lib.compare

import data.lib.answer
import data.lib.limit
import data.lib.location
import data.lib.merge
import data.lib.plan
import data.lib.remedy
import data.prepared

# dimensions that are compared with the whole declaration or with a part of it.
dimensions := union({names | some names in plan.parts})

# findings of the comparison of the specification with the merged requirement.
findings := {finding |
	kinds := prepared.dimensions
	dimensions := input.requirement.dimensions
	doubts := input.requirement.doubts
	some part, asked in input.requirement.plan
	some answering in _answering[part]
	answers := answering.answers
	fields := answering.fields
	unmet := (asked.needs_answer - object.keys(answers)) | unsatisfied(asked.required, answers)
	unmet != set()
	denying := _denying(unmet, asked, answers)
	deciding := _deciding(denying, asked)
	shown := object.union(answering.stated, answer.shown(unmet))
	words := remedy.words(unmet, asked, dimensions, answers)
	some name in unmet
	dimension := kinds[name]
	merged := dimensions[name]
	unstated := object.get(doubts, name, set())
	stated := object.get(answers, name, null)
	missed := unmet_points(dimension, merged, stated)
	finding := {
		"rule": name,
		"dimension": name,
		"action": _action(dimension, name in denying, merged, missed, stated),
		"field": object.get(fields, name, dimension.json_path),
		"found": object.get(shown, name, null),
		"required": merged.value,
		"type": dimension.type,
		"unit": dimension.unit,
		"remedy": concat("", [concat(object.get(words, name, ""), dimension.remedy), remedy.doubt(unstated)]),
		"unstated": unstated,
		"party": dimension.party,
		"sources": ((missed & merged.setting) | object.get(deciding, name, set())),
	}
}

# The points that make the dimensions deny, where stricter points only advise: a finding cites both.
_deciding(denying, asked) := {name: points |
	some name in (denying & asked.advised)
	type := prepared.dimensions[name].type
	not type in (_of_many | _by_key)
	bound := input.requirement.dimensions[name].points - input.requirement.advice
	points := merge.setting(type, bound, merge.value(type, bound))
}

# The action of a finding about a dimension with these unmet points: denial if binding ones require it, otherwise a
# warning; only a remark if all of them are remarks.
_action(dimension, false, merged, _, _) := dimension.actions[false] if merged.light == set()

_action(dimension, true, merged, missed, _) := _denial(dimension, missed) if merged.light == set()

_action(dimension, denies, merged, missed, stated) := _weighed(dimension, denies, missed - remarks) if {
	merged.light != set()
	remarks := {point | some point in (missed & merged.light); _is_remark(dimension, point, stated)}
}

_weighed(_, _, set()) := "audit"

_weighed(dimension, false, weighty) := dimension.actions[false] if weighty != set()

_weighed(dimension, true, weighty) := _denial(dimension, weighty) if weighty != set()

_denial(dimension, _) := dimension.actions[true] if not dimension.type in _of_many

# Of values with several parts, one of the points that are not met must bind.
_denial(dimension, points) := dimension.actions[count(points - input.requirement.advice) > 0] if {
	dimension.type in _of_many
}

# What a point of law is worth no warning: a voluntary rule, a value of ours where something was stated, an age of ours
# for an assessment that exists, and an assessment that only a contract can ask for, where none is stated.
_is_remark(_, point, _) if point.source.force == "voluntary"

_is_remark(dimension, point, stated) if {
	point.source.force == "default"
	dimension.ours == "audit"
	stated != null
	_is_stated(stated)
}

_is_remark(dimension, point, stated) if {
	point.source.force == "default"
	dimension.type == "each"
	stated != null
	object.keys(point.value) - object.keys(stated) == set()
}

_is_remark(dimension, point, stated) if {
	point.source.force == "scheme"
	dimension.type == "each"
	{key | some key, age in point.value; stated[key] > age} == set()
}

_is_stated(answer) if is_number(answer)

_is_stated(answer) if {
	not is_number(answer)
	count(answer) > 0
}

# unmet_points are the points of a merged dimension that the answer does not meet: all if there is no answer (null).
unmet_points(_, merged, null) := merged.points

unmet_points(dimension, merged, stated) := _unmet(dimension.type, dimension, merged.points, stated) if {
	stated != null
	dimension.type != "allOf"
}

# Few of the required words are missing, and the law says which points require them.
unmet_points(dimension, merged, stated) := union({missing |
	some word in (merged.joined - stated)
	missing := merged.points & prepared.asking[dimension.name][word]
}) if {
	stated != null
	dimension.type == "allOf"
}

_of_many := {"allOf", "noneOf", "oneOf", "anyOf", "each"}

_by_key := {"eachAtLeast", "eachAtMost"}

_unmet("flag", _, points, _) := points

_unmet("level", dimension, points, stated) := {point |
	some point in points
	not dimension.ranks[stated] >= point.value
}

_unmet("atMost", _, points, stated) := {point | some point in points; stated > point.value}

_unmet("atLeast", _, points, stated) := {point | some point in points; stated < point.value}

_unmet("noneOf", _, points, stated) := {point | some point in points; point.value & stated != set()}

_unmet("oneOf", _, points, stated) := points if stated == set()

_unmet("oneOf", _, points, stated) := {point | some point in points; stated - point.value != set()} if stated != set()

_unmet("anyOf", _, points, stated) := {point | some point in points; point.value & stated == set()}

_unmet("each", _, points, stated) := {point |
	some point in points
	some key, age in point.value
	object.get(stated, key, limit.no_age) > age
}

_unmet(type, dimension, points, stated) := {point |
	some point in points
	limit.missed(dimension, point.value, stated) != set()
} if {
	type in _by_key
}

# The answers for each part of the plan, with the stated values and the fields that differ from those of the dimensions.
# What the sidecar carries out needs no answer: it is configured with the required value.
_answering["whole"] := {{"answers": answers, "stated": answers, "fields": {}}} if {
	answers := answer.values(input.requirement.plan.whole.questions)
}

_answering["processor"] := {answering |
	some index, processor in input.spec.processors
	answering := {
		"answers": answer.of_processor(processor),
		"stated": {name: object.get(processor, key, null) | some name, key in answer.by_processor},
		"fields": {name: sprintf("spec.processors[%d].%s", [index, key]) | some name, key in answer.by_processor},
	}
}

_answering["place"] := {answering |
	some where in location.all
	answering := {
		"answers": {name: where.countries | some name in plan.parts.place; count(where.countries) > 0},
		"stated": {name: where.stated | some name in plan.parts.place},
		"fields": {name: where.field | some name in plan.parts.place},
	}
}

# The unmet dimensions that deny: the binding points alone require more than was answered. The others warn. If all
# points are binding, no second comparison is needed.
_denying(unmet, asked, _) := unmet if unmet & asked.advised == set()

_denying(unmet, asked, answers) := (unmet - asked.advised) | (unmet & short) if {
	unmet & asked.advised != set()
	missing := asked.bound - object.keys(answers)
	short := missing | unsatisfied(asked.binding, answers)
}

# unsatisfied are the dimensions whose answer is insufficient. required has the required values by type and name (see
# lib.plan), answers the values by name. Dimensions without an answer are not checked here.
unsatisfied(required, answers) := union({
	{name |
		some name, _ in required.flag
		answers[name] in {false, ""}
	},
	{name |
		some name, enough in required.level
		level := answers[name]
		not level in enough
	},
	{name |
		some name, most in required.atMost
		answers[name] > most
	},
	{name |
		some name, least in required.atLeast
		answers[name] < least
	},
	{name |
		some name, all in required.allOf
		all - answers[name] != set()
	},
	{name |
		some name, allowed in required.oneOf
		answers[name] - allowed != set()
	},
	{name |
		some name, _ in required.oneOf
		answers[name] == set()
	},
	{name |
		some name, none in required.noneOf
		none & answers[name] != set()
	},
	{name |
		some name, clauses in required.anyOf
		some clause in clauses
		clause & answers[name] == set()
	},
	{name |
		some name, limits in required.each
		ages := answers[name]
		some key, age in limits
		object.get(ages, key, limit.no_age) > age
	},
	{name |
		some type in _by_key
		some name, limits in required[type]
		stated := answers[name]
		limit.missed(prepared.dimensions[name], limits, stated) != set()
	},
})
