# METADATA
# title: Comparison
# description: >-
#   Holds a declaration's answers against the merged requirement: one comparison per type of dimension, the same for
#   every law.
package lib.compare

import data.lib.answer
import data.lib.remedy
import data.prepared

# dimensions that are compared, with the declaration as a whole, with each of its processors, or with each place where
# data is.
dimensions := (prepared.compared | object.keys(answer.by_processor)) | _of_places

_of_places := {"residency.noneOf"}

# findings of the generic comparison of a specification with the requirement of its facts.
findings(spec, requirement, facts) := {finding |
	names := object.keys(requirement.joined)
	some part in _parts(names, spec, facts.asOf)
	unmet := _unmet(names & part.names, requirement.joined, part.answers)
	denying := _denying(unmet, requirement, part.answers)
	shown := object.union(part.stated, answer.shown(unmet, spec))
	doubts := remedy.doubts(unmet, requirement.dimensions, facts.assumed)
	some name in unmet
	merged := requirement.dimensions[name]
	dimension := prepared.dimensions[name]
	advice := remedy.advice(dimension.advice, dimension, merged, object.get(part.answers, name, set()))
	finding := {
		"rule": name,
		"dimension": name,
		"action": dimension.actions[name in denying],
		"field": object.get(part.fields, name, dimension.json_path),
		"found": object.get(shown, name, null),
		"required": merged.value,
		"remedy": concat("", [advice, object.get(doubts, name, "")]),
		"party": dimension.party,
		"sources": merged.setting,
	}
}

# The parts of a specification that answer by themselves: the whole, each processor, and each place where data is. A
# part has the names of its dimensions, its answers, what is stated, and the fields that differ from the dimensions'.
_parts(names, spec, as_of) := union({{_whole(names & prepared.compared, spec, as_of)}, _processors(spec), {place |
	count(names & _of_places) > 0
	some where in answer.whereabouts(spec)
	place := _place(where)
}})

_whole(names, spec, as_of) := {"names": names, "answers": answers, "stated": answers, "fields": {}} if {
	answers := answer.values(names, spec, as_of)
}

_processors(spec) := {part |
	some index, processor in spec.processors
	part := {
		"names": object.keys(answer.by_processor),
		"answers": answer.of_processor(processor),
		"stated": {name: object.get(processor, key, null) | some name, key in answer.by_processor},
		"fields": {name: sprintf("spec.processors[%d].%s", [index, key]) | some name, key in answer.by_processor},
	}
}

_place(where) := {
	"names": _of_places,
	"answers": {name: where.countries | some name in _of_places; count(where.countries) > 0},
	"stated": {name: where.stated | some name in _of_places},
	"fields": {name: where.field | some name in _of_places},
}

# The dimensions of these names that are not satisfied. What the sidecar carries needs no answer: it is configured with
# what is required; all others do.
_unmet(names, joined, answers) := missing | unsatisfied(joined, answers) if {
	missing := (names & prepared.needs_answer) - object.keys(answers)
}

# Those of them that deny: what can deny alone asks for more than was answered. The others warn. Where all points can
# deny, nothing is left to compare.
_denying(unmet, requirement, _) := unmet if count(unmet & requirement.advised) == 0

_denying(unmet, requirement, answers) := ((unmet - advised) | missing) | unsatisfied(binding, answers) if {
	advised := unmet & requirement.advised
	count(advised) > 0
	binding := object.filter(requirement.binding, advised)
	missing := object.keys(binding) - object.keys(answers)
}

# unsatisfied are the dimensions whose answer is not enough, of the required values and the answers by name. What is not
# answered is not judged here: what the sidecar carries needs no answer.
unsatisfied(required, answers) := union({
	{name |
		some name in (answered & prepared.of_type.flag)
		answers[name] in {false, ""}
	},
	{name |
		some name in (answered & prepared.of_type.level)
		object.get(prepared.dimensions[name].ranks, answers[name], -1) < required[name]
	},
	{name |
		some name in (answered & prepared.of_type.atMost)
		answers[name] > required[name]
	},
	{name |
		some name in (answered & prepared.of_type.atLeast)
		answers[name] < required[name]
	},
	{name |
		some name in (answered & prepared.of_type.allOf)
		count(required[name] - answers[name]) > 0
	},
	{name |
		some name in (answered & prepared.of_type.oneOf)
		count(answers[name] - required[name]) > 0
	},
	{name |
		some name in (answered & prepared.of_type.oneOf)
		count(answers[name]) == 0
	},
	{name |
		some name in (answered & prepared.of_type.noneOf)
		count(required[name] & answers[name]) > 0
	},
	{name |
		some name in (answered & prepared.of_type.anyOf)
		some clause in required[name]
		count(clause & answers[name]) == 0
	},
	{name |
		some name in (answered & prepared.of_type.each)
		some key, limit in required[name]
		object.get(answers[name], key, limit + 1) > limit
	},
}) if {
	answered := object.keys(required) & object.keys(answers)
}
